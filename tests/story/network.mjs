// SPDX-License-Identifier: GPL-3.0-or-later
// A network that loses files of the portal: they are asked for again, never is a page shown without its
// styles, and in the end the person reads, in their language, what happened and what to do.
import assert from "node:assert/strict";
import { axe, id, newPerson } from "./browser.mjs";

const LOST = /net::ERR_|ChunkError/;
const WORDS = {
	ja: { page: /画面のファイルを読み込めませんでした/, again: /読み込みをやり直しています/ },
	en: { page: /files of this (page|screen) could not be loaded/, again: /Loading again/ },
};
const isEntry = (name) => /^index-/.test(name);

/** True the first n times for each name. */
function firstTimes(n) {
	const seen = new Map();
	return (name) => {
		seen.set(name, (seen.get(name) ?? 0) + 1);
		return seen.get(name) <= n;
	};
}

const not = (test) => (name) => !test(name);
const both = (one, other) => (name) => one(name) && other(name);

/** Style sheets that are named in the page but did not load, as a browser tells. */
const unstyled = (page) => page.evaluate(() =>
	[...document.querySelectorAll('link[rel="stylesheet"]')].filter((link) => !link.sheet).map((link) => link.href));

async function withLosses(world, loses, act) {
	const { browser, language, state } = world;
	const page = await newPerson(browser, "losses", language, "light", { state, expected: LOST });
	let lost = 0;
	const control = { loses };
	await page.route("**/assets/*", (route) => {
		if (!control.loses(new URL(route.request().url()).pathname.split("/").pop())) return route.continue();
		lost += 1;
		return route.abort("failed");
	});
	await act(page, control);
	assert(lost > 0, "nothing got lost: the test proves nothing");
	await page.context().close();
}

async function firstScreenComes({ base }, page) {
	await page.goto(base);
	await id(page, "user-menu").waitFor();
	await page.locator(".sk-page-head h1").waitFor();
	assert.deepEqual(await unstyled(page), []);
}

async function nothingComes({ base, language, shot }, page) {
	await page.goto(base);
	await page.locator('html[data-boot="failed"]').waitFor();
	const words = await page.locator("body").innerText();
	assert.match(words, WORDS[language].page);
	assert.doesNotMatch(words, WORDS[language === "ja" ? "en" : "ja"].page);
	await axe(page, "nothing loaded");
	await shot(page, "91-nothing-loaded");
}

async function screenStaysAway({ base, language, shot }, page, control) {
	await page.goto(base);
	await id(page, "nav-targets").click();
	await id(page, "retrying").filter({ hasText: WORDS[language].again }).waitFor();
	await id(page, "failure").filter({ hasText: WORDS[language].page }).waitFor();
	await axe(page, "screen not loaded");
	await shot(page, "91-screen-not-loaded");
	control.loses = () => false;
	await id(page, "failure-retry").click();
	await id(page, "account").first().waitFor();
	assert.deepEqual(await unstyled(page), []);
}

async function screenComesStyled({ base }, page) {
	await page.goto(base);
	await id(page, "nav-targets").click();
	await id(page, "account").first().waitFor();
	assert.deepEqual(await unstyled(page), []);
}

const CASES = [
	[() => both(not(isEntry), firstTimes(1)), firstScreenComes],
	[() => not(isEntry), nothingComes],
	[() => (name) => /^TargetsScreen-.*\.js$/.test(name), screenStaysAway],
	[() => both((name) => /^ListBar-.*\.css$/.test(name), firstTimes(2)), screenComesStyled],
];

/** Runs the cases as the person who is signed in on that page, side by side: what they do most is wait. */
export async function lostFiles(browser, signedIn, { base, language, shot }) {
	const world = { browser, base, language, shot, state: await signedIn.context().storageState() };
	await Promise.all(CASES.map(([loses, act]) =>
		withLosses(world, loses(), (page, control) => act(world, page, control))));
}
