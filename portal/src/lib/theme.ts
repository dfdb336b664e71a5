// SPDX-License-Identifier: GPL-3.0-or-later
import { useSyncExternalStore } from "react";
import { readCookie, writeCookie } from "./cookies";

export type ThemeChoice = "system" | "light" | "dark";
const CHOICES: readonly ThemeChoice[] = ["system", "light", "dark"];
const COOKIE = "sekisho-theme";
const DARK_CLASS = "pf-v6-theme-dark";
const systemDark = () => matchMedia("(prefers-color-scheme: dark)");

const listeners = new Set<() => void>();
let choice: ThemeChoice = "system";

function paint(): void {
	const dark = choice === "dark" || (choice === "system" && systemDark().matches);
	document.documentElement.classList.toggle(DARK_CLASS, dark);
}

/** Reads the cookie, paints, and follows the system while that is the choice. */
export function startTheme(): void {
	const saved = readCookie(COOKIE) as ThemeChoice | null;
	choice = saved && CHOICES.includes(saved) ? saved : "system";
	systemDark().addEventListener("change", paint);
	paint();
}

export function setTheme(next: ThemeChoice): void {
	choice = next;
	writeCookie(COOKIE, next);
	paint();
	for (const listener of listeners) listener();
}

export function useTheme(): ThemeChoice {
	return useSyncExternalStore(
		(listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		() => choice,
	);
}

/** Whether the person ever chose on this browser; else the profile decides. */
export const themeChosen = () => readCookie(COOKIE) !== null;
