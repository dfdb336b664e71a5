/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/auth_api.h"
#include "auth/exception.h"
#include "auth/handlers.h"
#include "auth/second.h"
#include "auth/user.h"
#include "base/range.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/write.h"

static const int64_t hour_us = (int64_t)3600 * 1000000;
static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

static enum err check_network(struct ctx *ctx, const char *network)
{
	struct ranges ranges = {.count = 0};

	if (!range_add(&ranges, network))
		return err_field(ctx, "network", "network.malformed",
				 "Use a range such as 192.0.2.0/24 or 2001:db8::/32.");
	const struct range *range = &ranges.list[0];
	if (range->bits < (range->family == AF_INET ? EXCEPTION_BITS_4 : EXCEPTION_BITS_6))
		return err_field(ctx, "network", "exception.too_wide",
				 "A range of at most /%d (IPv6: /%d).", EXCEPTION_BITS_4,
				 EXCEPTION_BITS_6);
	return ERR_OK;
}

/* Nobody makes things easier for themselves, or for who may do more than they. The row stays
 * locked. */
static enum err find_person(struct ctx *ctx, const struct uuid *user_id, struct user *out,
			    permission_set *theirs)
{
	if (second_is_console(ctx))
		return err_reason(ctx, ERR_CONFLICT, "exception.portal_only",
				  "Exceptions are made by administrators, in the portal.");
	enum err err = user_by_id(ctx, user_id, true, out);
	if (err == ERR_OK && strcmp(out->state, "active") != 0)
		return err_reason(ctx, ERR_CONFLICT, "user.not_active",
				  "This is for people who are active.");
	if (err == ERR_OK && uuid_equal(user_id, &ctx->principal->user_id))
		return err_reason(ctx, ERR_CONFLICT, "exception.own",
				  "Another administrator makes exceptions for you.");
	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, &out->id, theirs);
	return err == ERR_OK ? grant_allowed(ctx, *theirs) : err;
}

static enum err check_room(struct ctx *ctx, const struct uuid *user_id)
{
	int64_t theirs = 0, all = 0;
	enum err err = exception_sql_count(ctx, user_id, &theirs, &all);

	if (err == ERR_OK && (theirs >= EXCEPTION_PERSON_MAX || all >= EXCEPTION_ALL_MAX))
		return err_reason(ctx, ERR_CONFLICT, "exception.too_many",
				  "There are too many exceptions: %d for a person, %d in all.",
				  EXCEPTION_PERSON_MAX, EXCEPTION_ALL_MAX);
	return err;
}

static enum err record(struct ctx *ctx, const struct exception *one, const struct user *user,
		       struct audit *audit, struct out *out)
{
	out_notify(out, "system", &user->id);
	audit_object(audit, "user", &user->id, user->login);
	audit_data(audit, "exception", write_uuid(ctx, &one->id));
	audit_data(audit, "network", one->network);
	audit_data(audit, "until", write_time(ctx, one->until));
	audit_data(audit, "note", one->note);
	return audit_append(ctx, audit);
}

enum err exceptions_run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user user;
	permission_set theirs = 0;
	int64_t now = sys_real_us();
	struct exception one = {.id = uuid_v7(),
				.asked_at = now,
				.until = now + in_number(in, EXCEPTION_DAYS, 1) * day_us,
				.network = in_text(in, EXCEPTION_NETWORK, ""),
				.note = in_text(in, EXCEPTION_NOTE, "")};
	enum err err = check_network(ctx, one.network);

	if (err == ERR_OK)
		err = find_person(ctx, in_id(in, EXCEPTION_USER), &user, &theirs);
	if (err == ERR_OK)
		err = check_room(ctx, &user.id);
	bool waits = second_is_needed(theirs);
	if (err == ERR_OK && waits)
		err = second_refuse_new(ctx, PERM_POLICY_MANAGE);
	if (err != ERR_OK)
		return err;
	one.user_id = user.id;
	one.asked_by = ctx->principal->user_id;
	one.approved_at = waits ? 0 : now;
	err = exception_sql_insert(ctx, &one);
	write_audit(ctx, in, &audit);
	out_uuid(out, "id", &one.id);
	out_bool(out, "waits", waits);
	if (err == ERR_OK)
		err = record(ctx, &one, &user, &audit, out);
	if (err != ERR_OK || waits)
		return err;
	write_audit(ctx, in, &audit);
	audit.event = EVENT_EXCEPTION_GRANTED;
	return record(ctx, &one, &user, &audit, out);
}

/* The other administrator, and whoever asked as they are now. */
static enum err check_two(struct ctx *ctx, const struct exception *one, permission_set theirs)
{
	bool asks = false;
	enum err err = ERR_OK;

	if (one->approved_at)
		return err_reason(ctx, ERR_CONFLICT, "exception.not_waiting",
				  "This exception waits for nobody.");
	if (uuid_equal(&one->asked_by, &ctx->principal->user_id))
		return err_reason(ctx, ERR_CONFLICT, "exception.second_must_differ",
				  "You asked for this exception. Another administrator approves "
				  "it.");
	err = second_refuse_new(ctx, PERM_POLICY_MANAGE);
	if (err == ERR_OK)
		err = second_still_asks(ctx, &one->asked_by, PERM_POLICY_MANAGE, theirs, &asks);
	bool late = one->asked_at <= sys_real_us() - EXCEPTION_ASK_HOURS * hour_us;
	if (err == ERR_OK && (late || !asks))
		return err_reason(ctx, ERR_CONFLICT, "exception.not_asked",
				  "Nobody asks for this any more who may. Make a new one.");
	return err;
}

enum err exceptions_run_approve(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user user;
	struct exception one;
	permission_set theirs = 0;
	enum err err = exception_sql_lock(ctx, in_id(in, 0), &one);

	if (err == ERR_OK)
		err = find_person(ctx, &one.user_id, &user, &theirs);
	if (err == ERR_OK)
		err = check_two(ctx, &one, theirs);
	if (err == ERR_OK)
		err = exception_sql_approve(ctx, &one.id, &ctx->principal->user_id);
	if (err != ERR_OK)
		return err;
	out_uuid(out, "id", &one.id);
	write_audit(ctx, in, &audit);
	audit_data(&audit, "asked_by", write_uuid(ctx, &one.asked_by));
	return record(ctx, &one, &user, &audit, out);
}

enum err exceptions_run_revoke(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user user;
	struct exception one;
	enum err err = exception_sql_lock(ctx, in_id(in, 0), &one);

	if (err == ERR_OK)
		err = user_by_id(ctx, &one.user_id, false, &user);
	if (err == ERR_OK)
		err = exception_sql_end(ctx, &one.id, "revoked");
	if (err != ERR_OK)
		return err;
	out_uuid(out, "id", &one.id);
	write_audit(ctx, in, &audit);
	audit_data(&audit, "ended", "revoked");
	return record(ctx, &one, &user, &audit, out);
}
