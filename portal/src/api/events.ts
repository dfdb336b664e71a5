// SPDX-License-Identifier: GPL-3.0-or-later
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type QueryRoot, STALE_BY_TOPIC } from "./query";
import type { Topic } from "./types";

const RECONNECT_MS = [1000, 2000, 5000, 10_000, 30_000];
/** Events come in bursts (an approval touches request, lease and audit): refresh once for all. */
const GATHER_MS = 60;

/**
 * Keeps the shown data live: every event of /api/v1/events makes the data of its topic stale. After
 * a gap (laptop asleep, server restarted) everything is stale.
 */
export function useServerEvents(): void {
	const queryClient = useQueryClient();
	useEffect(() => {
		let source: EventSource | null = null;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let gather: ReturnType<typeof setTimeout> | undefined;
		let failures = 0;
		let opened = false;
		const stale = new Set<QueryRoot>();

		const flush = () => {
			gather = undefined;
			for (const root of stale) void queryClient.invalidateQueries({ queryKey: [root] });
			stale.clear();
		};
		const touched = (topic: Topic) => {
			for (const root of STALE_BY_TOPIC[topic]) stale.add(root);
			gather ??= setTimeout(flush, GATHER_MS);
		};
		const hello = () => {
			failures = 0;
			if (opened) void queryClient.invalidateQueries();
			opened = true;
		};
		const connect = () => {
			source = new EventSource("/api/v1/events");
			source.addEventListener("hello", hello);
			for (const topic of Object.keys(STALE_BY_TOPIC) as Topic[])
				source.addEventListener(topic, () => touched(topic));
			source.onerror = () => {
				source?.close();
				const wait = RECONNECT_MS[Math.min(failures++, RECONNECT_MS.length - 1)];
				timer = setTimeout(connect, wait);
			};
		};
		connect();
		return () => {
			source?.close();
			clearTimeout(timer);
			clearTimeout(gather);
		};
	}, [queryClient]);
}
