// SPDX-License-Identifier: GPL-3.0-or-later
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type Key, useT } from "../i18n";
import { LEAVE_TERMINAL, stepRow } from "../lib/focus";
import { Dialog } from "../ui/Dialog";

/** Keys after "g". */
const PLACES: Record<string, { to: string; label: Key }> = {
	h: { to: "/", label: "nav.home" },
	t: { to: "/targets", label: "nav.targets" },
	r: { to: "/requests", label: "nav.requests" },
	a: { to: "/approvals", label: "nav.approvals" },
	s: { to: "/sessions", label: "nav.sessions" },
};
export const PALETTE_KEY = "Ctrl+K";
const SEQUENCE_MS = 1000;

function typing(event: KeyboardEvent): boolean {
	const at = event.target as HTMLElement | null;
	if (!at) return false;
	return (
		at.isContentEditable ||
		at.closest("input, textarea, select, [role=dialog], .xterm") !== null ||
		event.ctrlKey ||
		event.metaKey ||
		event.altKey ||
		event.isComposing
	);
}

function focusSearch(): boolean {
	const input = document.querySelector<HTMLInputElement>("[data-sk-search] input");
	input?.focus();
	return input !== null;
}

/** Ctrl+K or Cmd+K, also while typing; a terminal keeps it, as shells use it. */
function callsPalette(event: KeyboardEvent): boolean {
	const at = event.target as HTMLElement | null;
	return (
		(event.ctrlKey || event.metaKey) &&
		!event.altKey &&
		!event.shiftKey &&
		event.key.toLowerCase() === "k" &&
		!at?.closest("[role=dialog], .xterm")
	);
}

type Sheet = "help" | "palette";

/** Keys that work on every page; "?" lists them. */
export function useShortcuts(): {
	open: Sheet | null;
	show: (sheet: Sheet) => void;
	close: () => void;
} {
	const navigate = useNavigate();
	const [open, setOpen] = useState<Sheet | null>(null);
	useEffect(() => {
		let pressedG = 0;
		const onKey = (event: KeyboardEvent) => {
			if (callsPalette(event)) {
				event.preventDefault();
				setOpen("palette");
			}
			if (typing(event)) return;
			const place = PLACES[event.key];
			if (place && Date.now() - pressedG < SEQUENCE_MS) {
				pressedG = 0;
				event.preventDefault();
				void navigate({ to: place.to });
			} else if (event.key === "g") pressedG = Date.now();
			else if (event.key === "?") setOpen("help");
			else if (event.key === "/" && focusSearch()) event.preventDefault();
			else if (event.key === "j") stepRow(1);
			else if (event.key === "k") stepRow(-1);
		};
		document.addEventListener("keydown", onKey);
		return () => document.removeEventListener("keydown", onKey);
	}, [navigate]);
	return { open, show: setOpen, close: () => setOpen(null) };
}

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
	const t = useT();
	const rows: [string, string][] = [
		["?", t("shortcut.help")],
		[PALETTE_KEY, t("palette.title")],
		["/", t("shortcut.search")],
		["j", t("shortcut.next_row")],
		["k", t("shortcut.previous_row")],
		[LEAVE_TERMINAL, t("shortcut.leave_terminal")],
		...Object.entries(PLACES).map(([key, place]): [string, string] => [`g ${key}`, t(place.label)]),
	];
	return (
		<Dialog title={t("shortcut.title")} onClose={onClose} testId="shortcuts">
			<dl className="sk-grid-fields">
				{rows.map(([keys, text]) => (
					<div key={keys} className="sk-row">
						<dt>
							<kbd className="sk-mono">{keys}</kbd>
						</dt>
						<dd>{text}</dd>
					</div>
				))}
			</dl>
		</Dialog>
	);
}
