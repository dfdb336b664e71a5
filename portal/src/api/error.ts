// SPDX-License-Identifier: GPL-3.0-or-later
import type { Problem } from "./types";

/** The one shape of failure in the portal: what the server said, or that it could not be reached. */
export class ApiError extends Error {
	readonly status: number;
	readonly code: string;
	readonly reason: string;
	readonly trace: string;
	readonly fields: { name: string; reason: string; detail: string }[];
	readonly retryAfter: number | null;

	constructor(problem: Partial<Problem> & { status: number }, retryAfter: number | null = null) {
		super(problem.detail ?? problem.title ?? problem.code ?? String(problem.status));
		this.name = "ApiError";
		this.status = problem.status;
		this.code = problem.code ?? "";
		this.reason = problem.reason ?? "";
		this.trace = problem.trace ?? "";
		this.fields = problem.fields ?? [];
		this.retryAfter = retryAfter;
	}

	/** Nobody is signed in (any more). */
	get signedOut(): boolean {
		return this.status === 401;
	}
}

/** Anything thrown, as an ApiError; a failed fetch is status 0, code "network". */
export function asApiError(thrown: unknown): ApiError {
	if (thrown instanceof ApiError) return thrown;
	return new ApiError({ status: 0, code: "network", detail: String(thrown) });
}

/** The ApiError of an answer that was not 2xx. */
export function errorOf(response: Response, body: unknown): ApiError {
	const problem = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
	const seconds = Number(response.headers.get("Retry-After"));
	return new ApiError(
		{ ...problem, status: response.status },
		Number.isFinite(seconds) && seconds > 0 ? seconds : null,
	);
}
