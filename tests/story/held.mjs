// SPDX-License-Identifier: GPL-3.0-or-later
// A person signs out in another tab while a terminal is open: it is held, takes no input, says how long it waits,
// and goes on after a passkey.
import assert from "node:assert/strict";
import { axe, click, id, signOut, typeAndWait } from "./browser.mjs";

const WORDS = {
	ja: { held: /サインインが終了しました/, left: /残り 0[01]:\d\d/ },
	en: { held: /Your sign-in has ended/, left: /0[01]:\d\d left/ },
};

const screen = (page) => page.locator(".xterm-rows").innerText();

async function signOutElsewhere(page, base) {
	const other = await page.context().newPage();
	await other.goto(`${base}/profile`);
	await signOut(other);
	await other.close();
}

/** page: a live terminal is on it, with the focus, and a passkey beside it. */
export async function heldAndKept(page, { base, language, shot }) {
	const { held, left } = WORDS[language];
	await signOutElsewhere(page, base);
	const notice = id(page, "terminal-held");
	await notice.waitFor();
	assert.match(await notice.innerText(), held);
	assert.match(await notice.innerText(), left);
	await axe(page, "terminal, held");
	await shot(page, "07-terminal-held");
	await page.locator(".xterm textarea").focus();
	await page.keyboard.type("echo mean''while");
	await page.keyboard.press("Enter");

	await click(id(page, "terminal-keep"));
	await id(page, "sign-in-passkey").waitFor();
	assert.match(await notice.innerText(), left, "the sign-in page tells what waits for it");
	await axe(page, "sign-in for a held terminal");
	await shot(page, "07-sign-in-held");
	await click(id(page, "sign-in-passkey"));
	await page.locator('[data-testid="terminal"][data-phase="live"]').waitFor();
	await click(id(page, "terminal-keep"));
	await notice.waitFor({ state: "detached" });
	await page.locator(".xterm textarea").focus();
	await typeAndWait(page, "echo kept-$((40+2))", "kept-42");
	assert.doesNotMatch(await screen(page), /mean/, "what was typed while it was held reached the target");
}
