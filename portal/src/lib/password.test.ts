// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { brokenRule } from "./password";

const long = {
	min_length: 12,
	need_lower: false,
	need_upper: false,
	need_digit: false,
	history: 0,
	max_age_days: 0,
};
const classic = {
	...long,
	min_length: 8,
	need_lower: true,
	need_upper: true,
	need_digit: true,
};

describe("rules seen before sending", () => {
	it.each([
		[long, "elevenchars", "too_short"],
		[long, "八文字の合言葉です", "too_short"],
		[long, "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "too_short"],
		[long, "all small letters", undefined],
		[classic, "Rv7-ock", "too_short"],
		[classic, "RIVER-71-OCK", "no_lower"],
		[classic, "river-71-ock", "no_upper"],
		[classic, "River-no-ock", "no_digit"],
		[classic, "River-71", undefined],
	])("%o %s gives %s", (rules, text, broken) => expect(brokenRule(rules, text)).toBe(broken));
});
