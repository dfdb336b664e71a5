// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { draftOf, typedOf } from "./signin";

describe("thresholds as they are typed", () => {
	const draft = {
		thresholds: "budget" as const,
		challenge_budget: 150,
		block_budget: 7,
		challenge: -1250,
		block: 6500,
	};
	it("come back as they were", () => expect(draftOf(typedOf(draft))).toEqual(draft));
	it("are shown in percent and in whole logarithms", () =>
		expect(typedOf(draft)).toMatchObject({
			challenge_budget: "1.5",
			block_budget: "0.07",
			challenge: "-1.25",
		}));
	for (const challenge of ["", " ", "x", "1e999"])
		it(`are no draft with ${JSON.stringify(challenge)}`, () =>
			expect(draftOf({ ...typedOf(draft), challenge })).toBeUndefined());
});
