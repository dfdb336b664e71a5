// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it, vi } from "vitest";

vi.mock("../../lib/xterm", () => ({ createTerminal: vi.fn(), fitted: vi.fn() }));
const { initialView, reduce } = await import("./link");

describe("what the workspace shows", () => {
	it("becomes live with the last stage", () => {
		const busy = reduce(initialView, { type: "stage", stage: "live", state: "busy", text: "" });
		expect(busy.phase).toBe("connecting");
		const live = reduce(busy, { type: "stage", stage: "live", state: "done", text: "" });
		expect(live.phase).toBe("live");
	});
	it("keeps the hop that failed", () => {
		const failed = reduce(initialView, {
			type: "stage",
			stage: "target",
			state: "failed",
			text: "no route",
		});
		expect(failed.stages.target).toEqual({ state: "failed", text: "no route" });
		expect(failed.stages.gateway.state).toBe("open");
	});
	it("ends with hop and reason", () => {
		const ended = reduce(initialView, {
			type: "ended",
			hop: "lease",
			reason: "lease.ended",
			text: "",
		});
		expect(ended.phase).toBe("ended");
		expect(ended.ended?.reason).toBe("lease.ended");
	});
	it("counts down while it is held, until it is kept or over", () => {
		const held = reduce(initialView, { type: "hold", seconds: 60 });
		expect((held.heldUntil ?? 0) - Date.now()).toBeGreaterThan(50_000);
		expect(reduce(held, { type: "hold", seconds: 0 }).heldUntil).toBeNull();
		const over = reduce(held, { type: "ended", hop: "", reason: "sign_in_ended", text: "" });
		expect(over.heldUntil).toBeNull();
	});
	it("does not change for output", () =>
		expect(reduce(initialView, { type: "output", data: new Uint8Array() })).toBe(initialView));
});
