/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/mail_code.h"

#include <sodium.h>
#include <stdio.h>

#include "auth/mail_code_sql.h"
#include "base/secret.h"
#include "base/sys.h"

static const int64_t minute_us = 60 * (int64_t)1000000;
enum { KEPT_MINUTES = 24 * 60, BELOW = 100000000 };

static enum err room_for_one(struct ctx *ctx, const struct mail_code *code, int64_t now)
{
	int64_t sent = 0;
	enum err err =
		mail_code_sql_sent(ctx, code, now - MAIL_CODE_SENDS_MINUTES * minute_us, &sent);

	if (err == ERR_OK && sent >= MAIL_CODE_SENDS)
		return err_reason(ctx, ERR_LIMIT, "mail_code.sends",
				  "%d codes were sent within an hour. Wait before asking for "
				  "another.",
				  MAIL_CODE_SENDS);
	return err;
}

enum err mail_code_make(struct ctx *ctx, struct mail_code *code)
{
	char digits[MAIL_CODE_TEXT];
	uint8_t mac[MAIL_CODE_MAC];
	int64_t now = sys_real_us();
	enum err err = mail_code_sql_forget(ctx, now - KEPT_MINUTES * minute_us);

	if (err == ERR_OK)
		err = room_for_one(ctx, code, now);
	if (err != ERR_OK)
		return err;
	code->id = uuid_v7();
	(void)snprintf(digits, sizeof(digits), "%08u", (unsigned)randombytes_uniform(BELOW));
	mail_code_mac(&code->id, digits, mac);
	err = mail_code_sql_add(ctx, code, mac);
	if (err == ERR_OK && !uuid_is_nil(&code->user_id))
		mail_code_keep(&code->id, digits);
	wipe(digits, sizeof(digits));
	return err;
}

static const char *judge(const struct mail_code_row *row, const struct mail_code *code,
			 const char *typed)
{
	uint8_t mac[MAIL_CODE_MAC];

	mail_code_mac(&row->code.id, typed, mac);
	bool right = sodium_memcmp(mac, row->mac, sizeof(mac)) == 0;
	wipe(mac, sizeof(mac));
	if (row->used_at)
		return "mail_code.used";
	if (row->tries >= MAIL_CODE_TRIES)
		return "mail_code.tries";
	if (sys_real_us() - row->created_at >= MAIL_CODE_MINUTES * minute_us)
		return "mail_code.expired";
	if (sodium_memcmp(code->binding, row->code.binding, MAIL_CODE_BINDING) != 0)
		return "mail_code.browser";
	return right ? NULL : "mail_code.wrong";
}

enum err mail_code_try(struct ctx *ctx, struct mail_code *code, const char *typed,
		       const char **out_why)
{
	struct mail_code_row row = {.tries = 0};
	enum err err = mail_code_sql_newest(ctx, code, &row);
	bool none = err == ERR_NOT_FOUND;

	if (err != ERR_OK && !none)
		return err;
	*out_why = judge(&row, code, typed);
	if (none)
		*out_why = "mail_code.none";
	code->address = row.code.address;
	return mail_code_sql_tried(ctx, &row.code.id, !*out_why);
}
