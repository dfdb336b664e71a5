// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it, vi } from "vitest";
import type { RecordingIndex } from "../../api/types";
import { Player } from "./player";

const index: RecordingIndex = {
	width: 80,
	height: 24,
	duration_ms: 40_000,
	total_chunks: 40,
	chunks: Array.from({ length: 40 }, (_, second): [number, number, number, number] => [
		second,
		second * 1000,
		10,
		0,
	]),
	commands: [],
	sizes: [],
	idle: [[10_000, 30_000]],
};

const lines = (first: number, count: number) =>
	Array.from({ length: count }, (_, i) => `[${first + i}.5,"o","${first + i} "]`).join("\n");

function player(load = vi.fn(async (first: number, count: number) => lines(first, count))) {
	let text = "";
	const screen = {
		write: (data: string) => {
			text += data;
		},
		resize: vi.fn(),
		reset: vi.fn(() => {
			text = "";
		}),
		drained: async () => {},
	};
	const made = new Player(index, load, screen);
	return { made, load, screen, text: () => text };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("playing", () => {
	it("writes what is due and no more", async () => {
		const { made, text } = player();
		await made.seek(0);
		made.play();
		made.tick(1600);
		await settled();
		expect(text()).toBe("0 1 ");
		expect(made.getView().position).toBe(1600);
	});
	it("skips idle time by default and loses no output", async () => {
		const { made, text } = player();
		await made.seek(10_400);
		made.play();
		made.tick(200);
		await settled();
		expect(made.getView().position).toBe(30_000);
		expect(text().trim().split(" ").map(Number)).toEqual([...Array(30).keys()]);
	});
	it("plays faster at a higher speed and stops at the end", async () => {
		const { made } = player();
		await made.seek(30_000);
		made.setSpeed(16);
		made.play();
		made.tick(1000);
		expect(made.getView()).toMatchObject({ position: 40_000, playing: false });
	});
});

describe("jumping", () => {
	it("shows the same screen as playing there", async () => {
		const { made, text } = player();
		await made.seek(5600);
		expect(text()).toBe("0 1 2 3 4 5 ");
		await made.seek(1600);
		expect(text()).toBe("0 1 ");
	});
	it("lets only the last of two quick jumps write", async () => {
		const { made, text } = player();
		const first = made.seek(30_000);
		const second = made.seek(2600);
		await Promise.all([first, second]);
		expect(text()).toBe("0 1 2 ");
	});
	it("asks once for all that leads to the moment, and once for the moment", async () => {
		const { made, load } = player();
		await made.seek(39_900);
		expect(load.mock.calls).toEqual([
			[0, 39],
			[39, 1],
		]);
	});
	it("gives the screen the size it had", async () => {
		const { made, screen } = player();
		Object.assign(made.index, { sizes: [[5000, 132, 50]] });
		await made.seek(30_000);
		expect(screen.resize).toHaveBeenLastCalledWith(132, 50);
		await made.seek(4000);
		expect(screen.resize).toHaveBeenLastCalledWith(80, 24);
		Object.assign(made.index, { sizes: [] });
	});
	it("stays inside the recording", async () => {
		const { made } = player();
		await made.seek(99_999_999);
		expect(made.getView().position).toBe(40_000);
		await made.seek(-5);
		expect(made.getView().position).toBe(0);
	});
});

it("reads every file chunk that an index entry covers", async () => {
	const sparse = {
		...index,
		chunks: [
			[0, 0, 30, 0],
			[10, 10_000, 30, 0],
		] as [number, number, number, number][],
	};
	const load = vi.fn(async (first: number, count: number) =>
		lines(first, Math.min(count, 40 - first)),
	);
	let text = "";
	const screen = {
		write: (data: string) => {
			text += data;
		},
		resize: vi.fn(),
		reset: vi.fn(),
		drained: async () => {},
	};
	const made = new Player(sparse, load, screen);
	await made.seek(12_600);
	expect(load.mock.calls).toEqual([
		[0, 10],
		[10, 30],
	]);
	expect(text.trim().split(" ").map(Number)).toEqual([...Array(13).keys()]);
});

it("stops and says so when a chunk cannot be read, and can go on later", async () => {
	const load = vi
		.fn(async (first: number, count: number) => lines(first, count))
		.mockRejectedValueOnce(new Error("gone"));
	const { made, text } = player(load);
	await made.seek(1600);
	expect(made.getView().error).toBeInstanceOf(Error);
	await made.seek(1600);
	expect(made.getView().error).toBeNull();
	expect(text()).toBe("0 1 ");
});
