/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * The one error vocabulary. Every fallible function returns `enum err`; each value maps once to an
 * HTTP status (err_status) and to a stable machine code (err_code) that clients may rely on.
 * "Denied", "wrong" and "broken" are never the same value.
 */
enum err {
	ERR_OK = 0,
	ERR_INPUT,	     /* 422 input.invalid: a field is missing, malformed or out of bounds */
	ERR_SYNTAX,	     /* 400 request.malformed: the bytes do not parse at all */
	ERR_UNAUTHENTICATED, /* 401 auth.required: nobody is signed in, or the proof is wrong */
	ERR_DENIED,	     /* 403 access.denied: known who, not allowed */
	ERR_NOT_FOUND,	     /* 404 not_found: absent, or not visible to this principal */
	ERR_METHOD,	     /* 405 method.not_allowed */
	ERR_CONFLICT,	     /* 409 state.conflict: the state does not permit it (any more) */
	ERR_STALE,	     /* 412 version.stale: If-Match named another version */
	ERR_TOO_LARGE,	     /* 413 body.too_large */
	ERR_MEDIA_TYPE,	     /* 415 media_type.unsupported */
	ERR_LIMIT,	     /* 429 rate.limited */
	ERR_SEALED,	     /* 503 vault.sealed: keeper has no root key yet */
	ERR_UNAVAILABLE, /* 503 service.unavailable: a dependency is down or too slow; nothing done
			  */
	ERR_UNKNOWN_OUTCOME, /* 503 outcome.unknown: connection lost during commit */
	ERR_MEMORY,	     /* 503 resource.exhausted */
	ERR_RETRY,	     /* internal: deadlock victim; the transaction runner repeats it */
	ERR_INTEGRITY,	     /* 500 integrity.failed: authenticated data did not verify */
	ERR_IO,		     /* 500 internal.io */
	ERR_BUG,	     /* 500 internal: an assumption of ours did not hold */
	ERR__COUNT
};

#define ERR_CHECKED __attribute__((warn_unused_result))

/* HTTP status for code (RFC 9110), 500 for anything unknown. */
int err_status(enum err code);

/* Stable machine-readable code, e.g. "access.denied"; static storage. */
const char *err_code(enum err code);

#endif
