/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/conf.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/conf_inner.h"
#include "base/sys.h"

enum { WIRE_MAX = 60 * 1024, MEMORY_MAX = 256 * 1024, RECEIVE_MS = 10000 };

static const char *const databases[] = {"embedded", "socket", "host", NULL};
static const char *const providers[] = {"sealed-file", "passphrase", NULL};
static const char *const adaptive[] = {"off", "audit", "enforce", "portal", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

#define AT(member) offsetof(struct conf, member)

const struct conf_row conf_rows[] = {
	{"data_dir", CONF_TEXT, AT(data_dir), "/var/lib/sekisho", 1, 512, NULL,
	 "Folder of everything Sekisho keeps: database, keys, recordings. An absolute path that "
	 "every identity below may pass through."},
	{"listen_address", CONF_TEXT, AT(listen_address), "::", 1, 64, NULL,
	 "Address of the one listening port; \"::\" means every address, IPv4 too."},
	{"listen_port", CONF_INT, AT(listen_port), "8443", 1, 65535, NULL,
	 "Portal, API, terminals and gateways all arrive here."},
	{"public_url", CONF_TEXT, AT(public_url), "https://localhost:8443", 1, 255, NULL,
	 "What people type: https://host[:port], no slash at the end. Links and the origin check "
	 "use it."},
	{"server_names", CONF_LIST, AT(server_names), "", 0, CONF_LIST_MAX, NULL,
	 "DNS names and addresses in the server certificate; empty: the host of public_url."},
	{"trusted_proxies", CONF_LIST, AT(trusted_proxies), "", 0, CONF_LIST_MAX, NULL,
	 "Address ranges of the proxies whose X-Forwarded-For is believed, as 192.0.2.0/24; empty: "
	 "none, the header is never read. See network-rules.md."},
	{"database", CONF_CHOICE, AT(database), "embedded", 0, 0, databases,
	 "embedded: a private MariaDB inside data_dir; socket: a server of yours on this machine; "
	 "host: one on another machine, by TLS only."},
	{"database_socket", CONF_TEXT, AT(database_socket), "/run/mysqld/mysqld.sock", 0, 107, NULL,
	 "Unix socket of that server (database = socket)."},
	{"database_host", CONF_TEXT, AT(database_host), "", 0, 253, NULL,
	 "Name or address of that server, as its certificate says (database = host)."},
	{"database_port", CONF_INT, AT(database_port), "3306", 1, 65535, NULL,
	 "TCP port of that server (database = host)."},
	{"database_ca_file", CONF_TEXT, AT(database_ca_file), "", 0, 512, NULL,
	 "File with the PEM certificates of the CA that signed that server's certificate "
	 "(database = host)."},
	{"database_name", CONF_TEXT, AT(database_name), "sekisho", 1, 64, NULL,
	 "Schema that holds the tables: letters, digits and _."},
	{"database_admin", CONF_TEXT, AT(database_admin), "sekisho_migrate", 1, 64, NULL,
	 "Account that may change the schema and create accounts (database = socket or "
	 "host)."},
	{"database_admin_password_file", CONF_TEXT, AT(database_admin_password_file), "", 0, 512,
	 NULL,
	 "File with that account's password, readable by root only (database = "
	 "socket or host)."},
	{"key_provider", CONF_CHOICE, AT(key_provider), "sealed-file", 0, 0, providers,
	 "sealed-file: the root key is unsealed by key_file at start; passphrase: somebody runs "
	 "sekishoctl unseal after each start."},
	{"key_file", CONF_TEXT, AT(key_file), "", 0, 512, NULL,
	 "File with the unsealing key; empty: data_dir/keys/root.key. Keep it apart from "
	 "backups of data_dir."},
	{"uid_base", CONF_INT, AT(uid_base), "64100", 1000, 4000000000, NULL,
	 "Started as root, each process gets an identity of its own: uid_base+1 to uid_base+12."},
	{"session_idle_minutes", CONF_INT, AT(session_idle_minutes), "1440", 1, 1440, NULL,
	 "A portal session ends after this long without use at the latest; the limits of the "
	 "portal "
	 "may be shorter, not longer."},
	{"session_max_hours", CONF_INT, AT(session_max_hours), "168", 1, 168, NULL,
	 "A portal session ends after this long in any case; the limits of the portal may be "
	 "shorter, not longer."},
	{"session_grace_seconds", CONF_INT, AT(session_grace_seconds), "60", 0, 600, NULL,
	 "A privileged session is held for so long when the sign-in it was opened with runs out or "
	 "its "
	 "person signs out; who signs in again meanwhile may keep it. 0: it ends at once."},
	{"password_list_file", CONF_TEXT, AT(password_list_file), "", 0, 512, NULL,
	 "Passwords that nobody may choose: one in small letters on each line, or the SHA-1 of one "
	 "in 40 "
	 "hexadecimal capitals, sorted (LC_ALL=C). Empty: the built-in list of 49,193."},
	{"password_hash_milliseconds", CONF_INT, AT(password_hash_milliseconds), "100", 0, 1000,
	 NULL,
	 "Hashing a password may take this long, measured at start; it is made stronger "
	 "accordingly, "
	 "never weaker than before."},
	{"reset_administrator_hours", CONF_INT, AT(reset_administrator_hours), "24", 0, 720, NULL,
	 "The two administrators of a privileged person's reset must have been some for this long. "
	 "0: no matter how long."},
	{"geo_country_file", CONF_TEXT, AT(geo_country_file), "", 0, 512, NULL,
	 "MaxMind DB file of countries by address, for network rules; empty: none. Read at start. "
	 "See network-rules.md."},
	{"geo_asn_file", CONF_TEXT, AT(geo_asn_file), "", 0, 512, NULL, "The same of AS numbers."},
	{"api_token_max_days", CONF_INT, AT(api_token_max_days), "90", 0, 366, NULL,
	 "People's API tokens end at the latest this many days after they were made; 0: there are "
	 "none, and those made earlier do not work. See api-tokens.md."},
	{"program_secret_max_days", CONF_INT, AT(program_secret_max_days), "366", 0, 1096, NULL,
	 "Client secrets of programs end at the latest this many days after they were made; 0: no "
	 "program signs in, and no access token works. See programs.md."},
	{"adaptive_sign_in", CONF_CHOICE, AT(adaptive_sign_in), "portal", 0, 0, adaptive,
	 "How unusual a sign-in is: audit writes it into the audit log, enforce also asks for a "
	 "passkey or refuses; portal: as administrators set it there. See adaptive.md."},
	{"broker_idle_minutes", CONF_INT, AT(broker_idle_minutes), "30", 1, 1440, NULL,
	 "A privileged session ends after this long without input."},
	{"release_limit_per_minute", CONF_INT, AT(release_limit_per_minute), "30", 1, 10000, NULL,
	 "Credentials released for one person within a minute, at most."},
	{"log_level", CONF_CHOICE, AT(log_level), "info", 0, 0, levels, "Lowest level logged."},
	{"timezone", CONF_TEXT, AT(timezone), "Asia/Tokyo", 1, 64, NULL,
	 "IANA zone of reports where the reader has none."},
	{"gateway_beat_seconds", CONF_INT, AT(gateway_beat_seconds), "10", 1, 300, NULL,
	 "Seconds between two heartbeats of a gateway."},
	{"gateway_sources", CONF_LIST, AT(gateway_sources), "", 0, CONF_LIST_MAX, NULL,
	 "Address ranges gateways may connect and enrol from, as 192.0.2.0/24; empty: any. A "
	 "gateway can have narrower ones of its own."},
	{"gateway_certificate_minutes", CONF_INT, AT(gateway_certificate_minutes), "10080", 2,
	 525600, NULL,
	 "Life of a gateway's certificate. The gateway renews it at about two thirds; one that is "
	 "away longer needs a new join token."},
	{"syslog_server", CONF_TEXT, AT(syslog_server), "", 0, 262, NULL,
	 "Syslog receiver that gets every audit event over TLS, host:port (usually port 6514); "
	 "empty: none. See OPERATIONS."},
	{"syslog_ca_file", CONF_TEXT, AT(syslog_ca_file), "", 0, 512, NULL,
	 "PEM file of the CA that its certificate must come from."},
	{"syslog_certificate_file", CONF_TEXT, AT(syslog_certificate_file), "", 0, 512, NULL,
	 "PEM file of our certificate, for a receiver that asks for one; empty: none."},
	{"syslog_key_file", CONF_TEXT, AT(syslog_key_file), "", 0, 512, NULL,
	 "PEM file of its key, readable by root only."},
	{"syslog_enterprise_number", CONF_INT, AT(syslog_enterprise_number), "32473", 1, 4294967295,
	 NULL,
	 "IANA enterprise number in the names of the structured data; the default is the one for "
	 "examples."},
	{"metrics_token_file", CONF_TEXT, AT(metrics_token_file), "", 0, 512, NULL,
	 "File with the bearer token that GET /metrics wants, at least 16 characters, readable by "
	 "root only; empty: metrics are off. See OPERATIONS."},
	{"mariadb_sync", CONF_BOOL, AT(mariadb_sync), "true", 0, 0, NULL,
	 "Sync the embedded database to disk at each commit. Switch off only for tests."},
	{NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

/* The struct people see, and the memory its texts live in. */
struct conf_box {
	struct conf conf;
	struct arena *arena;
};

struct conf *conf_new(void)
{
	struct conf_box *box = calloc(1, sizeof(*box));

	if (box == NULL)
		return NULL;
	box->arena = arena_new(MEMORY_MAX);
	if (box->arena == NULL) {
		free(box);
		return NULL;
	}
	return &box->conf;
}

static struct arena *conf_arena(struct conf *conf)
{
	return ((struct conf_box *)conf)->arena;
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	arena_free(conf_arena(conf));
	free((struct conf_box *)conf);
}

static void *member_of(struct conf *conf, const struct conf_row *row)
{
	return (char *)conf + row->offset;
}

static const void *member_in(const struct conf *conf, const struct conf_row *row)
{
	return (const char *)conf + row->offset;
}

bool conf_set_text(struct conf *conf, const struct conf_row *row, const char *text, size_t len)
{
	char *copy = arena_strndup(conf_arena(conf), text, len);

	if (copy == NULL)
		return false;
	*(const char **)member_of(conf, row) = copy;
	return true;
}

void conf_set_number(struct conf *conf, const struct conf_row *row, int64_t value)
{
	if (row->type == CONF_BOOL)
		*(bool *)member_of(conf, row) = value != 0;
	else
		*(int64_t *)member_of(conf, row) = value;
}

bool conf_set_list(struct conf *conf, const struct conf_row *row, const struct conf_text *items,
		   size_t count)
{
	const char **list = arena_array(conf_arena(conf), const char *, count + 1);

	if (list == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		list[i] = arena_strndup(conf_arena(conf), items[i].data, items[i].len);
		if (list[i] == NULL)
			return false;
	}
	*(const char *const **)member_of(conf, row) = list;
	return true;
}

/* ------------------------------------------------------------------ hand-over */

static void put_row(struct buf *out, const struct conf *conf, const struct conf_row *row)
{
	switch (row->type) {
	case CONF_TEXT: {
		const char *text = *(const char *const *)member_in(conf, row);
		buf_put_block(out, text, strlen(text));
		return;
	}
	case CONF_INT:
	case CONF_CHOICE:
		buf_put_u64(out, (uint64_t) * (const int64_t *)member_in(conf, row));
		return;
	case CONF_BOOL: buf_put_u64(out, *(const bool *)member_in(conf, row)); return;
	case CONF_LIST: {
		const char *const *list = *(const char *const *const *)member_in(conf, row);
		uint32_t count = 0;
		while (list[count] != NULL)
			count++;
		buf_put_u32(out, count);
		for (uint32_t i = 0; i < count; i++)
			buf_put_block(out, list[i], strlen(list[i]));
		return;
	}
	}
}

enum err conf_send(const struct conf *conf, int fd)
{
	scoped(buf_clear) struct buf out;

	buf_init(&out, WIRE_MAX); /* fits a pipe: never blocks */
	for (const struct conf_row *row = conf_rows; row->name != NULL; row++)
		put_row(&out, conf, row);
	if (buf_failed(&out))
		return buf_error(&out);
	return sys_write_full(fd, out.data, out.len) == 0 ? ERR_OK : ERR_IO;
}

static bool get_list(struct rd *rd, struct conf *conf, const struct conf_row *row)
{
	struct conf_text items[CONF_LIST_MAX];
	uint32_t count = rd_u32(rd);

	if (count > CONF_LIST_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		items[i].data = (const char *)rd_block(rd, CONF_TEXT_MAX, &items[i].len);
		if (items[i].data == NULL)
			return false;
	}
	return conf_set_list(conf, row, items, count);
}

static bool get_row(struct rd *rd, struct conf *conf, const struct conf_row *row)
{
	size_t len = 0;

	if (row->type == CONF_LIST)
		return get_list(rd, conf, row);
	if (row->type == CONF_TEXT) {
		const char *text = (const char *)rd_block(rd, CONF_TEXT_MAX, &len);
		return !rd->failed && conf_set_text(conf, row, text != NULL ? text : "", len);
	}
	conf_set_number(conf, row, (int64_t)rd_u64(rd));
	return !rd->failed;
}

static enum err read_all(int fd, struct buf *out)
{
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int ready = poll(&wait, 1, RECEIVE_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready == 0 ? ERR_UNAVAILABLE : ERR_IO;
		uint8_t *room = buf_reserve(out, 4096);
		if (room == NULL)
			return ERR_TOO_LARGE;
		ssize_t got = read(fd, room, 4096);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got == 0 ? ERR_OK : ERR_IO;
		buf_commit(out, (size_t)got);
	}
}

enum err conf_receive(int fd, struct conf **out)
{
	scoped(buf_clear) struct buf bytes;
	struct conf *conf = conf_new();

	buf_init(&bytes, WIRE_MAX + 8192);
	if (conf == NULL)
		return ERR_MEMORY;
	enum err code = read_all(fd, &bytes);
	struct rd rd = rd_of(bytes.data, bytes.len);
	for (const struct conf_row *row = conf_rows; code == ERR_OK && row->name != NULL; row++)
		if (!get_row(&rd, conf, row))
			code = ERR_INPUT;
	if (code == ERR_OK && !rd_done(&rd))
		code = ERR_INPUT;
	if (code != ERR_OK) {
		conf_free(conf);
		return code;
	}
	*out = conf;
	return ERR_OK;
}
