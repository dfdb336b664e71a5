// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { lastCursor, parseSearch, stringifySearch, withCursor, withoutLast } from "./search";

describe("state in the URL", () => {
	it("keeps text as text", () =>
		expect(parseSearch("?q=001&t=12.5")).toEqual({ q: "001", t: "12.5" }));
	it("leaves empty values out", () =>
		expect(stringifySearch({ q: "", state: undefined, p: "a~b" })).toBe("?p=a%7Eb"));
	it("goes back and forth with Japanese", () =>
		expect(parseSearch(stringifySearch({ q: "保守 作業" }))).toEqual({ q: "保守 作業" }));
});

describe("trail of cursors", () => {
	it("walks forward and back", () => {
		const two = withCursor(withCursor(undefined, "a"), "b");
		expect(lastCursor(two)).toBe("b");
		expect(withoutLast(two)).toBe("a");
		expect(withoutLast("a")).toBeUndefined();
		expect(lastCursor(undefined)).toBeUndefined();
	});
});
