/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Role grants, groups and rules against a real MariaDB. */
#include "tests/unit/access/fixture.h"

#include <pthread.h>
#include <string.h>

#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/rbac_api.h"
#include "rbac/rules.h"
#include "tests/support/test_db.h"

static int set_up(void **state)
{
	(void)state;
	organisation();
	return 0;
}

static enum err set_roles(struct ctx *ctx, const char *op, const struct uuid *id,
			  const char *const *roles, int64_t count)
{
	struct in in;
	struct out out;
	input(&in, op);
	in.if_match = 1;
	input_id(&in, ROLES_ID, id);
	in.values[ROLES_ROLES] = (struct value){.set = true, .texts = roles, .number = count};
	return act(ctx, &in, &out);
}

static enum err set_members(struct ctx *ctx, const struct uuid *group, const struct uuid *users,
			    int64_t count, int64_t version)
{
	struct in in;
	struct out out;
	input(&in, "groups.members");
	in.if_match = version;
	input_id(&in, MEMBERS_ID, group);
	input_ids(&in, MEMBERS_USERS, users, count);
	return act(ctx, &in, &out);
}

static void roles_are_inherited_through_groups(void **state)
{
	(void)state;
	static const char *const auditor[] = {"auditor"};
	struct ctx ctx;
	permission_set set = 0;
	actor_begin(&ctx, &admin);
	/* staff hangs below admins' group, which gets the role */
	test_db_script("UPDATE user_group SET parent_id = X'02030000000000000000000000000000'"
		       " WHERE name = 'staff'");
	assert_int_equal(set_roles(&ctx, "groups.roles", &group_admins, auditor, 1), ERR_OK);
	assert_int_equal(role_permissions_of_user(&ctx, &alice.user_id, &set), ERR_OK);
	assert_true(set == role_permissions("auditor"));
	struct grant *grants;
	size_t count;
	assert_int_equal(grants_of_user(&ctx, &alice.user_id, &grants, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(grants[0].group_name, "admins");
	test_db_script("UPDATE user_group SET archived = TRUE WHERE name = 'admins'");
	assert_int_equal(role_permissions_of_user(&ctx, &alice.user_id, &set), ERR_OK);
	assert_true(set == 0);
	actor_end(&ctx);
}

/* Given directly, and by a group that was joined. */
static void what_a_person_could_do_is_remembered(void **state)
{
	(void)state;
	static const char *const auditor[] = {"auditor"}, *const approver[] = {"approver"};
	const permission_set both = role_permissions("auditor") | role_permissions("approver");
	struct ctx ctx;
	permission_set first = 0, set = 0;
	actor_begin(&ctx, &admin);
	assert_int_equal(role_permissions_of_user(&ctx, &alice.user_id, &first), ERR_OK);
	int64_t before = sys_real_us();
	assert_int_equal(set_roles(&ctx, "users.roles", &alice.user_id, auditor, 1), ERR_OK);
	assert_int_equal(set_roles(&ctx, "groups.roles", &group_admins, approver, 1), ERR_OK);
	assert_int_equal(set_members(&ctx, &group_admins, &alice.user_id, 1, 2), ERR_OK);
	int64_t with_both = sys_real_us();
	test_db_script("DELETE FROM user_group_member; DELETE FROM role_grant");
	assert_int_equal(role_permissions_of_user_at(&ctx, &alice.user_id, before, &set), ERR_OK);
	assert_true(set == first);
	assert_int_equal(role_permissions_of_user_at(&ctx, &alice.user_id, with_both, &set),
			 ERR_OK);
	assert_true(set == (first | both));
	assert_int_equal(role_permissions_of_user_at(&ctx, &alice.user_id, sys_real_us(), &set),
			 ERR_OK);
	assert_true(set == 0);
	actor_end(&ctx);
}

static void nobody_grants_what_they_lack(void **state)
{
	(void)state;
	static const char *const administrator[] = {"administrator"};
	static const char *const unknown[] = {"root"};
	struct principal manager = alice;
	manager.permissions = role_permissions("user") | (permission_set)1 << PERM_ROLE_MANAGE |
			      (permission_set)1 << PERM_USER_MANAGE;
	struct ctx ctx;
	actor_begin(&ctx, &manager);
	assert_int_equal(set_roles(&ctx, "users.roles", &alice.user_id, administrator, 1),
			 ERR_DENIED);
	assert_string_equal(ctx.error.reason, "role.beyond_own");
	assert_int_equal(set_roles(&ctx, "users.roles", &alice.user_id, unknown, 1), ERR_INPUT);
	/* the way round: a group that holds the role, or one hung below it */
	test_db_script("INSERT INTO role_grant (id, role, user_id, group_id, event_id) VALUES "
		       "(X'08020000000000000000000000000000',"
		       " 'administrator', NULL, X'02030000000000000000000000000000', X'09')");
	assert_int_equal(set_members(&ctx, &group_admins, &alice.user_id, 1, 1), ERR_DENIED);
	struct in in;
	struct out out;
	input(&in, "groups.update");
	in.if_match = 1;
	input_id(&in, GROUP_ID, &group_staff);
	input_id(&in, GROUP_PARENT, &group_admins);
	assert_int_equal(act(&ctx, &in, &out), ERR_DENIED);
	assert_string_equal(ctx.error.reason, "role.beyond_own");
	assert_int_equal(
		number_of(&ctx, "SELECT COUNT(*) FROM role_grant WHERE user_id IS NOT NULL"), 1);
	actor_end(&ctx);
}

static void the_last_administrator_stays(void **state)
{
	(void)state;
	static const char *const user[] = {"user"};
	struct ctx ctx;
	actor_begin(&ctx, &admin);
	assert_int_equal(set_roles(&ctx, "users.roles", &admin.user_id, user, 1), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "role.last_administrator");
	test_db_script("INSERT INTO role_grant (id, role, user_id, group_id, event_id) VALUES "
		       "(X'08020000000000000000000000000000',"
		       " 'administrator', NULL, X'02030000000000000000000000000000', X'09')");
	assert_int_equal(set_members(&ctx, &group_admins, &bob.user_id, 1, 1), ERR_OK);
	assert_int_equal(set_roles(&ctx, "users.roles", &admin.user_id, user, 1), ERR_OK);
	assert_int_equal(set_members(&ctx, &group_admins, NULL, 0, 2), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "role.last_administrator");
	test_db_script("UPDATE user SET state = 'disabled' WHERE login = 'bob'");
	assert_int_equal(db_begin(&ctx), ERR_OK);
	assert_int_equal(grant_keep_administrator(&ctx), ERR_CONFLICT);
	db_rollback(&ctx);
	actor_end(&ctx);
}

struct demotion {
	const struct principal *who;
	struct uuid victim;
	pthread_barrier_t *start;
	enum err err;
};

static void *demote(void *arg)
{
	struct demotion *demotion = arg;
	struct ctx ctx;
	actor_begin(&ctx, demotion->who);
	pthread_barrier_wait(demotion->start);
	demotion->err = set_roles(&ctx, "users.roles", &demotion->victim, NULL, 0);
	actor_end(&ctx);
	return NULL;
}

static void two_administrators_cannot_remove_each_other(void **state)
{
	(void)state;
	for (int round = 0; round < 8; round++) {
		organisation();
		test_db_script(
			"INSERT INTO role_grant (id, role, user_id, group_id, event_id) VALUES"
			" (X'08020000000000000000000000000000', 'administrator',"
			" X'01030000000000000000000000000000', NULL, X'09')");
		struct principal other = bob;
		other.permissions = admin.permissions;
		pthread_barrier_t start;
		pthread_t threads[2];
		struct demotion demotions[2] = {{&admin, bob.user_id, &start, ERR_BUG},
						{&other, admin.user_id, &start, ERR_BUG}};
		pthread_barrier_init(&start, NULL, 2);
		for (int i = 0; i < 2; i++)
			pthread_create(&threads[i], NULL, demote, &demotions[i]);
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		pthread_barrier_destroy(&start);
		assert_int_equal((demotions[0].err == ERR_OK) + (demotions[1].err == ERR_OK), 1);
		assert_int_equal(demotions[demotions[0].err == ERR_OK].err, ERR_CONFLICT);
	}
}

static void a_stale_change_is_refused(void **state)
{
	(void)state;
	struct ctx ctx;
	actor_begin(&ctx, &admin);
	assert_int_equal(set_members(&ctx, &group_staff, &bob.user_id, 1, 7), ERR_STALE);
	assert_int_equal(set_members(&ctx, &group_staff, &bob.user_id, 1, 1), ERR_OK);
	assert_int_equal(set_members(&ctx, &group_staff, NULL, 0, 1), ERR_STALE);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM user_group_member m JOIN"
					 " user_group g ON g.id = m.group_id AND g.name = 'staff'"),
			 1);
	actor_end(&ctx);
}

static void rules_are_checked_and_explained(void **state)
{
	(void)state;
	struct ctx ctx;
	struct in in;
	struct out out;
	const char *json;
	actor_begin(&ctx, &admin);
	input(&in, "rules.create");
	input_text(&in, RULE_F_NAME, "no root for dave");
	input_number(&in, RULE_F_EFFECT, 1);
	input_id(&in, RULE_F_USER, &dave.user_id);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "rule.one_object");
	input_id(&in, RULE_F_TARGET, &target_web);
	input_id(&in, RULE_F_WORKFLOW, &workflow_one);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	in.values[RULE_F_WORKFLOW].set = false;
	input_text(&in, RULE_F_PATTERN, "ro?t");
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	struct rule_answer answer;
	assert_int_equal(rules_check(&ctx, &dave.user_id, &account_root, &answer), ERR_OK);
	assert_int_equal(answer.verdict, RULE_DENY);
	assert_int_equal(rules_check(&ctx, &dave.user_id, &account_app, &answer), ERR_OK);
	assert_int_equal(answer.verdict, RULE_ALLOW);
	assert_true(uuid_equal(&answer.workflow_id, &workflow_one));
	input(&in, "access.explain");
	input_id(&in, EXPLAIN_USER, &dave.user_id);
	input_id(&in, EXPLAIN_ACCOUNT, &account_root);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"verdict\":\"deny\""));
	assert_non_null(strstr(json, "\"rule_name\":\"no root for dave\""));
	ctx.principal = &alice;
	assert_int_equal(look(&ctx, &in, &json), ERR_DENIED);
	in.values[EXPLAIN_USER].set = false;
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"verdict\":\"allow\""));
	assert_null(strstr(json, "dave"));
	ctx.principal = &admin;
	input(&in, "rules.list");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"total\":2"));
	input(&in, "groups.list");
	input_number(&in, LIST_LIMIT, 2);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_null(strstr(json, "\"next_cursor\":null"));
	input(&in, "groups.get");
	input_id(&in, 0, &group_staff);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"login\":\"alice\""));
	actor_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(roles_are_inherited_through_groups, set_up),
		cmocka_unit_test_setup(what_a_person_could_do_is_remembered, set_up),
		cmocka_unit_test_setup(nobody_grants_what_they_lack, set_up),
		cmocka_unit_test_setup(the_last_administrator_stays, set_up),
		cmocka_unit_test_setup(two_administrators_cannot_remove_each_other, set_up),
		cmocka_unit_test_setup(a_stale_change_is_refused, set_up),
		cmocka_unit_test_setup(rules_are_checked_and_explained, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
