// SPDX-License-Identifier: GPL-3.0-or-later
// Chromium with the watchers every story page has: CSP violations, console errors, page errors, axe.
import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { setPriority } from "node:os";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";

const portal = createRequire(fileURLToPath(new URL("../../portal/package.json", import.meta.url)));
const { chromium } = portal("playwright-core");
const AxeBuilder = portal("@axe-core/playwright").default;

export const problems = [];
const PATIENCE = 90_000; // milliseconds; only bounds a failure
let clicks = 0;

/** Clicks counted since the last call. */
export function takeClicks() {
	const taken = clicks;
	clicks = 0;
	return taken;
}

export async function click(locator) {
	clicks += 1;
	await locator.click();
}

/** In a terminal that has the focus. */
export async function typeAndWait(page, text, wanted) {
	await page.keyboard.type(text);
	await page.keyboard.press("Enter");
	await page.waitForFunction((w) => document.querySelector(".xterm-rows")?.textContent.includes(w), wanted);
}

/** The server's key as Chromium's switch names it, after its certificate was checked against that CA. */
function keyOf(base, ca) {
	const { hostname, port } = new URL(base);
	return new Promise((resolve, reject) => {
		const socket = connect({ host: hostname, port, servername: isIP(hostname) ? "" : hostname, ca }, () => {
			const key = socket.getPeerX509Certificate().publicKey.export({ type: "spki", format: "der" });
			socket.end();
			resolve(createHash("sha256").update(key).digest("base64"));
		});
		socket.on("error", reject);
	});
}

/**
 * A browser that trusts the servers at these addresses, as a person's does where the CA is installed. Not
 * Playwright's ignoreHTTPSErrors: it holds for pages only, so that a download is cancelled whenever it
 * needs a connection of its own (as after half a minute of rest, when the server closed the idle ones).
 */
export async function openBrowser(...servers) {
	return chromium.launch(await launching(servers));
}

/** A person's browser does not compete with the server for its processors: here it gets what the server leaves. */
const BROWSER_NICENESS = 10;

async function launching(servers) {
	setPriority(BROWSER_NICENESS); // what this process starts from now on, too
	const keys = await Promise.all(servers.map((server) => keyOf(server.base, server.ca)));
	const trusted = keys.length > 0 ? [`--ignore-certificate-errors-spki-list=${keys}`] : [];
	return {
		executablePath: "/usr/bin/chromium",
		headless: true,
		timeout: PATIENCE,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", ...trusted],
	};
}

/** One whose profile is kept in that folder, as a person's browser keeps it. */
export async function openProfile(folder, server) {
	const context = await chromium.launchPersistentContext(folder, { ...await launching([server]), locale: "en-US" });
	context.setDefaultTimeout(PATIENCE);
	return context;
}

export const id = (page, name) => page.getByTestId(name);

export async function field(page, name, value) {
	const box = page.locator(`[data-testid="field-${name}"]`);
	const inner = box.locator("input, textarea");
	await ((await inner.count()) > 0 ? inner.first() : box).fill(value);
}

/**
 * A person's own browser profile; what the console says of the expected failures is no problem. own: that person visits
 * other sites, too, and only what happens at this address is judged. scripts: whether pages may have any.
 */
export async function newPerson(browser, name, language, theme = "light", { state, expected, own, scripts = true } = {}) {
	const context = await browser.newContext({
		locale: language === "ja" ? "ja-JP" : "en-US",
		timezoneId: "Asia/Tokyo",
		colorScheme: theme,
		reducedMotion: "reduce", // what is looked at stands still
		viewport: { width: 1280, height: 800 },
		acceptDownloads: true,
		storageState: state,
		javaScriptEnabled: scripts,
	});
	context.setDefaultTimeout(PATIENCE);
	const ours = (url) => !own || url === "" || url.startsWith(own);
	await context.exposeBinding("sekishoViolation", (source, text) => {
		if (ours(source.frame.url())) problems.push(`${name}: CSP ${text}`);
	});
	await context.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (event) => {
			globalThis.sekishoViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
		});
	});
	context.on("page", (page) => watch(page, name, ours, expected)); // other tabs, too
	return context.newPage();
}

function watch(page, name, ours, expected) {
	page.on("pageerror", (error) => {
		if (ours(page.url())) problems.push(`${name}: page error ${error.stack ?? error}`);
	});
	page.on("console", (message) => {
		if (message.type() !== "error" || !ours(page.url()) || !ours(message.location().url)) return;
		// Asking who is signed in before anybody is: an answer, not a fault.
		if (message.location().url.endsWith("/api/v1/me") && message.text().includes("401")) return;
		if (expected?.test(message.text())) return;
		problems.push(`${name}: console ${message.text()} (${message.location().url})`);
	});
}

export async function signOut(page) {
	await click(id(page, "user-menu"));
	await click(id(page, "menu-sign-out"));
	await id(page, "sign-in").waitFor();
}

export async function axe(page, where) {
	const found = await new AxeBuilder({ page })
		.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
		.exclude(".xterm") // the terminal's own cells; its screen-reader mode is a switch
		.setLegacyMode() // no page of ours has a frame, so that no second page is needed
		.analyze();
	for (const violation of found.violations)
		problems.push(`axe ${where}: ${violation.id} ${violation.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(" | ")}`);
}

/** RFC 6238; a code of a step not used before by this seed. */
const lastStep = new Map();
/** Somebody else used that step's code already. */
export function spent(seed, step) {
	lastStep.set(seed, step);
}
export function totp(seed) {
	const bits = [...seed.replace(/\s/g, "").toUpperCase()].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
	const step = Math.max(Math.floor(Date.now() / 30000), (lastStep.get(seed) ?? 0) + 1);
	lastStep.set(seed, step);
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const digest = createHmac("sha1", key).update(counter).digest();
	const at = digest[19] & 15;
	return String((digest.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, "0");
}
