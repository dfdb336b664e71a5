// SPDX-License-Identifier: GPL-3.0-or-later
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** State of a screen as it stands in the URL: flat, all text. */
export type SearchState = Record<string, string | undefined>;

export function parseSearch(text: string): SearchState {
	return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: SearchState): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(search))
		if (value !== undefined && value !== "") query.set(name, value);
	const text = query.toString();
	return text ? `?${text}` : "";
}

/** Cursors of the pages gone through, as "a~b~c"; the last one is shown. */
export const lastCursor = (trail: string | undefined) => trail?.split("~").pop() || undefined;
export const withCursor = (trail: string | undefined, cursor: string) =>
	trail ? `${trail}~${cursor}` : cursor;
export const withoutLast = (trail: string | undefined) =>
	trail?.split("~").slice(0, -1).join("~") || undefined;

export interface UrlState {
	search: SearchState;
	/** Changes part of the state. Going back leads out of the list, not through each key press. */
	set(patch: SearchState): void;
	/** As set, and back to the first page. */
	filter(patch: SearchState): void;
}

export function useUrlState(): UrlState {
	const search = useSearch({ strict: false }) as SearchState;
	const navigate = useNavigate();
	const set = useCallback(
		(patch: SearchState) => {
			void navigate({
				to: ".",
				search: (previous: SearchState) => ({ ...previous, ...patch }),
				replace: true,
			} as unknown as Parameters<typeof navigate>[0]);
		},
		[navigate],
	);
	const filter = useCallback((patch: SearchState) => set({ ...patch, p: undefined }), [set]);
	return { search, set, filter };
}
