/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/verify/decision.h"

#include <jansson.h>
#include <string.h>

#include "auth/risk_record.h"

/* "risk=7 …" of another model may look different from there on. */
static bool is_of_another_model(const char *text)
{
	char *end;

	if (strncmp(text, "risk=", 5) != 0 || text[5] < '1' || text[5] > '9')
		return false;
	long model = strtol(text + 5, &end, 10);
	return *end == ' ' && model != RISK_MODEL;
}

static bool check_data(json_t *data, struct decisions *counts)
{
	const char *text = json_string_value(json_object_get(data, "risk"));
	const char *action = json_string_value(json_object_get(data, "risk_action"));
	struct risk_record record;

	if (!text && !action)
		return true;
	if (!text || !action)
		return false;
	if (is_of_another_model(text)) {
		counts->other++;
		return true;
	}
	if (!risk_record_read(text, &record) || !risk_record_holds(&record))
		return false;
	counts->same++;
	counts->action[record.decision.action]++;
	return strcmp(action, risk_action_name((enum risk_action)record.decision.action)) == 0;
}

bool decision_check(const char *leaf, size_t len, struct decisions *counts)
{
	if (!memmem(leaf, len, "\"risk", 5))
		return true;
	json_t *json = json_loadb(leaf, len, 0, NULL);
	bool holds = check_data(json_object_get(json, "data"), counts);

	json_decref(json);
	return holds;
}
