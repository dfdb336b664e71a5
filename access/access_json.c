/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_json.h"

void access_ref_json(struct json *json, const char *key, const struct uuid *id, const char *name)
{
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, "name", name);
	json_end_object(json);
}

void access_person_json(struct json *json, const char *key, const struct uuid *id,
			const char *login, const char *name)
{
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, "login", login);
	json_text(json, "display_name", name);
	json_end_object(json);
}

void access_target_json(struct json *json, const char *key, const struct uuid *id, const char *name,
			const char *kind)
{
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, "name", name);
	json_text(json, "kind", kind);
	json_end_object(json);
}
