// SPDX-License-Identifier: GPL-3.0-or-later
/* xterm.js 6.0.0 is patched for our policy when it is bundled: see strictXterm in vite.config.ts. */
import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { type ITerminalInitOnlyOptions, type ITerminalOptions, Terminal } from "@xterm/xterm";

/** Colours of the terminal do not follow the portal's theme. */
export const TERMINAL_THEME = {
	background: "#10151b",
	foreground: "#e6e9ee",
	cursor: "#8ab4f0",
	selectionBackground: "#3a5a86",
	black: "#1b232c",
	red: "#ff7b72",
	green: "#7ee787",
	yellow: "#e3b341",
	blue: "#79b8ff",
	magenta: "#d2a8ff",
	cyan: "#76e3ea",
	white: "#d0d7de",
	brightBlack: "#8b949e",
	brightRed: "#ffa198",
	brightGreen: "#aff5b4",
	brightYellow: "#f2cc60",
	brightBlue: "#a5d6ff",
	brightMagenta: "#e2c5ff",
	brightCyan: "#b3f0ff",
	brightWhite: "#ffffff",
} as const;

/* Fonts whose full-width cells are exactly two half-width ones come first. */
const FONT =
	'"BIZ UDGothic", "Noto Sans Mono CJK JP", "MS Gothic", Osaka-Mono, "DejaVu Sans Mono", monospace';

export const SCROLLBACK = 10_000;

export function createTerminal(
	options: ITerminalOptions & ITerminalInitOnlyOptions = {},
): Terminal {
	return new Terminal({
		fontFamily: FONT,
		fontSize: 14,
		scrollback: SCROLLBACK,
		theme: TERMINAL_THEME,
		cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
		allowProposedApi: false,
		...options,
	});
}

export function fitted(terminal: Terminal): FitAddon {
	const fit = new FitAddon();
	terminal.loadAddon(fit);
	return fit;
}
