/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_BROKER_ENDING_H
#define SESSIONS_BROKER_ENDING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Why a session ended, in words for the person: what happened and what to do next. One row per
 * reason code in ending.c; a code without a row shows the sentence of the hop where it happened.
 */
enum { ENDING_TEXT = 400 };

/* Writes the text for reason in language ("ja", otherwise English) to out. detail: what the other
 * side said, appended when not empty. */
void ending_text(const char *reason, const char *hop, const char *language, const char *detail,
		 char out[ENDING_TEXT]);
/* Notices: "5 minutes left" and "will end for inactivity in 1 minute". */
void notice_left(const char *language, int minutes, char out[ENDING_TEXT]);
void notice_idle(const char *language, char out[ENDING_TEXT]);
/* "waiting for a gateway". */
const char *notice_waiting(const char *language);

#endif
