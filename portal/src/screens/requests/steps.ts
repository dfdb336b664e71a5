// SPDX-License-Identifier: GPL-3.0-or-later
import type { Request } from "../../api/types";

export const STEPS = ["asked", "approval", "use", "end"] as const;
export type Step = (typeof STEPS)[number];
export type Progress = "done" | "current" | "open" | "failed";

/** Where a request stands: 申請 > 承認 > 利用中 > 終了. */
export function progressOf(request: Pick<Request, "state" | "leases">): Record<Step, Progress> {
	const active = request.leases.some((lease) => lease.state === "active");
	switch (request.state) {
		case "pending":
			return { asked: "done", approval: "current", use: "open", end: "open" };
		case "approved":
			return {
				asked: "done",
				approval: "done",
				use: active ? "current" : "open",
				end: "open",
			};
		case "finished":
			return { asked: "done", approval: "done", use: "done", end: "done" };
		case "withdrawn":
			return { asked: "done", approval: "open", use: "open", end: "done" };
		default:
			return { asked: "done", approval: "failed", use: "open", end: "done" };
	}
}
