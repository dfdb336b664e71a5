// SPDX-License-Identifier: GPL-3.0-or-later
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepNext, keptNext, takeNext } from "./next";

describe("where somebody wanted to go", () => {
	beforeEach(() => {
		const kept = new Map<string, string>();
		vi.stubGlobal("sessionStorage", {
			getItem: (name: string) => kept.get(name) ?? null,
			setItem: (name: string, value: string) => kept.set(name, value),
			removeItem: (name: string) => kept.delete(name),
		});
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.unstubAllGlobals();
		vi.useRealTimers();
	});
	it("is taken once", () => {
		keepNext("/requests?q=a b");
		expect(keptNext()).toBe("/requests?q=a b");
		expect(takeNext()).toBe("/requests?q=a b");
		expect(takeNext()).toBeUndefined();
	});
	it("is forgotten after a while, and when told to", () => {
		keepNext("/audit");
		vi.advanceTimersByTime(15 * 60_000);
		expect(keptNext()).toBeUndefined();
		keepNext("/audit");
		keepNext(undefined);
		expect(keptNext()).toBeUndefined();
	});
	it("does without storage", () => {
		vi.stubGlobal("sessionStorage", undefined);
		keepNext("/audit");
		expect(takeNext()).toBeUndefined();
	});
});
