/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/seed.h"

#include <string.h>
#include <unistd.h>

#include "auth/secret_store.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/text.h"

enum { SEED_BYTES = 20, URI_MAX = 512 };

enum err seed_make(struct ctx *ctx, struct secret_ref *out_ref, struct block *out_blob)
{
	const struct secret_ref ref = {.id = uuid_v7(), .version = 1, .kind = SECRET_TOTP};
	enum err err = keeper_generate(ctx, &ref, SEED_BYTES, -1, out_blob);

	if (err == ERR_OK)
		err = secret_store_put(ctx, &ref, *out_blob);
	if (err == ERR_OK)
		*out_ref = ref;
	return err;
}

/* The only secret of the vault that crosses authority. */
static enum err read_seed(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
			  struct secret **out)
{
	int fds[2];

	if (secret_pipe_empty(fds) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the seed.");
	enum err err = keeper_open(ctx, ref, blob, fds[1]);
	close(fds[1]);
	if (err == ERR_OK)
		err = secret_read_fd(fds[0], 64, 1000, out);
	close(fds[0]);
	return err;
}

static void put_label(const char *text, char *out, size_t size)
{
	size_t at = 0;

	for (; *text && at + 4 < size; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '.' || c == '-' || c == '_')
			out[at++] = (char)c;
		else
			at += (size_t)snprintf(out + at, size - at, "%%%02X", c);
	}
	out[at] = 0;
}

static const char *host_of(const struct ctx *ctx)
{
	const char *url = ctx->conf ? ctx->conf->public_url : "";
	const char *host = strstr(url, "://");

	return host ? host + 3 : url;
}

static enum err make_uri(struct ctx *ctx, const char *name, const struct secret *seed, int *out_fd)
{
	char login[200], issuer[200], code[128];
	scoped(secret_free_p) struct secret *uri = secret_new(URI_MAX);

	if (!uri || secret_len(seed) > 64)
		return err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	put_label(name, login, sizeof(login));
	put_label(host_of(ctx), issuer, sizeof(issuer));
	base32_encode(secret_bytes(seed), secret_len(seed), code);
	int len = snprintf((char *)secret_data(uri), URI_MAX,
			   "otpauth://totp/Sekisho%%20%s:%s?secret=%s&issuer=Sekisho%%20%s"
			   "&algorithm=SHA1&digits=6&period=30",
			   issuer, login, code, issuer);
	wipe(code, sizeof(code));
	if (len <= 0 || len >= URI_MAX)
		return err_set(ctx, ERR_BUG, "The otpauth address is too long.");
	secret_truncate(uri, (size_t)len);
	return secret_pipe(uri, out_fd);
}

enum err seed_show(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
		   const char *login, int *out_fd)
{
	scoped(secret_free_p) struct secret *seed = NULL;
	enum err err = read_seed(ctx, ref, blob, &seed);

	return err == ERR_OK ? make_uri(ctx, login, seed, out_fd) : err;
}
