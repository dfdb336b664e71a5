// SPDX-License-Identifier: GPL-3.0-or-later
import { ApiError } from "../api/error";

/** The browser's half of passkeys (Web Authentication): what the server asked, answered in base64url. */

const ADDRESS = /^[\d.]+$|^\[/;

/** Passkeys belong to a name: a page opened by address has none. */
export function passkeysWork(): boolean {
	return (
		isSecureContext &&
		typeof PublicKeyCredential !== "undefined" &&
		!ADDRESS.test(location.hostname)
	);
}

export function toBase64Url(bytes: ArrayBuffer): string {
	const text = String.fromCharCode(...new Uint8Array(bytes));
	return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
	const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
	return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

interface Credential {
	id: string;
	transports: string[];
}

export interface Asked {
	token: string;
	challenge: string;
	rp_id: string;
	credentials?: Credential[];
}

export interface AskedNew extends Asked {
	user_id: string;
	user_name: string;
	user_display_name: string;
	algorithms: number[];
	attestation: "none" | "direct";
}

const TIMEOUT_MS = 5 * 60_000; // as long as the server's challenge lives

const listed = (credentials: Credential[] = []): PublicKeyCredentialDescriptor[] =>
	credentials.map(({ id, transports }) => ({
		type: "public-key",
		id: fromBase64Url(id),
		transports: transports as AuthenticatorTransport[],
	}));

/** Browsers do not tell why: the person said no, or was too slow, or had nothing that fits. */
async function told<T>(asking: Promise<T | null>): Promise<T> {
	try {
		const answer = await asking;
		if (answer) return answer;
	} catch (thrown) {
		const known = thrown instanceof DOMException && thrown.name === "InvalidStateError";
		throw new ApiError({ status: 0, reason: known ? "passkey.known" : "passkey.cancelled" });
	}
	throw new ApiError({ status: 0, reason: "passkey.cancelled" });
}

/** alone: nothing else will be shown, so the authenticator must verify the person. */
export async function showPasskey(asked: Asked, alone: boolean) {
	const credential = await told(
		navigator.credentials.get({
			publicKey: {
				challenge: fromBase64Url(asked.challenge),
				rpId: asked.rp_id,
				allowCredentials: listed(asked.credentials),
				userVerification: alone ? "required" : "preferred",
				timeout: TIMEOUT_MS,
			},
		}) as Promise<PublicKeyCredential | null>,
	);
	const answer = credential.response as AuthenticatorAssertionResponse;
	return {
		token: asked.token,
		credential_id: toBase64Url(credential.rawId),
		client_data: toBase64Url(answer.clientDataJSON),
		authenticator_data: toBase64Url(answer.authenticatorData),
		signature: toBase64Url(answer.signature),
		...(answer.userHandle && { user_handle: toBase64Url(answer.userHandle) }),
	};
}

/** One the authenticator keeps by itself, so that it can be offered before anybody says who they are. */
export async function makePasskey(asked: AskedNew) {
	const credential = await told(
		navigator.credentials.create({
			publicKey: {
				challenge: fromBase64Url(asked.challenge),
				rp: { id: asked.rp_id, name: "Sekisho" },
				user: {
					id: fromBase64Url(asked.user_id),
					name: asked.user_name,
					displayName: asked.user_display_name,
				},
				pubKeyCredParams: asked.algorithms.map((alg) => ({ type: "public-key", alg })),
				excludeCredentials: listed(asked.credentials),
				authenticatorSelection: { residentKey: "required", userVerification: "required" },
				attestation: asked.attestation,
				timeout: TIMEOUT_MS,
			},
		}) as Promise<PublicKeyCredential | null>,
	);
	const answer = credential.response as AuthenticatorAttestationResponse;
	return {
		token: asked.token,
		client_data: toBase64Url(answer.clientDataJSON),
		attestation_object: toBase64Url(answer.attestationObject),
		transports: answer.getTransports?.() ?? [],
	};
}
