// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { formatQuery, parseQuery } from "./auditquery";

describe("the query box of the audit log", () => {
	it.each([
		["", {}],
		["再起動", { q: "再起動" }],
		["actor:tanaka outcome:refused", { actor: "tanaka", outcome: "refused" }],
		["actor:a actor:b", { actor: "b" }],
		["web  server　東京", { q: "web server 東京" }],
		["http://x actor:", { q: "http://x actor:" }],
		["from:2026-11-01 login", { from: "2026-11-01", q: "login" }],
	])("reads %j", (text, query) => expect(parseQuery(text)).toEqual(query));
	it("writes what it reads", () => {
		const text = "actor:tanaka event:session.start 再起動";
		expect(formatQuery(parseQuery(text))).toBe(text);
	});
});
