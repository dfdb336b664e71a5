// SPDX-License-Identifier: GPL-3.0-or-later
import type { Terminal } from "@xterm/xterm";
import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";
import { fetchEvents } from "../../api/sessions";
import type { RecordingIndex } from "../../api/types";
import { createTerminal } from "../../lib/xterm";
import { Player, type PlayerView, type Screen } from "./player";

function screenOf(terminal: Terminal): Screen {
	return {
		write: (data) => terminal.write(data),
		resize: (cols, rows) => terminal.resize(cols, rows),
		reset: () => terminal.reset(),
		drained: () => new Promise((resolve) => terminal.write("", resolve)),
	};
}

/** A player on a terminal in the given element, moved on by animation frames. */
export function usePlayer(
	sessionId: string,
	index: RecordingIndex,
	host: RefObject<HTMLElement | null>,
	startAt: number,
): Player | null {
	const [player, setPlayer] = useState<Player | null>(null);
	// The start position is read once; later changes are jumps.
	// biome-ignore lint/correctness/useExhaustiveDependencies: see above
	useEffect(() => {
		const element = host.current;
		if (!element) return;
		const terminal = createTerminal({
			cols: index.width,
			rows: index.height,
			disableStdin: true,
			cursorBlink: false,
		});
		terminal.open(element);
		const made = new Player(
			index,
			(first, count) => fetchEvents(sessionId, first, count),
			screenOf(terminal),
		);
		let last = performance.now();
		let frame = requestAnimationFrame(function step(now) {
			made.tick(now - last);
			last = now;
			frame = requestAnimationFrame(step);
		});
		void made.seek(startAt);
		setPlayer(made);
		return () => {
			cancelAnimationFrame(frame);
			made.pause();
			terminal.dispose();
		};
	}, [sessionId, index, host]);
	return player;
}

export function usePlayerView(player: Player): PlayerView {
	return useSyncExternalStore(player.subscribe, player.getView);
}
