// SPDX-License-Identifier: GPL-3.0-or-later
// The story of the product, as its people live it. Fails on any CSP violation, console error, axe finding
// (A/AA), or when a path takes more clicks than promised.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { seeGlass, signInByGlass } from "./glass.mjs";
import { heldAndKept } from "./held.mjs";
import { withoutPointer } from "./keyboard.mjs";
import { acknowledgeRollback, importTargets, sourceRanges } from "./ledger.mjs";
import { mailedCode, startPost } from "./mailed.mjs";
import { lostFiles } from "./network.mjs";
import { passkeys, REFUSED, removePasskey } from "./passkey.mjs";
import { programs } from "./programs.mjs";
import { withoutScripts } from "./plain.mjs";
import { startProviders } from "./providers.mjs";
import { providers } from "./sso.mjs";
import { axe, click, field, id, newPerson, openBrowser, problems, signOut, takeClicks, totp, typeAndWait } from "./browser.mjs";

const language = process.argv[2] ?? "ja";
const folder = process.env.SEKISHO_VAR;
const base = `https://localhost:${process.env.SEKISHO_PORT}`;
const verify = `${process.env.SEKISHO_BIN}/sekisho-verify`;
const shots = process.env.SEKISHO_SHOTS;
const links = Object.fromEntries(readFileSync(`${folder}/links.txt`, "utf8").trim().split("\n").map((line) => {
	const words = line.trim().split(/\s+/);
	return [words[0], words.at(-1)];
}));
const REFUSED_INPUT = /status of 422/; // what the browser notes of a form with a wrong field
const step = (text) => console.log(`  ${Math.round(performance.now() / 1000)} s: ${text}`);
const world = {
	base, language, shot, ca: readFileSync(`${folder}/ca.pem`), name: language === "ja" ? "業務用PC" : "Work laptop",
	control: (...words) => [`${process.env.SEKISHO_BIN}/sekishoctl`, ["--socket", `${folder}/data/run/ctl.sock`, ...words]],
};

async function shot(page, name) {
	if (!shots) return;
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: `${shots}/${name}.${language}.png` });
}

async function enrol(browser, login, theme = "light", options = {}) {
	const page = await newPerson(browser, login, language, theme, options);
	if (language === "en") await page.context().addCookies([{ name: "sekisho-lang", value: "en", url: base }]);
	await page.goto(links[login].replace(/^https:\/\/[^/]+/, base));
	await id(page, "qr").waitFor();
	const password = "quiet-mountain-gate-7";
	await field(page, "password", password);
	await field(page, "again", password);
	const seed = await page.evaluate(() => document.querySelector('[data-testid="totp-key"] input')?.value);
	assert.match(seed, /^[A-Z2-7 ]{16,}$/);
	await axe(page, `enrol ${login}`);
	await shot(page, "02-enrol");
	await field(page, "code", totp(seed));
	await click(id(page, "enrol"));
	await id(page, "user-menu").waitFor();
	if (language === "en") await speakEnglish(page);
	return { page, seed, password, login };
}

/** The seeded people speak Japanese; the story in English begins by choosing it. */
async function speakEnglish(page) {
	const status = await page.evaluate(async () => (await fetch("/api/v1/me", {
		method: "PATCH", headers: { "Content-Type": "application/json", "X-Sekisho": "1" }, body: JSON.stringify({ language: "en" }),
	})).status);
	assert.equal(status, 200);
}

async function signOutAndIn({ page, login, password, seed }) {
	await signOut(page);
	await axe(page, "sign-in");
	await shot(page, "01-sign-in");
	await field(page, "login", login);
	await field(page, "password", password);
	await field(page, "code", totp(seed));
	await click(id(page, "sign-in"));
	await id(page, "user-menu").waitFor();
}

const account = (page, name) => page.locator(`[data-testid="account"][data-account="${name}"]`);

async function terminalText(page) {
	return page.locator(".xterm-rows").innerText();
}

async function requestApproveConnect(tanaka, suzuki) {
	await suzuki.goto(`${base}/approvals`);
	await id(suzuki, "user-menu").waitFor();
	await axe(suzuki, "approvals, empty");
	await shot(suzuki, "10-approvals-empty");
	await tanaka.goto(`${base}/targets`);
	await account(tanaka, "root").waitFor();
	await axe(tanaka, "targets");
	await shot(tanaka, "04-targets");

	takeClicks();
	await click(account(tanaka, "root").getByTestId("request"));
	await id(tanaka, "request-submit").waitFor();
	await axe(tanaka, "request");
	await field(tanaka, "purpose", language === "ja" ? "障害対応のため" : "Incident response");
	await field(tanaka, "ticket", "INC-2026-001");
	await shot(tanaka, "05-request");
	await click(id(tanaka, "request-submit"));
	step("asked; the approver sees it without reloading");
	await id(suzuki, "approve").first().waitFor();
	await axe(suzuki, "approvals");
	await shot(suzuki, "10-approvals");
	await click(id(suzuki, "approve").first());
	step("approved; the user sees it without reloading");
	await id(tanaka, "connect").first().waitFor();
	await click(id(tanaka, "connect").first());
	await tanaka.locator('[data-testid="terminal"][data-phase="live"]').waitFor();
	assert.equal(takeClicks(), 4, "request, approve and connect take 4 clicks in all");
}

async function useTerminal(page) {
	await typeAndWait(page, "echo sekisho-$((40+2))", "sekisho-42");
	await typeAndWait(page, "printf '関所の手形\\n'; id -un; id", "uid=0(root)");
	assert.match(await terminalText(page), /関所の手形/);
	await axe(page, "terminal");
	await shot(page, "07-terminal");
	await page.keyboard.type("exit");
	await page.keyboard.press("Enter");
	await id(page, "terminal-ended").waitFor();
	await shot(page, "07-terminal-ended");
}

async function oneClickAgain(page, meanwhile) {
	await page.goto(`${base}/targets`);
	await account(page, "root").getByTestId("connect").waitFor();
	takeClicks();
	await click(account(page, "root").getByTestId("connect"));
	await page.locator('[data-testid="terminal"][data-phase="live"]').waitFor();
	assert.equal(takeClicks(), 1, "a granted target takes 1 click");
	await typeAndWait(page, "echo again-$((1+1))", "again-2");
	await meanwhile(page);
	await page.keyboard.type("exit");
	await page.keyboard.press("Enter");
	await id(page, "terminal-ended").waitFor();
}

async function watchRecording(page) {
	await page.goto(`${base}/sessions`);
	await id(page, "replay").first().waitFor();
	await axe(page, "sessions");
	await shot(page, "14-sessions");
	await click(id(page, "replay").last());
	await page.locator('[data-testid="integrity"][data-state="ok"]').waitFor();
	await id(page, "replay-command").first().waitFor();
	await axe(page, "replay");
	await click(id(page, "replay-command").filter({ hasText: "id -un" }).first());
	await page.waitForFunction(() => document.querySelector(".xterm-rows")?.textContent.includes("sekisho-42"));
	await click(id(page, "replay-link"));
	await page.waitForURL(/[?&]t=[\d.]+/);
	await page.reload();
	await page.waitForFunction(() => document.querySelector(".xterm-rows")?.textContent.includes("sekisho-42"));
	await shot(page, "15-replay");
}

async function auditAndReport(page) {
	await page.goto(`${base}/audit?event=secret.released`);
	await id(page, "audit").locator("tbody tr").first().waitFor();
	await axe(page, "audit");
	await shot(page, "17-audit");
	const vkey = await page.evaluate(async () => (await (await fetch("/api/v1/audit/state")).json()).vkey);
	const [download] = await Promise.all([page.waitForEvent("download"), click(id(page, "audit-export"))]);
	const path = `${folder}/export.jsonl`;
	await download.saveAs(path);
	console.log(`  ${execFileSync(verify, ["export", path, "--vkey", vkey], { encoding: "utf8" }).trim().split("\n").at(-1)}`);
	const bytes = readFileSync(path);
	bytes[Math.floor(bytes.length / 2)] ^= 1;
	writeFileSync(path, bytes);
	assert.throws(() => execFileSync(verify, ["export", path, "--vkey", vkey], { stdio: "pipe" }));

	await page.goto(`${base}/reports`);
	await id(page, "report").locator("tbody tr").first().waitFor();
	await axe(page, "report");
	await shot(page, "18-report");
	const [csv] = await Promise.all([page.waitForEvent("download"), click(id(page, "report-csv"))]);
	await csv.saveAs(`${folder}/report.csv`);
	assert.match(readFileSync(`${folder}/report.csv`, "utf8"), /INC-2026-001|R-20\d\d-/);
}

/** By the menu, where it leads there. The screen before stays until the next one is loaded; each has a title of its own. */
async function turnTo(page, route) {
	const entry = page.locator(`nav a[href="${route}"]`);
	if ((await entry.count()) === 0) return page.goto(base + route);
	const before = await page.title();
	await entry.click();
	await page.waitForFunction((old) => document.title !== old, before);
}

/** Every other screen with the real server's data: nothing on the console, nothing for axe, no bare codes. */
async function lookAround(page) {
	const routes = ["/", "/admin", "/admin/targets", "/admin/users", "/admin/tokens", "/admin/network-rules", "/admin/sign-in-policy", "/admin/groups", "/admin/roles", "/admin/rules",
		"/admin/password-policies", "/admin/factor-floors", "/admin/session-limits", "/admin/mail", "/admin/workflows", "/gateways", "/profile", "/requests", "/sessions", "/audit"];
	for (const [index, route] of routes.entries()) {
		await turnTo(page, route);
		await page.locator("[data-ready]").first().waitFor();
		await page.waitForFunction(() => !document.querySelector(".pf-v6-c-skeleton"));
		const errors = await id(page, "error").count();
		if (errors > 0) problems.push(`${route}: shows an error: ${await id(page, "error").first().innerText()}`);
		const bare = (await page.locator("main").innerText()).match(/\b(todo|reason|field|error|event)\.[a-z_.]+/);
		if (bare && route !== "/audit") problems.push(`${route}: shows the bare code ${bare[0]}`);
		await axe(page, route);
		await shot(page, `90-admin-${String(index).padStart(2, "0")}`);
	}
}

const known = await startProviders(`${folder}/providers`, base);
const post = await startPost(folder, known.tls);
const browser = await openBrowser(world, ...known.servers);
try {
	step("enrol: a user, an approver, an auditor");
	const tanaka = await enrol(browser, "tanaka", "light", { expected: REFUSED, own: base });
	const suzuki = await enrol(browser, "suzuki", "light", { own: base });
	const sato = await enrol(browser, "sato", "light", { expected: REFUSED });
	await axe(tanaka.page, "home, nothing granted");
	await shot(tanaka.page, "03-home");
	step("sign out and in again");
	await signOutAndIn(tanaka);
	step("a passkey: made, shown alone and after the password");
	await passkeys(tanaka, world);
	await requestApproveConnect(tanaka.page, suzuki.page);
	step("connected: type in the terminal");
	await useTerminal(tanaka.page);
	step("connect again with one click; signed out in another tab meanwhile, it is held until a passkey is shown");
	await oneClickAgain(tanaka.page, (page) => heldAndKept(page, world));
	step("the same without a pointer, and end it");
	await withoutPointer(tanaka.page, suzuki.page, { base, shot, purpose: language === "ja" ? "定期点検" : "Routine check" });
	step("the auditor watches the recording and jumps to a command");
	await watchRecording(sato.page);
	step("audit log, export checked offline, report");
	await auditAndReport(sato.page);
	step("files of the portal get lost on the way");
	await lostFiles(browser, tanaka.page, { base, language, shot });
	step("break-glass: the password is refused, the key opens");
	await signInByGlass(sato, world);
	step("the administrator: targets from a CSV file, addresses of a gateway");
	const admin = await enrol(browser, "admin", language === "en" ? "dark" : "light", { expected: REFUSED_INPUT, own: base });
	await importTargets(admin.page, base, shot);
	await sourceRanges(admin.page, base, shot);
	step("the administrator: a history that was rolled back, and the use of the break-glass account");
	await acknowledgeRollback(admin.page, base, folder, shot);
	await seeGlass(admin.page, sato.login, world);
	step("the administrator: a program, its secret, and its end");
	await programs(admin.page, world);
	step("identity providers, set up by hand; signed in at their own pages, with a code and with a passkey; refused there");
	await providers(browser, { first: tanaka, second: suzuki, administrator: admin }, known, world);
	step("the administrator sets up mail and allows its codes; a person confirms their address and signs in with one");
	await mailedCode(admin.page, await enrol(browser, "yamada"), post, world);
	step("without scripts: with a password, with a provider, and out again");
	await withoutScripts(browser, { person: admin, linked: tanaka }, world);
	step("a passkey is removed and opens nothing any more");
	await removePasskey(tanaka.page, world);
	step("the administrator: every other screen");
	await lookAround(admin.page);
} catch (error) {
	problems.push(String(error.stack ?? error));
	for (const [index, context] of browser.contexts().entries())
		for (const page of context.pages())
			await page.screenshot({ path: `${folder}/failure-${index}.png` }).catch(() => {});
} finally {
	await browser.close();
	known.end();
	post.end();
}
for (const problem of problems) console.error(`FAILED ${problem}`);
console.log(problems.length === 0 ? `story (${language}) passed` : `story (${language}): ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
