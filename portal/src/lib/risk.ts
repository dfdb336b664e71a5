// SPDX-License-Identifier: GPL-3.0-or-later

/** What the score of a sign-in says in its audit record: what is called for, and why. */
export interface Risk {
	action: string;
	/** By weight, in natural logarithms; null: no weight of its own. */
	parts: { name: string; weight: number | null }[];
}

const PART = /^([a-z_]+)=(-?\d+)$/;

/** Of an event's leaf; undefined: it has none, or none that this portal understands. */
export function riskOf(leaf: Record<string, unknown>): Risk | undefined {
	const data = leaf.data as Record<string, unknown> | undefined;
	const action = data?.risk_action;
	const text = data?.risk_parts;
	if (typeof action !== "string" || typeof text !== "string") return undefined;
	const parts = text
		.split(" ")
		.map((part) => PART.exec(part))
		.filter((match) => match !== null)
		.map((match) => ({ name: match[1] ?? "", weight: Number(match[2]) / 1000 || null }));
	return { action, parts };
}

/** "+1.9", "-0.3"; nothing for what has no weight. */
export function weightText(weight: number | null): string {
	if (weight === null) return "";
	return ` (${weight > 0 ? "+" : ""}${weight.toFixed(1)})`;
}
