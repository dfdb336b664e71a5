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
import type { ReactNode } from "react";
import { useMay } from "../../api/me";
import type { Ref } from "../../api/types";
import { useT } from "../../i18n";
import { CheckField, ChecksField, TextField } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { useGroupChoices } from "./choices";

/** What every policy that is for groups has: one is the default, each has its groups. */
export interface GroupPolicy {
	id: string;
	is_default: boolean;
	groups: Ref[];
}

interface Answer<T> {
	data: { items: T[] } | undefined;
	error: unknown;
	isPending: boolean;
	refetch: () => unknown;
}

/** The policies of a kind as cards; what belongs beside them and their dialog as children. */
export function GroupPolicyPage<T extends GroupPolicy>({
	title,
	description,
	testId,
	query,
	card,
	beside,
	children,
}: {
	title: string;
	description: string;
	testId: string;
	query: Answer<T>;
	card: (policy: T) => ReactNode;
	beside?: ReactNode;
	children?: ReactNode;
}) {
	const t = useT();
	return (
		<PageFrame title={title} description={description} ready={!query.isPending}>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<div className="sk-stack">
					<div className="sk-grid" data-testid={testId}>
						{query.data.items.map(card)}
					</div>
					{beside}
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
			{children}
		</PageFrame>
	);
}

export function GroupPolicyCard({
	policy,
	title,
	testId,
	onEdit,
	children,
	...data
}: {
	policy: GroupPolicy;
	title: string;
	testId: string;
	onEdit: () => void;
	children: ReactNode;
} & { [name: `data-${string}`]: string }) {
	const t = useT();
	const manages = useMay("policy.manage");
	return (
		<Card {...data}>
			<CardTitle component="h2">
				<span className="sk-row">
					{title}
					{policy.is_default && (
						<Label isCompact status="info">
							{t("policies.default")}
						</Label>
					)}
				</span>
			</CardTitle>
			<CardBody>
				<div className="sk-stack">
					{children}
					<p>
						{t("policies.groups")}:{" "}
						{policy.groups.map((group) => group.name).join(t("list.comma")) || t("value.none")}
					</p>
				</div>
			</CardBody>
			{manages && (
				<CardFooter>
					<Button variant="secondary" onClick={onEdit} data-testid={testId}>
						{t("action.edit")}
					</Button>
				</CardFooter>
			)}
		</Card>
	);
}

/** Which groups it is for, and whether for everybody else; the default stays it until another is. */
export function ForGroupsFields({
	policy,
	makeDefault,
	values,
	set,
}: {
	policy: GroupPolicy;
	makeDefault: string;
	values: { group_ids: string[]; is_default: boolean };
	set: (change: Partial<{ group_ids: string[]; is_default: boolean }>) => void;
}) {
	const t = useT();
	const groups = useGroupChoices();
	return (
		<>
			<ChecksField
				name="groups"
				label={t("policies.groups")}
				choices={groups}
				value={values.group_ids}
				onChange={(value) => set({ group_ids: value })}
			/>
			{!policy.is_default && (
				<CheckField
					name="is_default"
					label={makeDefault}
					value={values.is_default}
					onChange={(value) => set({ is_default: value })}
				/>
			)}
		</>
	);
}

/** Digits within bounds; the server judges again. */
export const inBounds = (text: string, from: number, to: number) =>
	/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to;

export function NumberField({
	name,
	label,
	help,
	value,
	onChange,
	error,
}: {
	name: string;
	label: string;
	help: string;
	value: string;
	onChange: (value: string) => void;
	error: unknown;
}) {
	return (
		<TextField
			name={name}
			label={label}
			help={help}
			value={value}
			onChange={(next) => onChange(next.replace(/\D/g, ""))}
			error={error}
			inputMode="numeric"
			maxLength={4}
			required
		/>
	);
}
