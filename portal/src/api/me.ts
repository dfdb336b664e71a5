// SPDX-License-Identifier: GPL-3.0-or-later
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asForm, call, client } from "./client";
import { useInvalidate } from "./query";
import type { Me, Permission } from "./types";

export const meQuery = queryOptions({
	queryKey: ["me"],
	queryFn: ({ signal }) => call(client.GET("/api/v1/me", { signal })),
	staleTime: 60_000,
});

export function useMe(): Me | undefined {
	return useQuery(meQuery).data;
}

/** True when the signed-in person holds the permission. Hides what cannot be used; never protects. */
export function useMay(permission: Permission): boolean {
	return useMe()?.permissions.includes(permission) ?? false;
}

export interface Credentials {
	login: string;
	password: string;
	code: string;
}

export function useSignIn() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (body: Credentials) => call(client.POST("/api/v1/sign-in", { body, ...asForm })),
		onSuccess: () => queryClient.clear(),
	});
}

export function useSignInWithRecovery() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (body: { login: string; password: string; recovery_code: string }) =>
			call(client.POST("/api/v1/sign-in/recovery", { body, ...asForm })),
		onSuccess: () => queryClient.clear(),
	});
}

/** Answered alike whether one was sent or not. */
export const useSendMailCode = () =>
	useMutation({
		mutationFn: (body: { login: string; password: string }) =>
			call(client.POST("/api/v1/sign-in/mail-code", { body, ...asForm })),
	});
export function useSignInWithMail() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (body: Credentials) =>
			call(client.POST("/api/v1/sign-in/mail", { body, ...asForm })),
		onSuccess: () => queryClient.clear(),
	});
}

/** Shows again who is there, where no passkey does: password and code, or recovery code. */
export const useStepUpByCode = () =>
	useMutation({
		mutationFn: (body: { password: string; code: string }) =>
			call(client.POST("/api/v1/me/step-up/code", { body, ...asForm })),
	});
export const useStepUpByRecovery = () =>
	useMutation({
		mutationFn: (body: { password: string; recovery_code: string }) =>
			call(client.POST("/api/v1/me/step-up/recovery", { body, ...asForm })),
	});

export function useSignOut() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: () => call(client.POST("/api/v1/sign-out", {})),
		onSuccess: () => queryClient.clear(),
	});
}

export function useBeginEnrolment(token: string) {
	return useQuery({
		queryKey: ["enrolment", token],
		queryFn: () => call(client.POST("/api/v1/enrolment", { body: { token }, ...asForm })),
		enabled: token !== "",
		retry: false,
		staleTime: Number.POSITIVE_INFINITY,
	});
}

/** The otpauth:// URI. Kept out of the query cache: it holds the seed. */
export function useTotpSeed() {
	return useMutation({
		mutationFn: (token: string) =>
			call(
				client.POST("/api/v1/enrolment/totp", {
					body: { token },
					parseAs: "text",
					...asForm,
				}),
			),
		gcTime: 0,
	});
}

export function useCompleteEnrolment() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (body: { token: string; password: string; code: string }) =>
			call(client.POST("/api/v1/enrolment/complete", { body, ...asForm })),
		onSuccess: () => queryClient.clear(),
	});
}

export type ProfileChange = Partial<Pick<Me, "language" | "timezone" | "theme" | "display_name">>;

export function useUpdateProfile() {
	const queryClient = useQueryClient();
	return useMutation({
		mutationFn: (body: ProfileChange) => call(client.PATCH("/api/v1/me", { body })),
		onSuccess: (me) => queryClient.setQueryData(meQuery.queryKey, me),
	});
}

/** Afterwards more may be open to this person than before. */
export function useChangePassword() {
	const invalidate = useInvalidate("me");
	return useMutation({
		onSuccess: invalidate,
		mutationFn: (body: { current_password: string; password: string }) =>
			call(client.POST("/api/v1/me/password", { body, ...asForm })),
	});
}

export function useMyPasswordRules() {
	return useQuery({
		queryKey: ["me", "password-rules"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/password-rules", { signal })),
	});
}

export function useMySessions() {
	return useQuery({
		queryKey: ["me", "sessions"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/sessions", { signal })),
	});
}

export function useRevokeMySession() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}

export function useMyFactors() {
	return useQuery({
		queryKey: ["me", "factors"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/factors", { signal })),
	});
}

/** The otpauth:// URI of a new device. Kept out of the query cache: it holds the seed. */
export function useBeginTotp() {
	return useMutation({
		mutationFn: (label: string) =>
			call(client.POST("/api/v1/me/factors/totp", { body: { label }, parseAs: "text", ...asForm })),
		gcTime: 0,
	});
}

export function useConfirmTotp() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: (code: string) =>
			call(client.POST("/api/v1/me/factors/totp/confirm", { body: { code }, ...asForm })),
		onSuccess: invalidate,
	});
}

export function useRenameTotp() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: ({ id, label }: { id: string; label: string }) =>
			call(
				client.PATCH("/api/v1/me/factors/totp/{id}", { params: { path: { id } }, body: { label } }),
			),
		onSuccess: invalidate,
	});
}

export function useRemoveTotp() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/me/factors/totp/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}

/** The codes, a line each: shown once, and in no cache. */
export function useMakeRecoveryCodes() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: () => call(client.POST("/api/v1/me/recovery-codes", { parseAs: "text" })),
		onSuccess: invalidate,
		gcTime: 0,
	});
}
