// SPDX-License-Identifier: GPL-3.0-or-later
// Every screen × language × theme × state as a picture, with a contact sheet; fails on any policy
// violation, console error, page error or axe finding. Arguments: parts of screen names to take only those;
// --quick: light Japanese and dark English, nothing but normal; --state=error, --language=ja, --theme=dark: only
// those; --width=390: at another width; --look: pictures only, nothing is checked.
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { NOW } from "./fixtures.mjs";
import { SCREENS } from "./screens.mjs";
import { start } from "./server.mjs";

const out = path.resolve(import.meta.dirname, "out");
const wanted = process.argv.slice(2).filter((each) => !each.startsWith("-"));
const quick = process.argv.includes("--quick");
const option = (name) =>
	process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const only = (name, all) => (option(name) ? [option(name)] : all);
const LANGUAGES = only("language", ["ja", "en"]);
const THEMES = only("theme", ["light", "dark"]);
const STATES = only("state", ["normal", "empty", "loading", "error"]);
const width = Number(option("width") ?? 0);
/* What the fixtures make fail on purpose is not a finding. */
const EXPECTED = /status of (401|503)|Failed to load resource/;

const server = await start();
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: [
		"--no-sandbox",
		"--disable-gpu",
		"--disable-background-networking",
		"--force-color-profile=srgb",
	],
});
if (wanted.length === 0) await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const findings = [];
const shots = [];

function variants(screen) {
	const states = screen.states ?? ["normal"];
	return states
		.filter((state) => STATES.includes(state))
		.flatMap((state) =>
			LANGUAGES.flatMap((language) => THEMES.map((theme) => ({ state, language, theme }))),
		)
		.filter(
			({ state, language, theme }) =>
				!quick || (state === "normal" && (language === "ja") === (theme === "light")),
		);
}

async function openPage(screen, { state, language, theme }) {
	const context = await browser.newContext({
		viewport: width
			? { width, height: width < 600 ? 844 : 1080 }
			: (screen.viewport ?? { width: 1280, height: 800 }),
		locale: language === "ja" ? "ja-JP" : "en-GB",
		timezoneId: "Asia/Tokyo",
		reducedMotion: "reduce",
		colorScheme: theme,
	});
	const cookie = (name, value) => ({ name, value, url: origin });
	await context.addCookies([
		cookie("persona", screen.persona ?? "user"),
		cookie("fixture", state),
		cookie("sekisho-lang", language),
		cookie("sekisho-theme", theme),
	]);
	const page = await context.newPage();
	await page.clock.setFixedTime(NOW);
	return page;
}

function watch(page, name) {
	const report = (kind, text) => findings.push(`${name}: ${kind}: ${text}`);
	page.on("pageerror", (error) => report("page error", error.message));
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()) && !EXPECTED.test(message.text()))
			report("console", message.text());
	});
	return page.addInitScript(() => {
		window.violations = [];
		document.addEventListener("securitypolicyviolation", (event) =>
			window.violations.push(
				`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
			),
		);
	});
}

/** The page scrolls inside: let it grow, so that the picture shows all. */
async function expand(page) {
	const height = await page.evaluate(() => {
		const main = document.querySelector(".pf-v6-c-page__main") ?? document.documentElement;
		return Math.ceil(main.scrollHeight + (main.getBoundingClientRect?.().top ?? 0));
	});
	const size = page.viewportSize();
	if (height > size.height)
		await page.setViewportSize({ width: size.width, height: Math.min(height, 4000) });
}

/** English letters under ja that no list of allowed words explains. */
async function strayEnglish(page, name, screen) {
	const allowed = screen.english ?? [];
	const words = await page.evaluate(() => {
		const found = new Set();
		const skip = "code, pre, kbd, .sk-mono, .xterm, time, [data-fixture], option, .sk-trace";
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let node = walker.nextNode(); node; node = walker.nextNode()) {
			const parent = node.parentElement;
			if (!parent || parent.closest(skip)) continue;
			if (/^[\s\p{P}\d]*[A-Za-z][a-z]+( [A-Za-z]+)+/u.test(node.data)) found.add(node.data.trim());
		}
		for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]"))
			for (const attribute of ["aria-label", "placeholder", "title"]) {
				const value = element.getAttribute(attribute) ?? "";
				if (!element.closest(".xterm") && /^[A-Za-z][a-z]+( [A-Za-z]+)*$/.test(value))
					found.add(`${attribute}=${value}`);
			}
		return [...found];
	});
	for (const word of words)
		if (!allowed.some((each) => word.includes(each)))
			findings.push(`${name}: not Japanese: ${word}`);
}

async function take(screen, variant) {
	const size = width ? `.${width}` : "";
	const name = `${screen.name}.${variant.state}.${variant.language}.${variant.theme}${size}`;
	const page = await openPage(screen, variant);
	await watch(page, name);
	try {
		await page.goto(origin + screen.path);
		await page.locator("h1, h2").first().waitFor({ timeout: 20000 });
		if (variant.state !== "loading") {
			await page.locator("[data-ready]").first().waitFor({ timeout: 20000 });
			await page.waitForFunction(() => !document.querySelector(".pf-v6-c-skeleton"));
		}
		await page.waitForTimeout(250);
		if (variant.state === "normal" || screen.always) await screen.act?.(page);
		if (!screen.fixed) await expand(page);
		await page.waitForTimeout(150);
		await page.screenshot({
			path: path.join(out, `${name}.png`),
			caret: "hide",
			animations: "disabled",
		});
		for (const each of await page.evaluate(() => window.violations))
			findings.push(`${name}: CSP: ${each}`);
		shots.push({ name, screen: screen.name, ...variant });
		if (process.argv.includes("--look")) return;
		const axe = await new AxeBuilder({ page })
			.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
			.analyze();
		for (const each of axe.violations)
			findings.push(
				`${name}: axe: ${each.id}: ${each.nodes
					.slice(0, 3)
					.map((node) => node.html.slice(0, 160))
					.join(" | ")}`,
			);
		if (variant.language === "ja") await strayEnglish(page, name, screen);
	} catch (error) {
		findings.push(`${name}: ${error.message.split("\n")[0]}`);
		await page.screenshot({ path: path.join(out, `${name}.png`) }).catch(() => {});
	} finally {
		await page.context().close();
	}
}

for (const screen of SCREENS.filter(
	(each) => wanted.length === 0 || wanted.some((part) => each.name.includes(part)),
))
	for (const variant of variants(screen)) await take(screen, variant);

const sheet = shots
	.map(
		({ name }) =>
			`<figure><a href="${name}.png"><img src="${name}.png" loading="lazy" width="420" alt=""></a><figcaption>${name}</figcaption></figure>`,
	)
	.join("\n");
await writeFile(
	path.join(out, "index.html"),
	`<!doctype html><meta charset="utf-8"><title>Sekisho screens</title><style>body{font:14px system-ui}figure{display:inline-block;margin:8px;vertical-align:top}img{border:1px solid #999}</style>\n${sheet}\n`,
);
await writeFile(path.join(out, "findings.txt"), `${findings.join("\n")}\n`);
await browser.close();
server.close();
server.closeAllConnections();
console.log(`${shots.length} pictures in dev/out, ${findings.length} findings`);
for (const finding of findings.slice(0, 60)) console.log(finding);
process.exit(findings.length === 0 ? 0 : 1);
