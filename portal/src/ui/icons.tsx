// SPDX-License-Identifier: GPL-3.0-or-later
/* The few icons of our own; PatternFly draws the rest with its components. */

export function CloseIcon() {
	return (
		<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
			<path d="M3 3l10 10M13 3L3 13" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
		</svg>
	);
}

export function PlayIcon() {
	return (
		<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
			<path d="M4 2.5v11l9-5.5z" fill="currentColor" />
		</svg>
	);
}

export function PauseIcon() {
	return (
		<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
			<path d="M4 2.5h3v11H4zM9 2.5h3v11H9z" fill="currentColor" />
		</svg>
	);
}
