/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/event.h"

#include <stddef.h>

enum event_log { AUTH, OPERATION };

static const struct {
	const char *name;
	enum event_log log;
} events[EVENT__COUNT] = {[EVENT_NONE] = {"", OPERATION},
#define E(constant, name_, log_) [constant] = {name_, log_},
			  AUDIT_EVENTS(E)
#undef E
};

const char *event_name(enum event_id event)
{
	return (unsigned)event < EVENT__COUNT ? events[event].name : "";
}

bool event_is_auth(enum event_id event)
{
	return (unsigned)event < EVENT__COUNT && events[event].log == AUTH;
}
