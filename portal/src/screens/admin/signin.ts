// SPDX-License-Identifier: GPL-3.0-or-later
import type { SignInDraft } from "../../api/types";

/** Thresholds and budgets as they are typed. */
export interface TypedDraft {
	thresholds: SignInDraft["thresholds"];
	challenge_budget: string;
	block_budget: string;
	challenge: string;
	block: string;
}

/** 1500 (thousandths) is "1.5". */
export const scoreText = (thousandths: number) => String(thousandths / 1000);
/** 150 (ten-thousandths) is "1.5". */
export const percentText = (parts: number) => String(parts / 100);

export function typedOf(draft: SignInDraft): TypedDraft {
	return {
		thresholds: draft.thresholds,
		challenge_budget: percentText(draft.challenge_budget),
		block_budget: percentText(draft.block_budget),
		challenge: scoreText(draft.challenge),
		block: scoreText(draft.block),
	};
}

/** Undefined: not all of them are numbers. */
export function draftOf(typed: TypedDraft): SignInDraft | undefined {
	const texts = [typed.challenge_budget, typed.block_budget, typed.challenge, typed.block];
	const numbers = texts.map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
	if (numbers.some((number) => !Number.isFinite(number))) return undefined;
	const [challengeBudget = 0, blockBudget = 0, challenge = 0, block = 0] = numbers;
	return {
		thresholds: typed.thresholds,
		challenge_budget: Math.round(challengeBudget * 100),
		block_budget: Math.round(blockBudget * 100),
		challenge: Math.round(challenge * 1000),
		block: Math.round(block * 1000),
	};
}
