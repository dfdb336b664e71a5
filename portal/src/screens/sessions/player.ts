// SPDX-License-Identifier: GPL-3.0-or-later
import type { RecordingIndex } from "../../api/types";
import {
	advance,
	type Budget,
	chunkAt,
	lastBefore,
	parseEvents,
	parseSize,
	portions,
	type ReplayEvent,
	type Run,
	warmUp,
} from "../../lib/replay";

/** Where output goes: a terminal, or a fake one in tests. */
export interface Screen {
	write(data: string): void;
	resize(cols: number, rows: number): void;
	reset(): void;
	/** Fulfilled once all that was written is shown. */
	drained(): Promise<void>;
}

export interface PlayerView {
	position: number;
	playing: boolean;
	speed: number;
	skipIdle: boolean;
	buffering: boolean;
	/** From the start of a jump until the screen shows that moment. */
	jumping: boolean;
	error: unknown;
}

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
/** Bytes of recording fed before a position that is jumped to. */
const WARM_UP: Budget = { normal: 256 * 1024, alternate: 256 * 1024 };
/** The server gives this many chunks in one answer. */
const MOST_CHUNKS = 10_000;
/** Bytes of one answer of a jump; answers are read side by side. */
const MOST_BYTES = 256 * 1024;
/** Bytes of one answer while searching. */
const SEARCH_BYTES = 2 * 1024 * 1024;
/** Entries of at most 64 KiB kept in memory. */
const CACHE_ENTRIES = 64;

type Load = (first: number, count: number) => Promise<string>;

/** Plays a recording: reads entries as needed, feeds what is due; jumps by feeding what warmUp says. */
export class Player {
	private view: PlayerView = {
		position: 0,
		playing: false,
		speed: 1,
		skipIdle: true,
		buffering: false,
		jumping: false,
		error: null,
	};
	private readonly cache = new Map<number, Promise<ReplayEvent[]>>();
	private readonly listeners = new Set<() => void>();
	private at = { chunk: 0, event: 0 };
	/** Raised by each jump; a feed that finds another number gives up. */
	private generation = 0;
	private feeding = false;

	constructor(
		readonly index: RecordingIndex,
		private readonly load: Load,
		private readonly screen: Screen,
	) {}

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};
	getView = (): PlayerView => this.view;

	play(): void {
		if (this.view.position >= this.index.duration_ms) void this.seek(0);
		this.change({ playing: true });
	}
	pause(): void {
		this.change({ playing: false });
	}
	toggle(): void {
		if (this.view.playing) this.pause();
		else this.play();
	}
	setSpeed(speed: number): void {
		this.change({ speed });
	}
	setSkipIdle(skipIdle: boolean): void {
		this.change({ skipIdle });
	}

	/** Jumps anywhere; the screen shows what it showed then. */
	async seek(position: number): Promise<void> {
		const target = Math.max(0, Math.min(position, this.index.duration_ms));
		const entry = chunkAt(this.index.chunks, target);
		const generation = ++this.generation;
		this.feeding = true;
		this.change({ position: target, jumping: true, buffering: true });
		try {
			const runs = warmUp(this.index.chunks, entry, WARM_UP);
			const asked = runs.flatMap((run) => this.inPortions(run, MOST_BYTES));
			const parts = await Promise.all([...asked.map((run) => this.read(run)), this.events(entry)]);
			if (generation !== this.generation) return;
			this.screen.reset();
			asked.forEach((run, number) => {
				this.startAt(run[0]);
				this.writeUntil(parts[number] ?? [], target);
			});
			this.startAt(entry);
			await this.feed(target, generation);
			await this.screen.drained();
		} catch (error) {
			if (generation === this.generation) this.fail(error);
		} finally {
			if (generation === this.generation) {
				this.feeding = false;
				this.change({ jumping: false, buffering: false });
			}
		}
	}

	/** Feeding goes on with an entry, of which the screen has the size. */
	private startAt(entry: number): void {
		const { chunks, sizes, width, height } = this.index;
		const [, cols, rows] = sizes[lastBefore(sizes, (chunks[entry]?.[1] ?? 0) - 1)] ?? [];
		this.screen.resize(cols ?? width, rows ?? height);
		this.at = { chunk: entry, event: 0 };
	}

	/** Called for each frame with the time since the last one. */
	tick(elapsed: number): void {
		const { playing, position, speed, skipIdle } = this.view;
		if (!playing || this.feeding) return;
		const duration = this.index.duration_ms;
		const next = advance(position, elapsed * speed, this.index.idle, skipIdle, duration);
		this.change({ position: next, playing: next < duration });
		void this.feed(next, this.generation);
		this.prefetch();
	}

	/** All events, in portions, until the receiver has had enough; for searching. done: 0 to 1. */
	async everything(
		each: (events: ReplayEvent[], done: number) => boolean,
		signal: AbortSignal,
	): Promise<void> {
		const { length } = this.index.chunks;
		const runs = this.inPortions([0, length], SEARCH_BYTES);
		let next = runs[0] && this.read(runs[0]);
		for (const [number, run] of runs.entries()) {
			const events = await next;
			const following = runs[number + 1];
			next = following && this.read(following);
			next?.catch(() => {});
			if (signal.aborted || !each(events ?? [], run[1] / length)) return;
		}
	}

	private async feed(to: number, generation: number): Promise<void> {
		this.feeding = true;
		try {
			while (this.isDue(to)) {
				const events = await this.due();
				if (generation !== this.generation) return;
				if (!this.writeUntil(events, to)) break;
				this.at = { chunk: this.at.chunk + 1, event: 0 };
			}
			if (this.view.error || this.view.buffering) this.change({ error: null, buffering: false });
		} catch (error) {
			this.fail(error);
		} finally {
			if (generation === this.generation) this.feeding = false;
		}
	}

	private fail(error: unknown): void {
		this.change({ error, playing: false, buffering: false });
	}

	private isDue(to: number): boolean {
		const chunk = this.index.chunks[this.at.chunk];
		return chunk !== undefined && chunk[1] <= to;
	}

	private async due(): Promise<ReplayEvent[]> {
		const waiting = setTimeout(() => this.change({ buffering: true }), 200);
		try {
			return await this.events(this.at.chunk);
		} finally {
			clearTimeout(waiting);
		}
	}

	/** Writes what is due of a chunk; true when the chunk is used up. */
	private writeUntil(events: ReplayEvent[], to: number): boolean {
		let output = "";
		const flush = () => {
			if (output) this.screen.write(output);
			output = "";
		};
		for (; this.at.event < events.length; this.at.event++) {
			const event = events[this.at.event];
			if (!event || event.at > to) {
				flush();
				return false;
			}
			if (event.kind === "o") output += event.data;
			const size = event.kind === "r" ? parseSize(event.data) : null;
			if (size) {
				flush();
				this.screen.resize(size.cols, size.rows);
			}
		}
		flush();
		this.at.event = 0;
		return true;
	}

	/** Reads ahead while playing. */
	private prefetch(): void {
		const next = chunkAt(this.index.chunks, this.view.position) + 1;
		if (next < this.index.chunks.length) void this.events(next).catch(() => {});
	}

	/** Events of an index entry, which covers the file's chunks up to the next entry's first. */
	private events(entry: number): Promise<ReplayEvent[]> {
		const known = this.cache.get(entry);
		if (known) return known;
		const events = this.read([entry, entry + 1]);
		this.remember(entry, events);
		events.catch(() => this.cache.delete(entry));
		return events;
	}

	private inPortions(run: Run, bytes: number): Run[] {
		return portions(this.index, run, bytes, MOST_CHUNKS);
	}

	private async read([from, to]: Run): Promise<ReplayEvent[]> {
		const { chunks, total_chunks } = this.index;
		const first = chunks[from]?.[0] ?? 0;
		const end = chunks[to]?.[0] ?? total_chunks;
		return parseEvents(await this.load(first, Math.min(end - first, MOST_CHUNKS)));
	}

	/** Keeps a bounded part of the recording in memory, however long it is. */
	private remember(entry: number, events: Promise<ReplayEvent[]>): void {
		this.cache.set(entry, events);
		for (const oldest of this.cache.keys()) {
			if (this.cache.size <= CACHE_ENTRIES) return;
			this.cache.delete(oldest);
		}
	}

	private change(patch: Partial<PlayerView>): void {
		this.view = { ...this.view, ...patch };
		for (const listener of this.listeners) listener();
	}
}
