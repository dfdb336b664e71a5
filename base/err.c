/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

static const struct {
	int status;
	const char *code;
} table[ERR__COUNT] = {
	[ERR_OK] = {200, "ok"},
	[ERR_INPUT] = {422, "input.invalid"},
	[ERR_SYNTAX] = {400, "request.malformed"},
	[ERR_UNAUTHENTICATED] = {401, "auth.required"},
	[ERR_DENIED] = {403, "access.denied"},
	[ERR_NOT_FOUND] = {404, "not_found"},
	[ERR_METHOD] = {405, "method.not_allowed"},
	[ERR_CONFLICT] = {409, "state.conflict"},
	[ERR_STALE] = {412, "version.stale"},
	[ERR_TOO_LARGE] = {413, "body.too_large"},
	[ERR_MEDIA_TYPE] = {415, "media_type.unsupported"},
	[ERR_LIMIT] = {429, "rate.limited"},
	[ERR_SEALED] = {503, "vault.sealed"},
	[ERR_UNAVAILABLE] = {503, "service.unavailable"},
	[ERR_UNKNOWN_OUTCOME] = {503, "outcome.unknown"},
	[ERR_MEMORY] = {503, "resource.exhausted"},
	[ERR_RETRY] = {503, "service.unavailable"},
	[ERR_INTEGRITY] = {500, "integrity.failed"},
	[ERR_IO] = {500, "internal.io"},
	[ERR_BUG] = {500, "internal"},
};

int err_status(enum err code)
{
	return (unsigned)code < ERR__COUNT ? table[code].status : 500;
}

const char *err_code(enum err code)
{
	return (unsigned)code < ERR__COUNT ? table[code].code : "internal";
}
