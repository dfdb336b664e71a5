// SPDX-License-Identifier: GPL-3.0-or-later
/* Whether this page holds open terminals, known without loading the terminal's code. */
let ask = () => false;
let askHeld = (): number | null => null;

/** The terminals' own module says how to find out, once it is there. */
export function answerLive(answer: () => boolean, held: () => number | null): void {
	ask = answer;
	askHeld = held;
}

/** When the first terminal ends because its sign-in did (unix ms); null: none is about to. */
export const heldUntil = () => askHeld();

/** Whether reloading the page would cut somebody off. */
export const isLive = () => ask();
