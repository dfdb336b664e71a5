// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Every part of the portal that is loaded later is loaded through loadChunk. A laptop that changes its
 * network loses what is on the way (net::ERR_NETWORK_CHANGED): import() again then asks again (browsers
 * do not remember the failure), but Vite's helper takes a style sheet whose <link> is there for loaded.
 * So failed links are noticed, and replaced before the next attempt.
 */

/** Waits between attempts; after the last one the person is told. */
const WAITS_MS = [300, 1000, 2000, 4000];
/** How long a file may be on its way. */
const LINK_MS = 20_000;

/** A part of the portal that could not be loaded, after all attempts. */
export class ChunkError extends Error {
	/** The server has another version of the portal by now: loading again cannot help, reloading does. */
	readonly outdated: boolean;

	constructor(cause: unknown, outdated: boolean) {
		super("a part of the portal could not be loaded", { cause });
		this.name = "ChunkError";
		this.outdated = outdated;
	}
}

const failed = new Set<HTMLLinkElement>();
const listeners = new Set<() => void>();
let retrying = 0;

/** Whether something is being asked for again right now; for useSyncExternalStore. */
export const isRetrying = () => retrying > 0;
export function onRetrying(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

function countRetry(step: 1 | -1): void {
	retrying += step;
	for (const listener of listeners) listener();
}

const isFetching = (target: EventTarget | null): target is HTMLLinkElement =>
	target instanceof HTMLLinkElement && ["stylesheet", "modulepreload"].includes(target.rel);

/** Begins to notice links that fail; style sheets of the page itself have loaded or failed before. */
export function watchLinks(): void {
	for (const link of document.querySelectorAll("link"))
		if (link.rel === "stylesheet" && link.sheet === null) failed.add(link);
	addEventListener("error", (event) => isFetching(event.target) && failed.add(event.target), true);
}

/** Fulfilled once it is loaded; a module that only was to come early is no loss. */
function replaceLink(old: HTMLLinkElement): Promise<void> {
	const link = document.createElement("link");
	link.rel = old.rel;
	link.crossOrigin = old.crossOrigin;
	link.href = old.href;
	failed.delete(old);
	return new Promise((resolve, reject) => {
		const lose = () =>
			link.rel === "stylesheet" ? reject(new Error(`no style sheet ${link.href}`)) : resolve();
		const late = setTimeout(lose, LINK_MS);
		const settle = (act: () => void) => () => {
			clearTimeout(late);
			act();
		};
		link.addEventListener("load", settle(resolve));
		link.addEventListener("error", settle(lose));
		old.replaceWith(link);
	});
}

/** Asks again for every link that failed. */
export async function mendLinks(): Promise<void> {
	await Promise.all([...failed].map(replaceLink));
}

/** Whether the page the server gives now starts from another file than this one did. */
async function isOutdated(): Promise<boolean> {
	const entry = document.querySelector<HTMLScriptElement>('script[type="module"]')?.src;
	if (!entry) return false;
	try {
		const page = await fetch("/", { cache: "no-store" });
		return page.ok && !(await page.text()).includes(new URL(entry).pathname);
	} catch {
		return false;
	}
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function retry<T>(load: () => Promise<T>, first: unknown): Promise<T> {
	let last = first;
	for (const ms of WAITS_MS) {
		if (await isOutdated()) throw new ChunkError(last, true);
		await pause(ms);
		try {
			await mendLinks();
			return await load();
		} catch (thrown) {
			last = thrown;
		}
	}
	throw new ChunkError(last, await isOutdated());
}

/** What load() imports, with its styles; throws ChunkError when it cannot be had. */
export async function loadChunk<T>(load: () => Promise<T>): Promise<T> {
	try {
		return await load();
	} catch (thrown) {
		countRetry(1);
		try {
			return await retry(load, thrown);
		} finally {
			countRetry(-1);
		}
	}
}
