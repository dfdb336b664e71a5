/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_BROKER_LINE_H
#define SESSIONS_BROKER_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The line the cursor is on, as the terminal shows it: enough of a terminal to follow a shell's
 * line editing (overwrite, backspace, cursor left/right, erase, insert, delete, wrap), and no more.
 * Rows of a wrapped line are kept as one logical line.
 */
enum { LINE_CELLS = 2048, LINE_PARAMS = 4 };

struct line {
	uint32_t cells[LINE_CELLS]; /* code points; 0: second half of a wide one */
	int len, col, width;
	bool alternate; /* full-screen program (editor, pager) */
	bool touched;	/* anything was printed since the last clear */
	uint8_t state;	/* of the escape sequence being read */
	uint8_t private_mark;
	int params[LINE_PARAMS];
	int nparams;
	uint32_t code;	  /* UTF-8 character being read */
	uint8_t need;	  /* bytes of it to come */
	bool margin;	  /* the last thing printed was a space that may be a wrap */
	int before_space; /* column before it */
};

enum line_event {
	LINE_NONE,    /* control or escape sequence: changed at most the cursor */
	LINE_PRINT,   /* a byte of printable text */
	LINE_NEWLINE, /* the line is over; it stays readable until line_clear */
};

void line_init(struct line *line, int width);
void line_clear(struct line *line);
enum line_event line_feed(struct line *line, uint8_t byte);
/* Text from column from to the end without trailing blanks, as UTF-8, whole characters only;
 * returns its length (< size, NUL-terminated). */
size_t line_text(const struct line *line, int from, char *out, size_t size);

#endif
