// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { showPasskey } from "../lib/passkey";
import { asForm, call, client } from "./client";

/** Providers to sign in with. That they cannot be had takes the other ways from nobody. */
export const useSignInProviders = () =>
	useQuery({
		queryKey: ["sign-in-providers"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/sign-in/providers", { signal })),
		staleTime: 60_000,
	});

/** Where a browser goes to begin; a navigation, since the answer leads to another site. */
export const signInWith = (id: string) => `/api/v1/sign-in/with/${id}`;

/** The own second factor, after a provider has said who it is. */
export function useSecondByCode() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (code: string) =>
			call(client.POST("/api/v1/sign-in/second", { body: { code }, ...asForm })),
		onSuccess: () => queryClient.clear(),
	});
}
export const useSendSecondMailCode = () =>
	useMutation({
		mutationFn: () => call(client.POST("/api/v1/sign-in/second/mail-code", {})),
	});
export function useSecondByMail() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (code: string) =>
			call(client.POST("/api/v1/sign-in/second/mail", { body: { code }, ...asForm })),
		onSuccess: () => queryClient.clear(),
	});
}
export function useSecondByPasskey() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: async () => {
			const asked = await call(client.POST("/api/v1/sign-in/passkey/challenge", {}));
			const body = await showPasskey(asked, false);
			return call(client.POST("/api/v1/sign-in/second/passkey", { body }));
		},
		onSuccess: () => queryClient.clear(),
	});
}
