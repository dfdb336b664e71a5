// SPDX-License-Identifier: GPL-3.0-or-later
import { useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { call, client } from "./client";

/** Sign-ins of the last 30 days, and whose their person or an administrator says they were. */
export const useMyPastSignIns = () =>
	useQuery({
		queryKey: ["me", "sign-ins"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/sign-ins", { signal })),
	});

export const useNotMe = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/me/sign-ins/{id}/not-me", { params: { path: { id } } })),
		"me",
		"api-tokens",
		"overview",
	);

export const useThatWasMe = () =>
	useChange(
		(id: string) => call(client.POST("/api/v1/me/sign-ins/{id}/me", { params: { path: { id } } })),
		"me",
	);

export const useUserSignIns = (userId: string) =>
	useQuery({
		queryKey: ["users", userId, "sign-ins"],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/users/{id}/sign-ins", { signal, params: { path: { id: userId } } })),
	});

export const useWasTheirs = (userId: string) =>
	useChange(
		(sign_in_id: string) =>
			call(
				client.POST("/api/v1/users/{id}/sign-ins/was-theirs", {
					params: { path: { id: userId } },
					body: { sign_in_id },
				}),
			),
		"users",
	);

export const useAcknowledgeReports = () =>
	useChange(
		(_: undefined) => call(client.POST("/api/v1/sign-in-reports/acknowledge")),
		"overview",
		"audit",
	);
