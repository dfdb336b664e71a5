// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { makePasskey, showPasskey } from "../lib/passkey";
import { asForm, call, client } from "./client";
import { useInvalidate } from "./query";

async function answerSignIn(alone: boolean) {
	return showPasskey(await call(client.POST("/api/v1/sign-in/passkey/challenge", {})), alone);
}

/** With nothing but the passkey: it says whose it is. */
export function useSignInByPasskey() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: async () => {
			const { user_handle = "", ...answer } = await answerSignIn(true);
			return call(client.POST("/api/v1/sign-in/passkey", { body: { ...answer, user_handle } }));
		},
		onSuccess: () => queryClient.clear(),
	});
}

/** In place of the authentication code. */
export function useSignInWithPasskey() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: async (who: { login: string; password: string }) => {
			const body = { ...who, ...(await answerSignIn(false)) };
			return call(client.POST("/api/v1/sign-in/password-and-passkey", { body, ...asForm }));
		},
		onSuccess: () => queryClient.clear(),
	});
}

export function useAddPasskey() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: async (label: string) => {
			const made = await makePasskey(await call(client.POST("/api/v1/me/passkeys/challenge", {})));
			return call(client.POST("/api/v1/me/passkeys", { body: { ...made, label } }));
		},
		onSuccess: invalidate,
	});
}

export function useRenamePasskey() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: ({ id, label }: { id: string; label: string }) =>
			call(client.PATCH("/api/v1/me/passkeys/{id}", { params: { path: { id } }, body: { label } })),
		onSuccess: invalidate,
	});
}

export function useRemovePasskey() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/me/passkeys/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}

/** Shows again who is there: what needs a fresh sign-in may be done for a while. */
export function useStepUp() {
	return useMutation({
		mutationFn: async () => {
			const asked = await call(client.POST("/api/v1/me/step-up/challenge", {}));
			return call(client.POST("/api/v1/me/step-up", { body: await showPasskey(asked, true) }));
		},
	});
}
