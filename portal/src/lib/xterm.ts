// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * xterm.js 6.0.0 under `style-src 'self'`. Its DOM renderer makes <style> elements and sets style
 * attributes for 24-bit colours; both are blocked by our policy and the terminal becomes unreadable.
 * It takes a document to work with, so it gets one whose createElement differs in two ways:
 *   (a) a "style" element is an inert <template> that fills a constructed style sheet;
 *   (b) setAttribute("style", v) of an element becomes style.cssText = v, which is allowed.
 * Nothing is weakened: markup injection stays blocked. Relies on internals: keep xterm.js pinned.
 */
import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { type ITerminalInitOnlyOptions, type ITerminalOptions, Terminal } from "@xterm/xterm";

function constructedStyle(owner: Document): HTMLElement {
	const element = owner.createElement("template");
	const sheet = new CSSStyleSheet();
	owner.adoptedStyleSheets = [...owner.adoptedStyleSheets, sheet];
	Object.defineProperty(element, "textContent", {
		get: () => "",
		set: (text: string) => sheet.replaceSync(text),
	});
	element.remove = () => {
		owner.adoptedStyleSheets = owner.adoptedStyleSheets.filter((each) => each !== sheet);
		Element.prototype.remove.call(element);
	};
	return element;
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
	if (name === "style") this.style.cssText = value;
	else Element.prototype.setAttribute.call(this, name, value);
}

/** The document as xterm.js is to see it. */
export function strictDocument(owner: Document): Document {
	const createElement = (tag: string, options?: ElementCreationOptions): HTMLElement => {
		if (tag === "style") return constructedStyle(owner);
		const element = owner.createElement(tag, options);
		element.setAttribute = setAttribute;
		return element;
	};
	return new Proxy(owner, {
		get(target, key) {
			if (key === "createElement") return createElement;
			const value = Reflect.get(target, key, target);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}

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
		documentOverride: strictDocument(document),
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
