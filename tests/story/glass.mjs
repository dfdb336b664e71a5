// SPDX-License-Identifier: GPL-3.0-or-later
// A break-glass account: its security key opens it and nothing else does; an administrator sees that and acknowledges it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { axe, click, field, id, totp } from "./browser.mjs";
import { addAuthenticator, makePasskey, signedIn } from "./passkey.mjs";

/** Somebody who is signed in gets a key, and root says on the server what the account is for. */
export async function signInByGlass({ page, login, password, seed }, { base, control, name, shot }) {
	const kept = await addAuthenticator(page, "usb");
	await makePasskey(page, base, name);
	execFileSync(...control("break-glass", login, "127.0.0.1/32"));
	await page.goto(base); // that sign-in has ended
	await field(page, "login", login);
	await field(page, "password", password);
	await field(page, "code", totp(seed));
	await click(id(page, "sign-in"));
	await id(page, "error").waitFor();
	await axe(page, "break-glass account, by password");
	await click(id(page, "sign-in-passkey"));
	await signedIn(page);
	assert.equal((await kept())[0].isResidentCredential, true);
	await shot(page, "20-break-glass-in");
}

const WORDS = { ja: /緊急用アカウントが使われました/, en: /A break-glass account was used/ };

/** page: the administrator's overview. */
export async function seeGlass(page, login, { language, shot }) {
	const todo = page.locator('[data-todo="todo.break_glass"]');
	await todo.waitFor();
	assert.match(await todo.innerText(), WORDS[language]);
	await click(todo.getByRole("link"));
	const uses = id(page, "audit").locator("tbody tr").filter({ hasText: login });
	await uses.first().waitFor();
	assert.equal(await uses.count(), 1);
	await shot(page, "20-break-glass-audit");
	await page.goBack();
	await click(id(page, "acknowledge-break-glass"));
	await id(page, "break-glass-dialog").waitFor();
	await axe(page, "acknowledge the use of a break-glass account");
	await shot(page, "20-break-glass");
	await click(id(page, "break-glass-dialog-submit"));
	await todo.waitFor({ state: "detached" });
}
