// SPDX-License-Identifier: GPL-3.0-or-later

export const CODE_PATTERN = /^\d{6}$/;
export const MAIL_CODE_PATTERN = /^\d{8}$/;

/** Where to go after sign-in: a path of our own, never another site. */
export function safeNext(next: string | undefined): string {
	if (!next || !/^\/(?![/\\])/.test(next)) return "/";
	return next;
}

/** The one-time token of an enrolment link: it stands behind the # and never reaches a log. */
export function tokenFromHash(hash: string): string {
	const token = hash.replace(/^#/, "");
	return /^[A-Za-z0-9_-]{43}$/.test(token) ? token : "";
}

/** The key of an otpauth URI in groups of four, to type where no camera is. */
export function typedKey(uri: string): string {
	const secret = new URLSearchParams(uri.split("?")[1] ?? "").get("secret") ?? "";
	return secret.replace(/(.{4})(?=.)/g, "$1 ");
}
