// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { call, client, ifMatch } from "./client";
import { useInvalidate } from "./query";
import type { SignInDraft, SignInPolicyChange } from "./types";

export function useSignInPolicy() {
	return useQuery({
		queryKey: ["sign-in-policy"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/sign-in-policy", { signal })),
	});
}

/** What the draft would have done; null: nothing is asked yet. */
export function useSignInTrial(draft: SignInDraft | null) {
	return useQuery({
		queryKey: ["sign-in-policy", "preview", draft],
		enabled: draft !== null,
		queryFn: ({ signal }) =>
			call(
				client.GET("/api/v1/sign-in-policy/preview", {
					params: { query: draft as SignInDraft },
					signal,
				}),
			),
	});
}

export function useSetSignInPolicy() {
	const invalidate = useInvalidate("sign-in-policy");
	return useMutation({
		mutationFn: (input: { policy: SignInPolicyChange; version: number }) =>
			call(
				client.PUT("/api/v1/sign-in-policy", {
					params: { header: ifMatch(input.version) },
					body: input.policy,
				}),
			),
		onSuccess: invalidate,
	});
}
