// SPDX-License-Identifier: GPL-3.0-or-later
import { expect, test } from "vitest";
import { around, askedFor, type Entry, matching } from "./palette";

const entry = (label: string, note = ""): Entry => ({ id: label, label, note, act() {} });
const ALL = [
	entry("root@web-01.tokyo", "接続"),
	entry("deploy@web-01.tokyo", "申請"),
	entry("監査ログ", "Audit"),
];
const found = (text: string) => matching(ALL, text).map(({ label }) => label);

test("every word has to be in label or note, in any order and case", () => {
	expect(found("WEB root")).toEqual(["root@web-01.tokyo"]);
	expect(found("web")).toEqual(["root@web-01.tokyo", "deploy@web-01.tokyo"]);
	expect(found("audit 監査")).toEqual(["監査ログ"]);
	expect(found("web 監査")).toEqual([]);
});

test("the server is asked for the name that says most", () => {
	expect(askedFor("root@web-01")).toBe("web-01");
	expect(askedFor(" root web-77 ")).toBe("web-77");
	expect(askedFor("@")).toBeUndefined();
});

test("no word finds nothing", () => {
	expect(found("")).toEqual([]);
	expect(found("  ")).toEqual([]);
});

test("steps go round, also in an empty list", () => {
	expect(around(0, -1, 3)).toBe(2);
	expect(around(2, 1, 3)).toBe(0);
	expect(around(0, 1, 0)).toBe(0);
});
