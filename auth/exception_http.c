/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/exception_read_sql.h"
#include "auth/handlers.h"
#include "base/json.h"
#include "rbac/principal.h"

static void put_exception(void *arg, const struct exception_view *view)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &view->id);
	json_uuid(json, "user_id", &view->user_id);
	json_text(json, "login", view->login);
	json_text(json, "display_name", view->display_name);
	json_text(json, "network", view->network);
	json_text(json, "note", view->note);
	json_text(json, "asked_by", view->asked_by);
	json_text(json, "approved_by", view->approved_by);
	json_bool(json, "own", view->own);
	json_time(json, "asked_at", view->asked_at);
	json_time(json, "approved_at", view->approved_at);
	json_time(json, "until", view->until);
	json_end_object(json);
}

enum err exceptions_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	enum err err = exception_read(ctx, &ctx->principal->user_id, put_exception, reply->json);
	json_end_array(reply->json);
	json_null(reply->json, "next_cursor");
	json_end_object(reply->json);
	return err;
}
