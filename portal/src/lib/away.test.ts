// SPDX-License-Identifier: GPL-3.0-or-later
import { beforeEach, describe, expect, it, vi } from "vitest";
import { cameBack, goAway, isAway, takeAway } from "./away";

describe("a step-up elsewhere", () => {
	beforeEach(() => {
		const kept = new Map<string, string>();
		vi.stubGlobal("sessionStorage", {
			getItem: (name: string) => kept.get(name) ?? null,
			setItem: (name: string, value: string) => kept.set(name, value),
			removeItem: (name: string) => kept.delete(name),
		});
	});

	it("is proven only when its answer led back", () => {
		goAway("Example");
		expect(isAway()).toBe(true);
		expect(takeAway()).toEqual({ provider: "Example", proven: false });
		goAway("Example");
		cameBack();
		expect(takeAway()).toEqual({ provider: "Example", proven: true });
		expect(takeAway()).toBeUndefined();
	});

	it("is not begun by a sign-in that leads back", () => {
		cameBack();
		goAway("Example");
		expect(takeAway()).toEqual({ provider: "Example", proven: false });
	});
});
