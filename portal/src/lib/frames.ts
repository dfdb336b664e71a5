// SPDX-License-Identifier: GPL-3.0-or-later

/** Name offered as WebSocket subprotocol; a token, so it holds no slash. */
export const TERMINAL_PROTOCOL = "sekisho-terminal.1";

/** Largest payload put in one frame; the server takes 64 KiB, we stay well under it. */
export const INPUT_CHUNK = 16 * 1024;

const INPUT = 0x00;
const RESIZE = 0x01;
const END = 0x02;
const OUTPUT = 0x00;
const STAGE = 0x10;
const LEASE_END = 0x11;
const ENDED = 0x12;
const NOTICE = 0x13;
const HOLD = 0x14;

export const STAGES = ["approve", "gateway", "target", "login", "live"] as const;
export type StageName = (typeof STAGES)[number];
const STAGE_STATES = ["busy", "done", "failed", "waiting"] as const;
export type StageState = (typeof STAGE_STATES)[number];

export type ServerFrame =
	| { type: "output"; data: Uint8Array }
	| { type: "stage"; stage: StageName; state: StageState; text: string }
	| { type: "lease_end"; at: number }
	| { type: "ended"; hop: string; reason: string; text: string }
	| { type: "notice"; text: string }
	| { type: "hold"; seconds: number }
	| { type: "unknown" };

const encoder = new TextEncoder();

/** Input as frames of at most INPUT_CHUNK bytes each. A long paste becomes several frames. */
export function encodeInput(input: string | Uint8Array): Uint8Array<ArrayBuffer>[] {
	const bytes = typeof input === "string" ? encoder.encode(input) : input;
	const frames: Uint8Array<ArrayBuffer>[] = [];
	for (let at = 0; at < bytes.length; at += INPUT_CHUNK) {
		const part = bytes.subarray(at, at + INPUT_CHUNK);
		const frame = new Uint8Array(part.length + 1);
		frame[0] = INPUT;
		frame.set(part, 1);
		frames.push(frame);
	}
	return frames;
}

export function encodeResize(cols: number, rows: number): Uint8Array<ArrayBuffer> {
	const frame = new Uint8Array(5);
	const view = new DataView(frame.buffer);
	view.setUint8(0, RESIZE);
	view.setUint16(1, Math.min(cols, 0xffff));
	view.setUint16(3, Math.min(rows, 0xffff));
	return frame;
}

export function encodeEnd(): Uint8Array<ArrayBuffer> {
	return new Uint8Array([END]);
}

/** A frame of the server. Malformed or unknown ones come back as "unknown" and are ignored. */
export function decodeFrame(buffer: ArrayBuffer): ServerFrame {
	const bytes = new Uint8Array(buffer);
	const body = bytes.subarray(1);
	switch (bytes[0]) {
		case OUTPUT:
			return { type: "output", data: body };
		case STAGE:
			return decodeStage(body);
		case LEASE_END:
			if (body.length < 8) return { type: "unknown" };
			return {
				type: "lease_end",
				at: Number(new DataView(buffer).getBigInt64(1)),
			};
		case ENDED: {
			const [hop = "", reason = "", text = ""] = texts(body);
			return { type: "ended", hop, reason, text };
		}
		case NOTICE:
			return { type: "notice", text: texts(body)[0] ?? "" };
		case HOLD:
			if (body.length < 4) return { type: "unknown" };
			return { type: "hold", seconds: new DataView(buffer).getUint32(1) };
		default:
			return { type: "unknown" };
	}
}

function decodeStage(body: Uint8Array): ServerFrame {
	const stage = STAGES[(body[0] ?? 0) - 1];
	const state = STAGE_STATES[body[1] ?? -1];
	if (!stage || !state) return { type: "unknown" };
	return { type: "stage", stage, state, text: texts(body.subarray(2))[0] ?? "" };
}

function texts(bytes: Uint8Array): string[] {
	return new TextDecoder().decode(bytes).split("\0");
}
