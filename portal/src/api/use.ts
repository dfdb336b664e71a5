// SPDX-License-Identifier: GPL-3.0-or-later
/* Borrowing accounts: own targets, leases, requests and their approval. */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { call, client, once } from "./client";
import { useMe } from "./me";
import { useInvalidate } from "./query";
import type { RequestState } from "./types";

export interface MyTargetsFilter {
	q?: string | undefined;
	group_id?: string | undefined;
	kind?: "linux_ssh" | undefined;
	cursor?: string | undefined;
	limit?: number;
}

export function useMyTargets(query: MyTargetsFilter, enabled = true) {
	return useQuery({
		queryKey: ["my-targets", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/my/targets", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
}

export function useMyLeases() {
	const may = useMe()?.permissions.includes("target.use") ?? false;
	return useQuery({
		queryKey: ["leases"],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/my/leases", { params: { query: { limit: 50 } }, signal })),
		enabled: may,
	});
}

export function useReturnLease() {
	const invalidate = useInvalidate("leases", "my-targets", "requests", "sessions");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.POST("/api/v1/leases/{id}/return", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}

export function useRevokeLease() {
	const invalidate = useInvalidate("leases", "requests", "sessions");
	return useMutation({
		mutationFn: ({ id, reason }: { id: string; reason: string }) =>
			call(
				client.POST("/api/v1/leases/{id}/revoke", {
					params: { path: { id } },
					body: { reason },
				}),
			),
		onSuccess: invalidate,
	});
}

export interface RequestsFilter {
	scope: "mine" | "approvals" | "all";
	state?: RequestState | undefined;
	q?: string | undefined;
	cursor?: string | undefined;
	limit?: number;
}

export function useRequests(query: RequestsFilter, enabled = true) {
	return useQuery({
		queryKey: ["requests", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/requests", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
}

export function useRequest(id: string) {
	return useQuery({
		queryKey: ["requests", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/requests/{id}", { params: { path: { id } }, signal })),
		enabled: id !== "",
	});
}

export interface NewRequest {
	account_ids: string[];
	purpose: string;
	ticket?: string;
	starts_at?: string;
	minutes: number;
}

export function useCreateRequest() {
	const invalidate = useInvalidate("requests", "my-targets", "leases");
	return useMutation({
		mutationFn: (body: NewRequest) =>
			call(client.POST("/api/v1/requests", { params: { header: once() }, body })),
		onSuccess: invalidate,
	});
}

function useRequestAction<Input extends { id: string }>(
	mutationFn: (input: Input) => Promise<unknown>,
) {
	const invalidate = useInvalidate("requests", "leases", "my-targets");
	return useMutation({ mutationFn, onSettled: invalidate });
}

export const useApprove = () =>
	useRequestAction(({ id, comment }: { id: string; comment?: string }) =>
		call(
			client.POST("/api/v1/requests/{id}/approve", {
				params: { path: { id } },
				body: comment ? { comment } : {},
			}),
		),
	);

export const useReject = () =>
	useRequestAction(({ id, comment }: { id: string; comment: string }) =>
		call(
			client.POST("/api/v1/requests/{id}/reject", {
				params: { path: { id } },
				body: { comment },
			}),
		),
	);

export const useWithdraw = () =>
	useRequestAction(({ id }: { id: string }) =>
		call(client.POST("/api/v1/requests/{id}/withdraw", { params: { path: { id } } })),
	);

export const useComment = () =>
	useRequestAction(({ id, text }: { id: string; text: string }) =>
		call(
			client.POST("/api/v1/requests/{id}/comment", {
				params: { path: { id } },
				body: { text },
			}),
		),
	);

export function useExplain(account_id: string | null, user_id?: string) {
	return useQuery({
		queryKey: ["rules", "explain", account_id, user_id],
		queryFn: ({ signal }) =>
			call(
				client.GET("/api/v1/access/explain", {
					params: { query: { account_id: account_id ?? "", user_id } },
					signal,
				}),
			),
		enabled: Boolean(account_id),
	});
}
