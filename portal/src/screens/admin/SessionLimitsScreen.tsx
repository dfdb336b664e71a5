// SPDX-License-Identifier: GPL-3.0-or-later
import { useState } from "react";
import { useSessionLimits, useUpdateSessionLimit } from "../../api/admin";
import type { SessionLimit } from "../../api/types";
import { useT } from "../../i18n";
import { FormModal, useFields } from "../../ui/form";
import {
	ForGroupsFields,
	GroupPolicyCard,
	GroupPolicyPage,
	inBounds,
	NumberField,
} from "./GroupPolicy";
import { useSaved } from "./parts";

/** How long a sign-in lasts, and for which groups. */
export function SessionLimitsScreen() {
	const t = useT();
	const query = useSessionLimits();
	const [editing, setEditing] = useState<SessionLimit | null>(null);
	return (
		<GroupPolicyPage
			title={t("limits.title")}
			description={t("limits.description")}
			testId="session-limits"
			query={query}
			card={(limit: SessionLimit) => (
				<GroupPolicyCard
					key={limit.id}
					policy={limit}
					title={t(`limits.${limit.profile}`)}
					testId="edit-limit"
					onEdit={() => setEditing(limit)}
					data-profile={limit.profile}
				>
					<p>{t("limits.rule", { minutes: limit.idle_minutes, hours: limit.max_hours })}</p>
				</GroupPolicyCard>
			)}
			beside={
				query.data && (
					<p>
						{t("limits.ceiling", {
							minutes: query.data.ceiling.idle_minutes,
							hours: query.data.ceiling.max_hours,
						})}
					</p>
				)
			}
		>
			{editing && <LimitModal limit={editing} onClose={() => setEditing(null)} />}
		</GroupPolicyPage>
	);
}

function LimitModal({ limit, onClose }: { limit: SessionLimit; onClose: () => void }) {
	const t = useT();
	const update = useUpdateSessionLimit();
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		idle_minutes: String(limit.idle_minutes),
		max_hours: String(limit.max_hours),
		for: {
			is_default: limit.is_default,
			group_ids: limit.groups.map((group) => group.id),
		},
	});
	const submit = () => {
		const body = {
			...values.for,
			idle_minutes: Number(values.idle_minutes),
			max_hours: Number(values.max_hours),
		};
		update.mutate({ id: limit.id, version: limit.version, body }, saved);
	};
	return (
		<FormModal
			testId="limit-dialog"
			title={t(`limits.${limit.profile}`)}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={!inBounds(values.idle_minutes, 5, 1440) || !inBounds(values.max_hours, 1, 168)}
			error={update.error}
			onSubmit={submit}
			onClose={onClose}
		>
			<NumberField
				name="idle_minutes"
				label={t("limits.idle_minutes")}
				help={t("limits.idle_minutes_help")}
				value={values.idle_minutes}
				onChange={(value) => set("idle_minutes", value)}
				error={update.error}
			/>
			<NumberField
				name="max_hours"
				label={t("limits.max_hours")}
				help={t("limits.max_hours_help")}
				value={values.max_hours}
				onChange={(value) => set("max_hours", value)}
				error={update.error}
			/>
			<ForGroupsFields
				policy={limit}
				makeDefault={t("limits.make_default")}
				values={values.for}
				set={(change) => set("for", { ...values.for, ...change })}
			/>
		</FormModal>
	);
}
