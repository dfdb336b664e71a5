/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_JSON_H
#define SERVER_WEB_JSON_H

#include <stddef.h>

#include "base/ctx.h"
#include "base/field.h"

/*
 * A JSON body against a field table: one object, no unknown or repeated members, no depth beyond
 * what tables can describe. Fills values of fields that come neither from path nor query; checks
 * every bound. ERR_SYNTAX: not JSON; ERR_INPUT with the member's name otherwise.
 */
enum err web_json_fields(struct ctx *ctx, const struct field *fields, const void *data, size_t len,
			 struct value *values) ERR_CHECKED;

/* Once, before threads: what the parser frees is wiped from then on. */
void web_json_start(void);

#endif
