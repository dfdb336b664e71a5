/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekishoctl: the owner's console. One command, one answer, over a Unix socket that only the owner
 * can open. A passphrase is typed without echo, or read from standard input, and travels by pipe.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "base/messages.h"
#include "base/secret.h"
#include "server/ctl_client.h"
#include "server/ctl_op.h"

enum {
	PASSPHRASE_MAX = 1024,
	ARGUMENT_MAX = 1024,
	STDIN_MS = 60000,
	EXIT_FAILED = 1,
	EXIT_USAGE = 64,
	EXIT_NO_SERVER = 69
};

static const char default_socket[] = "/var/lib/sekisho/run/ctl.sock";

static const char usage[] =
	"usage: sekishoctl [--socket PATH] COMMAND [ARGUMENT]\n"
	"  status             sealed or open, what is running, gateways\n"
	"  unseal [--new]     asks for the passphrase (--new: twice, for the first time)\n"
	"  bootstrap LOGIN    first administrator and a one-time set-up link\n"
	"  link LOGIN         a new one-time set-up link for a person\n"
	"  clear-lanes LOGIN  forgets failed sign-ins: ends waits, enables what 100 failures "
	"disabled\n"
	"  clear-network-rules\n"
	"                     lets everybody come from anywhere again\n"
	"  break-glass LOGIN RANGE …\n"
	"                     an account for when nothing else lets anybody in: its key alone, "
	"from\n"
	"                     there\n"
	"  no-break-glass LOGIN\n"
	"                     not any more\n"
	"  bans               sources of sign-ins that are banned for a while\n"
	"  clear-bans ADDRESS ends the bans that hold for an address; without one, all\n"
	"  rotate kek         a new key for what is sealed from now on; the rest follows\n"
	"  rotate root [--new-passphrase]\n"
	"                     a new root key; asks twice for the passphrase that wraps it\n"
	"  ca                 certificate of the private authority, as PEM\n"
	"  op NAME field=value … [--secret-stdin]\n"
	"                     one operation of the API, as the console\n"
	"The default socket is /var/lib/sekisho/run/ctl.sock; standard input may hold the "
	"passphrase.\n";

/* ------------------------------------------------------------------ passphrase */

static bool echo_set(bool on)
{
	struct termios settings;

	if (tcgetattr(STDIN_FILENO, &settings) != 0)
		return false;
	if (on)
		settings.c_lflag |= ECHO;
	else
		settings.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0;
}

/* One line, typed; without the newline. */
static struct secret *line_typed(const char *prompt)
{
	struct secret *line = secret_new(PASSPHRASE_MAX);
	size_t len = 0;
	ssize_t got = 0;

	if (line == NULL || !echo_set(false)) {
		secret_free(line);
		return NULL;
	}
	(void)fputs(prompt, stderr);
	while (len < PASSPHRASE_MAX &&
	       (got = read(STDIN_FILENO, secret_data(line) + len, 1)) == 1 &&
	       secret_bytes(line)[len] != '\n')
		len++;
	(void)echo_set(true);
	(void)fputc('\n', stderr);
	secret_truncate(line, len);
	if (got == 1 && len > 0)
		return line;
	secret_free(line);
	return NULL;
}

static struct secret *line_from_input(void)
{
	struct secret *line = NULL;

	if (secret_read_fd(STDIN_FILENO, PASSPHRASE_MAX, STDIN_MS, &line) != ERR_OK)
		return NULL;
	size_t len = secret_len(line);
	while (len > 0 &&
	       (secret_bytes(line)[len - 1] == '\n' || secret_bytes(line)[len - 1] == '\r'))
		len--;
	secret_truncate(line, len);
	return line;
}

static struct secret *passphrase_get(bool twice)
{
	if (!isatty(STDIN_FILENO))
		return line_from_input();
	struct secret *first = line_typed("Passphrase: ");
	if (first == NULL || !twice)
		return first;
	struct secret *second = line_typed("The same again: ");
	bool same = second != NULL && secret_equal(first, second);
	secret_free(second);
	if (same)
		return first;
	(void)fputs("sekishoctl: the two differ\n", stderr);
	secret_free(first);
	return NULL;
}

/* ------------------------------------------------------------------ conversation */

static int answer_print(const struct msg_command_result *result)
{
	FILE *out = result->err == ERR_OK ? stdout : stderr;

	if (result->err != ERR_OK)
		(void)fprintf(out, "sekishoctl: %s: ", err_code((enum err)result->err));
	(void)fwrite(result->text.data, 1, result->text.len, out);
	if (result->text.len == 0 || result->text.data[result->text.len - 1] != '\n')
		(void)fputc('\n', out);
	return result->err == ERR_OK ? 0 : EXIT_FAILED;
}

static int command_run(int server, const char *name, const char *words, int secret_fd)
{
	scoped(buf_clear) struct buf scratch;
	struct msg_command_result result;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	buf_init_wiped(&scratch, 2 * CHAN_PAYLOAD_MAX); /* links are in it */
	enum err err = ctl_ask(&ctx, server, name, words, secret_fd, &scratch, &result);
	if (err == ERR_OK)
		return answer_print(&result);
	(void)fprintf(stderr, "sekishoctl: %s\n", ctx.error.text);
	return err == ERR_TOO_LARGE ? EXIT_USAGE : err == ERR_INPUT ? EXIT_FAILED : EXIT_NO_SERVER;
}

/* A command that a passphrase goes with. */
static int with_passphrase(int server, const char *name, const char *words, bool twice)
{
	scoped(fd_close_p) int fd = -1;
	struct secret *passphrase = passphrase_get(twice);

	if (passphrase == NULL || secret_len(passphrase) == 0 ||
	    secret_pipe(passphrase, &fd) != ERR_OK) {
		(void)fputs("sekishoctl: no passphrase\n", stderr);
		secret_free(passphrase);
		return EXIT_FAILED;
	}
	secret_free(passphrase);
	return command_run(server, name, words, fd);
}

/* The words behind the command, joined by spaces. */
static bool words_join(int argc, char **argv, char out[ARGUMENT_MAX])
{
	size_t at = 0;

	out[0] = 0;
	for (int i = 0; i < argc; i++) {
		int put = snprintf(out + at, ARGUMENT_MAX - at, "%s%s", i > 0 ? " " : "", argv[i]);
		if (put < 0 || at + (size_t)put >= ARGUMENT_MAX)
			return false;
		at += (size_t)put;
	}
	return true;
}

int main(int argc, char **argv)
{
	const char *path = default_socket;
	char words[ARGUMENT_MAX];
	int at = 1;

	if (argc > 2 && strcmp(argv[1], "--socket") == 0) {
		path = argv[2];
		at = 3;
	}
	if (at >= argc || strncmp(argv[at], "--", 2) == 0) {
		bool help = at < argc && strcmp(argv[at], "--help") == 0;
		(void)fputs(usage, help ? stdout : stderr);
		return help ? 0 : EXIT_USAGE;
	}
	const char *command = argv[at++];
	struct ctx ctx;
	scoped(fd_close_p) int server = -1;
	ctx_init(&ctx, NULL);
	if (ctl_connect(&ctx, path, &server) != ERR_OK) {
		(void)fprintf(stderr, "sekishoctl: %s\n", ctx.error.text);
		return EXIT_NO_SERVER;
	}
	if (strcmp(command, "op") == 0)
		return ctl_op(server, argc - at, argv + at);
	if (strcmp(command, "unseal") == 0)
		return at < argc && strcmp(argv[at], "--new") == 0
			       ? with_passphrase(server, "unseal", "new", true)
			       : with_passphrase(server, "unseal", "", false);
	if (strcmp(command, "rotate") == 0 && argc == at + 2 && strcmp(argv[at], "root") == 0 &&
	    strcmp(argv[at + 1], "--new-passphrase") == 0)
		return with_passphrase(server, "rotate", "root", true);
	if (!words_join(argc - at, argv + at, words)) {
		(void)fputs("sekishoctl: the argument is too long\n", stderr);
		return EXIT_USAGE;
	}
	return command_run(server, command, words, -1);
}
