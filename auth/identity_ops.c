/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "auth/federation_gain.h"
#include "auth/federation_sql.h"
#include "auth/federation_step_up.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/oidc/address.h"
#include "auth/oidc_ops.h"
#include "auth/saml_ops.h"
#include "auth/saml_sql.h"
#include "auth/secret_store.h"
#include "auth/session.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { SECRET_BYTES = 512, SECRET_WAIT_MS = 2000 };

/* --- Begun from here: sign-in, link, test, step-up --- */

struct begin {
	const struct in *in;
	enum federation_purpose purpose;
	struct identity_provider provider;
	struct federation_begun begun;
	struct saml_asking asking;
	const char *location;
};

static enum err begin_in(struct ctx *ctx, void *arg)
{
	struct begin *begin = arg;
	const struct identity_provider *provider = &begin->provider;
	struct audit audit;
	const struct uuid *session = ctx->principal ? &ctx->principal->session_id : NULL;
	enum err err = identity_provider_by_id(ctx, in_id(begin->in, 0), false, &begin->provider);

	if (err == ERR_OK && begin->purpose != FEDERATION_TEST &&
	    strcmp(provider->state, "enabled") != 0)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such identity provider.");
	if (err == ERR_OK && begin->purpose == FEDERATION_STEP_UP)
		err = federation_step_up_check(ctx, provider);
	if (err == ERR_OK)
		err = federation_begin(ctx, &provider->id, begin->purpose,
				       begin->purpose == FEDERATION_SIGN_IN ? NULL : session,
				       &begin->begun);
	if (err == ERR_OK)
		err = provider->kind == FEDERATION_SAML
			      ? saml_prepare(ctx, provider, &begin->asking)
			      : oidc_begin(ctx, provider, &begin->begun, &begin->location);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, begin->in, &audit);
	audit_object(&audit, "identity_provider", &provider->id, provider->name);
	return audit_append(ctx, &audit);
}

static enum err begin(struct ctx *ctx, const struct in *in, enum federation_purpose purpose,
		      struct out *out)
{
	struct begin begin = {.in = in, .purpose = purpose};
	enum err err = db_transaction(ctx, begin_in, &begin);

	if (err == ERR_OK && begin.provider.kind == FEDERATION_SAML) {
		err = saml_begin(ctx, &begin.asking, &begin.provider, &begin.begun,
				 &begin.location);
		out->flow_cross_site = true; /* its answer is a form of another site */
	}
	if (err == ERR_OK) {
		out_text(out, "location", begin.location);
		out->set_flow = arena_strdup(ctx->arena, begin.begun.browser);
		if (!out->set_flow)
			err = err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	}
	wipe(begin.begun.browser, sizeof(begin.begun.browser));
	return err;
}

static enum err run_begin(struct ctx *ctx, const struct in *in, struct out *out)
{
	return begin(ctx, in, FEDERATION_SIGN_IN, out);
}

static enum err run_link(struct ctx *ctx, const struct in *in, struct out *out)
{
	return begin(ctx, in, FEDERATION_LINK, out);
}

static enum err run_test(struct ctx *ctx, const struct in *in, struct out *out)
{
	return begin(ctx, in, FEDERATION_TEST, out);
}

static enum err run_step_up(struct ctx *ctx, const struct in *in, struct out *out)
{
	return begin(ctx, in, FEDERATION_STEP_UP, out);
}

/* What the provider keeps up to date nobody would any more. */
static enum err unlink_of(struct ctx *ctx, const struct in *in, unsigned field,
			  const struct user *user)
{
	struct identity_provider provider;
	struct audit audit;
	enum err err = federation_sql_unlink(ctx, in_id(in, field), &user->id, &provider);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such identity.");
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "provider", provider.name);
	err = audit_append(ctx, &audit);
	return err == ERR_OK ? federation_gain_end(ctx, in, &provider, user) : err;
}

static enum err run_unlink(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct principal *self = ctx->principal;
	const struct user user = {.id = self->user_id, .login = self->login};

	out_notify(out, "me", &self->user_id);
	return unlink_of(ctx, in, 0, &user);
}

/* Nobody above whoever asks. What is signed in by it cannot be told from the rest, so all of it
 * ends. */
static enum err run_unlink_theirs(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct user user;
	permission_set theirs = 0;
	enum err err = user_by_id(ctx, in_id(in, THEIRS_USER), true, &user);

	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, &user.id, &theirs);
	if (err == ERR_OK)
		err = grant_allowed(ctx, theirs);
	if (err == ERR_OK)
		err = unlink_of(ctx, in, THEIRS_IDENTITY, &user);
	if (err == ERR_OK)
		err = session_end_all(ctx, &user.id, NULL, "identity_unlinked");
	out_notify(out, "users", &user.id);
	return err;
}

/* --- Settings --- */

static enum err finish(struct ctx *ctx, const struct identity_provider *row, struct audit *audit,
		       struct out *out)
{
	enum err err = federation_sql_store(ctx, row, &audit->id);

	if (err != ERR_OK)
		return err;
	audit_object(audit, "identity_provider", &row->id, row->name);
	out_id(out, &row->id, row->version + 1);
	return audit_append(ctx, audit);
}

static enum err run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct identity_provider row = {.id = uuid_v7(),
					.kind = (enum federation_kind)in_number(in, NEW_KIND, 0),
					.name = in_text(in, NEW_NAME, ""),
					.issuer = in_text(in, NEW_ISSUER, ""),
					.client_id = in_text(in, NEW_CLIENT_ID, ""),
					.state = "disabled",
					.addresses = "",
					.link_attribute = "",
					.login_attribute = "",
					.login_suffix = "",
					.display_attribute = "",
					.contexts = "",
					.metadata_url = "",
					.maps_always = true};
	struct audit audit;
	int64_t count = 0;
	enum err err = federation_sql_count(ctx, &count);

	if (err == ERR_OK && count >= IDENTITY_PROVIDERS_MAX)
		return err_reason(ctx, ERR_CONFLICT, "provider.too_many",
				  "There are %d identity providers already.",
				  IDENTITY_PROVIDERS_MAX);
	if (row.kind == FEDERATION_OIDC && !row.client_id[0])
		return err_field(ctx, "client_id", "required", "Say who we are there.");
	if (row.kind == FEDERATION_OIDC && strncmp(row.issuer, "https://", 8) != 0)
		return err_field(ctx, "issuer", "provider.issuer",
				 "The issuer begins with https://.");
	write_audit(ctx, in, &audit);
	audit_change(&audit, "issuer", NULL, row.issuer);
	audit_change(&audit, "client_id", NULL, row.client_id);
	if (err == ERR_OK)
		err = federation_sql_insert(ctx, &row, &audit.id);
	return err == ERR_OK ? finish(ctx, &row, &audit, out) : err;
}

static void change_text(struct audit *audit, const struct in *in, unsigned field, const char **text)
{
	const char *before = *text;

	*text = in_text(in, field, before);
	audit_change(audit, in->op->fields[field].name, before, *text);
}

static void change_flag(struct audit *audit, const struct in *in, unsigned field, bool *flag)
{
	bool before = *flag;

	*flag = in_number(in, field, before) != 0;
	audit_change(audit, in->op->fields[field].name, write_bool(before), write_bool(*flag));
}

static void change_settings(struct audit *audit, const struct in *in, struct identity_provider *row)
{
	bool enabled = strcmp(row->state, "enabled") == 0;

	change_text(audit, in, PROVIDER_NAME, &row->name);
	change_text(audit, in, PROVIDER_CLIENT_ID, &row->client_id);
	change_text(audit, in, PROVIDER_ADDRESSES, &row->addresses);
	change_text(audit, in, PROVIDER_LINK_ATTRIBUTE, &row->link_attribute);
	change_flag(audit, in, PROVIDER_PROVISION, &row->provision);
	change_text(audit, in, PROVIDER_LOGIN_ATTRIBUTE, &row->login_attribute);
	change_text(audit, in, PROVIDER_LOGIN_SUFFIX, &row->login_suffix);
	change_text(audit, in, PROVIDER_DISPLAY_ATTRIBUTE, &row->display_attribute);
	change_flag(audit, in, PROVIDER_SECOND_FACTOR, &row->trusts_second);
	change_text(audit, in, PROVIDER_CONTEXTS, &row->contexts);
	change_flag(audit, in, PROVIDER_SIGN_OUT, &row->signs_out_there);
	change_flag(audit, in, PROVIDER_MAPPING_APPLIES, &row->maps_always);
	change_text(audit, in, PROVIDER_TRUST, &row->trust);
	change_text(audit, in, PROVIDER_METADATA_URL, &row->metadata_url);
	change_flag(audit, in, PROVIDER_UNSOLICITED, &row->unsolicited);
	change_flag(audit, in, PROVIDER_STEP_UP, &row->steps_up);
	change_flag(audit, in, PROVIDER_ENABLED, &enabled);
	row->state = enabled ? "enabled" : "disabled";
}

/* The helper that goes there looks closer. */
static bool is_address(const char *url)
{
	static const char scheme[] = "https://";

	for (const char *at = url; *at; at++)
		if (*at <= ' ' || *at > '~' || *at == '#')
			return false;
	return strncmp(url, scheme, sizeof(scheme) - 1) == 0 && url[sizeof(scheme) - 1];
}

static enum err check_settings(struct ctx *ctx, const struct identity_provider *row)
{
	struct identity_metadata kept;

	if (row->metadata_url[0] &&
	    (row->kind != FEDERATION_SAML || !is_address(row->metadata_url)))
		return err_field(ctx, "metadata_url", "provider.metadata_url",
				 "An address of SAML metadata begins with https://.");
	if (row->unsolicited && row->kind != FEDERATION_SAML)
		return err_field(ctx, "unsolicited", "provider.unsolicited",
				 "Only a SAML provider can begin a sign-in.");
	if (!oidc_addresses_valid(row->addresses))
		return err_field(ctx, "addresses", "provider.addresses",
				 "Write networks like 10.1.0.0/16, separated by blanks.");
	if (row->trusts_second && strspn(row->contexts, " ") == strlen(row->contexts))
		return err_field(ctx, "contexts", "provider.contexts",
				 "Say which acr or amr values count as a second factor.");
	if (row->steps_up && !row->trusts_second)
		return err_field(ctx, "step_up", "provider.step_up",
				 "Only a provider that is trusted for the second factor can renew "
				 "a sign-in.");
	if (row->provision && !row->login_attribute[0])
		return err_field(ctx, "login_attribute", "required",
				 "Say which attribute is the login of somebody new.");
	if (row->trust && row->trust[0] && !strstr(row->trust, "-----BEGIN CERTIFICATE-----"))
		return err_field(ctx, "trust", "provider.trust", "Paste certificates in PEM form.");
	if (strcmp(row->state, "enabled") != 0)
		return ERR_OK;
	enum err err = identity_metadata_get(ctx, &row->id, &kept);
	if (err == ERR_OK && kept.bytes.len == 0)
		return err_field(ctx, "enabled", "provider.no_metadata",
				 "Fetch the provider's metadata first.");
	return err;
}

static enum err check_map(struct ctx *ctx, const struct identity_map *map)
{
	if ((map->role == NULL) == uuid_is_nil(&map->group_id))
		return err_field(ctx, "mapping", "provider.mapping",
				 "Each row gives one group or one role.");
	return map->role ? grant_roles_allowed(ctx, "mapping", &map->role, 1)
			 : grant_membership_allowed(ctx, "mapping", &map->group_id);
}

static enum err store_map(struct ctx *ctx, const struct uuid *provider_id, const struct value *row,
			  struct audit *audit)
{
	struct identity_map map = {
		.attribute = row[MAP_ATTRIBUTE].text,
		.value = row[MAP_VALUE].text,
		.role = row[MAP_ROLE].set && !row[MAP_ROLE].null ? row[MAP_ROLE].text : NULL,
		.privileged = row[MAP_PRIVILEGED].set && row[MAP_PRIVILEGED].number != 0};

	if (row[MAP_GROUP].set && !row[MAP_GROUP].null)
		map.group_id = row[MAP_GROUP].id;
	enum err err = check_map(ctx, &map);
	return err == ERR_OK ? federation_sql_add_map(ctx, provider_id, &map, &audit->id) : err;
}

static enum err map_text(struct ctx *ctx, const struct uuid *provider_id, const char **out)
{
	struct identity_map *maps = arena_array(ctx->arena, struct identity_map, IDENTITY_MAPS_MAX);
	size_t count = 0;
	enum err err = maps ? federation_sql_maps(ctx, provider_id, maps, &count)
			    : err_set(ctx, ERR_MEMORY, "Request memory is used up.");

	*out = "";
	for (size_t i = 0; i < count && *out; i++)
		*out = arena_printf(ctx->arena, "%s%s%s=%s: %s%s", *out, i ? "; " : "",
				    maps[i].attribute, maps[i].value,
				    maps[i].role	 ? maps[i].role
				    : maps[i].group_name ? maps[i].group_name
							 : "-",
				    maps[i].privileged ? " (privileged)" : "");
	return err;
}

static enum err change_mapping(struct ctx *ctx, const struct in *in, const struct uuid *provider_id,
			       struct audit *audit)
{
	const struct value *rows = in_value(in, PROVIDER_MAPPING);
	const char *before = NULL, *after = NULL;

	if (!rows)
		return ERR_OK;
	enum err err = map_text(ctx, provider_id, &before);
	if (err == ERR_OK)
		err = federation_sql_clear_maps(ctx, provider_id);
	for (int64_t i = 0; i < rows->number && err == ERR_OK; i++)
		err = store_map(ctx, provider_id, rows->rows[i], audit);
	if (err == ERR_OK)
		err = map_text(ctx, provider_id, &after);
	audit_change(audit, "mapping", before, after);
	return err;
}

static enum err lock(struct ctx *ctx, const struct in *in, unsigned field,
		     struct identity_provider *out)
{
	enum err err = identity_provider_by_id(ctx, in_id(in, field), true, out);

	return err == ERR_OK ? write_if_match(ctx, in, out->version) : err;
}

/* The last one here would be locked out by what this provider is no longer let do. */
static enum err withdraw(struct ctx *ctx, const struct identity_provider *row, struct audit *audit,
			 struct out *out)
{
	int64_t administrators = 0;
	enum err err = grant_administrators(ctx, &administrators);

	if (err == ERR_OK)
		err = federation_gain_withdraw(ctx, &row->id, strcmp(row->state, "archived") == 0,
					       audit);
	if (err == ERR_OK)
		err = finish(ctx, row, audit, out);
	return err == ERR_OK && administrators > 0 ? grant_keep_administrator(ctx) : err;
}

static enum err run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct identity_provider row;
	struct audit audit;
	enum err err = lock(ctx, in, PROVIDER_ID, &row);

	if (err != ERR_OK)
		return err;
	const char *address = row.metadata_url;
	bool enabled = strcmp(row.state, "enabled") == 0;
	write_audit(ctx, in, &audit);
	change_settings(&audit, in, &row);
	err = check_settings(ctx, &row);
	if (err == ERR_OK && strcmp(address, row.metadata_url) != 0)
		err = saml_sql_readdressed(ctx, &row.id, row.metadata_url[0] != 0);
	if (err == ERR_OK)
		err = change_mapping(ctx, in, &row.id, &audit);
	if (err != ERR_OK)
		return err;
	return enabled && strcmp(row.state, "enabled") != 0 ? withdraw(ctx, &row, &audit, out)
							    : finish(ctx, &row, &audit, out);
}

static enum err run_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct identity_provider row;
	struct audit audit;
	enum err err = lock(ctx, in, 0, &row);

	if (err != ERR_OK)
		return err;
	row.state = "archived";
	write_audit(ctx, in, &audit);
	return withdraw(ctx, &row, &audit, out);
}

/* --- The client's secret --- */

static enum err seal(struct ctx *ctx, const struct in *in, const struct secret_ref *ref,
		     struct block *out)
{
	scoped(secret_free_p) struct secret *plain = NULL;
	scoped(fd_close_p) int pipe_fd = -1;
	enum err err = secret_read_fd(in->secret_fd, SECRET_BYTES, SECRET_WAIT_MS, &plain);

	if (err != ERR_OK)
		return err_field(ctx, "body", "provider.secret", "The secret is too long.");
	err = secret_pipe(plain, &pipe_fd);
	if (err != ERR_OK)
		return err_set(ctx, err, "No pipe for the secret.");
	return keeper_seal(ctx, ref, pipe_fd, out);
}

/* The others have no client's secret. */
static enum err only_oidc(struct ctx *ctx, const struct identity_provider *provider)
{
	return provider->kind == FEDERATION_OIDC
		       ? ERR_OK
		       : err_reason(ctx, ERR_CONFLICT, "provider.other_kind",
				    "This provider does not speak OpenID Connect.");
}

static enum err run_secret(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct identity_provider row;
	struct secret_ref ref = {.version = 1, .kind = SECRET_PASSWORD};
	struct audit audit;
	struct block blob;
	enum err err = identity_provider_by_id(ctx, in_id(in, 0), true, &row);

	if (err == ERR_OK)
		err = only_oidc(ctx, &row);
	if (err != ERR_OK)
		return err;
	ref.id = uuid_is_nil(&row.secret_id) ? uuid_v7() : row.secret_id;
	err = secret_store_next_version(ctx, &ref.id, &ref.version);
	if (err == ERR_OK)
		err = seal(ctx, in, &ref, &blob);
	if (err == ERR_OK)
		err = secret_store_put(ctx, &ref, blob);
	if (err != ERR_OK)
		return err;
	row.secret_id = ref.id;
	write_audit(ctx, in, &audit);
	audit_data(&audit, "secret_version", write_int(ctx, ref.version));
	return finish(ctx, &row, &audit, out);
}

/* --- Metadata on demand --- */

struct fetch {
	const struct in *in;
	struct out *out;
	struct identity_provider provider;
	struct block metadata;
	const char *why;
};

static enum err look_up(struct ctx *ctx, void *arg)
{
	struct fetch *fetch = arg;

	return identity_provider_by_id(ctx, in_id(fetch->in, 0), false, &fetch->provider);
}

static enum err keep(struct ctx *ctx, void *arg)
{
	struct fetch *fetch = arg;
	const struct uuid *id = &fetch->provider.id;
	struct audit audit;
	enum err err = fetch->why ? identity_metadata_failed(ctx, id, fetch->why)
				  : identity_metadata_put(ctx, id, fetch->metadata);

	if (err != ERR_OK)
		return err;
	write_audit(ctx, fetch->in, &audit);
	audit_object(&audit, "identity_provider", id, fetch->provider.name);
	if (fetch->why) {
		audit.outcome = AUDIT_FAILED;
		audit.reason = fetch->why;
	}
	out_id(fetch->out, id, fetch->provider.version);
	return audit_append(ctx, &audit);
}

/* A failure is an answer too: the row says what it was, and what was known stays in force. */
static enum err run_fetch(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct fetch fetch = {.in = in, .out = out};
	enum err err = db_transaction(ctx, look_up, &fetch);

	if (err == ERR_OK && fetch.provider.kind == FEDERATION_SAML) {
		out_id(out, &fetch.provider.id, fetch.provider.version);
		return saml_fetch(ctx, in, &fetch.provider);
	}
	if (err == ERR_OK &&
	    oidc_fetch(ctx, &fetch.provider, &fetch.metadata, &fetch.why) != ERR_OK)
		fetch.why = "oidc.helper";
	return err == ERR_OK ? db_transaction(ctx, keep, &fetch) : err;
}

static const struct op_write rows[] = {
	{"identities.begin", run_begin},
	{"pages.begin", run_begin},
	{"pages.second", auth_run_second_code},
	{"identities.oidc_callback", auth_run_oidc_callback},
	{"identities.oidc_logout", auth_run_oidc_logout},
	{"identities.signed_out", auth_run_signed_out},
	{"identities.saml_acs", auth_run_saml_acs},
	{"identities.saml_slo", saml_run_slo},
	{"identities.saml_slo_form", saml_run_slo},
	{"identities.saml_leave", saml_run_leave},
	{"identity_providers.metadata", saml_run_metadata},
	{"saml_keys.create", saml_keys_run_create},
	{"saml_keys.use", saml_keys_run_use},
	{"saml_keys.remove", saml_keys_run_remove},
	{"identities.second_code", auth_run_second_code},
	{"identities.second_passkey", auth_run_second_passkey},
	{"identities.second_mail_code", auth_run_second_mail_code},
	{"identities.second_mail", auth_run_second_mail},
	{"identities.link", run_link},
	{"identities.step_up", run_step_up},
	{"identities.unlink", run_unlink},
	{"users.unlink_identity", run_unlink_theirs},
	{"identity_providers.create", run_create},
	{"identity_providers.update", run_update},
	{"identity_providers.secret", run_secret},
	{"identity_providers.fetch", run_fetch},
	{"identity_providers.test", run_test},
	{"identity_providers.archive", run_archive},
	{NULL, NULL},
};

const struct op_write *identity_writes(void)
{
	return rows;
}
