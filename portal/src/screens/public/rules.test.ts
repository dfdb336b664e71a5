// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { safeNext, tokenFromHash, typedKey } from "./rules";

describe("where to go after sign-in", () => {
	it.each([
		["/approvals?q=a", "/approvals?q=a"],
		["//evil.example", "/"],
		["/\\evil.example", "/"],
		["https://evil.example", "/"],
		["javascript:alert(1)", "/"],
		[undefined, "/"],
	])("%s leads to %s", (next, path) => expect(safeNext(next)).toBe(path));
});

describe("enrolment links", () => {
	it("takes the token behind the #", () =>
		expect(tokenFromHash(`#${"a".repeat(43)}`)).toBe("a".repeat(43)));
	it.each(["", "#", "#short", `#${"a".repeat(42)}!`])("refuses %s", (hash) =>
		expect(tokenFromHash(hash)).toBe(""),
	);
	it("groups the key to type", () =>
		expect(typedKey("otpauth://totp/S:a?secret=ABCDEFGHIJ&issuer=S")).toBe("ABCD EFGH IJ"));
});
