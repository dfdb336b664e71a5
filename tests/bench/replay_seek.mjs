// SPDX-License-Identifier: GPL-3.0-or-later
// How long a jump in an eight-hour recording takes in a browser: from the slider's move until the terminal
// shows that moment. The recording and its answers are bench_replay's (a process for each, as in the
// server; without the server's audit event and key); the portal is portal/dist. Beside each time stands
// that of fetching the same answers alone, in the same run.
// Usage: node tests/bench/replay_seek.mjs BENCH_REPLAY
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { start } from "../../portal/dev/server.mjs";
import { newPerson, openBrowser, problems } from "../story/browser.mjs";

const bench = process.argv[2] ?? "build/release/tests/bench_replay";
const folder = mkdtempSync(path.join(tmpdir(), "replay-seek."));
const file = path.join(folder, "long.skr");
const POSITIONS = [0.999, 0.5, 0.02, 0.75, 0.25, 0.9];
const asked = [];

function answer(mode, first, count) {
	return new Promise((resolve, reject) => {
		execFile(bench, ["answer", file, mode, String(first), String(count)],
			{ maxBuffer: 64 * 1024 * 1024, encoding: "buffer" },
			(error, output) => (error ? reject(error) : resolve(output)));
	});
}

async function serve(route) {
	const url = new URL(route.request().url());
	const mode = url.pathname.split("/").at(-1);
	if (!["index", "events", "integrity"].includes(mode)) return route.continue();
	if (mode === "integrity") return route.fulfill({ json: { ok: true, chunks: 1, first_bad: null, text: "" } });
	const body = await answer(mode, url.searchParams.get("first") ?? 0, url.searchParams.get("count") ?? 1);
	asked.push({ url: url.href, bytes: body.length });
	return route.fulfill({ body, contentType: mode === "index" ? "application/json" : "application/x-ndjson" });
}

/** Moves the slider as a person would and waits for the picture; milliseconds. */
function jump(page, part) {
	return page.evaluate((at) => new Promise((resolve) => {
		const slider = document.querySelector('[data-testid="replay-timeline"]');
		const clock = document.querySelector('[data-testid="replay-time"]');
		const from = performance.now();
		let began = false;
		new MutationObserver((_list, observer) => {
			began ||= clock.dataset.jumping === "true";
			if (!began || clock.dataset.jumping === "true") return;
			observer.disconnect();
			resolve(performance.now() - from);
		}).observe(clock, { attributes: true });
		Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(slider, String(at * slider.max));
		slider.dispatchEvent(new Event("input", { bubbles: true }));
	}), part);
}

/** The same requests side by side, and nothing else. */
function bare(page, urls) {
	return page.evaluate(async (all) => {
		const from = performance.now();
		await Promise.all(all.map(async (url) => (await fetch(url)).text()));
		return performance.now() - from;
	}, urls);
}

execFileSync(bench, ["write", file]);
const server = await start();
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await openBrowser();
try {
	const page = await newPerson(browser, "auditor", "en");
	await page.context().addCookies([{ name: "persona", value: "auditor", url: base }, { name: "sekisho-lang", value: "en", url: base }]);
	await page.route("**/api/v1/recordings/**", serve);
	const from = Date.now();
	await page.goto(`${base}/sessions/00000000-0000-7000-8000-000000000040`);
	await page.locator("[data-testid=replay-time][data-jumping=false]").waitFor();
	console.log(`first picture ${Date.now() - from} ms (index and page)`);
	for (const part of POSITIONS) {
		asked.length = 0;
		const took = await jump(page, part);
		const these = [...asked];
		const alone = await bare(page, these.map((each) => each.url));
		const bytes = these.reduce((sum, each) => sum + each.bytes, 0);
		console.log(`jump to ${(part * 100).toFixed(1).padStart(5)} %  ${took.toFixed(0).padStart(5)} ms   `
			+ `fetch alone ${alone.toFixed(0).padStart(5)} ms   ratio ${(took / alone).toFixed(2)}   `
			+ `${these.length} requests, ${(bytes / 1e6).toFixed(2)} MB`);
	}
} finally {
	await browser.close();
	server.close();
	server.closeAllConnections();
	rmSync(folder, { recursive: true });
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
