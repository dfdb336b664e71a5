// SPDX-License-Identifier: GPL-3.0-or-later

/** Something to go to or to do. */
export interface Entry {
	id: string;
	label: string;
	/** What happens, or what kind of thing it is. */
	note: string;
	act: () => void;
}

export const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** What the server is asked for: it knows names of accounts and of targets, each alone; the longest says most. */
export const askedFor = (text: string): string | undefined =>
	text
		.split(/[\s@]+/)
		.filter(Boolean)
		.reduce<string | undefined>(
			(best, part) => (best && best.length >= part.length ? best : part),
			undefined,
		);

/** Those whose label or note has every word; none without a word. */
export function matching(entries: readonly Entry[], text: string): Entry[] {
	const words = wordsOf(text);
	if (words.length === 0) return [];
	return entries.filter(({ label, note }) => {
		const hay = `${label} ${note}`.toLowerCase();
		return words.every((word) => hay.includes(word));
	});
}

/** The place one step on in a list that goes round. */
export const around = (at: number, by: number, count: number): number =>
	count === 0 ? 0 : (at + by + count) % count;
