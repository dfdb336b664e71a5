// SPDX-License-Identifier: GPL-3.0-or-later
import { useState } from "react";
import { usePasswordPolicies, useUpdatePasswordPolicy } from "../../api/admin";
import type { PasswordPolicy } from "../../api/types";
import { useT } from "../../i18n";
import { CheckField, FormModal, TextField, useFields } from "../../ui/form";
import { rulesText } from "../../ui/NewPassword";
import {
	ForGroupsFields,
	GroupPolicyCard,
	GroupPolicyPage,
	inBounds,
	NumberField,
} from "./GroupPolicy";
import { useSaved } from "./parts";

/** The two profiles, which groups each is for, and their rules. */
export function PasswordPoliciesScreen() {
	const t = useT();
	const [editing, setEditing] = useState<PasswordPolicy | null>(null);
	return (
		<GroupPolicyPage
			title={t("policies.title")}
			description={t("policies.description")}
			testId="password-policies"
			query={usePasswordPolicies()}
			card={(policy: PasswordPolicy) => (
				<GroupPolicyCard
					key={policy.id}
					policy={policy}
					title={t(`policies.${policy.profile}`)}
					testId="edit-policy"
					onEdit={() => setEditing(policy)}
					data-profile={policy.profile}
				>
					<p>{rulesText(t, policy)}</p>
					{policy.words && (
						<p>
							{t("policies.words")}: {policy.words}
						</p>
					)}
				</GroupPolicyCard>
			)}
		>
			{editing && <PolicyModal policy={editing} onClose={() => setEditing(null)} />}
		</GroupPolicyPage>
	);
}

function PolicyModal({ policy, onClose }: { policy: PasswordPolicy; onClose: () => void }) {
	const t = useT();
	const update = useUpdatePasswordPolicy();
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		min_length: String(policy.min_length),
		history: String(policy.history),
		max_age_days: String(policy.max_age_days),
		need_lower: policy.need_lower,
		need_upper: policy.need_upper,
		need_digit: policy.need_digit,
		words: policy.words,
		for: {
			is_default: policy.is_default,
			group_ids: policy.groups.map((group) => group.id),
		},
	});
	const valid =
		inBounds(values.min_length, 8, 64) &&
		inBounds(values.history, 0, 24) &&
		inBounds(values.max_age_days, 0, 3650);
	const submit = () => {
		const { for: whom, ...rules } = values;
		const body = {
			...rules,
			...whom,
			words: values.words.trim(),
			min_length: Number(values.min_length),
			history: Number(values.history),
			max_age_days: Number(values.max_age_days),
		};
		update.mutate({ id: policy.id, version: policy.version, body }, saved);
	};
	const numbers = [
		["min_length", t("policies.min_length"), t("policies.min_length_help")],
		["history", t("policies.history"), t("policies.history_help")],
		["max_age_days", t("policies.max_age_days"), t("policies.max_age_help")],
	] as const;
	return (
		<FormModal
			testId="policy-dialog"
			title={t(`policies.${policy.profile}`)}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={!valid}
			error={update.error}
			onSubmit={submit}
			onClose={onClose}
		>
			{numbers.map(([name, label, help]) => (
				<NumberField
					key={name}
					name={name}
					label={label}
					help={help}
					value={values[name]}
					onChange={(value) => set(name, value)}
					error={update.error}
				/>
			))}
			{(["need_lower", "need_upper", "need_digit"] as const).map((name) => (
				<CheckField
					key={name}
					name={name}
					label={t(`policies.${name}`)}
					value={values[name]}
					onChange={(value) => set(name, value)}
				/>
			))}
			<TextField
				name="words"
				label={t("policies.words")}
				help={t("policies.words_help")}
				value={values.words}
				onChange={(value) => set("words", value)}
				error={update.error}
				maxLength={1000}
			/>
			<ForGroupsFields
				policy={policy}
				makeDefault={t("policies.make_default")}
				values={values.for}
				set={(change) => set("for", { ...values.for, ...change })}
			/>
		</FormModal>
	);
}
