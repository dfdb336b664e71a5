// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import {
	activity,
	advance,
	type Chunk,
	chunkAt,
	IDLE_REMAINS_MS,
	LineSearch,
	lastBefore,
	parseEvents,
	parseSize,
	plainText,
	portions,
	type Run,
	warmUp,
} from "./replay";

const chunks: Chunk[] = [
	[0, 0, 100, 0],
	[1, 1000, 200, 0],
	[2, 60_000, 50, 0],
	[3, 61_000, 900, 0],
];

describe("event lines", () => {
	it("are read in order and in milliseconds", () =>
		expect(parseEvents('[0.5,"o","a"]\n[1.25,"m","ls"]\n')).toEqual([
			{ at: 500, kind: "o", data: "a" },
			{ at: 1250, kind: "m", data: "ls" },
		]));
	it("survive a line that was cut off", () =>
		expect(parseEvents('[0.5,"o","a"]\n[1,"o","b')).toHaveLength(1));
	it("leave out lines of another shape", () =>
		expect(parseEvents('{"version":2}\n[1,"o"]\n[1,"o","x"]')).toHaveLength(1));
});

describe("moving on", () => {
	const idle = [[5000, 65_000]] as const;
	it("adds the time passed", () => expect(advance(1000, 250, idle, true, 99_000)).toBe(1250));
	it("jumps to the end of an idle span after a short rest", () =>
		expect(advance(5000 + IDLE_REMAINS_MS, 16, idle, true, 99_000)).toBe(65_000));
	it("does not jump before the rest is over", () =>
		expect(advance(5000, 16, idle, true, 99_000)).toBe(5016));
	it("plays idle time when asked to", () =>
		expect(advance(6000, 16, idle, false, 99_000)).toBe(6016));
	it("does not jump back", () => expect(advance(64_990, 16, idle, true, 99_000)).toBe(65_006));
	it("stops at the end", () => expect(advance(98_990, 16, idle, true, 99_000)).toBe(99_000));
});

describe("finding chunks", () => {
	it.each([
		[0, 0],
		[999, 0],
		[1000, 1],
		[59_999, 1],
		[1_000_000, 3],
	])("position %d is in chunk %d", (position, index) =>
		expect(chunkAt(chunks, position)).toBe(index),
	);
});

describe("warming up", () => {
	const K = 1024;
	const budget = { normal: 100 * K, alternate: 100 * K };
	/** One entry a letter: normal text, alternate screen, a change; capitals are large. */
	const made = (letters: string): Chunk[] =>
		[...letters].map((letter, n) => [
			n * 10,
			n * 1000,
			letter === letter.toUpperCase() ? 60 * K : 10 * K,
			"nac".indexOf(letter.toLowerCase()),
		]);
	it.each<[string, number, Run[]]>([
		["nnnn", 3, [[0, 3]]],
		["nnnn", 0, []],
		["NNNN", 3, [[2, 3]]],
		// an editor that was left: neither its screen nor its length matters
		[
			"nncAAAAcn",
			8,
			[
				[0, 3],
				[7, 8],
			],
		],
		["nncacn", 5, [[0, 5]]],
		// inside it: the end of what it painted, the way in, the text before
		[
			"nncAAAAAA",
			8,
			[
				[0, 3],
				[7, 8],
			],
		],
		["nncaaa", 5, [[0, 5]]],
		["AAAA", 3, [[2, 3]]],
	])("%s at %d is %j", (letters, entry, runs) =>
		expect(warmUp(made(letters), entry, budget)).toEqual(runs),
	);
	it("asks for few stretches, however many editors there were", () =>
		expect(warmUp(made("cAAc".repeat(50)), 199, budget).length).toBeLessThanOrEqual(4));
	it("is cut into portions by bytes and by chunks", () => {
		const entries = { chunks: made("nnnn"), total_chunks: 40 };
		expect(portions(entries, [0, 4], 20 * K, 1000)).toEqual([
			[0, 2],
			[2, 4],
		]);
		expect(portions(entries, [0, 4], 999 * K, 10)).toEqual([
			[0, 1],
			[1, 2],
			[2, 3],
			[3, 4],
		]);
		expect(portions(entries, [2, 2], 999 * K, 10)).toEqual([]);
	});
});

describe("the heat map", () => {
	it("is highest where most was written", () => {
		const bars = activity(chunks, 62_000, 62);
		expect(bars).toHaveLength(62);
		expect(bars.indexOf(Math.max(...bars))).toBe(61);
		expect(bars[30]).toBe(0);
	});
	it("is flat for an empty recording", () => expect(activity([], 0, 3)).toEqual([0, 0, 0]));
});

const search = (lines: string, wanted: string, limit: number) => {
	const found = new LineSearch(wanted, limit);
	for (const line of lines.split("\n")) if (!found.feed(parseEvents(line))) break;
	return found.finish();
};

describe("searching", () => {
	it("sees text, not colours and titles", () =>
		expect(plainText("\u001b]0;title\u0007\u001b[1;32mok\u001b[0m\r\nnext")).toBe("ok\nnext"));
	it("finds a line that came in pieces, at the time it began", () => {
		const lines = '[1,"o","サービス"]\n[2,"o","を再起動\\r\\n"]\n[3,"i","再起動"]';
		expect(search(lines, "再起動", 10)).toEqual([{ at: 1000, text: "サービスを再起動" }]);
	});
	it("ignores case and stops at the limit", () => {
		expect(search('[1,"o","Error\\nERROR\\nerror\\n"]', "error", 2)).toHaveLength(2);
	});
	it("finds nothing for nothing", () => expect(search('[1,"o","a"]', "", 9)).toEqual([]));
});

it("takes sane sizes only", () => {
	expect(parseSize("120x40")).toEqual({ cols: 120, rows: 40 });
	for (const bad of ["0x10", "99999x1", "80", "80x24x2"]) expect(parseSize(bad)).toBeNull();
});

it("knows the command a position belongs to", () => {
	const marks = [
		[100, "a"],
		[200, "b"],
	] as const;
	expect([50, 100, 150, 999].map((at) => lastBefore(marks, at))).toEqual([-1, 0, 0, 1]);
});
