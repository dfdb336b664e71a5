/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_console.h"

#include <arpa/inet.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/break_glass.h"
#include "auth/enrolment.h"
#include "auth/lane.h"
#include "auth/network_sql.h"
#include "auth/signin.h"
#include "auth/user.h"
#include "auth/watch.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/principal.h"
#include "rbac/role.h"
#include "server/authority_inner.h"
#include "server/authority_rotate.h"
#include "vault/keeper.h"

enum { PEM_LINE = 64 };

static const struct db_stmt gateway_counts = {
	"console.gateways",
	"SELECT COALESCE(SUM(state = 'online'), 0), COALESCE(SUM(state = 'late'), 0), "
	"COALESCE(SUM(state = 'offline'), 0) FROM gateway_presence",
	0, 3};
static const struct db_stmt *const stmts[] = {&gateway_counts, NULL};
static const struct db_stmt_list list = {"console", stmts};

const struct db_stmt_list *console_statements(void)
{
	return &list;
}

struct console {
	struct console_in *in;
	struct buf *out;
	int64_t online, late, offline;
};

static void read_gateways(struct db_rows *rows, void *arg)
{
	struct console *console = arg;

	console->online = db_int(rows, 0);
	console->late = db_int(rows, 1);
	console->offline = db_int(rows, 2);
}

static enum err count_gateways(struct ctx *ctx, void *arg)
{
	return db_one(ctx, &gateway_counts, NULL, read_gateways, arg);
}

static enum err status(struct ctx *ctx, struct console *console)
{
	struct keeper_status keeper;
	int64_t left = 0;
	enum err err = keeper_status(ctx, &keeper);

	if (err == ERR_OK)
		err = rotate_left(ctx, &left);
	if (err == ERR_OK)
		err = db_transaction(ctx, count_gateways, console);
	if (err != ERR_OK)
		return err;
	buf_printf(console->out, "version %s\n", SEKISHO_VERSION);
	buf_printf(console->out, "vault %s provider=%s kek=%u rotating=%s left=%lld\n",
		   keeper.sealed ? "sealed" : "open",
		   keeper.provider == CONF_PROVIDER_PASSPHRASE ? "passphrase" : "sealed-file",
		   keeper.kek_version, keeper.keks > 1 ? "yes" : "no", (long long)left);
	buf_printf(console->out, "sessions live=%zu\n", console->in->live_sessions);
	buf_printf(console->out, "gateways online=%lld late=%lld offline=%lld\n",
		   (long long)console->online, (long long)console->late,
		   (long long)console->offline);
	return ERR_OK;
}

static enum err unseal(struct ctx *ctx, struct console *console)
{
	enum err err = vault_open(ctx, console->in->fd);

	if (err != ERR_OK)
		return err;
	console->in->opened = true;
	buf_put_text(console->out, "The vault is open.\n");
	return ERR_OK;
}

static enum err issue(struct ctx *ctx, struct console *console, const struct user *user)
{
	char token[ENROLMENT_TOKEN_TEXT], when[TIME_TEXT_SIZE];
	int64_t expires = 0;
	struct audit audit;
	enum err err = enrolment_issue(ctx, &user->id, ~(permission_set)0, token, &expires);

	if (err != ERR_OK)
		return err;
	time_format(expires, when);
	audit_init(&audit, EVENT_USER_LINK_ISSUED);
	audit.peer = "console";
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "expires_at", when);
	err = audit_append(ctx, &audit);
	if (err == ERR_OK) {
		buf_reset(console->out);
		buf_printf(console->out, "%s/enrol#%s\nvalid once, until %s\n",
			   ctx->conf ? ctx->conf->public_url : "", token, when);
	}
	wipe(token, sizeof(token));
	return err;
}

static enum err link_step(struct ctx *ctx, void *arg)
{
	struct console *console = arg;
	struct user user;
	enum err err = user_by_login(ctx, console->in->argument, &user);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no login of that name.");
	if (err != ERR_OK)
		return err;
	if (strcmp(user.state, "archived") == 0 || strcmp(user.state, "disabled") == 0)
		return err_set(ctx, ERR_CONFLICT, "This person is disabled or archived.");
	return issue(ctx, console, &user);
}

static enum err link_login(struct ctx *ctx, struct console *console)
{
	return db_transaction(ctx, link_step, console);
}

static enum err bootstrap_step(struct ctx *ctx, void *arg)
{
	struct console *console = arg;
	bool any = false;
	struct audit audit;
	struct user user = {.id = uuid_v7(),
			    .login = console->in->argument,
			    .display_name = console->in->argument,
			    .language = "ja",
			    .timezone = ctx->conf ? ctx->conf->timezone : "Asia/Tokyo"};
	enum err err = user_any(ctx, &any);

	if (err != ERR_OK)
		return err;
	if (any)
		return err_set(ctx, ERR_CONFLICT,
			       "There are people already: an administrator makes new ones.");
	audit_init(&audit, EVENT_USER_CREATED);
	audit.peer = "console";
	audit_object(&audit, "user", &user.id, user.login);
	audit_change(&audit, "roles", NULL, ROLE_ADMINISTRATOR);
	if ((err = user_insert(ctx, &user, &audit.id)) != ERR_OK ||
	    (err = user_grant_role(ctx, &user.id, ROLE_ADMINISTRATOR, &audit.id)) != ERR_OK ||
	    (err = audit_append(ctx, &audit)) != ERR_OK)
		return err;
	return issue(ctx, console, &user);
}

static enum err bootstrap(struct ctx *ctx, struct console *console)
{
	static const struct field login = {
		.name = "login", .type = FIELD_NAME, .min = 1, .max = 64};
	struct value value = {0};
	enum err err = field_from_text(ctx, &login, console->in->argument, &value);

	return err == ERR_OK ? db_transaction(ctx, bootstrap_step, console) : err;
}

static enum err clear_step(struct ctx *ctx, void *arg)
{
	struct console *console = arg;
	uint8_t subject[32];
	uint64_t count = 0;
	struct audit audit;
	bool one = console->in->argument[0] != 0;
	enum err err = one ? signin_subject(ctx, console->in->argument, subject) : ERR_OK;

	if (err == ERR_OK)
		err = lane_clear_all(ctx, one ? subject : NULL, &count);
	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_LANE_CLEARED);
	audit.peer = "console";
	audit_data(&audit, "login", one ? console->in->argument : "*");
	buf_reset(console->out);
	buf_printf(console->out, "%llu lanes cleared\n", (unsigned long long)count);
	return audit_append(ctx, &audit);
}

static enum err clear_lanes(struct ctx *ctx, struct console *console)
{
	return db_transaction(ctx, clear_step, console);
}

static enum err clear_network_step(struct ctx *ctx, void *arg)
{
	struct console *console = arg;
	struct audit audit;

	audit_init(&audit, EVENT_NETWORK_RULES);
	audit.peer = "console";
	audit_change(&audit, "rules", "(all)", "");
	buf_reset(console->out);
	buf_put_text(console->out, "no network rules any more\n");
	enum err err = network_sql_replace(ctx, NULL, 0, &audit.id);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

/* The way back in for those who locked themselves out. */
static enum err clear_network(struct ctx *ctx, struct console *console)
{
	return db_transaction(ctx, clear_network_step, console);
}

static enum err clear_bans_step(struct ctx *ctx, void *arg)
{
	const struct console *console = arg;
	struct audit audit;

	audit_init(&audit, EVENT_BANS_CLEARED);
	audit.peer = "console";
	audit_data(&audit, "address", console->in->argument[0] ? console->in->argument : "*");
	return audit_append(ctx, &audit);
}

/* Recorded first: a ban that is gone comes back by itself, its event would not. */
static enum err clear_bans(struct ctx *ctx, struct console *console)
{
	const char *address = console->in->argument;
	uint8_t parsed[16];

	if (address[0] && inet_pton(AF_INET, address, parsed) != 1 &&
	    inet_pton(AF_INET6, address, parsed) != 1)
		return err_set(ctx, ERR_INPUT, "An address is wanted: 192.0.2.7 or 2001:db8::7.");
	enum err err = db_transaction(ctx, clear_bans_step, console);
	if (err != ERR_OK)
		return err;
	unsigned count = watch_clear_bans(ctx->watch, address[0] ? address : NULL, sys_mono_us());
	buf_printf(console->out, "%u bans ended\n", count);
	return ERR_OK;
}

static void print_ban(void *arg, const struct source_ban *ban)
{
	struct buf *out = arg;

	if (out->len + 128 < out->limit)
		buf_printf(out, "%s %u s, %u of %u attempts failed, %u names\n", ban->prefix,
			   ban->seconds, ban->seen.fails, ban->seen.attempts, ban->seen.users);
}

static enum err print_bans(struct ctx *ctx, struct console *console)
{
	watch_bans(ctx->watch, sys_mono_us(), print_ban, console->out);
	if (console->out->len == 0)
		buf_put_text(console->out, "nobody is banned\n");
	return ERR_OK;
}

static enum err print_ca(struct ctx *ctx, struct console *console)
{
	struct keeper_public keys;
	enum err err = keeper_public(ctx, &keys);

	if (err != ERR_OK)
		return err;
	size_t len = keys.ca_certificate.len;
	char *text = arena_alloc(ctx->arena, BASE64_SIZE(len));
	if (!text)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	base64_encode(keys.ca_certificate.data, len, text);
	buf_put_text(console->out, "-----BEGIN CERTIFICATE-----\n");
	for (size_t at = 0, all = strlen(text); at < all; at += PEM_LINE)
		buf_printf(console->out, "%.*s\n", PEM_LINE, text + at);
	buf_put_text(console->out, "-----END CERTIFICATE-----\n");
	return ERR_OK;
}

static enum err rotate(struct ctx *ctx, struct console *console)
{
	enum err err = rotate_begin(ctx, console->in->argument, console->in->fd);

	if (err == ERR_OK)
		buf_put_text(console->out,
			     strcmp(console->in->argument, "root") == 0
				     ? "The root key is new.\n"
				     : "A new KEK is in use; what is sealed under the old one "
				       "follows (sekishoctl status).\n");
	return err;
}

enum { BACKUP_HASH = 32 };

static enum err backup_step(struct ctx *ctx, void *arg)
{
	const struct console *console = arg;
	struct audit audit;

	audit_init(&audit, EVENT_BACKUP_MADE);
	audit.peer = "console";
	audit_data(&audit, "manifest_sha256", console->in->argument);
	return audit_append(ctx, &audit);
}

/* A backup counts once the audit log knows it: then its manifest is signed. */
static enum err sign_backup(struct ctx *ctx, struct console *console)
{
	uint8_t hash[BACKUP_HASH], signature[KEEPER_SIGNATURE];
	char text[2 * KEEPER_SIGNATURE + 1];

	if (strlen(console->in->argument) != sizeof(hash) * 2 ||
	    !hex_decode(console->in->argument, hash, sizeof(hash)))
		return err_set(ctx, ERR_INPUT, "The SHA-256 of a manifest is wanted.");
	enum err err = db_transaction(ctx, backup_step, console);
	if (err == ERR_OK)
		err = keeper_sign(ctx, KEEPER_SIGN_BACKUP, (struct block){hash, sizeof(hash)},
				  signature);
	if (err != ERR_OK)
		return err;
	hex_encode(signature, sizeof(signature), text);
	buf_put_text(console->out, text);
	return ERR_OK;
}

/* "LOGIN RANGE …" or "LOGIN". */
static enum err break_glass_step(struct ctx *ctx, struct console *console, bool wanted)
{
	const char *login = console->in->argument, *space = strchr(login, ' ');
	struct audit audit;

	if (space)
		login = arena_strndup(ctx->arena, login, (size_t)(space - login));
	if (!login)
		return ERR_MEMORY;
	audit_init(&audit, EVENT_BREAK_GLASS_SET);
	audit.peer = "console";
	enum err err = wanted ? break_glass_set(ctx, &audit, login, space ? space + 1 : "")
			      : break_glass_end(ctx, &audit, login);
	if (err != ERR_OK)
		return err;
	buf_reset(console->out);
	buf_printf(console->out,
		   wanted ? "%s signs in by its key alone, from there; all else ended\n"
			  : "%s is a break-glass account no more\n",
		   login);
	return audit_append(ctx, &audit);
}

static enum err break_glass_on_step(struct ctx *ctx, void *arg)
{
	return break_glass_step(ctx, arg, true);
}

static enum err break_glass_off_step(struct ctx *ctx, void *arg)
{
	return break_glass_step(ctx, arg, false);
}

static enum err break_glass_on(struct ctx *ctx, struct console *console)
{
	return db_transaction(ctx, break_glass_on_step, console);
}

static enum err break_glass_off(struct ctx *ctx, struct console *console)
{
	return db_transaction(ctx, break_glass_off_step, console);
}

static const struct {
	const char *name;
	enum err (*run)(struct ctx *ctx, struct console *console);
} commands[] = {
	{"status", status},
	{"unseal", unseal},
	{"link", link_login},
	{"bootstrap", bootstrap},
	{"clear-lanes", clear_lanes},
	{"ca", print_ca},
	{"bans", print_bans},
	{"clear-bans", clear_bans},
	{"backup", sign_backup},
	{"rotate", rotate},
	{"clear-network-rules", clear_network},
	{"break-glass", break_glass_on},
	{"no-break-glass", break_glass_off},
};

enum err console_run(struct ctx *ctx, const char *name, struct console_in *in, struct buf *out)
{
	struct console console = {.in = in, .out = out};
	static const struct principal owner = {.login = "console", .display_name = "console"};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		ctx->principal = &owner;
		enum err err = commands[i].run(ctx, &console);
		ctx->principal = NULL;
		return err;
	}
	return err_set(ctx, ERR_INPUT, "There is no such command.");
}
