/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 3629, no surrogates, no overlong forms; rejects NUL too. */
bool text_is_utf8(const char *text, size_t len);
/* True when text has no C0/C1 control characters (newline and tab allowed if multiline). */
bool text_is_printable(const char *text, size_t len, bool multiline);
/* Empty, or nothing in it can be seen: spaces, fillers, zero-width characters. */
bool text_is_blank(const char *text);
/* local@domain of RFC 5321 without quoting: one address, at most 254 bytes of ASCII, which cannot
 * be taken for two, for a name or for the end of a header field. */
bool text_is_mail_address(const char *text);
/* Number of code points of valid UTF-8. */
size_t text_codepoints(const char *text, size_t len);

/* out needs 2*len+1 bytes. */
void hex_encode(const void *data, size_t len, char *out);
/* Exactly 2*len hex digits (either case); false otherwise. */
bool hex_decode(const char *text, void *out, size_t len);

/* RFC 4648. Encoders NUL-terminate; sizes from the macros. Decoders are strict; return length or
 * -1. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)
void base64_encode(const void *data, size_t len, char *out);
void base64url_encode(const void *data, size_t len, char *out); /* without padding */
long base64_decode(const char *text, size_t text_len, void *out, size_t out_size);
long base64url_decode(const char *text, size_t text_len, void *out, size_t out_size);
/* RFC 4648 base32 without padding (TOTP seeds); out needs (len*8+4)/5+1. */
void base32_encode(const void *data, size_t len, char *out);

/* RFC 3339 UTC with microseconds, "2026-11-21T10:00:00.123456Z"; out holds TIME_TEXT_SIZE. */
enum { TIME_TEXT_SIZE = 28 };
void time_format(int64_t real_us, char out[TIME_TEXT_SIZE]);
/* RFC 3339 with any offset and up to 6 fraction digits; false when malformed. */
bool time_parse(const char *text, int64_t *out_real_us);

#endif
