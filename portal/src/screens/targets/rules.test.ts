// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import type { MyAccount, MyTarget } from "../../api/types";
import { companions, defaultLength, lengthsFor, offerOf } from "./rules";

const account = (change: Partial<MyAccount>): MyAccount => ({
	id: "a",
	name: "root",
	state: { state: "ok", reason: null, checked_at: null },
	verdict: "allow",
	workflow: null,
	lease: null,
	busy_until: null,
	why_not: null,
	...change,
});
const lease = (state: "active" | "scheduled") => ({
	id: "l",
	state,
	starts_at: "",
	ends_at: "",
});

describe("what an account offers", () => {
	it.each([
		["connect", account({ lease: lease("active") })],
		["connect", account({ lease: lease("active"), why_not: "account.busy" })],
		["scheduled", account({ lease: lease("scheduled") })],
		["request", account({})],
		["refused", account({ verdict: "deny" })],
		["refused", account({ verdict: "none" })],
		["refused", account({ why_not: "account.no_secret" })],
	] as const)("%s", (offer, value) => expect(offerOf(value)).toBe(offer));
});

describe("lengths of a loan", () => {
	it("stay within the workflow", () => expect(lengthsFor(120)).toEqual([30, 60, 120]));
	it("fall back to a short maximum", () => expect(lengthsFor(15)).toEqual([15]));
	it("start at one hour", () => expect(defaultLength(480)).toBe(60));
	it("start at the maximum when it is shorter", () => expect(defaultLength(30)).toBe(30));
});

describe("accounts of one request", () => {
	it("share the workflow and can be asked for", () => {
		const flow = (id: string) => ({
			id,
			name: id,
			ticket_required: false,
			max_minutes: 60,
			approvers: [],
			self_approval: false,
		});
		const chosen = account({ id: "1", workflow: flow("w") });
		const target = {
			accounts: [
				chosen,
				account({ id: "2", workflow: flow("w") }),
				account({ id: "3", workflow: flow("x") }),
				account({ id: "4", workflow: flow("w"), verdict: "deny" }),
			],
		} as MyTarget;
		expect(companions([target], { target, account: chosen }).map((c) => c.account.id)).toEqual([
			"2",
		]);
	});
});
