// SPDX-License-Identifier: GPL-3.0-or-later
import type { RecordingIndex } from "../../api/types";
import {
	advance,
	chunkAt,
	parseEvents,
	parseSize,
	type ReplayEvent,
	warmUp,
} from "../../lib/replay";

/** Where output goes: a terminal, or a fake one in tests. */
export interface Screen {
	write(data: string): void;
	resize(cols: number, rows: number): void;
	reset(): void;
}

export interface PlayerView {
	position: number;
	playing: boolean;
	speed: number;
	skipIdle: boolean;
	buffering: boolean;
	error: unknown;
}

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
/** Bytes of recording fed before a position that is jumped to. */
const WARM_UP_BYTES = 4 * 1024 * 1024;
/** The last entry has no next one: the server stops at the end by itself. */
const LAST_COUNT = 500;
/** Entries of at most 64 KiB kept in memory. */
const CACHE_ENTRIES = 64;

type Load = (first: number, count: number) => Promise<string>;

/** Plays a recording: reads chunks as needed, feeds what is due, jumps by feeding from further back. */
export class Player {
	private view: PlayerView = {
		position: 0,
		playing: false,
		speed: 1,
		skipIdle: true,
		buffering: false,
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
		const generation = ++this.generation;
		this.at = { chunk: warmUp(this.index.chunks, target, WARM_UP_BYTES), event: 0 };
		this.screen.reset();
		this.screen.resize(this.index.width, this.index.height);
		this.change({ position: target });
		this.feeding = false;
		await this.feed(target, generation);
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

	/** All events, read in batches; for searching. Hands over each batch as it comes. */
	async everything(each: (events: ReplayEvent[]) => boolean): Promise<void> {
		for (let chunk = 0; chunk < this.index.chunks.length; chunk++)
			if (!each(await this.events(chunk))) return;
	}

	private async feed(to: number, generation: number): Promise<void> {
		this.feeding = true;
		try {
			while (this.isDue(to)) {
				const events = await this.due();
				if (generation !== this.generation) return;
				if (!this.writeUntil(events, to)) break;
			}
			if (this.view.error || this.view.buffering) this.change({ error: null, buffering: false });
		} catch (error) {
			this.change({ error, playing: false, buffering: false });
		} finally {
			if (generation === this.generation) this.feeding = false;
		}
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
		this.at = { chunk: this.at.chunk + 1, event: 0 };
		return true;
	}

	/** Reads ahead while playing. */
	private prefetch(): void {
		const next = chunkAt(this.index.chunks, this.view.position) + 1;
		if (next < this.index.chunks.length) void this.events(next).catch(() => {});
	}

	/** Events of an index entry: it covers the file's chunks up to the next entry's first. */
	private events(entry: number): Promise<ReplayEvent[]> {
		const known = this.cache.get(entry);
		if (known) return known;
		const first = this.index.chunks[entry]?.[0] ?? entry;
		const next = this.index.chunks[entry + 1]?.[0];
		const events = this.load(first, next === undefined ? LAST_COUNT : next - first).then(
			parseEvents,
		);
		this.remember(entry, events);
		events.catch(() => this.cache.delete(entry));
		return events;
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
