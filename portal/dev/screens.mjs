// SPDX-License-Identifier: GPL-3.0-or-later
// One row per picture: number and name of the screen, who looks at it, where, what to do first.
import { SAML_KEYS } from "./fixtures.mjs";

const ALL = ["normal", "empty", "loading", "error"];
const click = (testId) => (page) => page.getByTestId(testId).first().click();
const session = "0197a000-0000-7000-8000-000000000202";
const phone = { width: 390, height: 844 };

export const SCREENS = [
	{
		name: "01-signin",
		persona: "none",
		path: "/signin",
		states: ALL,
		english: ["English", "Example"],
	},
	{
		name: "01-signin-wrong",
		persona: "none",
		path: "/signin",
		states: ["error"],
		always: true,
		english: ["English", "Example"],
		act: async (page) => {
			await page.getByTestId("field-login").fill("tanaka");
			await page.getByTestId("field-password").fill("secret");
			await page.getByTestId("field-code").fill("123456");
			await page.getByTestId("sign-in").click();
			await page.getByTestId("error").waitFor();
		},
	},
	...["provider", "expired", "unasked", "unavailable", "wait"].map((code) => ({
		name: `01-signin-failed-${code}`,
		persona: "none",
		path: `/signin?failed=${code}`,
		english: ["English", "Example"],
	})),
	{
		name: "01-signin-mail",
		persona: "none",
		path: "/signin",
		english: ["English", "Example"],
		act: async (page) => {
			await page.getByTestId("field-login").fill("tanaka");
			await page.getByTestId("field-password").fill("secret");
			await page.getByTestId("use-mail").click();
			await page.getByTestId("send-mail-code").click();
			await page.getByTestId("field-code").waitFor();
		},
	},
	{ name: "01-second", persona: "none", path: "/signin/second", english: ["English"] },
	...["error", "normal"].map((state) => ({
		name: `01-second-${state === "error" ? "wrong" : "due"}`,
		persona: "none",
		path: "/signin/second",
		states: [state],
		always: true,
		english: ["English"],
		act: async (page) => {
			await page.getByTestId("field-code").fill("123456");
			await page.getByTestId("sign-in").click();
			await page.getByTestId(state === "error" ? "error" : "second-due").waitFor();
		},
	})),
	{
		name: "02-enrol",
		persona: "none",
		path: `/enrol#${"a".repeat(43)}`,
		act: (page) => page.getByTestId("qr").waitFor(),
	},
	{
		name: "02-enrol-strength",
		persona: "none",
		path: `/enrol#${"a".repeat(43)}`,
		act: async (page) => {
			await page.getByTestId("field-password").fill("Newcastle1999");
			await page.getByTestId("password-strength").locator("meter").waitFor();
		},
	},
	{ name: "02-enrol-unusable", persona: "none", path: "/enrol" },
	{ name: "03-home", path: "/", states: ALL },
	{ name: "03-home-approver", persona: "approver", path: "/" },
	{ name: "03-home-auditor", persona: "auditor", path: "/" },
	{ name: "03-home-phone", path: "/", viewport: phone },
	{ name: "04-targets", path: "/targets", states: ALL },
	{ name: "04-targets-why", path: "/targets?why=0197a000-0000-7000-8000-000000000025" },
	{
		name: "05-request",
		path: "/targets",
		act: async (page) => {
			await click("request")(page);
			await page.getByTestId("field-purpose").fill("月次リリース");
		},
	},
	{ name: "06-requests", path: "/requests", states: ALL },
	{
		name: "06-request",
		path: "/requests/0197a000-0000-7000-8000-000000000102",
		states: ["normal", "error"],
	},
	{ name: "06-requests-phone", path: "/requests", viewport: phone },
	{
		name: "07-terminal",
		path: "/terminal?at=0197a000-0000-7000-8000-000000000201",
		states: ["normal", "loading", "error"],
		fixed: true,
		act: (page) => page.waitForTimeout(400),
	},
	{
		name: "07-terminal-held",
		path: "/terminal?at=0197a000-0000-7000-8000-000000000205",
		fixed: true,
		act: (page) => page.getByTestId("terminal-held").waitFor(),
	},
	{ name: "10-approvals", persona: "approver", path: "/approvals", states: ALL },
	{
		name: "10-approvals-details",
		persona: "approver",
		path: "/approvals",
		act: click("approval-details"),
	},
	{ name: "10-approvals-reject", persona: "approver", path: "/approvals", act: click("reject") },
	{ name: "10-approvals-phone", persona: "approver", path: "/approvals", viewport: phone },
	{ name: "14-sessions", persona: "auditor", path: "/sessions", states: ALL },
	{
		name: "14-sessions-terminate",
		persona: "administrator",
		path: "/sessions",
		act: click("terminate"),
	},
	{
		name: "15-replay",
		persona: "auditor",
		path: `/sessions/${session}?t=645`,
		states: ["normal", "loading", "error"],
		act: (page) => page.waitForTimeout(400),
	},
	{
		name: "15-replay-search",
		persona: "auditor",
		path: `/sessions/${session}`,
		act: async (page) => {
			await page.getByTestId("replay-search-tab").click();
			await page.getByTestId("replay-search").fill("再起動");
			await page.keyboard.press("Enter");
			await page.getByTestId("replay-hits").waitFor();
		},
	},
	{ name: "17-audit", persona: "auditor", path: "/audit", states: ALL },
	{
		name: "17-audit-event",
		persona: "auditor",
		path: "/audit?id=0197a000-0000-7000-8000-000000000302",
		english: ["sekisho"],
	},
	{
		name: "18-report",
		persona: "auditor",
		path: "/reports",
		states: ["normal", "loading", "error"],
	},
];

const dialog =
	(testId, row = "") =>
	(page) =>
		(row ? page.locator(row) : page).getByTestId(testId).first().click();
const admin = { persona: "administrator" };
const withKeys = (items) => async (page) => {
	await page.route("**/api/v1/saml-keys", (route) => route.fulfill({ json: { items } }));
	await page.reload();
	await page.getByTestId("saml-keys-card").waitFor();
};
const PROVIDERS = ["Example", "OpenID Connect", "SAML", "PEM"];
const PROGRAMS = ["client_id", "API"];
const provider = (number) => `0197a000-0000-7000-8000-000000000${number}`;
SCREENS.push(
	{
		...admin,
		name: "20-overview",
		path: "/admin",
		states: ["normal", "loading", "error"],
		english: ["Landlock", "MariaDB"],
	},
	{ ...admin, name: "20-overview-rollback", path: "/admin", act: dialog("acknowledge-rollback") },
	{
		...admin,
		name: "20-overview-break-glass",
		path: "/admin",
		english: ["Landlock", "MariaDB"],
		act: dialog("acknowledge-break-glass"),
	},
	{ ...admin, name: "21-ledger", path: "/admin/targets", states: ALL },
	{ ...admin, name: "21-ledger-groups", path: "/admin/targets?tab=groups" },
	{
		...admin,
		name: "21-ledger-import",
		path: "/admin/targets",
		act: async (page) => {
			await click("import-open")(page);
			const file = { name: "targets.csv", mimeType: "text/csv", buffer: Buffer.from("target\n") };
			await page.getByTestId("import-file").setInputFiles(file);
			await page.getByTestId("import-errors").waitFor();
		},
	},
	{ ...admin, name: "21-ledger-add", path: "/admin/targets", act: dialog("add") },
	{
		...admin,
		name: "21-target",
		path: "/admin/targets/0197a000-0000-7000-8000-000000000011",
		states: ["normal", "error"],
		act: async (page) => {
			await page.getByTestId("test-connection").click();
			await page.getByTestId("test-result").waitFor();
		},
	},
	{
		...admin,
		name: "21-secret",
		path: "/admin/targets/0197a000-0000-7000-8000-000000000011",
		act: dialog("set-secret"),
	},
	{ ...admin, name: "24-users", path: "/admin/users", states: ALL },
	{ ...admin, name: "24-users-add", path: "/admin/users", act: dialog("add") },
	{
		...admin,
		name: "24-user",
		path: "/admin/users/0197a000-0000-7000-8000-000000000001",
		english: ["SAML"],
		states: ["normal", "error"],
	},
	{
		...admin,
		name: "24-user-link",
		path: "/admin/users/0197a000-0000-7000-8000-000000000001",
		english: ["SAML"],
		act: dialog("issue-link"),
	},
	{ ...admin, name: "24-groups", path: "/admin/groups", states: ["normal", "empty"] },
	{ ...admin, name: "24-group-members", path: "/admin/groups", act: dialog("members") },
	{ ...admin, name: "24-roles", path: "/admin/roles" },
	{ ...admin, name: "24-password-policies", path: "/admin/password-policies", english: ["NIST"] },
	{
		...admin,
		name: "24-password-policy-edit",
		path: "/admin/password-policies",
		english: ["NIST"],
		act: dialog("edit-policy"),
	},
	{
		...admin,
		name: "24-factor-floors",
		path: "/admin/factor-floors",
		states: ["normal", "loading", "error"],
	},
	{
		...admin,
		name: "24-factor-floor-edit",
		path: "/admin/factor-floors",
		act: dialog("edit-floor"),
	},
	{
		...admin,
		name: "24-factor-floor-try",
		path: "/admin/factor-floors",
		act: async (page) => {
			await page.locator('[data-level="device_bound"]').getByTestId("edit-floor").click();
			await page.getByTestId("floor-dialog-submit").click();
			await page.getByTestId("floor-below").waitFor();
		},
	},
	{
		...admin,
		name: "24-session-limits",
		path: "/admin/session-limits",
		states: ["normal", "loading", "error"],
	},
	{
		...admin,
		name: "24-session-limit-edit",
		path: "/admin/session-limits",
		act: dialog("edit-limit"),
	},
	{
		...admin,
		name: "24-mail",
		path: "/admin/mail",
		states: ["normal", "loading", "error"],
		english: ["STARTTLS", "TLS", "IP"],
	},
	{
		...admin,
		name: "24-mail-edit",
		path: "/admin/mail",
		english: ["STARTTLS", "TLS", "PEM", "IP"],
		act: dialog("edit-mail"),
	},
	{ ...admin, name: "24-rules", path: "/admin/rules", states: ["normal", "empty"] },
	{ ...admin, name: "24-rules-add", path: "/admin/rules", act: dialog("add") },
	{ ...admin, name: "25-workflows", path: "/admin/workflows", states: ["normal", "empty"] },
	{ ...admin, name: "25-workflow-edit", path: "/admin/workflows", act: dialog("edit") },
	{ ...admin, name: "27-gateways", path: "/gateways", states: ALL },
	{ ...admin, name: "27-gateways-add", path: "/gateways", act: dialog("add") },
	{ ...admin, name: "27-gateways-edit", path: "/gateways", act: dialog("edit") },
	{ ...admin, name: "27-gateways-release", path: "/gateways", act: dialog("release") },
	{ ...admin, name: "27-gateways-revoke", path: "/gateways", act: dialog("revoke") },
	{ ...admin, name: "27-gateways-join", path: "/gateways", act: dialog("join") },
	{
		name: "29-profile",
		path: "/profile",
		states: ["normal", "error"],
		english: ["English", "Mozilla", "Example", "SAML"],
	},
	{
		name: "29-profile-strength",
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: async (page) => {
			await page.getByTestId("field-password").fill("plover-sandy-41-harbour");
			await page.getByTestId("password-strength").locator("meter").waitFor();
			await page.getByTestId("password-strength").scrollIntoViewIfNeeded();
		},
	},
	{
		name: "29-profile-add-totp",
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: dialog("add-totp"),
	},
	{
		name: "29-profile-recovery",
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: async (page) => {
			await dialog("make-recovery")(page);
			await page.getByTestId("make-recovery-dialog-submit").click();
			await page.getByTestId("recovery-codes").waitFor();
		},
	},
	...["passkey", "provider"].map((way) => ({
		name: `29-step-up-${way}`,
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: async (page) => {
			const items = [{ id: session, kind: "saml", name: "Example SAML" }];
			await page.route("**/me/step-up/providers", (route) => route.fulfill({ json: { items } }));
			await page.route("**/me/recovery-codes", (route) =>
				route.fulfill({ status: 401, json: { status: 401, reason: "auth.not_fresh" } }),
			);
			await dialog("make-recovery")(page);
			await page.getByTestId("make-recovery-dialog-submit").click();
			await page.getByTestId("step-up").waitFor();
			if (way === "provider") await page.getByTestId("step-up-provider").click();
		},
	})),
	...["address", "code"].map((step) => ({
		name: `29-profile-mail-${step}`,
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: async (page) => {
			await dialog("change-mail-address")(page);
			if (step === "address") return;
			await page.getByTestId("mail-address-dialog-submit").click();
			await page.getByTestId("mail-address-code-dialog").waitFor();
		},
	})),
	{
		...admin,
		name: "26-exception-add",
		path: "/admin/sign-in-policy",
		act: dialog("add-exception"),
	},
	...["approve-exception", "revoke-exception"].map((button) => ({
		...admin,
		name: `26-${button}`,
		path: "/admin/sign-in-policy",
		act: dialog(button),
	})),
	...["past-not-me", "past-me"].map((button) => ({
		name: `29-profile-${button}`,
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: dialog(button),
	})),
	{
		name: "29-profile-token",
		path: "/profile",
		english: ["English", "Mozilla", "Example", "SAML"],
		act: dialog("add-token"),
	},
	{
		...admin,
		name: "28-providers",
		path: "/admin/identity-providers",
		states: ALL,
		english: PROVIDERS,
	},
	...[
		["ends", [{ ...SAML_KEYS[0], expires_at: "2026-12-30T09:00:00Z" }]],
		["next", SAML_KEYS.slice(0, 2)],
		["old", [SAML_KEYS[3], SAML_KEYS[2]]],
	].map(([state, items]) => ({
		...admin,
		name: `28-saml-keys-${state}`,
		path: "/admin/identity-providers",
		english: PROVIDERS,
		act: withKeys(items),
	})),
	...["use", "remove"].map((what) => ({
		...admin,
		name: `28-saml-key-${what}`,
		path: "/admin/identity-providers",
		english: PROVIDERS,
		act: async (page) => {
			await withKeys(SAML_KEYS.slice(0, 2))(page);
			await dialog(`saml-key-${what}`)(page);
		},
	})),
	{
		...admin,
		name: "28-provider-add",
		path: "/admin/identity-providers",
		english: PROVIDERS,
		act: dialog("add"),
	},
	{
		...admin,
		name: "28-provider-add-saml",
		path: "/admin/identity-providers",
		english: PROVIDERS,
		act: async (page) => {
			await click("add")(page);
			await page.getByTestId("field-kind").selectOption("saml");
			await page
				.getByTestId("field-metadata")
				.fill('<EntityDescriptor entityID="https://idp.example">');
		},
	},
	...[
		["oidc", "971", ["normal", "loading", "error"]],
		["saml", "970", ["normal"]],
	].map(([kind, number, states]) => ({
		...admin,
		name: `28-provider-${kind}`,
		path: `/admin/identity-providers?provider=${provider(number)}`,
		states,
		english: PROVIDERS,
	})),
	{
		...admin,
		name: "28-provider-delete",
		path: `/admin/identity-providers?provider=${provider("970")}`,
		english: PROVIDERS,
		act: dialog("archive"),
	},
	...[
		["accepted", "990", ["normal", "loading"]],
		["refused", "991", ["normal"]],
		["nobody", "992", ["normal"]],
	].map(([name, number, states]) => ({
		...admin,
		name: `28-provider-test-${name}`,
		path: `/admin/identity-providers?provider=${provider("970")}&test=${provider(number)}`,
		states,
		english: PROVIDERS,
	})),
	...["edit-connection", "set-secret", "edit-people", "edit-mapping", "archive"].map((button) => ({
		...admin,
		name: `28-provider-${button}`,
		path: `/admin/identity-providers?provider=${provider(button === "set-secret" ? "971" : "970")}&test=${provider("990")}`,
		english: PROVIDERS,
		act: dialog(button),
	})),
	{
		name: "29-profile-link-failed",
		path: "/profile?failed=provider",
		english: ["English", "Mozilla", "Example", "SAML"],
	},
	{
		...admin,
		name: "24-user-unlink",
		path: "/admin/users/0197a000-0000-7000-8000-000000000001",
		english: ["SAML"],
		act: dialog("unlink-identity"),
	},
	{ ...admin, name: "26-network", path: "/admin/network-rules", states: ["normal", "error"] },
	{ ...admin, name: "26-network-add", path: "/admin/network-rules", act: dialog("add") },
	{
		...admin,
		name: "26-network-edit",
		path: "/admin/network-rules",
		act: dialog("edit-network-rule"),
	},
	{
		...admin,
		name: "26-network-save",
		path: "/admin/network-rules",
		act: async (page) => {
			await page.getByTestId("remove-network-rule").first().click();
			await page.getByTestId("save-network").click();
			await page.getByTestId("network-lost").waitFor();
		},
	},
	{
		...admin,
		name: "26-sign-in-policy",
		path: "/admin/sign-in-policy",
		states: ["normal", "error"],
	},
	{
		...admin,
		name: "26-sign-in-policy-edit",
		path: "/admin/sign-in-policy",
		act: dialog("edit-sign-in-policy"),
	},
	{
		...admin,
		name: "26-sign-in-policy-trial",
		path: "/admin/sign-in-policy",
		act: async (page) => {
			await page.getByTestId("try-sign-in-policy").click();
			await page.getByTestId("sign-in-people").waitFor();
		},
	},
	{ ...admin, name: "26-programs", path: "/admin/programs", states: ALL, english: PROGRAMS },
	{
		...admin,
		name: "26-program-add",
		path: "/admin/programs",
		english: PROGRAMS,
		act: async (page) => {
			await dialog("add")(page);
			await page.getByTestId("field-roles-auditor").click();
		},
	},
	{
		...admin,
		name: "26-program",
		path: "/admin/programs/0197a000-0000-7000-8000-000000000930",
		states: ["normal", "loading", "error"],
		english: PROGRAMS,
	},
	{
		...admin,
		name: "26-program-none",
		path: "/admin/programs/0197a000-0000-7000-8000-000000000933",
		english: PROGRAMS,
	},
	{
		...admin,
		name: "26-program-secret",
		path: "/admin/programs/0197a000-0000-7000-8000-000000000930",
		english: PROGRAMS,
		act: async (page) => {
			await dialog("add-secret")(page);
			await page.getByTestId("add-secret-dialog-submit").click();
			await page.getByTestId("secret-value").waitFor();
		},
	},
	{
		...admin,
		name: "26-program-revoke",
		path: "/admin/programs/0197a000-0000-7000-8000-000000000930",
		english: PROGRAMS,
		act: dialog("revoke-secret"),
	},
	{ ...admin, name: "26-tokens", path: "/admin/tokens", states: ["normal", "empty", "error"] },
	{ name: "30-shortcuts", path: "/", act: (page) => page.keyboard.press("?") },
	{
		name: "30-palette",
		path: "/",
		act: async (page) => {
			await page.keyboard.press("Control+k");
			await page.getByTestId("palette-text").fill("web");
			await page.getByTestId("palette-entry").first().waitFor();
		},
	},
	{ name: "30-preferences", path: "/", english: ["English"], act: dialog("preferences") },
	{ name: "31-not-found", path: "/nowhere" },
);
