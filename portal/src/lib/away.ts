// SPDX-License-Identifier: GPL-3.0-or-later
/* A step-up at an identity provider leaves this page: which one it is, in this tab, and that it led back. */
const NAME = "sekisho-step-up";
let back = false;

export function goAway(provider: string): void {
	try {
		sessionStorage.setItem(NAME, provider);
	} catch {}
}

/** Somebody is on the way; asking changes nothing. */
export function isAway(): boolean {
	try {
		return sessionStorage.getItem(NAME) !== null;
	} catch {
		return false;
	}
}

/** The provider's answer was taken, and the way goes on to where one was. */
export function cameBack(): void {
	back = isAway();
}

/** Ends it: the provider, and whether it was proven there; undefined: nobody was on the way. */
export function takeAway(): { provider: string; proven: boolean } | undefined {
	try {
		const provider = sessionStorage.getItem(NAME);
		sessionStorage.removeItem(NAME);
		const proven = back;
		back = false;
		return provider === null ? undefined : { provider, proven };
	} catch {
		return undefined;
	}
}
