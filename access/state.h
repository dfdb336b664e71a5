/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_STATE_H
#define ACCESS_STATE_H

#include <stdbool.h>

/*
 * The life of a request and of a lease (loan): one table of (state, event) → next state each, in
 * state.c. What the table does not list cannot happen. Names are the database's and the API's.
 */
enum request_state {
	REQUEST_PENDING,
	REQUEST_APPROVED,
	REQUEST_REJECTED,
	REQUEST_WITHDRAWN,
	REQUEST_EXPIRED,  /* its window passed undecided */
	REQUEST_FINISHED, /* approved, and all its leases are over */
	REQUEST_STATES
};
enum request_event {
	REQUEST_APPROVE_STAGE, /* enough approvals, more stages to come */
	REQUEST_APPROVE_LAST,
	REQUEST_REJECT,
	REQUEST_WITHDRAW,
	REQUEST_EXPIRE,
	REQUEST_FINISH,
	REQUEST_EVENTS
};
enum lease_state {
	LEASE_SCHEDULED,
	LEASE_ACTIVE,
	LEASE_ENDED,	/* time */
	LEASE_RETURNED, /* by its holder */
	LEASE_REVOKED,	/* by somebody else */
	LEASE_STATES
};
enum lease_event { LEASE_START, LEASE_END, LEASE_RETURN, LEASE_REVOKE, LEASE_EVENTS };

/* False when the event is not possible in that state. */
bool request_next(enum request_state state, enum request_event event, enum request_state *out);
bool lease_next(enum lease_state state, enum lease_event event, enum lease_state *out);

const char *request_state_name(enum request_state state);
const char *lease_state_name(enum lease_state state);
/* REQUEST_STATES / LEASE_STATES when unknown: no event is possible in those. */
enum request_state request_state_by_name(const char *name);
enum lease_state lease_state_by_name(const char *name);
/* Ended by NULL, in enum order: for input field tables. */
const char *const *request_state_names(void);
static inline bool lease_is_open(enum lease_state state)
{
	return state == LEASE_SCHEDULED || state == LEASE_ACTIVE;
}

#endif
