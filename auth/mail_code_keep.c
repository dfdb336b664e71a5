/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/mail_code_keep.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"

static const int64_t minute_us = 60 * (int64_t)1000000;
enum { KEPT = 512 };

struct memory {
	uint8_t key[crypto_generichash_KEYBYTES];
	size_t next;
	struct kept {
		struct uuid id;
		int64_t until_us;
		char digits[MAIL_CODE_DIGITS];
	} codes[KEPT];
};

/* Memory of the process, as its key is: whoever starts anew starts without. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct secret *held;

static struct memory *memory(void)
{
	return (struct memory *)(void *)secret_data(held);
}

enum err mail_code_start(struct ctx *ctx)
{
	pthread_mutex_lock(&lock);
	if (!held && (held = secret_new(sizeof(struct memory))) != NULL)
		sys_random(memory()->key, sizeof(memory()->key));
	bool ready = held != NULL;
	pthread_mutex_unlock(&lock);
	return ready ? ERR_OK : err_set(ctx, ERR_MEMORY, "No guarded memory for mailed codes.");
}

/* The key does not change once it is there. */
void mail_code_mac(const struct uuid *id, const char *digits, uint8_t out[MAIL_CODE_MAC])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, memory()->key, sizeof(memory()->key), MAIL_CODE_MAC);
	(void)crypto_generichash_update(&state, id->b, sizeof(id->b));
	(void)crypto_generichash_update(&state, (const uint8_t *)digits, strlen(digits));
	(void)crypto_generichash_final(&state, out, MAIL_CODE_MAC);
	wipe(&state, sizeof(state));
}

void mail_code_keep(const struct uuid *id, const char digits[MAIL_CODE_TEXT])
{
	pthread_mutex_lock(&lock);
	struct kept *kept = &memory()->codes[memory()->next++ % KEPT];
	kept->id = *id;
	kept->until_us = sys_mono_us() + MAIL_CODE_MINUTES * minute_us;
	memcpy(kept->digits, digits, MAIL_CODE_DIGITS);
	pthread_mutex_unlock(&lock);
}

static struct secret *find(const struct uuid *id, int64_t now)
{
	struct secret *found = NULL;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; held && i < KEPT && !found; i++) {
		const struct kept *kept = &memory()->codes[i];
		if (now < kept->until_us && uuid_equal(&kept->id, id))
			found = secret_from(kept->digits, sizeof(kept->digits));
	}
	pthread_mutex_unlock(&lock);
	return found;
}

enum err mail_code_hand(struct ctx *ctx, const struct uuid *id, int *out_fd)
{
	scoped(secret_free_p) struct secret *code = find(id, sys_mono_us());

	if (!code)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such code any more.");
	return secret_pipe(code, out_fd) == ERR_OK
		       ? ERR_OK
		       : err_set(ctx, ERR_UNAVAILABLE, "No pipe for the code.");
}
