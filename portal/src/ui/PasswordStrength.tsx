// SPDX-License-Identifier: GPL-3.0-or-later
import { useEffect, useState } from "react";
import { hasKey, type Key, useT } from "../i18n";
import { askStrength, type Strength } from "../lib/strength";

/** Typing goes on meanwhile. */
const PAUSE_MS = 250;

const NAMES: Record<Strength["score"], Key> = {
	0: "strength.0",
	1: "strength.1",
	2: "strength.2",
	3: "strength.3",
	4: "strength.4",
};

function useStrength(password: string, own: readonly string[]): Strength | null {
	const [strength, setStrength] = useState<Strength | null>(null);
	const names = own.join("\n");
	useEffect(() => {
		if (password === "") {
			setStrength(null);
			return undefined;
		}
		let stop: (() => void) | undefined;
		const timer = setTimeout(() => {
			stop = askStrength(password, names.split("\n"), setStrength);
		}, PAUSE_MS);
		return () => {
			clearTimeout(timer);
			stop?.();
		};
	}, [password, names]);
	return strength;
}

/** How strong a new password looks, while it is typed. Only a hint: the server has the say. */
export function PasswordStrength({ password, own }: { password: string; own: readonly string[] }) {
	const t = useT();
	const strength = useStrength(password, own);
	return (
		<div className="sk-strength" aria-live="polite" data-testid="password-strength">
			{strength && (
				<>
					<div className="sk-row">
						<span>{t("strength.label")}</span>
						<meter
							aria-label={t("strength.label")}
							min={0}
							max={4}
							low={2}
							high={3}
							optimum={4}
							value={strength.score}
						/>
						<strong>{t(NAMES[strength.score])}</strong>
					</div>
					{strength.score < 3 && <Advice warning={strength.warning} />}
				</>
			)}
		</div>
	);
}

function Advice({ warning }: { warning: string | null }) {
	const t = useT();
	const key = `strength.warning.${warning}`;
	return (
		<p className="sk-subtle">
			{warning && hasKey(key) ? `${t(key)} ` : ""}
			{t("strength.advice")}
		</p>
	);
}
