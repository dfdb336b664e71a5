// SPDX-License-Identifier: GPL-3.0-or-later

export interface PasswordRules {
	min_length: number;
	need_lower: boolean;
	need_upper: boolean;
	need_digit: boolean;
	history: number;
	max_age_days: number;
}

export type BrokenRule = "too_short" | "no_lower" | "no_upper" | "no_digit";

/** The first rule a text breaks that can be seen without the server, which judges the rest. */
export function brokenRule(rules: PasswordRules, text: string): BrokenRule | undefined {
	if ([...text].length < rules.min_length) return "too_short";
	if (rules.need_lower && !/[a-z]/.test(text)) return "no_lower";
	if (rules.need_upper && !/[A-Z]/.test(text)) return "no_upper";
	if (rules.need_digit && !/[0-9]/.test(text)) return "no_digit";
	return undefined;
}
