// SPDX-License-Identifier: GPL-3.0-or-later
import "./boot.css";
import { loadChunk, mendLinks, watchLinks } from "./chunks";

/*
 * The page's only script: loads the portal, as often as it takes within bounds. It depends on nothing
 * else, and the words it may have to show are in index.html, so that it can speak when all else fails.
 */
async function boot(): Promise<void> {
	watchLinks();
	mendLinks().catch(() => {}); // its own, when they failed before it could notice
	try {
		const main = await loadChunk(() => import("../main"));
		await main.start();
	} catch (thrown) {
		console.error(thrown);
		document.documentElement.dataset.boot = "failed";
		for (const part of document.querySelectorAll<HTMLElement>("[data-boot-part]"))
			part.hidden = part.dataset.bootPart !== "failed";
		addEventListener("online", () => location.reload(), { once: true });
	}
}

void boot();
