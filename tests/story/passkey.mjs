// SPDX-License-Identifier: GPL-3.0-or-later
// A person makes a passkey and signs in with it, alone and after the password, with Chromium's own
// virtual authenticator; shows it again where a fresh sign-in is wanted; and removes it.
import assert from "node:assert/strict";
import { axe, click, field, id, signOut } from "./browser.mjs";

/** What the browser notes of the refusals this story provokes. */
export const REFUSED = /status of 401/;

/** A key that is told from one that is copied between devices. Returns what asks for the keys it keeps. */
export async function addAuthenticator(page, transport) {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send("WebAuthn.enable");
	const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
		options: {
			protocol: "ctap2", ctap2Version: "ctap2_1", transport, hasResidentKey: true,
			hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
			defaultBackupEligibility: false, defaultBackupState: false,
		},
	});
	return async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
}

export async function signedIn(page) {
	await id(page, "user-menu").waitFor();
}

/** The server's "your sign-in is too old", once, for what matches; all else is real. */
async function staleOnce(page, url, method) {
	let left = 1;
	await page.route(url, (route) => {
		if (route.request().method() !== method || left-- <= 0) return route.continue();
		return route.fulfill({
			status: 401, contentType: "application/problem+json",
			body: JSON.stringify({ status: 401, code: "auth.required", reason: "auth.not_fresh" }),
		});
	});
}

const rowOf = (page, name) => id(page, "my-passkeys").locator("tbody tr").filter({ hasText: name });

/** On the profile, by the person's own hand. */
export async function makePasskey(page, base, name, look = async () => {}) {
	await page.goto(`${base}/profile`);
	await click(id(page, "add-passkey"));
	await field(page, "label", name);
	await look();
	await click(id(page, "add-passkey-dialog-submit"));
	await rowOf(page, name).waitFor();
}

/** Leaves the person signed in, with the passkey. */
export async function passkeys({ page, login, password }, { base, name, shot }) {
	const kept = await addAuthenticator(page, "internal");
	await makePasskey(page, base, name, async () => {
		await axe(page, "add a passkey");
		await shot(page, "20-add-passkey");
	});
	await axe(page, "profile with a passkey");
	await shot(page, "20-passkeys");
	assert.equal((await kept()).length, 1);

	await signOut(page);
	await axe(page, "sign-in with passkeys");
	await shot(page, "20-sign-in");
	await click(id(page, "sign-in-passkey"));
	await signedIn(page);

	await signOut(page);
	await click(id(page, "use-passkey"));
	await field(page, "login", login);
	await field(page, "password", password);
	await click(id(page, "sign-in"));
	await signedIn(page);
	assert.equal((await kept())[0].signCount, 3, "made, shown alone, shown after the password");
}

/** The other end of it: from then on that passkey opens nothing. */
export async function removePasskey(page, { base, name, shot }) {
	await page.goto(`${base}/profile`);
	await staleOnce(page, "**/api/v1/me/passkeys/*", "DELETE");
	await rowOf(page, name).waitFor();
	await click(id(page, "remove-passkey"));
	await click(id(page, "remove-passkey-dialog-submit"));
	await id(page, "step-up").waitFor();
	await axe(page, "step-up");
	await shot(page, "20-step-up");
	await click(id(page, "step-up-submit"));
	await rowOf(page, name).waitFor({ state: "detached" });

	await signOut(page);
	await click(id(page, "sign-in-passkey")); // the authenticator still has it, we do not
	await id(page, "error").waitFor();
	await axe(page, "sign-in refused");
}
