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
/** [sequence number, start in milliseconds, bytes, Showing]. */
export type Chunk = readonly [number, number, number, number];
/** Which of the terminal's two screens the output of an entry is for. */
export const NORMAL = 0;
export const ALTERNATE = 1;

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

/** Entries from (first) to (not with) end. */
export type Run = readonly [first: number, end: number];
export interface Budget {
	/** Bytes of the normal screen's output: its text, and the scrollback. */
	normal: number;
	/** Bytes for the alternate screen that is shown: programs there paint all of it often. */
	alternate: number;
}
/** Output to the alternate screen that is too little to be worth a request of its own. */
const WORTH_SKIPPING = 64 * 1024;
const MOST_RUNS = 4;

/** The entry before the alternate screen's stretch that ends before this one. */
function beforeAlternate(chunks: readonly Chunk[], end: number): [index: number, bytes: number] {
	let bytes = 0;
	let index = end - 1;
	for (; index >= 0 && chunks[index]?.[3] === ALTERNATE; index--) bytes += chunks[index]?.[2] ?? 0;
	return [index, bytes];
}

/**
 * What to feed before an entry so that the screen comes out right: not eight hours. Output to an
 * alternate screen that is gone again leaves no trace, so it is left out; of what an editor shows
 * now, the last part is enough. The runs are in order; a short recording is one run from 0.
 */
export function warmUp(chunks: readonly Chunk[], entry: number, budget: Budget): Run[] {
	const runs: [number, number][] = [];
	const add = (index: number) => {
		const last = runs.at(-1);
		if (last && last[0] === index + 1) last[0] = index;
		else runs.push([index, index + 1]);
	};
	let at = entry - 1;
	let left = budget.alternate;
	if (chunks[entry]?.[3] === ALTERNATE) {
		for (; at >= 0 && chunks[at]?.[3] === ALTERNATE && left > 0; at--) {
			left -= chunks[at]?.[2] ?? 0;
			if (left > 0) add(at);
		}
		[at] = beforeAlternate(chunks, at + 1);
	}
	for (left = budget.normal; at >= 0; at--) {
		const [before, bytes] = beforeAlternate(chunks, at + 1);
		if (bytes > WORTH_SKIPPING) {
			if (runs.length >= MOST_RUNS) break;
			at = before;
			if (at < 0) break;
		}
		left -= chunks[at]?.[2] ?? 0;
		if (left < 0) break;
		add(at);
	}
	return runs.reverse();
}

/** Runs of which none has more than so many bytes and file chunks, for one request each. */
export function portions(
	{ chunks, total_chunks }: { chunks: readonly Chunk[]; total_chunks: number },
	run: Run,
	mostBytes: number,
	mostChunks: number,
): Run[] {
	const parts: Run[] = [];
	let [first] = run;
	let bytes = 0;
	for (let index = first; index < run[1]; index++) {
		bytes += chunks[index]?.[2] ?? 0;
		const count = (chunks[index + 1]?.[0] ?? total_chunks) - (chunks[first]?.[0] ?? 0);
		if (index > first && (bytes > mostBytes || count > mostChunks)) {
			parts.push([first, index]);
			first = index;
			bytes = chunks[index]?.[2] ?? 0;
		}
	}
	if (first < run[1]) parts.push([first, run[1]]);
	return parts;
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

const LINE_MAX = 16 * 1024;

export interface Hit {
	at: number;
	text: string;
}

/** Looks for lines of output that contain a text, while the recording passes by. */
export class LineSearch {
	readonly hits: Hit[] = [];
	private line = "";
	private at = 0;
	private readonly needle: string;

	constructor(
		wanted: string,
		private readonly limit: number,
	) {
		this.needle = wanted.toLocaleLowerCase();
	}

	/** False once there are enough hits. */
	feed(events: readonly ReplayEvent[]): boolean {
		for (const event of events) {
			if (event.kind !== "o") continue;
			for (const part of plainText(event.data).split(/(\n)/)) this.take(part, event.at);
			if (this.hits.length >= this.limit) return false;
		}
		return true;
	}

	/** The last line has no end. */
	finish(): Hit[] {
		this.close();
		return this.hits;
	}

	private take(part: string, at: number): void {
		if (part === "\n") {
			this.close();
			return;
		}
		if (this.line === "") this.at = at;
		// A program that never ends a line would fill the memory.
		this.line = (this.line + part).slice(-LINE_MAX);
	}

	private close(): void {
		const found = this.needle && this.line.toLocaleLowerCase().includes(this.needle);
		if (found && this.hits.length < this.limit)
			this.hits.push({ at: this.at, text: this.line.trim().slice(0, 200) });
		this.line = "";
	}
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
	marks: readonly (readonly [number, ...unknown[]])[],
	position: number,
): number {
	let found = -1;
	marks.forEach(([at], index) => {
		if (at <= position) found = index;
	});
	return found;
}
