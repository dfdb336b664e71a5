// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { ja } from "../i18n/ja";
import { estimate } from "./strengthData";

describe("a password's strength", () => {
	it.each([
		["password1234", 0, 1, "topTen"],
		["Newcastle1999", 0, 2, null],
		["watanabe", 0, 1, "namesByThemselves"],
		["qwertyuiop[]", 0, 2, "straightRow"],
		["aaaaaaaaaaaaaaaa", 0, 0, "simpleRepeat"],
		["plover-sandy-41-harbour", 4, 4, null],
	])("of %s is between %i and %i", (password, least, most, warning) => {
		const found = estimate(password, []);
		expect(found.score).toBeGreaterThanOrEqual(least);
		expect(found.score).toBeLessThanOrEqual(most);
		if (warning !== null) expect(Object.keys(ja)).toContain(`strength.warning.${found.warning}`);
	});

	it("is less with the person's own names", () => {
		const name = "mizorogi-kazuhisa";
		expect(estimate(name, ["mizorogi", "Kazuhisa"]).score).toBeLessThan(estimate(name, []).score);
	});
});
