// SPDX-License-Identifier: GPL-3.0-or-later
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { call, client } from "./client";
import { useInvalidate } from "./query";
import type { Permission } from "./types";

export interface NewToken {
	name: string;
	scopes: Permission[];
	networks: string[];
	days: number;
}

export function useMyTokens() {
	return useQuery({
		queryKey: ["me", "tokens"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/tokens", { signal })),
	});
}

/** The token itself: told once, and in no cache. */
export function useMakeToken() {
	const invalidate = useInvalidate("me", "api-tokens");
	return useMutation({
		mutationFn: (body: NewToken) =>
			call(client.POST("/api/v1/me/tokens", { body, parseAs: "text" })),
		onSuccess: invalidate,
		gcTime: 0,
	});
}

export function useRevokeMyToken() {
	const invalidate = useInvalidate("me", "api-tokens");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/me/tokens/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}

export function useTokens(cursor: string | undefined) {
	return useQuery({
		queryKey: ["api-tokens", cursor],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/api-tokens", { params: { query: { cursor } }, signal })),
		placeholderData: keepPreviousData,
	});
}

export function useRevokeToken() {
	const invalidate = useInvalidate("me", "api-tokens");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/api-tokens/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}
