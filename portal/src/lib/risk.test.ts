// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { riskOf, weightText } from "./risk";

describe("the score in a sign-in's record", () => {
	it("is read with its weights", () =>
		expect(
			riskOf({
				data: { risk_action: "step_up", risk_parts: "cold_start=0 network=1904 hour=-150" },
			}),
		).toEqual({
			action: "step_up",
			parts: [
				{ name: "cold_start", weight: null },
				{ name: "network", weight: 1.904 },
				{ name: "hour", weight: -0.15 },
			],
		}));
	it("may have no parts", () =>
		expect(riskOf({ data: { risk_action: "allow", risk_parts: "" } })?.parts).toEqual([]));
	it.each([
		{},
		{ data: {} },
		{ data: { risk_action: 1, risk_parts: "" } },
		{ data: { risk_action: "allow" } },
	])("is not there", (leaf) => expect(riskOf(leaf)).toBeUndefined());
	it("leaves out what is no part", () =>
		expect(
			riskOf({ data: { risk_action: "allow", risk_parts: "<b>=1 x= =2 hour=3000" } })?.parts,
		).toEqual([{ name: "hour", weight: 3 }]));
	it("shows the sign", () =>
		expect([weightText(1.904), weightText(-0.15), weightText(null)]).toEqual([
			" (+1.9)",
			" (-0.1)",
			"",
		]));
});
