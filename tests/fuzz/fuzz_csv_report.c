/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "reports/csv.h"
#include "tests/fuzz/fuzz.h"

/* Names of people and targets in a spreadsheet: the text comes back as it was, but for the mark in
 * front of a formula, and no field begins like one. */
static const char *read_field(const char *at, char *out)
{
	assert(*at == '"');
	for (at++; !(at[0] == '"' && at[1] != '"'); at++) {
		assert(*at != '\0');
		*out++ = *at;
		at += at[0] == '"';
	}
	*out = '\0';
	return at + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	char *fields[2] = {fuzz_line(&rd), fuzz_rest(&rd)};
	char *got = malloc(2 * size + 8);
	struct buf out;
	const char *at;

	buf_init(&out, 4 * size + 64);
	csv_begin(&out, false);
	csv_field(&out, true, fields[0]);
	csv_field(&out, false, fields[1]);
	csv_end_line(&out);
	at = buf_text(&out);
	assert(got != NULL && !buf_failed(&out) && strlen(at) == out.len);
	for (int i = 0; i < 2; i++) {
		at = read_field(at, got);
		bool marked = got[0] == '\'' && strcmp(got, fields[i]) != 0;

		assert(strcmp(got + marked, fields[i]) == 0);
		assert(got[0] == '\0' || strchr("=+-@\t\r", got[0]) == NULL);
		assert(*at++ == (i == 0 ? ',' : '\r'));
	}
	assert(strcmp(at, "\n") == 0);
	buf_clear(&out);
	free(got);
	free(fields[0]);
	free(fields[1]);
	return 0;
}
