// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Card,
	CardBody,
	CardFooter,
	CardTitle,
	Label,
	Skeleton,
} from "@patternfly/react-core";
import { useState } from "react";
import { usePasswordPolicies, useUpdatePasswordPolicy } from "../../api/admin";
import { useMay } from "../../api/me";
import type { PasswordPolicy } from "../../api/types";
import { useT } from "../../i18n";
import { CheckField, ChecksField, FormModal, TextField, useFields } from "../../ui/form";
import { rulesText } from "../../ui/NewPassword";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { useGroupChoices } from "./choices";
import { useSaved } from "./parts";

/** The two profiles, which groups each is for, and their rules. */
export function PasswordPoliciesScreen() {
	const t = useT();
	const query = usePasswordPolicies();
	const [editing, setEditing] = useState<PasswordPolicy | null>(null);
	return (
		<PageFrame
			title={t("policies.title")}
			description={t("policies.description")}
			ready={!query.isPending}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<div className="sk-grid" data-testid="password-policies">
					{query.data.items.map((policy) => (
						<Policy key={policy.id} policy={policy} onEdit={() => setEditing(policy)} />
					))}
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
			{editing && <PolicyModal policy={editing} onClose={() => setEditing(null)} />}
		</PageFrame>
	);
}

function Policy({ policy, onEdit }: { policy: PasswordPolicy; onEdit: () => void }) {
	const t = useT();
	const manages = useMay("policy.manage");
	return (
		<Card data-profile={policy.profile}>
			<CardTitle component="h2">
				<span className="sk-row">
					{t(`policies.${policy.profile}`)}
					{policy.is_default && (
						<Label isCompact status="info">
							{t("policies.default")}
						</Label>
					)}
				</span>
			</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p>{rulesText(t, policy)}</p>
					{policy.words && (
						<p>
							{t("policies.words")}: {policy.words}
						</p>
					)}
					<p>
						{t("policies.groups")}:{" "}
						{policy.groups.map((group) => group.name).join(", ") || t("value.none")}
					</p>
				</div>
			</CardBody>
			{manages && (
				<CardFooter>
					<Button variant="secondary" onClick={onEdit} data-testid="edit-policy">
						{t("action.edit")}
					</Button>
				</CardFooter>
			)}
		</Card>
	);
}

/** Digits within bounds; the server judges again. */
const inBounds = (text: string, from: number, to: number) =>
	/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to;

function PolicyModal({ policy, onClose }: { policy: PasswordPolicy; onClose: () => void }) {
	const t = useT();
	const update = useUpdatePasswordPolicy();
	const saved = useSaved(onClose);
	const groups = useGroupChoices();
	const { values, set } = useFields({
		min_length: String(policy.min_length),
		history: String(policy.history),
		max_age_days: String(policy.max_age_days),
		need_lower: policy.need_lower,
		need_upper: policy.need_upper,
		need_digit: policy.need_digit,
		is_default: policy.is_default,
		words: policy.words,
		group_ids: policy.groups.map((group) => group.id),
	});
	const valid =
		inBounds(values.min_length, 8, 64) &&
		inBounds(values.history, 0, 24) &&
		inBounds(values.max_age_days, 0, 3650);
	const submit = () => {
		const body = {
			...values,
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
				<TextField
					key={name}
					name={name}
					label={label}
					help={help}
					value={values[name]}
					onChange={(value) => set(name, value.replace(/\D/g, ""))}
					error={update.error}
					inputMode="numeric"
					maxLength={4}
					required
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
			<ChecksField
				name="groups"
				label={t("policies.groups")}
				choices={groups}
				value={values.group_ids}
				onChange={(value) => set("group_ids", value)}
			/>
			{!policy.is_default && (
				<CheckField
					name="is_default"
					label={t("policies.make_default")}
					value={values.is_default}
					onChange={(value) => set("is_default", value)}
				/>
			)}
		</FormModal>
	);
}
