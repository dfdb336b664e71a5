// SPDX-License-Identifier: GPL-3.0-or-later
import { useT } from "../../i18n";
import { SelectField, TextField } from "../../ui/form";
import type { TypedDraft } from "./signin";

const NUMBERS = {
	budget: ["challenge_budget", "block_budget", "challenge", "block"],
	fixed: ["challenge", "block"],
} as const;

/** Thresholds, or budgets and where the thresholds begin. */
export function SignInFields(props: {
	typed: TypedDraft;
	error?: unknown;
	onChange: <K extends keyof TypedDraft>(name: K, value: TypedDraft[K]) => void;
}) {
	const t = useT();
	const { typed, onChange } = props;
	return (
		<>
			<SelectField
				name="thresholds"
				label={t("signin_policy.thresholds")}
				value={typed.thresholds}
				onChange={(value) => onChange("thresholds", value as TypedDraft["thresholds"])}
				choices={(["fixed", "budget"] as const).map((value) => ({
					value,
					label: t(`signin_policy.thresholds.${value}`),
				}))}
			/>
			{NUMBERS[typed.thresholds].map((name) => (
				<TextField
					key={name}
					name={name}
					label={t(`signin_policy.${name}`)}
					help={t(`signin_policy.${name}_help`)}
					inputMode="decimal"
					value={typed[name]}
					error={props.error}
					onChange={(value) => onChange(name, value)}
				/>
			))}
		</>
	);
}
