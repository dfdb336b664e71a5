// SPDX-License-Identifier: GPL-3.0-or-later
/* Whether this page holds open terminals, known without loading the terminal's code. */
let ask = () => false;

/** The terminals' own module says how to find out, once it is there. */
export function answerLive(answer: () => boolean): void {
	ask = answer;
}

/** Whether reloading the page would cut somebody off. */
export const isLive = () => ask();
