// SPDX-License-Identifier: GPL-3.0-or-later
// One row per picture: number and name of the screen, who looks at it, where, what to do first.
const ALL = ["normal", "empty", "loading", "error"];
const click = (testId) => (page) => page.getByTestId(testId).first().click();
const session = "0197a000-0000-7000-8000-000000000202";
const phone = { width: 390, height: 844 };

export const SCREENS = [
	{ name: "01-signin", persona: "none", path: "/signin", english: ["English"] },
	{
		name: "01-signin-wrong",
		persona: "none",
		path: "/signin",
		states: ["error"],
		always: true,
		english: ["English"],
		act: async (page) => {
			await page.getByTestId("field-login").fill("tanaka");
			await page.getByTestId("field-password").fill("secret");
			await page.getByTestId("field-code").fill("123456");
			await page.getByTestId("sign-in").click();
			await page.getByTestId("error").waitFor();
		},
	},
	{
		name: "02-enrol",
		persona: "none",
		path: `/enrol#${"a".repeat(43)}`,
		act: (page) => page.getByTestId("qr").waitFor(),
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
