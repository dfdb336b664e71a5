/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <linux/landlock.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "tests/containment/attack.h"

/*
 * What the linker puts in the way of the product's own objects (--wrap): the place where the
 * attacker gets to run, the kernel that the plan asks for, and the control that can be off. The
 * objects themselves are those of the product.
 */

/* ------------------------------------------------------------------ the kernel of the plan */

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long answer = __real_syscall(number, a, b, c, d, e, f);
	int most = attack_plan()->landlock_abi;

	if (number == SYS_landlock_create_ruleset && (c & LANDLOCK_CREATE_RULESET_VERSION) &&
	    most >= 0 && answer > most)
		return most;
	return answer;
}

scmp_filter_ctx __real_seccomp_init(uint32_t otherwise);
scmp_filter_ctx __wrap_seccomp_init(uint32_t otherwise);

/* The same filter with an answer in place of death, so that one process can try them all. */
scmp_filter_ctx __wrap_seccomp_init(uint32_t otherwise)
{
	bool deadly = otherwise != SCMP_ACT_ALLOW;

	return __real_seccomp_init(deadly && !attack_plan()->kill ? SCMP_ACT_ERRNO(DEATH)
								  : otherwise);
}

/* ------------------------------------------------------------------ the control that can be off */

enum err __real_sandbox_landlock(const struct sandbox_spec *spec, struct sandbox_report *report);
enum err __wrap_sandbox_landlock(const struct sandbox_spec *spec, struct sandbox_report *report);
enum err __real_sandbox_seccomp(const struct sandbox_spec *spec, struct sandbox_report *report);
enum err __wrap_sandbox_seccomp(const struct sandbox_spec *spec, struct sandbox_report *report);
enum err __real_sandbox_self_test(const struct sandbox_spec *spec);
enum err __wrap_sandbox_self_test(const struct sandbox_spec *spec);

enum err __wrap_sandbox_landlock(const struct sandbox_spec *spec, struct sandbox_report *report)
{
	return attack_plan()->no_landlock ? ERR_OK : __real_sandbox_landlock(spec, report);
}

enum err __wrap_sandbox_seccomp(const struct sandbox_spec *spec, struct sandbox_report *report)
{
	return attack_plan()->no_seccomp ? ERR_OK : __real_sandbox_seccomp(spec, report);
}

enum err __wrap_sandbox_self_test(const struct sandbox_spec *spec)
{
	return attack_plan()->no_seccomp ? ERR_OK : __real_sandbox_self_test(spec);
}

/* ------------------------------------------------------------------ where the attacker runs */

static volatile sig_atomic_t asked;
static volatile sig_atomic_t asked_value;

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	asked_value = info->si_value.sival_int;
	asked = 1;
}

__attribute__((constructor)) static void listen_for_the_signal(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};

	(void)sigaction(SIGUSR2, &action, NULL);
}

/* Of the main thread, before it waits: nothing of ours is half done there, and a loop may be run.
 */
static void attack_when_asked(void)
{
	enum { PID_BITS = 22 };

	if (!asked || getpid() != gettid())
		return;
	asked = 0;
	attack_run(asked_value & ((1 << PID_BITS) - 1), (unsigned)asked_value >> PID_BITS);
}

enum { SLICE_MS = 50, HOLD_MS = 60000 };

void attack_hold(void)
{
	const struct timespec slice = {0, (long)SLICE_MS * 1000000};

	if (!attack_plan()->hold)
		return;
	attack_said("holding");
	for (int i = 0; i < HOLD_MS / SLICE_MS && !asked; i++)
		(void)nanosleep(&slice, NULL);
	attack_when_asked();
}

int __real_epoll_wait(int fd, struct epoll_event *events, int most, int timeout);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int most, int timeout);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

/* A long wait becomes short ones: the signal may come just before each. */
static int slice_of(int timeout)
{
	return timeout < 0 || timeout > SLICE_MS ? SLICE_MS : timeout;
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	for (;;) {
		int slice = slice_of(timeout);
		attack_when_asked();
		int got = __real_epoll_wait(fd, events, most, slice);
		bool done = got > 0 || (got < 0 && errno != EINTR);
		if (done)
			return got;
		if (timeout >= 0 && (timeout -= slice) <= 0)
			return 0;
	}
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	for (;;) {
		int slice = slice_of(timeout);
		attack_when_asked();
		int got = __real_poll(fds, count, slice);
		bool done = got > 0 || (got < 0 && errno != EINTR);
		if (done)
			return got;
		if (timeout >= 0 && (timeout -= slice) <= 0)
			return 0;
	}
}
