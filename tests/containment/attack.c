/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/containment/attack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct attempt no_attempts[] = {{0}};

const struct attempt *attempt_at(size_t i)
{
	const struct attempt *const tables[] = {kernel_attempts, attacked.own, attacked.messages,
						call_attempts};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct attempt *at = tables[t]; at->name != NULL; at++)
			if (i-- == 0)
				return at;
	return NULL;
}

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
const char attack_sibling;

static int system_call(const struct attack *attack, const struct attempt *attempt)
{
	long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = attempt->arguments[i] == &attack_sibling
			       ? (long)attack->sibling
			       : (long)(intptr_t)attempt->arguments[i];
	long got = __real_syscall(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (got == 0 && strncmp(attempt->name, "fork", 4) == 0)
		_exit(0);
	return got < 0 ? errno : 0;
}

static bool expected(const struct attempt *attempt, int got)
{
	for (size_t i = 0; i < REFUSALS && attempt->refused[i] != 0; i++)
		if (attempt->refused[i] == got)
			return true;
	return false;
}

static const char *refusal(int got)
{
	switch (got) {
	case 0: return "nobody";
	case DEATH: return "death";
	case CHANNEL_CLOSED: return "channel_closed";
	case ANSWERED_NO: return "answered_no";
	case STATEMENT_DENIED: return "statement_denied";
	case UNPREPARED: return "unprepared";
	default: return strerrorname_np(got) != NULL ? strerrorname_np(got) : "unknown";
	}
}

static void report(const struct attempt *attempt, int got)
{
	char line[256];
	const char *result = got == 0 ? "ESCAPED" : expected(attempt, got) ? "refused" : "odd";
	int len = snprintf(
		line, sizeof(line),
		"level=info role=attack event=attempt pid=%d name=%s result=%s by=%s plain=%d\n",
		(int)getpid(), attempt->name, result, refusal(got), attempt->flags & PLAIN ? 1 : 0);

	(void)!write(STDERR_FILENO, line, (size_t)len);
}

void attack_said(const char *what)
{
	char line[96];
	int len = snprintf(line, sizeof(line), "level=info role=attack event=%s pid=%d\n", what,
			   (int)getpid());

	(void)!write(STDERR_FILENO, line, (size_t)len);
}

/* alone: 0 runs all that do not cost the process its life, else the attempt of that number (from
 * 1) and no other. */
void attack_run(pid_t sibling, unsigned alone)
{
	const struct attack attack = {attack_plan(), sibling};
	const struct attempt *attempt;

	for (size_t i = 0; (attempt = attempt_at(i)) != NULL; i++) {
		if (!(attempt->roles & attacked.role))
			continue;
		if (alone != 0 ? alone != i + 1 : (attempt->flags & ALONE) != 0)
			continue;
		if (alone != 0)
			attack_said("attempt_begins");
		report(attempt, attempt->run != NULL ? attempt->run(&attack)
						     : system_call(&attack, attempt));
	}
	attack_said("attempts_over");
}

/* For the driver and for the page of the documentation that names them all. */
__attribute__((constructor)) static void list_on_request(void)
{
	const struct attempt *attempt;

	if (getenv("SEKISHO_ATTACK_LIST") == NULL)
		return;
	for (size_t i = 0; (attempt = attempt_at(i)) != NULL; i++)
		if (attempt->roles & attacked.role)
			(void)printf("%zu %s %s %s %s %d\n", i + 1, attempt->name,
				     attempt->flags & ALONE ? "alone" : "together",
				     attempt->flags & PLAIN ? "plain" : "guarded",
				     refusal(attempt->refused[0]),
				     attempt->open_roles & attacked.role ? attempt->open_below_abi
									 : 0);
	(void)fflush(stdout);
	_exit(0);
}
