// SPDX-License-Identifier: GPL-3.0-or-later
import { useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { asForm, call, client, ifMatch } from "./client";
import type { Mail } from "./types";

const SOON_MS = 1000;

/** Asked again while the caller's own test is under way: its end comes from the mail server. */
export const useMail = () =>
	useQuery({
		queryKey: ["mail"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/mail", { signal })),
		refetchInterval: (query) => (query.state.data?.test?.state === "waiting" ? SOON_MS : false),
	});

export type MailBody = Partial<
	Pick<Mail, "host" | "port" | "security" | "login" | "sender" | "ca">
>;
export const useUpdateMail = () =>
	useChange(
		({ version, body }: { version: number; body: MailBody }) =>
			call(
				client.PATCH("/api/v1/mail", {
					params: { header: ifMatch(version) },
					body,
				}),
			),
		"mail",
	);
export const useMailPassword = () =>
	useChange(
		(password: string) =>
			call(
				client.PUT("/api/v1/mail/password", {
					body: password,
					headers: { "Content-Type": "application/octet-stream" },
					bodySerializer: (body: string) => new TextEncoder().encode(body),
				}),
			),
		"mail",
	);
export const useTestMail = () =>
	useChange((_: null) => call(client.POST("/api/v1/mail/test", {})), "mail");

/** What the signed-in person was told about their account. */
export const useMyNotices = () =>
	useQuery({
		queryKey: ["me", "notices"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/notices", { signal })),
	});

export const useMyMailAddress = () =>
	useQuery({
		queryKey: ["me", "mail-address"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/mail-address", { signal })),
	});
export const useSendAddressCode = () =>
	useChange(
		(address: string) => call(client.POST("/api/v1/me/mail-address", { body: { address } })),
		"me",
	);
export const useConfirmAddress = () =>
	useChange(
		(code: string) =>
			call(client.POST("/api/v1/me/mail-address/confirm", { body: { code }, ...asForm })),
		"me",
	);
