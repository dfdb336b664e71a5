// SPDX-License-Identifier: GPL-3.0-or-later
import type { MyAccount, MyTarget } from "../../api/types";

/** What one can do with an account now: exactly one of these, in this order. */
export type Offer = "connect" | "scheduled" | "request" | "refused";

export function offerOf(account: MyAccount): Offer {
	if (account.lease?.state === "active") return "connect";
	if (account.lease?.state === "scheduled") return "scheduled";
	return account.verdict === "allow" && !account.why_not ? "request" : "refused";
}

/** Lengths offered for a loan, in minutes, within what the workflow allows. */
const LENGTHS = [30, 60, 120, 240, 480] as const;

export function lengthsFor(maxMinutes: number): number[] {
	const lengths = LENGTHS.filter((minutes) => minutes <= maxMinutes);
	return lengths.length > 0 ? [...lengths] : [maxMinutes];
}

/** One hour when it is allowed, else the longest there is. */
export function defaultLength(maxMinutes: number): number {
	const lengths = lengthsFor(maxMinutes);
	return lengths.includes(60) ? 60 : (lengths.at(-1) ?? maxMinutes);
}

export interface Choice {
	target: MyTarget;
	account: MyAccount;
}

/** Accounts that can go into the same request: asked for in the same way. */
export function companions(targets: MyTarget[], chosen: Choice): Choice[] {
	return targets
		.flatMap((target) => target.accounts.map((account) => ({ target, account })))
		.filter(
			({ account }) =>
				account.id !== chosen.account.id &&
				offerOf(account) === "request" &&
				account.workflow?.id === chosen.account.workflow?.id,
		);
}
