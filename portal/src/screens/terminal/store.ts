// SPDX-License-Identifier: GPL-3.0-or-later
import { useSyncExternalStore } from "react";
import { answerLive, isLive } from "../../lib/live";
import { TerminalLink } from "./link";

/* Open terminals of this browser tab, in order of opening. */
let links: readonly TerminalLink[] = [];
const listeners = new Set<() => void>();

function change(next: readonly TerminalLink[]): void {
	links = next;
	for (const listener of listeners) listener();
}

const held = () => links.flatMap((link) => link.getView().heldUntil ?? []);
answerLive(
	() => links.some((link) => link.getView().phase !== "ended"),
	() => (held().length > 0 ? Math.min(...held()) : null),
);

addEventListener("beforeunload", (event) => {
	if (isLive()) event.preventDefault();
});

export function openTerminal(sessionId: string): void {
	if (!links.some((link) => link.sessionId === sessionId))
		change([...links, new TerminalLink(sessionId)]);
}

export function closeTerminal(sessionId: string): void {
	links.find((link) => link.sessionId === sessionId)?.dispose();
	change(links.filter((link) => link.sessionId !== sessionId));
}

export function useTerminals(): readonly TerminalLink[] {
	return useSyncExternalStore(
		(listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		() => links,
	);
}
