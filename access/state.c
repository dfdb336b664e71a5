/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/state.h"

#include <stddef.h>
#include <string.h>

struct step {
	int state, event, next;
};

static const struct step request_steps[] = {
	{REQUEST_PENDING, REQUEST_APPROVE_STAGE, REQUEST_PENDING},
	{REQUEST_PENDING, REQUEST_APPROVE_LAST, REQUEST_APPROVED},
	{REQUEST_PENDING, REQUEST_REJECT, REQUEST_REJECTED},
	{REQUEST_PENDING, REQUEST_WITHDRAW, REQUEST_WITHDRAWN},
	{REQUEST_PENDING, REQUEST_EXPIRE, REQUEST_EXPIRED},
	{REQUEST_APPROVED, REQUEST_FINISH, REQUEST_FINISHED},
};

static const struct step lease_steps[] = {
	{LEASE_SCHEDULED, LEASE_START, LEASE_ACTIVE},
	{LEASE_SCHEDULED, LEASE_END, LEASE_ENDED}, /* the server slept through its window */
	{LEASE_SCHEDULED, LEASE_RETURN, LEASE_RETURNED},
	{LEASE_SCHEDULED, LEASE_REVOKE, LEASE_REVOKED},
	{LEASE_ACTIVE, LEASE_END, LEASE_ENDED},
	{LEASE_ACTIVE, LEASE_RETURN, LEASE_RETURNED},
	{LEASE_ACTIVE, LEASE_REVOKE, LEASE_REVOKED},
};

static const char *const request_names[] = {"pending", "approved", "rejected", "withdrawn",
					    "expired", "finished", NULL};
static const char *const lease_names[] = {"scheduled", "active",  "ended",
					  "returned",  "revoked", NULL};

static const struct step *find(const struct step *steps, size_t count, int state, int event)
{
	for (size_t i = 0; i < count; i++)
		if (steps[i].state == state && steps[i].event == event)
			return &steps[i];
	return NULL;
}

bool request_next(enum request_state state, enum request_event event, enum request_state *out)
{
	const struct step *step =
		find(request_steps, sizeof(request_steps) / sizeof(request_steps[0]), (int)state,
		     (int)event);
	if (step == NULL)
		return false;
	*out = (enum request_state)step->next;
	return true;
}

bool lease_next(enum lease_state state, enum lease_event event, enum lease_state *out)
{
	const struct step *step = find(lease_steps, sizeof(lease_steps) / sizeof(lease_steps[0]),
				       (int)state, (int)event);
	if (step == NULL)
		return false;
	*out = (enum lease_state)step->next;
	return true;
}

static int index_of(const char *const *names, const char *name)
{
	int i = 0;
	while (names[i] != NULL && (name == NULL || strcmp(names[i], name) != 0))
		i++;
	return i;
}

const char *request_state_name(enum request_state state)
{
	return (unsigned)state < REQUEST_STATES ? request_names[state] : "";
}

const char *lease_state_name(enum lease_state state)
{
	return (unsigned)state < LEASE_STATES ? lease_names[state] : "";
}

enum request_state request_state_by_name(const char *name)
{
	return (enum request_state)index_of(request_names, name);
}

enum lease_state lease_state_by_name(const char *name)
{
	return (enum lease_state)index_of(lease_names, name);
}

const char *const *request_state_names(void)
{
	return request_names;
}
