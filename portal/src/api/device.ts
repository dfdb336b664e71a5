// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { deviceKey, prove } from "../lib/deviceKey";
import { call, client } from "./client";
import { asApiError } from "./error";
import { useInvalidate } from "./query";

/**
 * Sign-ins prove the browser's key, and a session that began with it goes on proving it: by itself
 * every few minutes, and at once when the server asks (401 `session.unproven`, after a sleep).
 */
const HEADER = "X-Sekisho-Device";
const SIGN_INS: readonly string[] = [
	"/api/v1/sign-in",
	"/api/v1/sign-in/recovery",
	"/api/v1/sign-in/password-and-passkey",
	"/api/v1/sign-in/passkey",
	"/api/v1/sign-in/second",
	"/api/v1/sign-in/second/passkey",
	"/api/v1/enrolment/complete",
];
const LOOK_MS = 30_000;

/** Undefined where there is no key: the sign-in then comes from no known device. */
async function signInProof(): Promise<string | undefined> {
	try {
		const pair = await deviceKey(true);
		if (!pair) return undefined;
		const { challenge } = await call(client.POST("/api/v1/sign-in/device/challenge", {}));
		return await prove(pair, challenge);
	} catch {
		return undefined; // whatever is wrong, the sign-in itself will say so
	}
}

/** Seconds until the next one is due; null: this session wants none, or this is not its browser. */
async function proveSession(): Promise<number | null> {
	const pair = await deviceKey(false);
	if (!pair) return null;
	const { challenge } = await call(client.POST("/api/v1/me/device/challenge", {}));
	const headers = { [HEADER]: await prove(pair, challenge) };
	const { next_seconds } = await call(client.POST("/api/v1/me/device/proof", { headers }));
	return next_seconds;
}

let proving: Promise<boolean> | null = null;
let next = 0;
let wanted = true;

/** True when the session is proven now; one at a time. */
function proveOnce(): Promise<boolean> {
	proving ??= proveSession()
		.then((seconds) => {
			wanted = seconds !== null;
			next = Date.now() + (seconds ?? 0) * 1000;
			return wanted;
		})
		.catch((thrown: unknown) => {
			const { status } = asApiError(thrown);
			if (status >= 400 && status < 500 && status !== 429) wanted = false;
			return false;
		})
		.finally(() => {
			proving = null;
		});
	return proving;
}

async function isUnproven(response: Response): Promise<boolean> {
	if (response.status !== 401) return false;
	const problem: unknown = await response
		.clone()
		.json()
		.catch(() => null);
	return (problem as { reason?: string } | null)?.reason === "session.unproven";
}

const kept = new Map<string, Request>();

client.use({
	async onRequest({ request, schemaPath, id }) {
		if (SIGN_INS.includes(schemaPath)) {
			const proof = await signInProof();
			if (proof) request.headers.set(HEADER, proof);
			wanted = true;
			return request;
		}
		if (!schemaPath.startsWith("/api/v1/me/device/")) kept.set(id, request.clone());
		return undefined;
	},
	async onResponse({ response, id }) {
		const again = kept.get(id);
		kept.delete(id);
		if (!again || !(await isUnproven(response)) || !(await proveOnce())) return undefined;
		return fetch(again);
	},
	onError({ id }) {
		kept.delete(id);
		return undefined;
	},
});

/** Keeps the session proven while somebody is signed in on this page. */
export function useDeviceProof(): void {
	useEffect(() => {
		const look = () => {
			if (wanted && Date.now() >= next) void proveOnce();
		};
		look();
		const timer = setInterval(look, LOOK_MS);
		document.addEventListener("visibilitychange", look);
		return () => {
			clearInterval(timer);
			document.removeEventListener("visibilitychange", look);
		};
	}, []);
}

export function useMyDevices() {
	return useQuery({
		queryKey: ["me", "devices"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/me/devices", { signal })),
	});
}

export function useRemoveDevice() {
	const invalidate = useInvalidate("me");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/me/devices/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
}
