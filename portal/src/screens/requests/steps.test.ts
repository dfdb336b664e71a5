// SPDX-License-Identifier: GPL-3.0-or-later
import { expect, it } from "vitest";
import { progressOf } from "./steps";

const lease = (state: "active" | "ended") =>
	({
		id: "",
		account: { id: "", name: "" },
		state,
		starts_at: "",
		ends_at: "",
		ended_at: null,
		end_reason: null,
	}) as const;

it.each([
	["pending", [], "done current open open"],
	["approved", [], "done done open open"],
	["approved", [lease("active")], "done done current open"],
	["finished", [lease("ended")], "done done done done"],
	["rejected", [], "done failed open done"],
	["expired", [], "done failed open done"],
	["withdrawn", [], "done open open done"],
] as const)("a request that is %s with %o shows %s", (state, leases, text) => {
	const steps = progressOf({ state, leases: [...leases] });
	expect(Object.values(steps).join(" ")).toBe(text);
});
