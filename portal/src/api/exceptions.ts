// SPDX-License-Identifier: GPL-3.0-or-later
import { useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { call, client } from "./client";

/** Where somebody may come from for a few days without the score of the sign-in counting. */
export const useExceptions = () =>
	useQuery({
		queryKey: ["sign-in-policy", "exceptions"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/sign-in-exceptions", { signal })),
	});

export interface ExceptionAsked {
	user_id: string;
	network: string;
	days: number;
	note: string;
}

export const useAskException = () =>
	useChange(
		(body: ExceptionAsked) => call(client.POST("/api/v1/sign-in-exceptions", { body })),
		"sign-in-policy",
	);

export const useApproveException = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/sign-in-exceptions/{id}/approve", { params: { path: { id } } })),
		"sign-in-policy",
	);

export const useRevokeException = () =>
	useChange(
		(id: string) =>
			call(client.DELETE("/api/v1/sign-in-exceptions/{id}", { params: { path: { id } } })),
		"sign-in-policy",
	);
