/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_JOB_H
#define SESSIONS_JOB_H

#include "base/sandbox.h"

/*
 * How the short-lived processes (broker, replay) start: the supervisor gives them one descriptor,
 * the control channel to authority (`--role-fds control=3`), an identity in SEKISHO_UID and
 * SEKISHO_GID (absent: keep), and nothing else.
 */

/* Returns the control channel; exits with a clear line when started by hand. Ignores SIGPIPE and
 * SIGXFSZ: both come back as errors of write(2). */
int job_start(const char *name, int argc, char **argv);
/* Identity, Landlock, seccomp, self-test; exits on failure. */
void job_confine(const struct sandbox_spec *spec);

#endif
