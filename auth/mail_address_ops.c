/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <string.h>

#include "auth/auth_api.h"
#include "auth/factor.h"
#include "auth/handlers.h"
#include "auth/mail_code_sql.h"
#include "base/text.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

/* A person's own address: it holds when the code that was sent there has come back, in the session
 * that asked. */

static struct mail_code code_of(const struct principal *self, const char *address)
{
	struct mail_code code = {
		.user_id = self->user_id, .purpose = MAIL_CODE_ADDRESS, .address = address};

	crypto_hash_sha256(code.binding, self->session_id.b, sizeof(self->session_id.b));
	return code;
}

static enum err check_new(struct ctx *ctx, const char *address)
{
	struct mail_address own = {.confirmed_at = 0};
	bool server = false;

	if (!text_is_mail_address(address))
		return err_field(ctx, "address", "mail.address", "This is not a mail address.");
	enum err err = mail_address_sql_get(ctx, &ctx->principal->user_id, &own);
	if (err == ERR_OK)
		err = mail_address_sql_server(ctx, &server);
	if (err != ERR_OK)
		return err;
	if (!server)
		return err_reason(ctx, ERR_CONFLICT, "mail.off",
				  "No mail server is set, so no code can be sent.");
	if (own.confirmed_at && strcmp(own.address, address) == 0)
		return err_field(ctx, "address", "mail_address.confirmed",
				 "This is your address, and it is confirmed.");
	return ERR_OK;
}

enum err mail_address_run_begin(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct principal *self = ctx->principal;
	struct mail_code code = code_of(self, in_text(in, MAIL_ADDRESS, ""));
	struct audit audit;
	enum err err = factor_lock(ctx);

	(void)out;
	if (err == ERR_OK)
		err = check_new(ctx, code.address);
	if (err == ERR_OK)
		err = mail_code_make(ctx, &code);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &self->user_id, self->login);
	audit_data(&audit, "notice", "address_code");
	audit_data(&audit, "code", write_uuid(ctx, &code.id));
	audit_data(&audit, "address", code.address);
	audit_data(&audit, "user_agent", in->user_agent);
	return audit_append(ctx, &audit);
}

struct confirm {
	const struct in *in;
	const char *why;
};

static enum err refuse(struct ctx *ctx, const struct confirm *confirm)
{
	const struct principal *self = ctx->principal;
	struct audit audit;

	write_audit(ctx, confirm->in, &audit);
	audit.event = EVENT_MAIL_CODE_REFUSED;
	audit.outcome = AUDIT_REFUSED;
	audit.reason = confirm->why;
	audit_object(&audit, "user", &self->user_id, self->login);
	return audit_append(ctx, &audit);
}

static enum err set_address(struct ctx *ctx, const struct in *in, const char *address)
{
	const struct principal *self = ctx->principal;
	struct mail_address before = {.confirmed_at = 0};
	struct audit audit;
	enum err err = mail_address_sql_get(ctx, &self->user_id, &before);

	write_audit(ctx, in, &audit);
	if (err == ERR_OK)
		err = mail_address_sql_set(ctx, &self->user_id, address, &audit.id);
	if (err == ERR_OK && !(before.address && strcmp(before.address, address) == 0))
		err = mail_address_sql_replaced(ctx, &self->user_id, before.address);
	if (err != ERR_OK)
		return err;
	audit_object(&audit, "user", &self->user_id, self->login);
	audit_change(&audit, "email", before.address, address);
	audit_data(&audit, "confirmed", "true");
	return audit_append(ctx, &audit);
}

/* A wrong code is a try, and stays one: committed, whatever it was. */
static enum err confirm_step(struct ctx *ctx, void *arg)
{
	struct confirm *confirm = arg;
	struct mail_code code = code_of(ctx->principal, NULL);
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = mail_code_try(ctx, &code, in_text(confirm->in, MAIL_TYPED, ""),
				    &confirm->why);
	if (err != ERR_OK)
		return err;
	return confirm->why ? refuse(ctx, confirm) : set_address(ctx, confirm->in, code.address);
}

enum err mail_address_run_confirm(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct confirm confirm = {.in = in};
	enum err err = db_transaction(ctx, confirm_step, &confirm);

	if (err != ERR_OK)
		return err;
	if (confirm.why)
		return err_field(ctx, "code", "mail_code.wrong",
				 "This code does not count: it is wrong, too old, or was tried too "
				 "often. Have another one sent.");
	out_notify(out, "me", &ctx->principal->user_id);
	out_notify(out, "users", &ctx->principal->user_id);
	return ERR_OK;
}
