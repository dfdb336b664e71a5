/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_REPLAY_SCREEN_WATCH_H
#define SESSIONS_REPLAY_SCREEN_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Follows a terminal's output just far enough to know which of its two screens is shown (xterm
 * control sequences: DECSET and DECRST 47, 1047, 1049; RIS). Sequences may be split anywhere.
 */
struct screen_watch {
	bool alternate; /* shown now */
	bool switched;	/* changed since the caller last set this to false */
	enum { WATCH_TEXT, WATCH_ESCAPE, WATCH_CONTROL } state;
	char params[32]; /* of the control sequence at hand; longer ones are none of ours */
	size_t len;
};

/* json: the inside of a JSON string, as it stands in an event line. */
void screen_watch_output(struct screen_watch *watch, const char *json, size_t len);

#endif
