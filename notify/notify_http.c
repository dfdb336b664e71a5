/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"
#include "base/sys.h"
#include "notify/notify_api.h"
#include "notify/read_sql.h"
#include "notify/server_sql.h"
#include "rbac/principal.h"

enum { TEST_SHOWN_HOURS = 1 };

static void put_failure(void *arg, const struct notice_view *view)
{
	json_object(arg, NULL);
	json_uuid(arg, "id", &view->id);
	json_text(arg, "kind", view->kind);
	json_text(arg, "login", view->login);
	json_text(arg, "address", view->address);
	json_text(arg, "state", view->state);
	json_text(arg, "error", view->error);
	json_int(arg, "attempts", view->attempts);
	json_time(arg, "occurred_at", view->occurred_at);
	json_end_object(arg);
}

static void put_settings(struct json *json, const struct mail_settings *settings)
{
	json_text(json, "host", settings->host);
	json_int(json, "port", settings->port);
	json_text(json, "security", settings->security);
	json_text(json, "login", settings->login);
	json_bool(json, "has_password", !uuid_is_nil(&settings->secret_id));
	json_text(json, "sender", settings->sender);
	json_text(json, "ca", settings->ca);
	json_int(json, "version", settings->version);
}

static void put_test(struct json *json, const struct notice_view *test)
{
	if (uuid_is_nil(&test->id)) {
		json_null(json, "test");
		return;
	}
	json_object(json, "test");
	json_text(json, "state", test->state);
	json_text(json, "address", test->address);
	json_text(json, "error", test->error);
	json_time(json, "occurred_at", test->occurred_at);
	json_end_object(json);
}

static enum err read_mail(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct mail_settings settings;
	struct mail_figures figures;
	struct notice_view test = {.attempts = 0};
	struct json *json = reply->json;
	enum err err = mail_server_get(ctx, false, &settings);

	(void)in;
	if (err == ERR_OK)
		err = notify_read_figures(ctx, &figures);
	if (err == ERR_OK)
		err = notify_read_test(ctx, &ctx->principal->user_id,
				       sys_real_us() - TEST_SHOWN_HOURS * 3600 * (int64_t)1000000,
				       &test);
	if (err != ERR_OK)
		return err;
	reply->etag = settings.version;
	json_object(json, NULL);
	put_settings(json, &settings);
	json_int(json, "waiting", figures.waiting);
	json_time(json, "sent_at", figures.sent_at);
	json_text(json, "error", figures.error);
	json_time(json, "error_at", figures.error_at);
	put_test(json, &test);
	json_array(json, "failures");
	err = notify_read_failures(ctx, put_failure, json);
	json_end_array(json);
	json_end_object(json);
	return err;
}

static void put_notice(void *arg, const struct notice_view *view)
{
	json_object(arg, NULL);
	json_uuid(arg, "id", &view->id);
	json_text(arg, "kind", view->kind);
	json_text(arg, "peer", view->peer);
	json_text(arg, "user_agent", view->user_agent);
	json_text(arg, "detail", view->detail);
	json_text(arg, "address", view->address);
	json_text(arg, "state", view->state);
	json_time(arg, "occurred_at", view->occurred_at);
	json_end_object(arg);
}

static enum err read_own(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	enum err err = notify_read_own(ctx, &ctx->principal->user_id, put_notice, reply->json);
	json_end_array(reply->json);
	json_null(reply->json, "next_cursor");
	json_end_object(reply->json);
	return err;
}

static const struct op_read rows[] = {
	{"mail.get", read_mail},
	{"notices.own", read_own},
	{NULL, NULL},
};

const struct op_read *notify_reads(void)
{
	return rows;
}
