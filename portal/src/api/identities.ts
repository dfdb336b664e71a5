// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { goAway } from "../lib/away";
import { keepNext } from "../lib/next";
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

/** Where this sign-in came from, if it can be renewed there. */
export const stepUpProviders = () => call(client.GET("/api/v1/me/step-up/providers"));

/** Leaves for the provider; its answer leads back to the page that is open now. */
export const useStepUpAt = () =>
	useMutation({
		mutationFn: ({ id }: { id: string; name: string }) =>
			call(client.POST("/api/v1/me/step-up/with/{id}", { params: { path: { id } } })),
		onSuccess: ({ location: to }, { name }) => {
			keepNext(location.pathname + location.search);
			goAway(name);
			location.assign(to);
		},
	});

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
