// SPDX-License-Identifier: GPL-3.0-or-later
import { type Translate, useT } from "../i18n";
import { brokenRule, type PasswordRules } from "../lib/password";
import { TextField } from "./form";
import { PasswordStrength } from "./PasswordStrength";

export interface NewPasswordValues {
	password: string;
	again: string;
}

/** True once both are the same and break no rule that can be seen here. */
export const isNewPassword = (rules: PasswordRules, values: NewPasswordValues) =>
	values.again === values.password && brokenRule(rules, values.password) === undefined;

/** What it must be, in a sentence or several. */
export function rulesText(t: Translate, rules: PasswordRules): string {
	const kinds = [
		rules.need_lower && t("password.lower"),
		rules.need_upper && t("password.upper"),
		rules.need_digit && t("password.digit"),
	].filter((kind) => kind !== false);
	return [
		t("enrol.password_help", { count: rules.min_length }),
		kinds.length > 0 && t("password.kinds", { kinds: kinds.join(t("password.and")) }),
		rules.history > 0 && t("password.history", { count: rules.history }),
		rules.max_age_days > 0 && t("password.age", { count: rules.max_age_days }),
		t("password.never"),
	]
		.filter((part) => part !== false)
		.join(" ");
}

/** A new password, twice, under its rules. own: names of its person, which others would try first. */
export function NewPasswordFields(props: {
	label: string;
	againLabel: string;
	rules: PasswordRules;
	values: NewPasswordValues;
	set: (name: "password" | "again", value: string) => void;
	error: unknown;
	own: readonly string[];
}) {
	const t = useT();
	const { rules, values, set, own } = props;
	const broken = values.password === "" ? undefined : brokenRule(rules, values.password);
	const problem =
		broken === "too_short"
			? t("enrol.password_short", { count: rules.min_length })
			: broken && t(`field.password.${broken}`);
	const differs = values.again !== "" && values.again !== values.password;
	return (
		<>
			<TextField
				name="password"
				type="password"
				label={props.label}
				help={rulesText(t, rules)}
				problem={problem}
				value={values.password}
				onChange={(value) => set("password", value)}
				error={props.error}
				autoComplete="new-password"
				maxLength={1024}
				required
			/>
			<PasswordStrength password={values.password} own={own} />
			<TextField
				name="again"
				type="password"
				label={props.againLabel}
				problem={differs ? t("enrol.differs") : undefined}
				value={values.again}
				onChange={(value) => set("again", value)}
				autoComplete="new-password"
				maxLength={1024}
				required
			/>
		</>
	);
}
