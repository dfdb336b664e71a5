// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { call, client } from "./client";

export const useMyIdentities = () =>
	useQuery({
		queryKey: ["me", "identities"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/identities", { signal })),
	});

/** Leaves for the provider; its answer leads back to the profile. */
export const useLinkIdentity = () =>
	useMutation({
		mutationFn: (id: string) =>
			call(client.POST("/api/v1/me/identities/link/{id}", { params: { path: { id } } })),
		onSuccess: ({ location: to }) => location.assign(to),
	});
export const useUnlinkIdentity = () =>
	useChange(
		(id: string) => call(client.DELETE("/api/v1/me/identities/{id}", { params: { path: { id } } })),
		"me",
	);

export const useUserIdentities = (id: string) =>
	useQuery({
		queryKey: ["users", "identities", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/users/{id}/identities", { params: { path: { id } }, signal })),
	});
export const useUnlinkTheirIdentity = (id: string) =>
	useChange(
		(identity_id: string) =>
			call(
				client.DELETE("/api/v1/users/{id}/identities/{identity_id}", {
					params: { path: { id, identity_id } },
				}),
			),
		"users",
	);
