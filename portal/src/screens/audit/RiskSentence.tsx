// SPDX-License-Identifier: GPL-3.0-or-later
import { hasKey, useT } from "../../i18n";
import { riskOf, weightText } from "../../lib/risk";

/** Why a sign-in was found usual or not, in words. */
export function RiskSentence({ leaf }: { leaf: Record<string, unknown> }) {
	const t = useT();
	const risk = riskOf(leaf);
	const key = `risk.action.${risk?.action}`;
	if (!risk || !hasKey(key)) return null;
	const parts = risk.parts.map(({ name, weight }) => {
		const part = `risk.part.${name}`;
		return (hasKey(part) ? t(part) : name) + weightText(weight);
	});
	return <p data-testid="risk">{t(key, { parts: parts.join(t("risk.and")) || "–" })}</p>;
}
