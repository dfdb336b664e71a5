/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_JSON_H
#define AUTH_OIDC_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* JSON of providers: one object, no member twice at any depth, nothing behind it, bounded depth.
 * NULL otherwise. */
json_t *oidc_json_object(const void *data, size_t len);
/* A string of 1..max bytes without NUL; NULL otherwise. */
const char *oidc_json_text(const json_t *object, const char *member, size_t max);
/* Array of strings that holds this one. False also when it is no such array. */
bool oidc_json_has(const json_t *object, const char *member, const char *text);

#endif
