// SPDX-License-Identifier: GPL-3.0-or-later
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { ja } from "./ja";

const src = path.resolve(import.meta.dirname, "..");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
	.filter((name) => /\.tsx?$/.test(name) && !/\.test\.ts$|i18n\/(ja|en)\.ts$|\.d\.ts$/.test(name))
	.map((name) => ({ name, text: readFileSync(path.join(src, name), "utf8") }));
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
const JAPANESE = /[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]/;

describe("the two languages", () => {
	it("have the same names", () => expect(Object.keys(en).sort()).toEqual(Object.keys(ja).sort()));
	it.each(Object.keys(ja) as (keyof typeof ja)[])("%s has the same placeholders", (key) =>
		expect(placeholders(en[key])).toEqual(placeholders(ja[key])),
	);
	it("leave nothing empty", () => {
		for (const texts of [ja, en])
			for (const [key, text] of Object.entries(texts)) expect(text, key).not.toBe("");
	});
	it("put every name that is filled in into two braces", () => {
		for (const texts of [ja, en])
			for (const [key, text] of Object.entries(texts))
				expect(text.replace(/\{\{\w+\}\}/g, ""), key).not.toMatch(/[{}]/);
	});
	it("hold no Japanese in English", () => {
		for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(JAPANESE);
	});
});

describe("the source", () => {
	it("uses only names that exist", () => {
		const used = files.flatMap(({ name, text }) =>
			[...text.matchAll(/\bt\(\s*"([^"]+)"/g)].map((match) => `${match[1]} (${name})`),
		);
		const unknown = used.filter((each) => !((each.split(" ")[0] ?? "") in ja));
		expect(unknown).toEqual([]);
	});
	it("writes no Japanese outside the texts", () => {
		const allowed = /^\s*(\/\/|\*|\/\*)|label: "日本語"/;
		const found = files.flatMap(({ name, text }) =>
			text
				.split("\n")
				.filter(
					(line) => JAPANESE.test(line.replace(/\/\*.*?\*\/|\/\/.*$/g, "")) && !allowed.test(line),
				)
				.map((line) => `${name}: ${line.trim()}`),
		);
		expect(found).toEqual([]);
	});
	it("puts no literal text into attributes that people read", () => {
		const attribute = /\b(aria-label|placeholder|title|label|description|alt)="[^"]*[A-Za-z]{2}/;
		const found = files
			.filter(({ name }) => name.endsWith(".tsx"))
			.flatMap(({ name, text }) =>
				text
					.split("\n")
					.filter((line) => attribute.test(line))
					.map((line) => `${name}: ${line.trim()}`),
			);
		expect(found).toEqual([]);
	});
	it("parses no markup", () => {
		const found = files.filter(({ text }) =>
			/innerHTML|dangerouslySetInnerHTML|insertAdjacentHTML/.test(text),
		);
		expect(found.map(({ name }) => name)).toEqual([]);
	});
});
