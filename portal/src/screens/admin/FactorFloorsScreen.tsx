// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert } from "@patternfly/react-core";
import { useState } from "react";
import { useFactorFloors, useTryFloor, useUpdateFloor } from "../../api/floors";
import type { FactorFloor, FactorFloorPreview } from "../../api/types";
import { useT } from "../../i18n";
import { CheckField, FormModal, useFields } from "../../ui/form";
import { AttestationModels } from "./AttestationModels";
import { ForGroupsFields, GroupPolicyCard, GroupPolicyPage } from "./GroupPolicy";
import { useSaved } from "./parts";

/** Which second factors count, and for which groups. */
export function FactorFloorsScreen() {
	const t = useT();
	const [editing, setEditing] = useState<FactorFloor | null>(null);
	return (
		<GroupPolicyPage
			title={t("floors.title")}
			description={t("floors.description")}
			testId="factor-floors"
			query={useFactorFloors()}
			card={(floor: FactorFloor) => (
				<GroupPolicyCard
					key={floor.id}
					policy={floor}
					title={t(`floors.${floor.level}`)}
					testId="edit-floor"
					onEdit={() => setEditing(floor)}
					data-level={floor.level}
				>
					<p>{t(`floors.${floor.level}_help`)}</p>
				</GroupPolicyCard>
			)}
			beside={<AttestationModels />}
		>
			{editing && <FloorModal floor={editing} onClose={() => setEditing(null)} />}
		</GroupPolicyPage>
	);
}

/** First it is tried, then it is saved: whoever saves has seen whom it binds. */
function FloorModal({ floor, onClose }: { floor: FactorFloor; onClose: () => void }) {
	const t = useT();
	const trying = useTryFloor(floor);
	const update = useUpdateFloor(floor);
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		for: {
			is_default: floor.is_default,
			group_ids: floor.groups.map((group) => group.id),
		},
		own: false,
	});
	const seen = trying.data;
	const edit = (change: Partial<typeof values.for>) => {
		set("for", { ...values.for, ...change });
		set("own", false);
		trying.reset();
		update.reset();
	};
	const submit = () =>
		seen
			? update.mutate({ ...values.for, below: seen.count, own: values.own }, saved)
			: trying.mutate(values.for);
	return (
		<FormModal
			testId="floor-dialog"
			title={t(`floors.${floor.level}`)}
			submit={t(seen ? "action.save" : "floors.try")}
			pending={trying.isPending || update.isPending}
			disabled={seen?.own === true && !values.own}
			error={update.error ?? trying.error}
			onSubmit={submit}
			onClose={onClose}
		>
			<ForGroupsFields
				policy={floor}
				makeDefault={t("floors.make_default")}
				values={values.for}
				set={edit}
			/>
			{seen && <Below seen={seen} />}
			{seen?.own && (
				<CheckField
					name="own"
					label={t("floors.own")}
					value={values.own}
					onChange={(value) => set("own", value)}
				/>
			)}
		</FormModal>
	);
}

function Below({ seen }: { seen: FactorFloorPreview }) {
	const t = useT();
	const kind = seen.count > 0 ? "warning" : "success";
	return (
		<Alert
			variant={kind}
			isInline
			component="p"
			variantLabel={t(`variant.${kind}`)}
			title={t("floors.below", { count: seen.count })}
			data-testid="floor-below"
		>
			{seen.count > 0 && <p>{t("floors.below_body")}</p>}
			<ul className="sk-list">
				{seen.people.map((person) => (
					<li key={person.id}>
						{`${person.display_name} (${person.login}): ${t(`floors.${person.floor}`)}`}
					</li>
				))}
			</ul>
			{seen.people.length < seen.count && (
				<p>{t("floors.below_more", { count: seen.count - seen.people.length })}</p>
			)}
		</Alert>
	);
}
