/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_ACCESS_JSON_H
#define ACCESS_ACCESS_JSON_H

#include "base/json.h"

/* {id, name}; key NULL inside arrays. */
void access_ref_json(struct json *json, const char *key, const struct uuid *id, const char *name);
/* {id, login, display_name} */
void access_person_json(struct json *json, const char *key, const struct uuid *id,
			const char *login, const char *name);
/* {id, name, kind} */
void access_target_json(struct json *json, const char *key, const struct uuid *id, const char *name,
			const char *kind);

#endif
