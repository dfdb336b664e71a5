/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "access/request.h"
#include "base/arena.h"

/* What may happen, written down a second time: everything else must be refused. */
static void requests_follow_the_table(void **state)
{
	(void)state;
	static const int allowed[REQUEST_STATES][REQUEST_EVENTS] = {
		[REQUEST_PENDING] = {[REQUEST_APPROVE_STAGE] = 1 + REQUEST_PENDING,
				     [REQUEST_APPROVE_LAST] = 1 + REQUEST_APPROVED,
				     [REQUEST_REJECT] = 1 + REQUEST_REJECTED,
				     [REQUEST_WITHDRAW] = 1 + REQUEST_WITHDRAWN,
				     [REQUEST_EXPIRE] = 1 + REQUEST_EXPIRED},
		[REQUEST_APPROVED] = {[REQUEST_FINISH] = 1 + REQUEST_FINISHED},
	};
	for (int s = 0; s < REQUEST_STATES; s++)
		for (int e = 0; e < REQUEST_EVENTS; e++) {
			enum request_state next = REQUEST_STATES;
			bool can =
				request_next((enum request_state)s, (enum request_event)e, &next);
			assert_int_equal(can ? 1 + (int)next : 0, allowed[s][e]);
		}
}

static void leases_follow_the_table(void **state)
{
	(void)state;
	static const int allowed[LEASE_STATES][LEASE_EVENTS] = {
		[LEASE_SCHEDULED] = {[LEASE_START] = 1 + LEASE_ACTIVE,
				     [LEASE_END] = 1 + LEASE_ENDED,
				     [LEASE_RETURN] = 1 + LEASE_RETURNED,
				     [LEASE_REVOKE] = 1 + LEASE_REVOKED},
		[LEASE_ACTIVE] = {[LEASE_END] = 1 + LEASE_ENDED,
				  [LEASE_RETURN] = 1 + LEASE_RETURNED,
				  [LEASE_REVOKE] = 1 + LEASE_REVOKED},
	};
	for (int s = 0; s < LEASE_STATES; s++)
		for (int e = 0; e < LEASE_EVENTS; e++) {
			enum lease_state next = LEASE_STATES;
			bool can = lease_next((enum lease_state)s, (enum lease_event)e, &next);
			assert_int_equal(can ? 1 + (int)next : 0, allowed[s][e]);
		}
}

static void names_come_back_as_states(void **state)
{
	(void)state;
	for (int s = 0; s < REQUEST_STATES; s++)
		assert_int_equal(request_state_by_name(request_state_name((enum request_state)s)),
				 s);
	for (int s = 0; s < LEASE_STATES; s++)
		assert_int_equal(lease_state_by_name(lease_state_name((enum lease_state)s)), s);
	assert_int_equal(request_state_by_name("gone"), REQUEST_STATES);
	assert_int_equal(lease_state_by_name(NULL), LEASE_STATES);
	enum lease_state next;
	assert_false(lease_next(LEASE_STATES, LEASE_END, &next));
}

struct may_case {
	const char *says;
	enum request_state state;
	bool own, self_approval, decides, decided, permitted, over;
	const char *approve, *withdraw, *comment; /* refusals, NULL: may */
};

static const struct may_case cases[] = {
	{"the approver of the stage decides", REQUEST_PENDING, false, false, true, false, true,
	 false, NULL, "request.not_requester", NULL},
	{"others do not", REQUEST_PENDING, false, false, false, false, true, false,
	 "request.not_approver", "request.not_requester", NULL},
	{"nobody without the permission does", REQUEST_PENDING, false, false, true, false, false,
	 false, "permission.missing", "request.not_requester", NULL},
	{"nobody decides their own", REQUEST_PENDING, true, false, true, false, true, false,
	 "request.self_approval", NULL, NULL},
	{"unless the workflow says so", REQUEST_PENDING, true, true, true, false, true, false, NULL,
	 NULL, NULL},
	{"nobody decides twice", REQUEST_PENDING, false, false, true, true, true, false,
	 "request.already_approved", "request.not_requester", NULL},
	{"nothing is decided after the window", REQUEST_PENDING, false, false, true, false, true,
	 true, "request.window_passed", "request.not_requester", NULL},
	{"what is decided stays decided", REQUEST_APPROVED, true, true, true, false, true, false,
	 "request.already_decided", "request.already_decided", NULL},
	{"what is rejected is closed", REQUEST_REJECTED, true, true, true, false, true, false,
	 "request.already_decided", "request.already_decided", "request.closed"},
};

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void who_may_do_what_with_a_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct may_case *c = &cases[i];
		struct principal who = {.user_id = {{1}}};
		if (c->permitted)
			who.permissions = (permission_set)1 << PERM_REQUEST_APPROVE;
		struct request request = {.requester_id = {{(uint8_t)(c->own ? 1 : 2)}},
					  .self_approval = c->self_approval,
					  .state = c->state,
					  .ends_at = c->over ? 99 : 101};
		struct request_standing standing = {.decides = c->decides, .decided = c->decided};
		struct request_may may = request_may(&request, &standing, &who, 100);
		if (!same(may.approve, c->approve) || !same(may.reject, c->approve) ||
		    !same(may.withdraw, c->withdraw) || !same(may.comment, c->comment))
			fail_msg("%s: %s %s %s", c->says, may.approve, may.withdraw, may.comment);
	}
}

static void every_refusal_has_its_own_error(void **state)
{
	(void)state;
	struct ctx ctx;
	ctx_init(&ctx, NULL);
	assert_int_equal(request_refusal(&ctx, "request.self_approval"), ERR_DENIED);
	assert_string_equal(ctx.error.reason, "request.self_approval");
	assert_int_equal(request_refusal(&ctx, "request.already_decided"), ERR_CONFLICT);
	assert_int_equal(request_refusal(&ctx, "made.up"), ERR_BUG);
}

static void a_request_is_seen_by_those_concerned(void **state)
{
	(void)state;
	struct principal who = {.user_id = {{1}}};
	struct request request = {.requester_id = {{2}}};
	struct request_standing none = {.in_stage = false}, stage = {.in_stage = true};
	assert_false(request_visible(&request, &none, &who));
	assert_true(request_visible(&request, &stage, &who));
	request.requester_id = who.user_id;
	assert_true(request_visible(&request, &none, &who));
	request.requester_id = (struct uuid){{2}};
	who.permissions = (permission_set)1 << PERM_REQUEST_VIEW_ALL;
	assert_true(request_visible(&request, &none, &who));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_follow_the_table),
		cmocka_unit_test(leases_follow_the_table),
		cmocka_unit_test(names_come_back_as_states),
		cmocka_unit_test(who_may_do_what_with_a_request),
		cmocka_unit_test(every_refusal_has_its_own_error),
		cmocka_unit_test(a_request_is_seen_by_those_concerned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
