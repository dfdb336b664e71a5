/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "rbac/page.h"
#include "rbac/rbac_api.h"
#include "rbac/role.h"
#include "rbac/tree.h"

static void permissions_have_unique_names(void **state)
{
	(void)state;
	assert_string_equal(permission_name(PERM_NONE), "");
	for (unsigned i = PERM_NONE + 1; i < PERM__COUNT; i++)
		assert_int_equal(permission_by_name(permission_name((enum permission)i)), i);
	assert_int_equal(permission_by_name(""), PERM_NONE);
	assert_int_equal(permission_by_name("no.such"), PERM_NONE);
	assert_false(permission_in(~(permission_set)0, PERM_NONE));
}

static void roles_permit_what_their_row_says(void **state)
{
	(void)state;
	permission_set administrator = role_permissions(ROLE_ADMINISTRATOR);
	for (unsigned i = PERM_NONE + 1; i < PERM__COUNT; i++)
		assert_true(permission_in(administrator, (enum permission)i));
	assert_false(administrator & 1);
	assert_true(permission_in(role_permissions(ROLE_USER), PERM_TARGET_USE));
	assert_false(permission_in(role_permissions(ROLE_USER), PERM_REQUEST_APPROVE));
	assert_false(permission_in(role_permissions(ROLE_AUDITOR), PERM_TARGET_USE));
	assert_false(permission_in(role_permissions(ROLE_AUDITOR), PERM_SECRET_SET));
	assert_true(role_permissions("root") == 0);
	assert_null(role_by_name(""));
}

static void a_cursor_brings_its_key_back(void **state)
{
	(void)state;
	struct ctx ctx;
	struct arena *arena = arena_new(1 << 20);
	ctx_init(&ctx, arena);
	struct page_key key = {-5, "本番 web-01", {{1, 2, 3}}};
	struct value cursor = {.set = true, .text = page_cursor(&ctx, &key)};
	struct value limit = {.set = true, .number = 10};
	struct page page;
	assert_int_equal(page_from(&ctx, &limit, &cursor, PAGE_ASCENDING, &page), ERR_OK);
	assert_int_equal(page.fetch, 11);
	assert_false(page.first);
	assert_int_equal(page.after.number, -5);
	assert_string_equal(page.after.text, key.text);
	assert_true(uuid_equal(&page.after.id, &key.id));

	assert_int_equal(page_from(&ctx, NULL, NULL, PAGE_ASCENDING, &page), ERR_OK);
	assert_true(page.first);
	assert_int_equal(page.limit, 50);

	static const char *const bad[] = {"AAAA", "!!", "gICAgICAgICAgICAgICAgICAgICAgICAgIA"};
	for (size_t i = 0; i < 3; i++) {
		cursor.text = bad[i];
		assert_int_equal(page_from(&ctx, NULL, &cursor, PAGE_ASCENDING, &page), ERR_INPUT);
		assert_string_equal(ctx.error.field, "cursor");
	}
	arena_free(arena);
}

/* 1 below 2 below 3; 9 does not exist. */
static enum err parent_of(struct ctx *ctx, const struct uuid *id, struct uuid *out_parent)
{
	(void)ctx;
	if (id->b[0] == 9)
		return ERR_NOT_FOUND;
	*out_parent = (struct uuid){{id->b[0] < 3 ? (uint8_t)(id->b[0] + 1) : 0}};
	return ERR_OK;
}

/* Every node has another one above it. */
static enum err endless(struct ctx *ctx, const struct uuid *id, struct uuid *out_parent)
{
	(void)ctx;
	*out_parent = (struct uuid){{(uint8_t)(id->b[0] + 1)}};
	return ERR_OK;
}

static void a_group_cannot_hang_below_itself(void **state)
{
	(void)state;
	struct ctx ctx;
	ctx_init(&ctx, NULL);
	struct uuid one = {{1}}, three = {{3}}, four = {{4}}, missing = {{9}};
	assert_int_equal(tree_check(&ctx, &three, &one, parent_of), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "tree.cycle");
	assert_int_equal(tree_check(&ctx, &one, &one, parent_of), ERR_INPUT);
	assert_int_equal(tree_check(&ctx, &four, &one, parent_of), ERR_OK);
	assert_int_equal(tree_check(&ctx, &one, &three, parent_of), ERR_OK);
	assert_int_equal(tree_check(&ctx, &one, &missing, parent_of), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "tree.parent_unknown");
	struct uuid far = {{200}};
	assert_int_equal(tree_check(&ctx, &far, &one, endless), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "tree.too_deep");
}

static void results_are_kept_in_order_and_once(void **state)
{
	(void)state;
	struct out out = {.secret_fd = -1};
	struct uuid a = {{1}}, b = {{2}};
	out_text(&out, "text", "x");
	out_int(&out, "int", 7);
	out_notify(&out, "requests", &a);
	out_notify(&out, "requests", &a);
	out_notify(&out, "requests", &b);
	out_effect(&out, OUT_EFFECT_CUT_LEASE, &a, "lease_ended");
	assert_int_equal(out.field_count, 2);
	assert_int_equal(out.fields[1].number, 7);
	assert_int_equal(out.notify_count, 2);
	assert_int_equal(out.effect_count, 1);
	for (int i = 0; i < 2 * OUT_NOTIFY_MAX; i++)
		out_notify(&out, "leases", &(struct uuid){{(uint8_t)i}});
	assert_int_equal(out.notify_count, OUT_NOTIFY_MAX);
}

static void operations_are_found_by_id(void **state)
{
	(void)state;
	const struct op *tables[] = {rbac_ops(), NULL};
	assert_string_equal(op_by_id(tables, "rules.get")->path, "/api/v1/rules/{id}");
	assert_null(op_by_id(tables, "rules"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permissions_have_unique_names),
		cmocka_unit_test(roles_permit_what_their_row_says),
		cmocka_unit_test(a_cursor_brings_its_key_back),
		cmocka_unit_test(a_group_cannot_hang_below_itself),
		cmocka_unit_test(results_are_kept_in_order_and_once),
		cmocka_unit_test(operations_are_found_by_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
