/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/line.h"

#include <string.h>

enum state { GROUND, ESCAPE, CSI, STRING, STRING_ESCAPE, SKIP_ONE };

void line_init(struct line *line, int width)
{
	memset(line, 0, sizeof(*line));
	line->width = width > 0 ? width : 80;
}

void line_clear(struct line *line)
{
	line->len = 0;
	line->col = 0;
	line->touched = false;
	line->margin = false;
}

/* Columns of a code point: East Asian wide and emoji blocks 2, combining and invisible 0. */
static int width_of(uint32_t c)
{
	static const uint32_t none[][2] = {{0x0300, 0x036f},
					   {0x200b, 0x200f},
					   {0x3099, 0x309a},
					   {0xfe00, 0xfe0f},
					   {0xfeff, 0xfeff}};
	static const uint32_t wide[][2] = {
		{0x1100, 0x115f},   {0x2e80, 0xa4cf},	{0xac00, 0xd7a3}, {0xf900, 0xfaff},
		{0xfe30, 0xfe6f},   {0xff00, 0xff60},	{0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
		{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (c >= none[i][0] && c <= none[i][1])
			return 0;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (c >= wide[i][0] && c <= wide[i][1])
			return 2;
	return 1;
}

static void put_cell(struct line *line, uint32_t code)
{
	if (line->col < 0 || line->col >= LINE_CELLS)
		return;
	while (line->len < line->col)
		line->cells[line->len++] = ' ';
	line->cells[line->col++] = code;
	if (line->len < line->col)
		line->len = line->col;
}

static void print(struct line *line, uint32_t code)
{
	int width = width_of(code);

	line->touched = true;
	if (width == 0)
		return;
	/* A shell prints a space and a carriage return to force the wrap at the margin. */
	line->margin = code == ' ' && line->col > 0 && line->col % line->width == 0;
	line->before_space = line->col;
	put_cell(line, code);
	if (width == 2)
		put_cell(line, 0);
}

static void move_to(struct line *line, int col)
{
	line->col = col < 0 ? 0 : col > LINE_CELLS - 1 ? LINE_CELLS - 1 : col;
	line->margin = false;
}

static void carriage_return(struct line *line)
{
	if (line->margin) {
		if (line->len == line->before_space + 1)
			line->len = line->before_space;
		move_to(line, line->before_space);
		return;
	}
	move_to(line, line->col / line->width * line->width);
}

static void erase_in_line(struct line *line, int mode)
{
	if (mode == 0 && line->len > line->col)
		line->len = line->col;
	if (mode == 2)
		line->len = 0;
	if (mode == 1)
		for (int i = 0; i <= line->col && i < line->len; i++)
			line->cells[i] = ' ';
}

static void delete_cells(struct line *line, int count)
{
	int from = line->col + count;

	if (line->col >= line->len)
		return;
	if (from >= line->len) {
		line->len = line->col;
		return;
	}
	memmove(line->cells + line->col, line->cells + from,
		sizeof(line->cells[0]) * (size_t)(line->len - from));
	line->len -= count;
}

static void insert_cells(struct line *line, int count)
{
	if (line->col >= line->len || line->len + count > LINE_CELLS)
		return;
	memmove(line->cells + line->col + count, line->cells + line->col,
		sizeof(line->cells[0]) * (size_t)(line->len - line->col));
	for (int i = 0; i < count; i++)
		line->cells[line->col + i] = ' ';
	line->len += count;
}

static void private_mode(struct line *line, bool on)
{
	for (int i = 0; i < line->nparams; i++) {
		if (line->params[i] != 1049 && line->params[i] != 1047 && line->params[i] != 47)
			continue;
		line->alternate = on;
		line_clear(line);
	}
}

static void csi(struct line *line, uint8_t final)
{
	int first = line->nparams > 0 ? line->params[0] : 0;
	int count = first > 0 ? first : 1;

	if (count > LINE_CELLS)
		count = LINE_CELLS;
	if (line->private_mark == '?') {
		if (final == 'h' || final == 'l')
			private_mode(line, final == 'h');
		return;
	}
	switch (final) {
	case 'C': move_to(line, line->col + count); break;
	case 'D': move_to(line, line->col - count); break;
	case 'A': move_to(line, line->col - count * line->width); break;
	case 'G': move_to(line, line->col / line->width * line->width + count - 1); break;
	case 'H':
	case 'f': line_clear(line); break; /* another row: a new line as far as we can tell */
	case 'K': erase_in_line(line, first); break;
	case 'J':
		if (first == 0)
			erase_in_line(line, 0);
		break;
	case 'P': delete_cells(line, count); break;
	case '@': insert_cells(line, count); break;
	default: break;
	}
}

static void csi_byte(struct line *line, uint8_t byte)
{
	if (byte >= '0' && byte <= '9') {
		int *param = &line->params[line->nparams > 0 ? line->nparams - 1 : 0];
		if (line->nparams == 0)
			line->nparams = 1;
		*param = *param < 100000 ? *param * 10 + (byte - '0') : *param;
	} else if (byte == ';') {
		if (line->nparams == 0)
			line->nparams = 1;
		if (line->nparams < LINE_PARAMS)
			line->params[line->nparams++] = 0;
	} else if (byte >= '<' && byte <= '?') {
		line->private_mark = byte;
	} else if (byte >= 0x40 && byte <= 0x7e) {
		line->state = GROUND;
		csi(line, byte);
	}
}

static void escape_byte(struct line *line, uint8_t byte)
{
	line->state = GROUND;
	if (byte == '[') {
		line->state = CSI;
		line->nparams = 0;
		line->private_mark = 0;
		memset(line->params, 0, sizeof(line->params));
	} else if (byte == ']' || byte == 'P' || byte == '_' || byte == '^' || byte == 'X') {
		line->state = STRING;
	} else if (byte == '(' || byte == ')' || byte == '*' || byte == '+' || byte == '#') {
		line->state = SKIP_ONE;
	} else if (byte == 'c') {
		line_clear(line);
	}
}

static void sequence_byte(struct line *line, uint8_t byte)
{
	switch (line->state) {
	case ESCAPE: escape_byte(line, byte); break;
	case CSI: csi_byte(line, byte); break;
	case STRING:
		if (byte == 0x07)
			line->state = GROUND;
		else if (byte == 0x1b)
			line->state = STRING_ESCAPE;
		break;
	case STRING_ESCAPE: line->state = byte == '\\' ? GROUND : STRING; break;
	default: line->state = GROUND; break;
	}
}

static enum line_event control(struct line *line, uint8_t byte)
{
	line->need = 0;
	switch (byte) {
	case '\n': return LINE_NEWLINE;
	case '\r': carriage_return(line); break;
	case '\b':
		if (line->col > 0)
			move_to(line, line->col - 1);
		break;
	case '\t': move_to(line, (line->col / 8 + 1) * 8); break;
	case 0x1b: line->state = ESCAPE; break;
	default: break;
	}
	return LINE_NONE;
}

static void text_byte(struct line *line, uint8_t byte)
{
	if (line->need > 0 && (byte & 0xc0) == 0x80) {
		line->code = line->code << 6 | (byte & 0x3f);
		if (--line->need == 0)
			print(line, line->code);
		return;
	}
	line->need = byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	line->code = byte & (0x7fU >> (line->need + (line->need > 0)));
	if (line->need == 0)
		print(line, byte < 0x80 ? byte : 0xfffd);
}

enum line_event line_feed(struct line *line, uint8_t byte)
{
	if (line->state != GROUND) {
		if (byte == 0x18 || byte == 0x1a)
			line->state = GROUND;
		else
			sequence_byte(line, byte);
		return LINE_NONE;
	}
	if (byte < 0x20 || byte == 0x7f)
		return control(line, byte);
	text_byte(line, byte);
	return LINE_PRINT;
}

static size_t encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = 0xfffd;
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

size_t line_text(const struct line *line, int from, char *out, size_t size)
{
	int end = line->len;
	size_t len = 0;

	while (end > from && line->cells[end - 1] == ' ')
		end--;
	for (int i = from < 0 ? 0 : from; i < end; i++) {
		char bytes[4];
		size_t count;
		if (line->cells[i] == 0)
			continue;
		count = encode(line->cells[i], bytes);
		if (len + count + 1 > size)
			break;
		memcpy(out + len, bytes, count);
		len += count;
	}
	out[len] = '\0';
	return len;
}
