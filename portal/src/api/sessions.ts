// SPDX-License-Identifier: GPL-3.0-or-later
/* Privileged sessions and their recordings. */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { call, client, once } from "./client";
import { useInvalidate } from "./query";
import type { RecordingIndex, Session } from "./types";

export interface SessionsFilter {
	scope: "mine" | "all";
	state?: Session["state"] | undefined;
	q?: string | undefined;
	from?: string | undefined;
	to?: string | undefined;
	cursor?: string | undefined;
	limit?: number;
}

export function useSessions(query: SessionsFilter, enabled = true) {
	return useQuery({
		queryKey: ["sessions", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/sessions", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
}

export function useSession(id: string) {
	return useQuery({
		queryKey: ["sessions", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/sessions/{id}", { params: { path: { id } }, signal })),
		enabled: id !== "",
	});
}

export function useCreateSession() {
	const invalidate = useInvalidate("sessions");
	return useMutation({
		mutationFn: (lease_id: string) =>
			call(
				client.POST("/api/v1/sessions", {
					params: { header: once() },
					body: { lease_id },
				}),
			),
		onSuccess: invalidate,
	});
}

export function useKeepSession() {
	const invalidate = useInvalidate("sessions");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.POST("/api/v1/sessions/{id}/keep", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}

export function useTerminateSession() {
	const invalidate = useInvalidate("sessions");
	return useMutation({
		mutationFn: ({ id, reason }: { id: string; reason: string }) =>
			call(
				client.POST("/api/v1/sessions/{id}/terminate", {
					params: { path: { id } },
					body: { reason },
				}),
			),
		onSuccess: invalidate,
	});
}

/** Tells the server that this recording is watched, which it audits, then reads its index. */
export function useRecordingIndex(session_id: string) {
	return useQuery({
		queryKey: ["recordings", "index", session_id],
		queryFn: async ({ signal }) => {
			const params = { path: { session_id } };
			await call(client.POST("/api/v1/recordings/{session_id}/views", { params }));
			const index = await call(
				client.GET("/api/v1/recordings/{session_id}/index", { params, signal }),
			);
			// The client's types lose tuples.
			return index as unknown as RecordingIndex;
		},
		staleTime: Number.POSITIVE_INFINITY,
		enabled: session_id !== "",
	});
}

export function useIntegrity(session_id: string) {
	return useQuery({
		queryKey: ["recordings", "integrity", session_id],
		queryFn: ({ signal }) =>
			call(
				client.GET("/api/v1/recordings/{session_id}/integrity", {
					params: { path: { session_id } },
					signal,
				}),
			),
		staleTime: Number.POSITIVE_INFINITY,
	});
}

/** Event lines of count chunks from first on, as text. */
export function fetchEvents(session_id: string, first: number, count: number): Promise<string> {
	return call(
		client.GET("/api/v1/recordings/{session_id}/events", {
			params: { path: { session_id }, query: { first, count } },
			parseAs: "text",
		}),
	);
}

export const castUrl = (id: string) => `/api/v1/recordings/${encodeURIComponent(id)}/cast`;
export const rawUrl = (id: string) => `/api/v1/recordings/${encodeURIComponent(id)}/raw`;
