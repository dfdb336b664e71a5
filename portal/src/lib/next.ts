// SPDX-License-Identifier: GPL-3.0-or-later
/* Where somebody wanted to go, over the way to an identity provider and back: in this tab, for a while. */
const NAME = "sekisho-next";
const KEPT_MS = 15 * 60_000;

/** Undefined forgets. Without storage the way ends at the first page, which is no failure. */
export function keepNext(next: string | undefined): void {
	try {
		if (next) sessionStorage.setItem(NAME, `${Date.now()} ${next}`);
		else sessionStorage.removeItem(NAME);
	} catch {}
}

export function keptNext(): string | undefined {
	try {
		const [at = "", ...path] = (sessionStorage.getItem(NAME) ?? "").split(" ");
		return Date.now() - Number(at) < KEPT_MS ? path.join(" ") || undefined : undefined;
	} catch {
		return undefined;
	}
}

export function takeNext(): string | undefined {
	const next = keptNext();
	keepNext(undefined);
	return next;
}
