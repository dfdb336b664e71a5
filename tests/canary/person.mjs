// SPDX-License-Identifier: GPL-3.0-or-later
// A person with a browser profile on disk: enrols by a link, signs out and in, types what is not echoed in a session,
// watches a recording. person.mjs PROFILE; who it is comes as JSON on standard input, what the browser holds at the end
// goes as JSON to standard output. The profile stays as a closed browser leaves it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { field, id, openProfile, problems, spent, totp } from "../story/browser.mjs";

const who = JSON.parse(readFileSync(0, "utf8"));
const context = await openProfile(process.argv[2], who.server);
spent(who.worker.seed, who.worker.step);
const page = context.pages()[0] ?? await context.newPage();

async function enrol() {
	await page.goto(who.link);
	await id(page, "qr").waitFor();
	await field(page, "password", who.password);
	await field(page, "again", who.password);
	const shown = await page.evaluate(() => document.querySelector('[data-testid="totp-key"] input')?.value);
	const seed = shown.replace(/\s/g, "");
	await field(page, "code", totp(seed));
	await id(page, "enrol").click();
	await id(page, "user-menu").waitFor();
	return seed;
}

async function signIn(login, password, seed) {
	await id(page, "user-menu").click();
	await id(page, "menu-sign-out").click();
	await id(page, "sign-in").waitFor();
	await field(page, "login", login);
	await field(page, "password", password);
	await field(page, "code", totp(seed));
	await id(page, "sign-in").click();
	await id(page, "user-menu").waitFor();
}

async function typeAndWait(text, wanted) {
	await page.keyboard.type(text);
	await page.keyboard.press("Enter");
	await page.waitForFunction((w) => document.querySelector(".xterm-rows")?.textContent.includes(w), wanted);
}

async function session() {
	await page.goto(`${who.server.base}/targets`);
	await page.locator('[data-testid="account"][data-account="ops"]').getByTestId("connect").click();
	await page.locator('[data-testid="terminal"][data-phase="live"]').waitFor();
	await typeAndWait("echo rea''dy-$((40+2))", "ready-42");
	await typeAndWait("read -rs -p 'Passwo''rd: ' x; echo; echo got-${#x}", "Password:");
	await typeAndWait(who.typed, `got-${who.typed.length}`);
	await page.keyboard.type("exit");
	await page.keyboard.press("Enter");
	await id(page, "terminal-ended").waitFor();
}

/** What the page's own database holds, in words; the secret half of the device key must not come out of it. */
const databases = () =>
	page.evaluate(async () => {
		const wait = (request) =>
			new Promise((resolve, reject) => {
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
		const told = [];
		for (const { name } of await indexedDB.databases()) {
			const db = await wait(indexedDB.open(name));
			for (const store of db.objectStoreNames) {
				const rows = () => db.transaction(store).objectStore(store);
				for (const key of await wait(rows().getAllKeys())) {
					const secret = (await wait(rows().get(key))).privateKey;
					const exports = ["pkcs8", "jwk"].map((format) => crypto.subtle.exportKey(format, secret));
					const outcomes = await Promise.allSettled(exports);
					told.push([name, store, key, secret.extractable, ...outcomes.map((o) => o.status)]);
				}
			}
			db.close();
		}
		return told;
	});

/** What scripts of the page, and thus an injected one, could read; cookies as the browser knows them. */
async function held() {
	const storage = await page.evaluate(async () => ({
		local: { ...localStorage },
		session: { ...sessionStorage },
		caches: await caches.keys(),
		workers: (await navigator.serviceWorker.getRegistrations()).length,
		cookie: document.cookie,
	}));
	return { ...storage, databases: await databases(), cookies: await context.cookies() };
}

const seed = await enrol();
await signIn(who.login, who.password, seed);
const enrolled = await held();
await signIn(who.worker.login, who.worker.password, who.worker.seed);
await session();
await page.goto(`${who.server.base}/sessions`);
await id(page, "user-menu").waitFor();
const working = await held();
await context.close();
assert.deepEqual(problems, []);
console.log(JSON.stringify({ seed, held: [enrolled, working] }));
