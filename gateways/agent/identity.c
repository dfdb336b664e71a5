/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "gateways/agent/state.h"

enum { MACHINE_ID_MAX = 256 };
#define MACHINE_LABEL "sekisho-machine/1"

static enum err machine_of(struct ctx *ctx, const struct uuid *gateway_id,
			   uint8_t out[GATEWAY_MACHINE])
{
	scoped(buf_clear) struct buf text;
	uint8_t *id = NULL;
	size_t len = 0;
	unsigned size = GATEWAY_MACHINE;

	buf_init(&text, MACHINE_ID_MAX + 64);
	buf_put(&text, MACHINE_LABEL, sizeof(MACHINE_LABEL));
	if (sys_read_file("/etc/machine-id", MACHINE_ID_MAX, &id, &len) == ERR_OK)
		buf_put(&text, id, len);
	free(id);
	buf_put(&text, gateway_id->b, UUID_SIZE);
	if (buf_failed(&text) ||
	    EVP_Digest(text.data, text.len, out, &size, EVP_sha256(), NULL) != 1)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	return ERR_OK;
}

static enum err chain_load(struct ctx *ctx, const char *dir, struct identity *identity)
{
	char path[STATE_PATH_MAX];
	uint8_t *data = NULL;
	size_t len = 0;
	enum err err;

	state_path(dir, "chain", path);
	err = sys_read_file(path, GATEWAY_CHAIN, &data, &len);
	identity->has_chain = err == ERR_OK && len == GATEWAY_CHAIN;
	if (identity->has_chain)
		memcpy(identity->chain, data, GATEWAY_CHAIN);
	free(data);
	if (err == ERR_NOT_FOUND || identity->has_chain)
		return ERR_OK;
	return err_set(ctx, ERR_INTEGRITY, "%s: damaged; enrol this gateway again", path);
}

enum err identity_load(struct ctx *ctx, const char *dir, const struct uuid *gateway_id,
		       struct identity *out)
{
	struct identity identity = {.has_chain = false};
	enum err err = machine_of(ctx, gateway_id, identity.machine);

	if (err == ERR_OK)
		err = chain_load(ctx, dir, &identity);
	if (err == ERR_OK)
		*out = identity;
	return err;
}

enum err identity_advance(struct ctx *ctx, const char *dir, const uint8_t chain[GATEWAY_CHAIN],
			  struct identity *identity)
{
	char path[STATE_PATH_MAX];

	state_path(dir, "chain", path);
	if (sys_replace_file(path, chain, GATEWAY_CHAIN, 0600))
		return err_set(ctx, ERR_IO, "%s: cannot be written", path);
	memcpy(identity->chain, chain, GATEWAY_CHAIN);
	identity->has_chain = true;
	return ERR_OK;
}

static enum err file_remove(struct ctx *ctx, const char *dir, const char *name)
{
	char path[STATE_PATH_MAX];

	state_path(dir, name, path);
	if (unlink(path) != 0 && errno != ENOENT)
		return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
	return ERR_OK;
}

enum err identity_forget(struct ctx *ctx, const char *dir)
{
	return file_remove(ctx, dir, "chain");
}

bool lock_is_set(const char *dir)
{
	char path[STATE_PATH_MAX];
	struct stat seen;

	state_path(dir, "locked", path);
	/* What cannot be told counts as locked. */
	return stat(path, &seen) == 0 || errno != ENOENT;
}

enum err lock_set(struct ctx *ctx, const char *dir, bool locked)
{
	static const char why[] = "No session is opened while this file is here.\n";
	char path[STATE_PATH_MAX];

	if (!locked)
		return file_remove(ctx, dir, "locked");
	state_path(dir, "locked", path);
	return sys_replace_file(path, why, sizeof(why) - 1, 0644)
		       ? err_set(ctx, ERR_IO, "%s: cannot be written", path)
		       : ERR_OK;
}
