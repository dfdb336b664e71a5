// SPDX-License-Identifier: GPL-3.0-or-later
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as common } from "@zxcvbn-ts/language-common";
import { dictionary as english } from "@zxcvbn-ts/language-en";
import { dictionary as japanese } from "@zxcvbn-ts/language-ja";

/*
 * What is known of how people choose passwords, in English and Japanese. Large and slow: only the
 * worker loads it. English surnames and the words of a whole encyclopedia would treble its time.
 */
export type Strength = { score: 0 | 1 | 2 | 3 | 4; warning: string | null };

const estimator = new ZxcvbnFactory({
	dictionary: {
		"passwords-common": common["passwords-common"],
		"commonWords-en": english["commonWords-en"],
		"firstnames-en": english["firstnames-en"],
		...japanese,
	},
	graphs: adjacencyGraphs,
	// Its time grows faster than the text; who has come so far is strong, or repeats themselves.
	maxLength: 32,
});

/** own: names of the person, which others would try first. warning: a key of strength.warning.… */
export function estimate(password: string, own: readonly string[]): Strength {
	const { score, feedback } = estimator.check(password, [...own]);
	return { score, warning: feedback.warning };
}
