// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import {
	decodeFrame,
	encodeEnd,
	encodeInput,
	encodeResize,
	INPUT_CHUNK,
	TERMINAL_PROTOCOL,
} from "./frames";

const bytes = (...parts: (number | string)[]) =>
	new Uint8Array(
		parts.flatMap((part) =>
			typeof part === "number" ? [part] : [...new TextEncoder().encode(part)],
		),
	).buffer;

describe("frames to the server", () => {
	it("prefixes input with its type and encodes UTF-8", () => {
		expect([...(encodeInput("あ")[0] ?? [])]).toEqual([0, 0xe3, 0x81, 0x82]);
	});
	it("cuts a long paste into several frames and loses nothing", () => {
		const frames = encodeInput("x".repeat(INPUT_CHUNK * 2 + 5));
		expect(frames.map((frame) => frame.length)).toEqual([INPUT_CHUNK + 1, INPUT_CHUNK + 1, 6]);
	});
	it("sends nothing for empty input", () => expect(encodeInput("")).toEqual([]));
	it("writes the size big-endian", () =>
		expect([...encodeResize(300, 40)]).toEqual([1, 1, 44, 0, 40]));
	it("ends with one byte", () => expect([...encodeEnd()]).toEqual([2]));
	it("names a subprotocol that is a valid token", () =>
		expect(TERMINAL_PROTOCOL).toMatch(/^[\w.!#$%&'*+^`|~-]+$/));
});

describe("frames from the server", () => {
	it("hands output on untouched, also broken UTF-8", () => {
		const frame = decodeFrame(bytes(0, 0xff, 0x41));
		expect(frame.type === "output" && [...frame.data]).toEqual([0xff, 0x41]);
	});
	it("reads a stage with its text", () =>
		expect(decodeFrame(bytes(0x10, 3, 2, "接続できません"))).toEqual({
			type: "stage",
			stage: "target",
			state: "failed",
			text: "接続できません",
		}));
	it("reads the end of the lease", () => {
		const frame = new Uint8Array(9);
		frame[0] = 0x11;
		new DataView(frame.buffer).setBigInt64(1, 1795222800000n);
		expect(decodeFrame(frame.buffer)).toEqual({ type: "lease_end", at: 1795222800000 });
	});
	it("reads hop, reason and text of an end", () =>
		expect(decodeFrame(bytes(0x12, "target", 0, "target.refused", 0, "拒否", 0))).toEqual({
			type: "ended",
			hop: "target",
			reason: "target.refused",
			text: "拒否",
		}));
	it.each([
		["empty", bytes()],
		["unknown type", bytes(0x7f)],
		["stage out of range", bytes(0x10, 9, 0)],
		["stage cut short", bytes(0x10)],
		["lease end cut short", bytes(0x11, 1, 2)],
	])("ignores a frame that is %s", (_name, frame) =>
		expect(decodeFrame(frame)).toEqual({ type: "unknown" }),
	);
});
