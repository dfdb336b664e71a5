/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"

/*
 * Configuration: one table (conf.c) of name, type, default, bounds, flags, help. It yields the
 * parser (syntax by libconfuse), `--check`, the sample file and docs/CONFIGURATION.md. The result
 * is one immutable struct, passed in. Adding a setting: a member here and a row in conf.c.
 */
struct conf {
	const char *data_dir;	    /* absolute */
	const char *listen_address; /* "0.0.0.0", "::", … */
	int64_t listen_port;
	const char *public_url; /* "https://host[:port]", no trailing slash; origin of the portal */
	const char *const
		*server_names; /* NULL-ended: DNS names and addresses in the TLS certificate */
	int64_t database;      /* enum conf_database */
	const char *database_socket; /* for `socket` */
	const char *database_host;   /* for `host`: a name of its certificate, or an address */
	int64_t database_port;
	const char *database_ca_file; /* for `host`: PEM; roles see a copy */
	const char *database_name;
	const char *
		database_admin; /* for `socket`: account that may change the schema and passwords */
	const char *database_admin_password_file;
	int64_t key_provider; /* enum conf_provider */
	const char *key_file; /* sealed file: unsealing key kept apart from the data folder; "" =
				 inside it */
	int64_t uid_base;     /* started as root: role N runs as uid_base + N */
	int64_t session_idle_minutes, session_max_hours; /* portal sessions, at most */
	int64_t api_token_max_days;			 /* 0: nobody has any */
	int64_t program_secret_max_days;		 /* 0: no program signs in */
	const char *geo_country_file, *geo_asn_file;	 /* MaxMind DB files; "": none */
	int64_t session_grace_seconds;	    /* of a privileged session whose sign-in ended */
	const char *password_list_file;	    /* common and stolen ones; "": the built-in list */
	int64_t password_hash_milliseconds; /* what hashing one may take on this machine */
	int64_t reset_administrator_hours;  /* how long the two of a reset must have been some */
	int64_t adaptive_sign_in;	    /* enum conf_adaptive */
	int64_t broker_idle_minutes;	    /* privileged sessions */
	int64_t release_limit_per_minute;   /* secrets per person */
	int64_t log_level;
	const char *timezone;		    /* IANA name for reports and mail, default Asia/Tokyo */
	int64_t gateway_beat_seconds;	    /* heartbeat interval told to gateways */
	const char *const *trusted_proxies; /* NULL-ended: ranges, each valid; empty: none */
	const char *const *gateway_sources; /* NULL-ended: ranges; empty: any */
	int64_t gateway_certificate_minutes; /* life of a gateway's certificate */
	/* Syslog receiver of the audit log: "host:port", or "" for none. */
	const char *syslog_server, *syslog_ca_file;
	const char *syslog_certificate_file, *syslog_key_file; /* "": none */
	int64_t syslog_enterprise_number;
	const char *metrics_token_file; /* "": no metrics */
	bool mariadb_sync; /* innodb_flush_log_at_trx_commit=1 of the embedded database */
};

enum conf_database { CONF_DATABASE_EMBEDDED, CONF_DATABASE_SOCKET, CONF_DATABASE_HOST };
enum conf_adaptive {
	CONF_ADAPTIVE_OFF,
	CONF_ADAPTIVE_AUDIT,
	CONF_ADAPTIVE_ENFORCE,
	CONF_ADAPTIVE_PORTAL /* as set there */
};
enum conf_provider { CONF_PROVIDER_SEALED_FILE, CONF_PROVIDER_PASSPHRASE };

/* Reads path (NULL: defaults only). Errors name file, line, setting and what would be right. Free
 * with conf_free. */
enum err conf_load(struct ctx *ctx, const char *path, struct conf **out) ERR_CHECKED;
void conf_free(struct conf *conf);
/* Prints a commented sample / a Markdown table to standard output. */
void conf_print_sample(void);
void conf_print_markdown(void);
/* Hand-over from the supervisor to a role through a pipe: whole struct as bytes. */
enum err conf_send(const struct conf *conf, int fd) ERR_CHECKED;
enum err conf_receive(int fd, struct conf **out) ERR_CHECKED;

#endif
