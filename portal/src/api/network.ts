// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { call, client, ifMatch } from "./client";
import { useInvalidate } from "./query";
import type { NetworkRule } from "./types";

export function useNetworkRules() {
	return useQuery({
		queryKey: ["network-rules"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/network-rules", { signal })),
	});
}

/** Who would be locked out; changes nothing. */
export function useTryNetworkRules() {
	return useMutation({
		mutationFn: (rules: NetworkRule[]) =>
			call(client.POST("/api/v1/network-rules/try", { body: { rules } })),
	});
}

export function useSetNetworkRules() {
	const invalidate = useInvalidate("network-rules");
	return useMutation({
		mutationFn: (input: { rules: NetworkRule[]; version: number; lockMeOut: boolean }) =>
			call(
				client.PUT("/api/v1/network-rules", {
					params: { header: ifMatch(input.version) },
					body: { rules: input.rules, lock_me_out: input.lockMeOut },
				}),
			),
		onSuccess: invalidate,
	});
}
