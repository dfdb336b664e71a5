// SPDX-License-Identifier: GPL-3.0-or-later

/** Id of the page's main part. */
export const MAIN = "main-content";

/** Where a keyboard goes on when what it stood on is gone. */
export function toMain(): void {
	document.getElementById(MAIN)?.focus({ preventScroll: true });
}

/** A terminal keeps Tab for itself; this leads out of it, and programs on targets hardly use it. */
export const LEAVE_TERMINAL = "Ctrl+F6";
export const leavesTerminal = (event: { key: string; ctrlKey: boolean }) =>
	event.ctrlKey && event.key === "F6";

const REACHABLE = "a[href], button:not([disabled])";

/** The first link or button of the next or previous row of the page's lists; rows without any are passed. */
export function stepRow(by: 1 | -1): boolean {
	const main = document.getElementById(MAIN);
	const rows = [...(main?.querySelectorAll("[data-row]") ?? [])].filter((row) =>
		row.querySelector(REACHABLE),
	);
	const here = rows.findIndex((row) => row.contains(document.activeElement));
	const next = here === -1 ? (by === 1 ? 0 : rows.length - 1) : here + by;
	const to = rows[next]?.querySelector<HTMLElement>(REACHABLE);
	to?.focus();
	return to !== undefined && to !== null;
}
