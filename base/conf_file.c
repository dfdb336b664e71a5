/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_inner.h"
#include "base/range.h"

/* libconfuse reports through a callback without an argument; a process parses one file at a time.
 */
static struct ctx *reporting;

static void report(cfg_t *cfg, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void report(cfg_t *cfg, const char *format, va_list args)
{
	char text[CTX_TEXT_SIZE - 64];

	if (reporting == NULL || reporting->error.code != ERR_OK)
		return;
	(void)vsnprintf(text, sizeof(text), format, args);
	if (cfg != NULL && cfg->filename != NULL)
		(void)err_set(reporting, ERR_INPUT, "%s:%d: %s", cfg->filename, cfg->line, text);
	else
		(void)err_set(reporting, ERR_INPUT, "%s", text);
}

static const struct conf_row *row_find(const char *name)
{
	for (const struct conf_row *row = conf_rows; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static int choice_find(const struct conf_row *row, const char *text)
{
	for (int i = 0; row->choices[i] != NULL; i++)
		if (strcmp(row->choices[i], text) == 0)
			return i;
	return -1;
}

static void choices_text(const struct conf_row *row, char *out, size_t size)
{
	size_t at = 0;

	out[0] = 0;
	for (int i = 0; row->choices[i] != NULL && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "",
				       row->choices[i]);
}

static int check_number(cfg_t *cfg, cfg_opt_t *opt, const struct conf_row *row)
{
	long value = cfg_opt_getnint(opt, 0);

	if (value >= row->min && value <= row->max)
		return 0;
	cfg_error(cfg, "%s must be between %lld and %lld", row->name, (long long)row->min,
		  (long long)row->max);
	return -1;
}

static int check_text(cfg_t *cfg, cfg_opt_t *opt, const struct conf_row *row)
{
	const char *text = cfg_opt_getnstr(opt, 0);
	size_t len = text != NULL ? strlen(text) : 0;
	char choices[128];

	if (row->type == CONF_CHOICE) {
		if (text != NULL && choice_find(row, text) >= 0)
			return 0;
		choices_text(row, choices, sizeof(choices));
		cfg_error(cfg, "%s must be one of %s", row->name, choices);
		return -1;
	}
	if (len >= (size_t)row->min && len <= (size_t)row->max)
		return 0;
	cfg_error(cfg, "%s must have %lld to %lld characters", row->name, (long long)row->min,
		  (long long)row->max);
	return -1;
}

static int check(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_row *row = row_find(cfg_opt_name(opt));

	if (row == NULL)
		return -1;
	switch (row->type) {
	case CONF_INT: return check_number(cfg, opt, row);
	case CONF_TEXT:
	case CONF_CHOICE: return check_text(cfg, opt, row);
	case CONF_LIST:
		if (cfg_opt_size(opt) <= (unsigned)row->max)
			return 0;
		cfg_error(cfg, "%s holds at most %lld members", row->name, (long long)row->max);
		return -1;
	case CONF_BOOL: return 0;
	}
	return -1;
}

/* libconfuse wants the defaults in its own types. */
static void option_of(const struct conf_row *row, cfg_opt_t *out)
{
	/* Read only by libconfuse, whose struct has no const. */
	char *fallback = (char *)(uintptr_t)row->fallback;
	cfg_opt_t text = CFG_STR(row->name, fallback, CFGF_NONE);
	cfg_opt_t number = CFG_INT(row->name, strtol(fallback, NULL, 10), CFGF_NONE);
	cfg_opt_t boolean = CFG_BOOL(
		row->name, strcmp(fallback, "true") == 0 ? cfg_true : cfg_false, CFGF_NONE);
	cfg_opt_t list = CFG_STR_LIST(row->name, (char *)(uintptr_t) "{}", CFGF_NONE);

	switch (row->type) {
	case CONF_INT: *out = number; return;
	case CONF_BOOL: *out = boolean; return;
	case CONF_LIST: *out = list; return;
	case CONF_TEXT:
	case CONF_CHOICE: *out = text; return;
	}
}

static cfg_t *parser_new(void)
{
	static cfg_opt_t options[CONF_ROWS_MAX];
	size_t count = 0;
	cfg_opt_t end = CFG_END();

	for (const struct conf_row *row = conf_rows; row->name != NULL; row++)
		option_of(row, &options[count++]);
	options[count] = end;
	cfg_t *cfg = cfg_init(options, CFGF_NONE);
	if (cfg == NULL)
		return NULL;
	(void)cfg_set_error_function(cfg, report);
	for (const struct conf_row *row = conf_rows; row->name != NULL; row++)
		(void)cfg_set_validate_func(cfg, row->name, check);
	return cfg;
}

static bool copy_list(struct conf *conf, const struct conf_row *row, cfg_t *cfg)
{
	struct conf_text items[CONF_LIST_MAX];
	size_t count = 0;

	while (count < cfg_size(cfg, row->name) && count < CONF_LIST_MAX) {
		items[count].data = cfg_getnstr(cfg, row->name, (unsigned)count);
		items[count].len = strlen(items[count].data);
		count++;
	}
	return conf_set_list(conf, row, items, count);
}

static bool copy_row(struct conf *conf, const struct conf_row *row, cfg_t *cfg)
{
	const char *text;

	switch (row->type) {
	case CONF_INT: conf_set_number(conf, row, cfg_getint(cfg, row->name)); return true;
	case CONF_BOOL: conf_set_number(conf, row, cfg_getbool(cfg, row->name)); return true;
	case CONF_CHOICE:
		conf_set_number(conf, row, choice_find(row, cfg_getstr(cfg, row->name)));
		return true;
	case CONF_TEXT:
		text = cfg_getstr(cfg, row->name);
		return conf_set_text(conf, row, text, strlen(text));
	case CONF_LIST: return copy_list(conf, row, cfg);
	}
	return false;
}

/* ------------------------------------------------------------------ rules over several settings */

static bool url_host(const char *url, struct conf_text *out)
{
	static const char scheme[] = "https://";
	const char *host = url + strlen(scheme);
	size_t len;

	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return false;
	if (host[0] == '[') {
		host++;
		len = strcspn(host, "]");
		if (host[len] != ']')
			return false;
	} else {
		len = strcspn(host, ":/?#");
	}
	*out = (struct conf_text){host, len};
	return len > 0 && strpbrk(host, "/?#@ ") == NULL;
}

/* host:port or [address]:port. */
static bool server_and_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	long port = colon != NULL ? strtol(colon + 1, &end, 10) : 0;
	bool bracketed = text[0] == '[' && colon != NULL && colon[-1] == ']';

	return port > 0 && port <= 65535 && *end == '\0' && colon > text &&
	       (bracketed || memchr(text, ':', (size_t)(colon - text)) == NULL);
}

static enum err syslog_rules(struct ctx *ctx, const struct conf *conf, const char *where)
{
	if (conf->syslog_server[0] == '\0')
		return ERR_OK;
	if (!server_and_port(conf->syslog_server))
		return err_set(ctx, ERR_INPUT, "%s: syslog_server must read host:port", where);
	if (conf->syslog_ca_file[0] != '/')
		return err_set(ctx, ERR_INPUT,
			       "%s: syslog_server needs syslog_ca_file, an absolute path", where);
	if ((conf->syslog_certificate_file[0] == '\0') != (conf->syslog_key_file[0] == '\0'))
		return err_set(ctx, ERR_INPUT,
			       "%s: syslog_certificate_file and syslog_key_file go together",
			       where);
	return ERR_OK;
}

/* Whoever trusts everybody lets each client choose its address. */
static bool proxy_rules(const struct conf *conf)
{
	struct ranges ranges = {0};

	for (const char *const *at = conf->trusted_proxies; *at; at++)
		if (!range_add(&ranges, *at) || ranges.list[ranges.count - 1].bits == 0)
			return false;
	return true;
}

static enum err rules(struct ctx *ctx, struct conf *conf, const char *path)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const char *where = path != NULL ? path : "defaults";
	struct conf_text host;

	if (conf->data_dir[0] != '/')
		return err_set(ctx, ERR_INPUT, "%s: data_dir must be an absolute path", where);
	if (!url_host(conf->public_url, &host))
		return err_set(ctx, ERR_INPUT,
			       "%s: public_url must read https://host[:port] and nothing more",
			       where);
	if (!proxy_rules(conf))
		return err_set(ctx, ERR_INPUT,
			       "%s: trusted_proxies must be address ranges as 192.0.2.0/24, 64 at "
			       "most, and not everything (/0)",
			       where);
	if (strspn(conf->database_name, letters) != strlen(conf->database_name))
		return err_set(ctx, ERR_INPUT,
			       "%s: database_name may hold letters, digits and _ only", where);
	if (conf->database == CONF_DATABASE_SOCKET && conf->database_socket[0] != '/')
		return err_set(ctx, ERR_INPUT, "%s: database_socket must be an absolute path",
			       where);
	if (conf->database != CONF_DATABASE_EMBEDDED && conf->database_admin_password_file[0] == 0)
		return err_set(ctx, ERR_INPUT,
			       "%s: database = socket or host needs database_admin_password_file",
			       where);
	if (conf->database == CONF_DATABASE_HOST &&
	    (conf->database_host[0] == 0 || strcmp(conf->database_host, "localhost") == 0))
		return err_set(
			ctx, ERR_INPUT,
			"%s: database = host needs database_host, the name or address in the "
			"server's certificate; on this machine use database = socket",
			where);
	if (conf->database == CONF_DATABASE_HOST && conf->database_ca_file[0] != '/')
		return err_set(ctx, ERR_INPUT,
			       "%s: database = host needs database_ca_file, an absolute path: a "
			       "server whose certificate nobody checks is not used",
			       where);
	if (conf->key_file[0] != 0 && conf->key_file[0] != '/')
		return err_set(ctx, ERR_INPUT, "%s: key_file must be an absolute path", where);
	if (conf->server_names[0] == NULL &&
	    !conf_set_list(conf, row_find("server_names"), &host, 1))
		return err_set(ctx, ERR_MEMORY, "Memory is short");
	return syslog_rules(ctx, conf, where);
}

static enum err parse(struct ctx *ctx, cfg_t *cfg, const char *path)
{
	int result = CFG_SUCCESS;

	reporting = ctx;
	memset(&ctx->error, 0, sizeof(ctx->error));
	result = path != NULL ? cfg_parse(cfg, path) : cfg_parse_buf(cfg, "");
	reporting = NULL;
	if (result == CFG_FILE_ERROR)
		return err_set(ctx, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	if (result != CFG_SUCCESS)
		return ctx->error.code != ERR_OK ? ctx->error.code
						 : err_set(ctx, ERR_INPUT, "%s is malformed", path);
	return ERR_OK;
}

enum err conf_load(struct ctx *ctx, const char *path, struct conf **out)
{
	struct conf *conf = conf_new();
	cfg_t *cfg = parser_new();
	enum err code = conf != NULL && cfg != NULL ? parse(ctx, cfg, path)
						    : err_set(ctx, ERR_MEMORY, "Memory is short");

	for (const struct conf_row *row = conf_rows; code == ERR_OK && row->name != NULL; row++)
		if (!copy_row(conf, row, cfg))
			code = err_set(ctx, ERR_MEMORY, "Memory is short");
	if (code == ERR_OK)
		code = rules(ctx, conf, path);
	if (cfg != NULL)
		cfg_free(cfg);
	if (code != ERR_OK) {
		conf_free(conf);
		return code;
	}
	*out = conf;
	return ERR_OK;
}

/* ------------------------------------------------------------------ documentation */

static void print_value(const struct conf_row *row)
{
	if (row->type == CONF_LIST)
		printf("{}");
	else if (row->type == CONF_TEXT || row->type == CONF_CHOICE)
		printf("\"%s\"", row->fallback);
	else
		printf("%s", row->fallback);
}

static void print_bounds(const struct conf_row *row)
{
	char choices[128];

	if (row->type == CONF_INT)
		printf("%lld to %lld", (long long)row->min, (long long)row->max);
	else if (row->type == CONF_BOOL)
		printf("true, false");
	else if (row->type == CONF_LIST)
		printf("at most %lld texts", (long long)row->max);
	else if (row->type == CONF_TEXT)
		printf("%lld to %lld characters", (long long)row->min, (long long)row->max);
	else {
		choices_text(row, choices, sizeof(choices));
		printf("%s", choices);
	}
}

void conf_print_sample(void)
{
	printf("# Sekisho configuration. Every setting with its default; # starts a comment.\n");
	for (const struct conf_row *row = conf_rows; row->name != NULL; row++) {
		printf("\n# %s\n# ", row->help);
		print_bounds(row);
		printf("\n# %s = ", row->name);
		print_value(row);
		printf("\n");
	}
}

void conf_print_markdown(void)
{
	printf("| setting | default | allowed | meaning |\n| --- | --- | --- | --- |\n");
	for (const struct conf_row *row = conf_rows; row->name != NULL; row++) {
		printf("| `%s` | `", row->name);
		print_value(row);
		printf("` | ");
		print_bounds(row);
		printf(" | %s |\n", row->help);
	}
}
