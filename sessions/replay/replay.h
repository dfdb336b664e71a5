/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_REPLAY_REPLAY_H
#define SESSIONS_REPLAY_REPLAY_H

#include "base/body.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/secret.h"

/*
 * Reads one recording for one answer: verifies, decrypts and writes to a pipe as it goes; holds a
 * few chunks at a time. What does not verify is not shown: events and an index end there, a cast is
 * left without its end, and only REPLAY_VERIFY says so in words. No answer that failed has an end.
 *
 * REPLAY_EVENTS  asciicast event lines of chunks first .. first + count - 1
 * REPLAY_CAST    whole asciicast v2 file
 * REPLAY_VERIFY  {"ok","chunks","first_bad","text","complete","duration_ms"}
 * REPLAY_INDEX   {"width","height","chunks","commands","idle","duration_ms",…}
 * REPLAY_RAW     the file as it is
 */
enum {
	REPLAY_ENTRY_BYTES = 64 * 1024, /* an index entry covers at most this much plain text … */
	REPLAY_ENTRY_MS = 10 * 1000,	/* … or this much time … */
	REPLAY_ENTRY_CHUNKS = 500,	/* … or this many chunks */
	REPLAY_IDLE_MS = 2 * 1000,	/* a longer silence is idle */
	REPLAY_LIST_MAX = 4 * 1024 * 1024, /* bytes of each list of an index; more is cut */
};

/* file, output: borrowed. key may be NULL for REPLAY_VERIFY (chain only) and REPLAY_RAW. */
enum err replay_run(const struct msg_replay *request, int file, const struct secret *key,
		    const struct body_out *output) ERR_CHECKED;
/* Takes the one MSG_REPLAY from the control channel and answers it. */
enum err replay_serve(int control) ERR_CHECKED;

#endif
