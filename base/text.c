/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Length of the UTF-8 sequence at text (RFC 3629 table 3-7), its code point in *out; 0 when
 * malformed. */
static size_t decode_one(const uint8_t *text, size_t len, uint32_t *out)
{
	static const struct {
		uint8_t mask, lead;
		size_t size;
		uint32_t lowest;
	} forms[] = {
		{0x80, 0x00, 1, 0},
		{0xe0, 0xc0, 2, 0x80},
		{0xf0, 0xe0, 3, 0x800},
		{0xf8, 0xf0, 4, 0x10000},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((text[0] & forms[i].mask) != forms[i].lead)
			continue;
		if (forms[i].size > len)
			return 0;
		uint32_t code = text[0] & (uint8_t)~forms[i].mask;
		for (size_t k = 1; k < forms[i].size; k++) {
			if ((text[k] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text[k] & 0x3fU);
		}
		bool surrogate = code >= 0xd800 && code <= 0xdfff;
		if (code < forms[i].lowest || code > 0x10ffff || surrogate)
			return 0;
		*out = code;
		return forms[i].size;
	}
	return 0;
}

static bool each_code(const char *text, size_t len, bool (*accept)(uint32_t code, bool multiline),
		      bool multiline)
{
	const uint8_t *at = (const uint8_t *)text;

	while (len > 0) {
		uint32_t code;
		size_t size = decode_one(at, len, &code);
		if (size == 0 || code == 0 || !accept(code, multiline))
			return false;
		at += size;
		len -= size;
	}
	return true;
}

static bool accept_any(uint32_t code, bool multiline)
{
	(void)code;
	(void)multiline;
	return true;
}

/* Refuses C0, DEL, C1, line and paragraph separators, and the bidirectional overrides that can
 * forge a line. */
static bool accept_printable(uint32_t code, bool multiline)
{
	if (multiline && (code == '\n' || code == '\t'))
		return true;
	if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
		return false;
	if (code == 0x2028 || code == 0x2029)
		return false;
	return !(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

/* Spaces of every width, fillers and what joins or directs: nothing a reader sees. */
static bool accept_invisible(uint32_t code, bool multiline)
{
	static const uint32_t ranges[][2] = {
		{0x00, 0x20},	  {0x7f, 0xa0},	    {0xad, 0xad},     {0x61c, 0x61c},
		{0x115f, 0x1160}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f},
		{0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},
		{0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
	};

	(void)multiline;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

bool text_is_utf8(const char *text, size_t len)
{
	return each_code(text, len, accept_any, false);
}

bool text_is_printable(const char *text, size_t len, bool multiline)
{
	return each_code(text, len, accept_printable, multiline);
}

bool text_is_blank(const char *text)
{
	return each_code(text, strlen(text), accept_invisible, false);
}

size_t text_codepoints(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((uint8_t)text[i] & 0xc0) != 0x80;
	return count;
}

void hex_encode(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(const char *text, void *out, size_t len)
{
	uint8_t *bytes = out;

	if (strnlen(text, 2 * len + 1) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode64(const void *data, size_t len, char *out, const char *alphabet, bool pad)
{
	const uint8_t *in = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t group = (uint32_t)in[i] << 16 | (n > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				 (n > 2 ? in[i + 2] : 0);
		for (size_t k = 0; k < 4; k++) {
			if (k <= n)
				*out++ = alphabet[group >> (18 - 6 * k) & 63];
			else if (pad)
				*out++ = '=';
		}
	}
	*out = '\0';
}

void base64_encode(const void *data, size_t len, char *out)
{
	encode64(data, len, out, base64_std, true);
}

void base64url_encode(const void *data, size_t len, char *out)
{
	encode64(data, len, out, base64_url, false);
}

static int digit64(char c, const char *alphabet)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

/* text without padding; the unused low bits of the last digit must be zero (one text per value). */
static long decode64(const char *text, size_t len, uint8_t *out, size_t size, const char *alphabet)
{
	size_t at = 0;
	uint32_t bits = 0, count = 0;

	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int digit = digit64(text[i], alphabet);
		if (digit < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		if (at == size)
			return -1;
		out[at++] = (uint8_t)(bits >> count);
		bits &= (1U << count) - 1;
	}
	return bits == 0 ? (long)at : -1;
}

long base64_decode(const char *text, size_t text_len, void *out, size_t out_size)
{
	size_t pad = 0;

	if (text_len % 4 != 0)
		return -1;
	while (pad < 2 && pad < text_len && text[text_len - 1 - pad] == '=')
		pad++;
	return decode64(text, text_len - pad, out, out_size, base64_std);
}

long base64url_decode(const char *text, size_t text_len, void *out, size_t out_size)
{
	return decode64(text, text_len, out, out_size, base64_url);
}

void base32_encode(const void *data, size_t len, char *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const uint8_t *in = data;
	uint32_t bits = 0, count = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		count += 8;
		while (count >= 5) {
			count -= 5;
			*out++ = alphabet[bits >> count & 31];
		}
		bits &= (1U << count) - 1;
	}
	if (count > 0)
		*out++ = alphabet[bits << (5 - count) & 31];
	*out = '\0';
}

void time_format(int64_t real_us, char out[TIME_TEXT_SIZE])
{
	time_t seconds = (time_t)(real_us / 1000000);
	int micro = (int)(real_us % 1000000);
	struct tm tm;

	if (micro < 0) {
		micro += 1000000;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	size_t len = strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, TIME_TEXT_SIZE - len, ".%06dZ", micro % 1000000);
}

/* Exactly count digits at *at; -1 otherwise. */
static int digits(const char **at, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		value = value * 10 + (**at - '0');
	}
	return value;
}

static bool literal(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool fraction(const char **at, int *out_micro)
{
	int micro = 0, count = 0;

	*out_micro = 0;
	if (**at != '.')
		return true;
	for ((*at)++; **at >= '0' && **at <= '9'; (*at)++, count++)
		if (count < 6)
			micro = micro * 10 + (**at - '0');
	if (count == 0 || count > 9)
		return false;
	for (; count < 6; count++)
		micro *= 10;
	*out_micro = micro;
	return true;
}

static bool offset(const char **at, int *out_minutes)
{
	*out_minutes = 0;
	if (literal(at, 'Z') || literal(at, 'z'))
		return true;
	int sign = **at == '+' ? 1 : **at == '-' ? -1 : 0;
	if (sign == 0)
		return false;
	(*at)++;
	int hours = digits(at, 2);
	if (hours < 0 || hours > 23 || !literal(at, ':'))
		return false;
	int minutes = digits(at, 2);
	if (minutes < 0 || minutes > 59)
		return false;
	*out_minutes = sign * (hours * 60 + minutes);
	return true;
}

static bool date_and_time(const char **at, struct tm *tm)
{
	tm->tm_year = digits(at, 4) - 1900;
	if (tm->tm_year < 0 || !literal(at, '-'))
		return false;
	tm->tm_mon = digits(at, 2) - 1;
	if (tm->tm_mon < 0 || tm->tm_mon > 11 || !literal(at, '-'))
		return false;
	tm->tm_mday = digits(at, 2);
	if (tm->tm_mday < 1 || tm->tm_mday > 31 || !(literal(at, 'T') || literal(at, 't')))
		return false;
	tm->tm_hour = digits(at, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !literal(at, ':'))
		return false;
	tm->tm_min = digits(at, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !literal(at, ':'))
		return false;
	tm->tm_sec = digits(at, 2);
	return tm->tm_sec >= 0 && tm->tm_sec <= 59;
}

bool time_parse(const char *text, int64_t *out_real_us)
{
	struct tm tm = {0};
	int micro, minutes;
	const char *at = text;

	if (!date_and_time(&at, &tm) || !fraction(&at, &micro) || !offset(&at, &minutes) ||
	    *at != '\0')
		return false;
	int day = tm.tm_mday;
	int64_t seconds = (int64_t)timegm(&tm);
	if (tm.tm_mday != day) /* timegm normalised 31 February */
		return false;
	*out_real_us = (seconds - (int64_t)minutes * 60) * 1000000 + micro;
	return true;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ATOM	LETTERS "!#$%&'*+-/=?^_`{|}~"
#define HOST	LETTERS "-"

/* Parts of 1 to max characters out of set, with single dots between them. */
static bool is_dotted(const char *text, size_t len, const char *set, size_t max)
{
	while (len > 0) {
		size_t part = strspn(text, set);
		if (part == 0 || part > max || part > len)
			return false;
		if (part == len)
			return true;
		if (text[part] != '.')
			return false;
		text += part + 1;
		len -= part + 1;
	}
	return false;
}

bool text_is_mail_address(const char *text)
{
	const char *at = strchr(text, '@');
	size_t len = strlen(text);

	if (at == NULL || len > 254 || at - text > 64)
		return false;
	size_t local = (size_t)(at - text);
	return is_dotted(text, local, ATOM, 64) && is_dotted(at + 1, len - local - 1, HOST, 63);
}
