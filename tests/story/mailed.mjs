// SPDX-License-Identifier: GPL-3.0-or-later
// A mail server set up by the administrator, an address confirmed by its owner, and a code by mail as the second step of a
// sign-in. The codes are read out of the messages that a mail server got over TLS.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { axe, click, field, id, signOut } from "./browser.mjs";
import { begin } from "./providers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const HOST = "127.0.0.1";
const PORT = 2525;
const ADDRESS = "yamada@example.org";
const CODE = { ja: /確認コード: ([0-9]{8})$/m, en: /Code: ([0-9]{8})$/m };
const SIGNED = { ja: /サインイン/, en: /sign/i };

/** A mail server, started. code(): the one in the next message with such words in its subject to that address. */
export async function startPost(folder, tls) {
	const post = begin(`${folder}/post.log`, "/usr/bin/env", `PYTHONPATH=${root}/build/peers/smtp/usr/lib/python3/dist-packages`,
		"/usr/bin/python3", "-W", "ignore", `${root}/tests/mail/letterbox.py`, HOST, String(PORT), `${tls.folder}/certificate.pem`, `${tls.folder}/key.pem`);
	assert.equal(await post.hear(), "ready");
	return {
		ca: tls.certificate,
		end: post.end,
		code: async (language) => {
			for (;;) {
				const { to, secure, subject, text } = JSON.parse(await post.hear());
				assert(secure, "nothing is sent in the clear");
				const found = text.match(CODE[language]);
				if (!found || to[0] !== ADDRESS) continue; // a notice
				assert.doesNotMatch(subject, /[0-9]{8}/, "lists of messages show no code");
				return { code: found[1], subject };
			}
		},
	};
}

async function setUpMail(page, post, { base, shot }) {
	await page.goto(`${base}/admin/mail`);
	await id(page, "mail-off").waitFor();
	await click(id(page, "edit-mail"));
	const dialog = id(page, "mail-dialog");
	await field(dialog, "host", HOST);
	await field(dialog, "port", String(PORT));
	await field(dialog, "sender", "sekisho@example.org");
	await field(dialog, "ca", post.ca);
	await axe(page, "mail server, dialog");
	await click(id(page, "mail-dialog-submit"));
	await id(page, "mail-server").waitFor();
	await axe(page, "mail server");
	await shot(page, "31-mail");
}

async function allowCodes(page, { base, shot }) {
	await page.goto(`${base}/admin/sign-in-policy`);
	await click(id(page, "edit-sign-in-policy"));
	const box = id(page, "sign-in-policy-dialog").locator('input[name="mail_code"]');
	assert(!(await box.isChecked()), "it is off until somebody allows it");
	await box.check();
	await axe(page, "sign-in policy, a code by mail");
	await shot(page, "31-mail-code-policy");
	await click(id(page, "sign-in-policy-dialog-submit"));
	await id(page, "sign-in-policy-dialog").waitFor({ state: "detached" });
}

async function confirmAddress(page, post, { base, language, shot }) {
	await page.goto(`${base}/profile`);
	await click(id(page, "change-mail-address"));
	await field(id(page, "mail-address-dialog"), "address", ADDRESS);
	await click(id(page, "mail-address-dialog-submit"));
	const dialog = id(page, "mail-address-code-dialog");
	await dialog.waitFor();
	await axe(page, "own address, its code");
	await shot(page, "31-address-code");
	await field(dialog, "code", (await post.code(language)).code);
	await click(id(page, "mail-address-code-dialog-submit"));
	await dialog.waitFor({ state: "detached" });
	await id(page, "mail-address").filter({ hasText: ADDRESS }).waitFor();
}

async function signInByMail({ page, login, password }, post, { language, shot }) {
	await signOut(page);
	await field(page, "login", login);
	await field(page, "password", password);
	await click(id(page, "use-mail"));
	await axe(page, "sign-in, a code by mail");
	await click(id(page, "send-mail-code"));
	const { code, subject } = await post.code(language);
	assert.match(subject, SIGNED[language]);
	await field(page, "code", code);
	await axe(page, "sign-in, the mailed code");
	await shot(page, "31-sign-in-mail");
	await click(id(page, "sign-in"));
	await id(page, "user-menu").waitFor();
}

/** administrator: a page of theirs; person: enrolled, signed in, without a passkey and without rights of an administrator. */
export async function mailedCode(administrator, person, post, world) {
	await setUpMail(administrator, post, world);
	await allowCodes(administrator, world);
	await confirmAddress(person.page, post, world);
	await signInByMail(person, post, world);
}
