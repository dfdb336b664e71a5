// SPDX-License-Identifier: GPL-3.0-or-later
// A browser without scripts: the page says so and where to go, a password and a code sign in, a provider does, and the
// rest is said in words. The same pages once more with scripts, for axe alone.
import assert from "node:assert/strict";
import { axe, newPerson, totp } from "./browser.mjs";
import { atOidc } from "./sso.mjs";

const WORDS = {
	ja: {
		link: "JavaScript を使わずにサインインする", login: "ユーザー名", password: "パスワード", code: "認証コード", submit: "サインイン",
		wrong: "ユーザー名、パスワード、認証コード、パスキーのいずれかが違います。", error: /^エラー: サインイン/, signedIn: "サインインしています",
		out: "サインアウト", left: "サインアウトしました。", other: "English", second: "本人確認", script: /JavaScript/,
	},
	en: {
		link: "Sign in without JavaScript", login: "Login", password: "Password", code: "Authentication code", submit: "Sign in",
		wrong: "Login, password, code or passkey is wrong.", error: /^Error: Sign in/, signedIn: "You are signed in",
		out: "Sign out", left: "You have signed out.", other: "日本語", second: "Show that it is you", script: /JavaScript/,
	},
};

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

async function enter(page, words, person, code) {
	await page.getByLabel(words.login).fill(person.login);
	await page.getByLabel(words.password).fill(person.password);
	await page.getByLabel(words.code).fill(code);
	await press(page, words.submit);
}

async function isSignedIn(page, words, person) {
	await page.getByRole("heading", { level: 1, name: words.signedIn }).waitFor();
	const said = await page.locator("main").innerText();
	assert.match(said, new RegExp(`\\(${person.login}\\)`));
	assert.match(said, words.script);
}

async function signOut(page, words) {
	await press(page, words.out);
	await page.getByRole("status").filter({ hasText: words.left }).waitFor();
	assert.deepEqual((await page.context().cookies()).filter(({ name }) => name === "__Host-sekisho"), []);
}

async function byPassword(page, words, person, { base, shot }) {
	await page.goto(base);
	await shot(page, "22-no-scripts");
	await page.getByRole("link", { name: words.link }).first().click();
	await page.getByRole("heading", { level: 1, name: words.submit, exact: true }).waitFor();
	await shot(page, "22-sign-in");
	await enter(page, words, person, "000000");
	await page.getByRole("alert").filter({ hasText: words.wrong }).waitFor();
	assert.match(await page.title(), words.error);
	assert.equal(await page.getByLabel(words.login).inputValue(), ""); // nothing typed comes back
	await shot(page, "22-wrong");
	await enter(page, words, person, totp(person.seed));
	await isSignedIn(page, words, person);
	await shot(page, "22-signed-in");
	await page.goto(`${base}/plain`); // knows who is signed in
	await isSignedIn(page, words, person);
	await signOut(page, words);
	await page.goBack(); // what the browser kept shows nothing
	await page.getByRole("heading", { level: 1, name: words.submit, exact: true }).waitFor();
}

async function byProvider(page, words, person, { base, shot }) {
	await page.goto(`${base}/plain`);
	await page.getByRole("link", { name: /Panva/ }).click();
	await atOidc(page, person.login);
	await page.waitForURL(`${base}/plain/second`);
	await page.getByRole("heading", { level: 1, name: words.second }).waitFor();
	await shot(page, "22-second");
	await page.getByLabel(words.code).fill(totp(person.seed));
	await press(page, words.submit);
	await isSignedIn(page, words, person);
	await signOut(page, words);
}

async function inBothThemes(page, where) {
	await axe(page, where);
	await page.emulateMedia({ colorScheme: "dark" });
	await axe(page, `${where}, dark`);
}

/** By eye and by axe, which needs scripts; at last in the other language. */
async function looked(page, words, person, { base, shot }) {
	await page.goto(`${base}/plain/second`);
	await axe(page, "/plain/second");
	await page.goto(`${base}/plain?told=wrong`);
	await inBothThemes(page, "/plain");
	await enter(page, words, person, totp(person.seed));
	await isSignedIn(page, words, person);
	await page.emulateMedia({ colorScheme: "light" });
	await inBothThemes(page, "/plain/session");
	await shot(page, "22-session-dark");
	await signOut(page, words);
	await page.getByRole("link", { name: words.other }).click();
	await page.getByRole("link", { name: words === WORDS.ja ? "日本語" : "English" }).waitFor();
	await shot(page, "22-other-language-dark");
}

/** person: signs in with a password; linked: at the provider. */
export async function withoutScripts(browser, { person, linked }, world) {
	const words = WORDS[world.language];
	const page = await newPerson(browser, "without scripts", world.language, "light", { own: world.base, scripts: false });
	await byPassword(page, words, person, world);
	await byProvider(page, words, linked, world);
	await page.context().close();
	const seen = await newPerson(browser, "pages without scripts", world.language);
	await looked(seen, words, person, world);
	await seen.context().close();
}
