// SPDX-License-Identifier: GPL-3.0-or-later
import { client } from "./client";

/**
 * Some operations want a sign-in of the last minutes. When the server says so, the person is asked
 * to show a passkey, and the request is sent once more; without that it fails as it did.
 */
type Ask = () => Promise<boolean>;

let ask: Ask | null = null;
const kept = new Map<string, Request>();

/** The one who asks, while it is on the page; returns how to take it away. */
export function askWhenStale(asker: Ask): () => void {
	ask = asker;
	return () => {
		ask = null;
	};
}

async function isStale(response: Response): Promise<boolean> {
	if (response.status !== 401) return false;
	const problem: unknown = await response
		.clone()
		.json()
		.catch(() => null);
	return (problem as { reason?: string } | null)?.reason === "auth.not_fresh";
}

client.use({
	onRequest({ request, id }) {
		if (ask && request.method !== "GET") kept.set(id, request.clone());
		return undefined;
	},
	async onResponse({ response, id }) {
		const again = kept.get(id);
		kept.delete(id);
		if (!again || !ask || !(await isStale(response)) || !(await ask())) return undefined;
		return fetch(again);
	},
	onError({ id }) {
		kept.delete(id);
		return undefined;
	},
});
