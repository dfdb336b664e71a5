// SPDX-License-Identifier: GPL-3.0-or-later
/* Pure rules of replaying a recording; the player and its screen are elsewhere. */

export interface ReplayEvent {
	/** Milliseconds since the session began. */
	at: number;
	kind: string;
	data: string;
}
/** [from, to] in milliseconds. */
export type Span = readonly [number, number];
/** [sequence number, start in milliseconds, bytes]. */
export type Chunk = readonly [number, number, number];

/** Lines of asciicast v2; a broken line is left out, the rest still plays. */
export function parseEvents(text: string): ReplayEvent[] {
	const events: ReplayEvent[] = [];
	for (const line of text.split("\n")) {
		if (line === "") continue;
		try {
			const [seconds, kind, data] = JSON.parse(line) as unknown[];
			if (typeof seconds === "number" && typeof kind === "string" && typeof data === "string")
				events.push({ at: Math.round(seconds * 1000), kind, data });
		} catch {
			/* a line cut off by a crash of the recorder */
		}
	}
	return events;
}

/** Seconds of stillness that remain visible where idle time is skipped. */
export const IDLE_REMAINS_MS = 500;

/** The position after some time has passed; idle spans are jumped over when asked. */
export function advance(
	position: number,
	elapsed: number,
	idle: readonly Span[],
	skip: boolean,
	duration: number,
): number {
	let next = position + elapsed;
	if (skip)
		for (const [from, to] of idle) {
			const start = from + IDLE_REMAINS_MS;
			if (next > start && position < to && next < to) next = to;
		}
	return Math.min(next, duration);
}

/** Index of the chunk that holds a position; 0 when there is none before it. */
export function chunkAt(chunks: readonly Chunk[], position: number): number {
	let low = 0;
	let high = chunks.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((chunks[middle]?.[1] ?? 0) <= position) low = middle;
		else high = middle - 1;
	}
	return low;
}

/**
 * Where to start feeding to show a position: as far back as the byte budget reaches. Full screens
 * and the scrollback come out right without feeding eight hours; a short recording starts at 0.
 */
export function warmUp(chunks: readonly Chunk[], position: number, budget: number): number {
	let index = chunkAt(chunks, position);
	let bytes = 0;
	while (index > 0) {
		bytes += chunks[index]?.[2] ?? 0;
		if (bytes > budget) break;
		index--;
	}
	return index;
}

/** Bytes per bucket of time, 0 to 1: the heat map of the timeline. */
export function activity(chunks: readonly Chunk[], duration: number, buckets: number): number[] {
	const sums = new Array<number>(buckets).fill(0);
	chunks.forEach(([, start, bytes], index) => {
		const end = Math.max(chunks[index + 1]?.[1] ?? duration, start + 1);
		const first = Math.min(buckets - 1, Math.floor((start / Math.max(1, duration)) * buckets));
		const last = Math.min(
			buckets - 1,
			Math.max(
				first,
				Math.ceil((Math.min(end, start + 5000) / Math.max(1, duration)) * buckets) - 1,
			),
		);
		for (let bucket = first; bucket <= last; bucket++)
			sums[bucket] = (sums[bucket] ?? 0) + bytes / (last - first + 1);
	});
	const most = Math.max(...sums, 1);
	return sums.map((sum) => Math.sqrt(sum / most));
}

/* Titles, then CSI sequences, then other escapes, then control characters but newline and tab. */
const CONTROL = new RegExp(
	[
		"\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)",
		"\\u001b\\[[0-?]*[ -/]*[@-~]",
		"\\u001b[@-Z\\\\-_]",
		"[\\u0000-\\u0008\\u000b-\\u001f\\u007f]",
	].join("|"),
	"g",
);

/** Output as plain text, for searching. */
export function plainText(data: string): string {
	return data.replace(/\r\n?/g, "\n").replace(CONTROL, "");
}

export interface Hit {
	at: number;
	text: string;
}

/** Lines of output that contain the text, with the time they began. */
export function searchEvents(events: readonly ReplayEvent[], wanted: string, limit: number): Hit[] {
	const needle = wanted.toLocaleLowerCase();
	const hits: Hit[] = [];
	let line = "";
	let at = 0;
	const close = () => {
		if (needle && line.toLocaleLowerCase().includes(needle))
			hits.push({ at, text: line.trim().slice(0, 200) });
		line = "";
	};
	for (const event of events) {
		if (event.kind !== "o") continue;
		for (const part of plainText(event.data).split(/(\n)/)) {
			if (part === "\n") close();
			else {
				if (line === "") at = event.at;
				line += part;
			}
			if (hits.length >= limit) return hits;
		}
	}
	close();
	return hits.slice(0, limit);
}

/** "80x24" of a resize event, within sane bounds. */
export function parseSize(data: string): { cols: number; rows: number } | null {
	const match = /^(\d{1,4})x(\d{1,4})$/.exec(data);
	if (!match) return null;
	const [cols, rows] = [Number(match[1]), Number(match[2])];
	return cols > 0 && rows > 0 && cols <= 1000 && rows <= 500 ? { cols, rows } : null;
}

/** Index of the last mark at or before a position, -1 before the first. */
export function lastBefore(
	marks: readonly (readonly [number, string])[],
	position: number,
): number {
	let found = -1;
	marks.forEach(([at], index) => {
		if (at <= position) found = index;
	});
	return found;
}
