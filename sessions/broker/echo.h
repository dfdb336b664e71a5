/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_BROKER_ECHO_H
#define SESSIONS_BROKER_ECHO_H

#include <stddef.h>
#include <stdint.h>

/*
 * What may be written down of what was typed, and which commands were given.
 *
 * Heuristic (in doubt it masks; the output is recorded in full anyway):
 * - Typed text is held back in *runs* (text between control keys) until it is decided. A run is
 *   recorded as typed only when every byte of it came back: output that begins with the next
 *   awaited byte (escape sequences and the shell's wrap "space, return" skipped) counts as its
 *   echo; the first other printable byte ends the matching in that burst of output.
 * - A run is recorded as one "•", whatever its length, when the echo is not complete 1 s after the
 *   last key of it (ECHO_WINDOW_US), or when the line ends (Enter was pressed and a newline came)
 *   before it is complete. Then the rest of that line is masked too.
 * - A line typed at a prompt that asks for a password (last text on the line names one in English
 *   or Japanese and ends in a colon) is masked from its first key, echo or not.
 * - Control keys and escape sequences (arrows, Ctrl-C, Tab) carry no text and are recorded as they
 *   are; Alt with a character counts as text without echo.
 * - More than ECHO_KEYS undecided bytes (a large paste): the oldest run is masked.
 *
 * A command is what the line shows, from the column where its first key was pressed, at the newline
 * that follows Enter; none when that is empty, masked, or a full-screen program is running.
 */
enum { ECHO_KEYS = 4096, ECHO_WINDOW_US = 1000 * 1000, ECHO_SETTLE_US = 250 * 1000 };
#define ECHO_MASK "\xe2\x80\xa2"

struct echo_sink {
	void *arg;
	void (*input)(void *arg, const char *text, size_t len);
	void (*command)(void *arg, const char *text, size_t len);
};

struct echo;
struct echo *echo_new(const struct echo_sink *sink, uint16_t cols);
void echo_free(struct echo *echo);
void echo_resize(struct echo *echo, uint16_t cols);
/* now: monotonic microseconds. */
void echo_typed(struct echo *echo, const uint8_t *data, size_t len, int64_t now);
/* One burst of output, after it was recorded. */
void echo_shown(struct echo *echo, const uint8_t *data, size_t len, int64_t now);
/* Microseconds until something must be decided; -1: nothing waits. */
int64_t echo_due_us(const struct echo *echo, int64_t now);
void echo_tick(struct echo *echo, int64_t now);
/* The session ends: what is undecided is masked. */
void echo_end(struct echo *echo);

#endif
