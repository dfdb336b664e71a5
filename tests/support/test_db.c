/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/test_db.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/sys.h"

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL || value[0] == 0)
		fail_msg("%s is not set: run by tests/support/mariadb.sh run", name);
	return value;
}

struct db *test_db_open_as(const char *user, const char *password)
{
	struct secret *secret = password != NULL ? secret_from(password, strlen(password)) : NULL;
	struct db_params params = {.socket = environment("SEKISHO_TEST_SOCKET"),
				   .database = environment("SEKISHO_TEST_DATABASE"),
				   .user = user,
				   .password = secret};
	struct db *db = db_new(&params);

	secret_free(secret);
	assert_non_null(db);
	return db;
}

struct db *test_db_open(void)
{
	return test_db_open_as("root", NULL);
}

void test_db_patient(struct ctx *ctx)
{
	ctx->deadline_us = sys_mono_us() + INT64_C(600000000);
}

void test_db_ctx(struct ctx *ctx)
{
	struct arena *arena = arena_new((size_t)16 << 20);

	assert_non_null(arena);
	ctx_init(ctx, arena);
	ctx->db = test_db_open();
	test_db_patient(ctx);
}

void test_db_ctx_end(struct ctx *ctx)
{
	db_free(ctx->db);
	arena_free(ctx->arena);
	ctx->db = NULL;
	ctx->arena = NULL;
}

void test_db_script(const char *text)
{
	struct ctx ctx;

	test_db_ctx(&ctx);
	db_allow_scripts(ctx.db);
	if (db_script(&ctx, text) != ERR_OK)
		fail_msg("script: %s", ctx.error.text);
	test_db_ctx_end(&ctx);
}

static pid_t server_pid(void)
{
	return (pid_t)strtol(environment("SEKISHO_TEST_MARIADB_PID"), NULL, 10);
}

/* The state letter of one thread: the first one after the name's closing parenthesis. */
static char thread_state(const char *pid, const char *thread)
{
	char path[320], line[512];

	(void)snprintf(path, sizeof(path), "/proc/%s/task/%s/stat", pid, thread);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return 'T';
	size_t len = fread(line, 1, sizeof(line) - 1, file);
	(void)fclose(file);
	line[len] = 0;
	const char *end = strrchr(line, ')');
	return end != NULL && end[1] == ' ' ? end[2] : '?';
}

static bool all_stopped(const char *pid)
{
	char path[320];
	bool stopped = true;

	(void)snprintf(path, sizeof(path), "/proc/%s/task", pid);
	DIR *tasks = opendir(path);
	assert_non_null(tasks);
	for (struct dirent *entry; (entry = readdir(tasks)) != NULL;)
		if (entry->d_name[0] != '.' && thread_state(pid, entry->d_name) != 'T')
			stopped = false;
	closedir(tasks);
	return stopped;
}

void test_db_freeze(void)
{
	assert_int_equal(kill(server_pid(), SIGSTOP), 0);
	while (!all_stopped(environment("SEKISHO_TEST_MARIADB_PID")))
		(void)usleep(1000);
}

void test_db_thaw(void)
{
	assert_int_equal(kill(server_pid(), SIGCONT), 0);
}
