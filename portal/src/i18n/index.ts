// SPDX-License-Identifier: GPL-3.0-or-later
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { loadChunk } from "../boot/chunks";
import { readCookie, writeCookie } from "../lib/cookies";
import type { ja } from "./ja";

export type Key = keyof typeof ja;
export type Language = "ja" | "en";
export type Values = Record<string, string | number>;
export type Translate = (key: Key, values?: Values) => string;

const COOKIE = "sekisho-lang";

/** Only the shown language is loaded. */
const LOADERS: Record<Language, () => Promise<Record<Key, string>>> = {
	ja: async () => (await loadChunk(() => import("./ja"))).ja,
	en: async () => (await loadChunk(() => import("./en"))).en,
};

const isLanguage = (value: string | null | undefined): value is Language =>
	value === "ja" || value === "en";

function firstLanguage(): Language {
	const saved = readCookie(COOKIE);
	if (isLanguage(saved)) return saved;
	const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
	return wanted ?? "ja";
}

async function load(language: Language): Promise<void> {
	if (!i18next.hasResourceBundle(language, "translation"))
		i18next.addResourceBundle(language, "translation", await LOADERS[language]());
	await i18next.changeLanguage(language);
	document.documentElement.lang = language;
}

export async function startI18n(): Promise<void> {
	await i18next.use(initReactI18next).init({
		resources: {},
		// Keys are flat names with dots in them, not paths.
		keySeparator: false,
		nsSeparator: false,
		fallbackLng: false,
		interpolation: { escapeValue: false },
		react: { useSuspense: false },
		showSupportNotice: false,
	} as Parameters<typeof i18next.init>[0]);
	await load(firstLanguage());
}

/** Changes the language; when its texts cannot be had, all stays as it is, and this throws ChunkError. */
export async function setLanguage(language: Language): Promise<void> {
	await load(language);
	writeCookie(COOKIE, language);
}

/** Whether the person ever chose on this browser; else the profile decides. */
export const languageChosen = () => readCookie(COOKIE) !== null;

export function useT(): Translate {
	const { t } = useTranslation();
	return t as unknown as Translate;
}

export function useLanguage(): Language {
	const { i18n } = useTranslation();
	return i18n.language === "en" ? "en" : "ja";
}

/** True when the server's code has a text of its own. */
export function hasKey(key: string): key is Key {
	return i18next.exists(key);
}
