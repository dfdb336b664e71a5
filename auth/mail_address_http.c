/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/mail_code_sql.h"
#include "base/json.h"
#include "rbac/principal.h"

enum err mail_address_read_own(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct mail_address own = {.confirmed_at = 0};
	bool server = false;
	enum err err = mail_address_sql_get(ctx, &ctx->principal->user_id, &own);

	(void)in;
	if (err == ERR_OK)
		err = mail_address_sql_server(ctx, &server);
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_text(reply->json, "address", own.address);
	json_time(reply->json, "confirmed_at", own.confirmed_at);
	json_bool(reply->json, "mail_is_sent", server);
	json_end_object(reply->json);
	return ERR_OK;
}
