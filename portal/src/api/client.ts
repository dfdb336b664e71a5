// SPDX-License-Identifier: GPL-3.0-or-later
import createClient from "openapi-fetch";
import { ApiError, errorOf } from "./error";
import type { paths } from "./schema";

/** Typed by docs/openapi.yaml. The header is the server's guard against cross-site requests. */
export const client = createClient<paths>({
	baseUrl: "",
	headers: { "X-Sekisho": "1" },
	querySerializer: { array: { style: "form", explode: true } },
});

interface Answer<T> {
	data?: T;
	error?: unknown;
	response: Response;
}

/** The body of a good answer; throws ApiError otherwise. */
export async function call<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
	let result: Answer<T>;
	try {
		result = await answer;
	} catch (thrown) {
		throw new ApiError({ status: 0, code: "network", detail: String(thrown) });
	}
	if (!result.response.ok) throw errorOf(result.response, result.error);
	return result.data as NonNullable<T>;
}

/** Options that send a body as a form, so that passwords never are part of a JSON tree. */
export const asForm = {
	headers: { "Content-Type": "application/x-www-form-urlencoded" },
	bodySerializer: (body: unknown) => new URLSearchParams(body as Record<string, string>),
} as const;

/** Header parameters of a change to an object that was read at that version. */
export function ifMatch(version: number): { "If-Match": string } {
	return { "If-Match": `"${version}"` };
}

/** Header parameters of a creation: a repeated click creates one object only. */
export function once(): { "Idempotency-Key": string } {
	return { "Idempotency-Key": crypto.randomUUID() };
}
