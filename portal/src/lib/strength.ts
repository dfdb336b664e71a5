// SPDX-License-Identifier: GPL-3.0-or-later
import type { Strength } from "./strengthData";
import type { Question } from "./strengthWorker";
import address from "./strengthWorker?worker&url";

/*
 * How hard a password would be to guess: a hint while it is typed, computed in a worker so that
 * typing goes on. It is started when first asked; nothing leaves the browser. The server decides.
 */
export type { Strength };

type Answer = { id: number; strength: Strength };
type TrustedUrl = string & { readonly trusted: true };
interface TrustedTypes {
	createPolicy(
		name: string,
		rules: { createScriptURL: (url: string) => string },
	): { createScriptURL(url: string): TrustedUrl };
}

let worker: Worker | null = null;
let last = 0;

/** The one script that is ever started by its address; the page's policy lets no plain text be one. */
function trusted(): string {
	const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
	const rules = { createScriptURL: () => address };
	return types ? types.createPolicy("sekisho-strength", rules).createScriptURL(address) : address;
}

function start(): Worker {
	worker ??= new Worker(trusted(), { type: "module" });
	return worker;
}

/** Tells the strength once it is known, unless it was asked again or stopped before; own: names of the person. */
export function askStrength(
	password: string,
	own: readonly string[],
	tell: (strength: Strength) => void,
): () => void {
	const running = start();
	last += 1;
	const question: Question = { id: last, password, own };
	const listen = ({ data }: MessageEvent<Answer>) => {
		if (data.id === question.id) tell(data.strength);
	};
	running.addEventListener("message", listen);
	running.postMessage(question);
	return () => running.removeEventListener("message", listen);
}
