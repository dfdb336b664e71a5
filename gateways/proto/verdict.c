/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/verdict.h"

#include <stddef.h>

static const char *const class_names[GATEWAY_CLASS__COUNT] = {
	[GATEWAY_CONTROL] = "control",
	[GATEWAY_INTERACTIVE] = "interactive",
};

static const char *const verdict_names[GATEWAY_VERDICT__COUNT] = {
#define V(constant, name, status) [constant] = (name),
	GATEWAY_VERDICTS(V)
#undef V
};

static const int verdict_statuses[GATEWAY_VERDICT__COUNT] = {
#define V(constant, name, status) [constant] = (status),
	GATEWAY_VERDICTS(V)
#undef V
};

static const struct gateway_reason_row reason_rows[GW_REASON__COUNT] = {
	[GW_REASON_NONE] = {"", 200, "", ""},
#define R(constant, name, status, hop, text) [constant] = {(name), (status), (hop), (text)},
	GATEWAY_REASONS(R)
#undef R
};

static uint32_t index_of(const char *const *names, uint32_t count, const char *name)
{
	for (uint32_t i = 1; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return 0;
}

const char *gateway_class_name(uint32_t gateway_class)
{
	return gateway_class < GATEWAY_CLASS__COUNT ? class_names[gateway_class] : NULL;
}

uint32_t gateway_class_by_name(const char *name)
{
	return index_of(class_names, GATEWAY_CLASS__COUNT, name);
}

const char *gateway_verdict_name(uint32_t verdict)
{
	return verdict < GATEWAY_VERDICT__COUNT ? verdict_names[verdict] : NULL;
}

int gateway_verdict_status(uint32_t verdict)
{
	return verdict < GATEWAY_VERDICT__COUNT ? verdict_statuses[verdict] : 0;
}

uint32_t gateway_verdict_by_name(const char *name)
{
	return index_of(verdict_names, GATEWAY_VERDICT__COUNT, name);
}

const struct gateway_reason_row *gateway_reason_row(enum gateway_reason reason)
{
	return &reason_rows[(unsigned)reason < GW_REASON__COUNT ? reason : GW_PROTOCOL];
}

enum gateway_reason gateway_reason_by_name(const char *name)
{
	for (unsigned i = 1; i < GW_REASON__COUNT; i++) {
		if (strcmp(reason_rows[i].name, name) == 0)
			return (enum gateway_reason)i;
	}
	return GW_PROTOCOL;
}
