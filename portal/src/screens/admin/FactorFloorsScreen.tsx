// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Alert,
	Button,
	Card,
	CardBody,
	CardFooter,
	CardTitle,
	Label,
	Skeleton,
} from "@patternfly/react-core";
import { useState } from "react";
import { type FloorChange, useFactorFloors, useTryFloor, useUpdateFloor } from "../../api/floors";
import { useMay } from "../../api/me";
import type { FactorFloor, FactorFloorPreview } from "../../api/types";
import { useT } from "../../i18n";
import { CheckField, ChecksField, FormModal, useFields } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { AttestationModels } from "./AttestationModels";
import { useGroupChoices } from "./choices";
import { useSaved } from "./parts";

/** Which second factors count, and for which groups. */
export function FactorFloorsScreen() {
	const t = useT();
	const query = useFactorFloors();
	const [editing, setEditing] = useState<FactorFloor | null>(null);
	return (
		<PageFrame
			title={t("floors.title")}
			description={t("floors.description")}
			ready={!query.isPending}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<div className="sk-stack">
					<div className="sk-grid" data-testid="factor-floors">
						{query.data.items.map((floor) => (
							<Floor key={floor.id} floor={floor} onEdit={() => setEditing(floor)} />
						))}
					</div>
					<AttestationModels />
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
			{editing && <FloorModal floor={editing} onClose={() => setEditing(null)} />}
		</PageFrame>
	);
}

function Floor({ floor, onEdit }: { floor: FactorFloor; onEdit: () => void }) {
	const t = useT();
	const manages = useMay("policy.manage");
	return (
		<Card data-level={floor.level}>
			<CardTitle component="h2">
				<span className="sk-row">
					{t(`floors.${floor.level}`)}
					{floor.is_default && (
						<Label isCompact status="info">
							{t("policies.default")}
						</Label>
					)}
				</span>
			</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p>{t(`floors.${floor.level}_help`)}</p>
					<p>
						{t("policies.groups")}:{" "}
						{floor.groups.map((group) => group.name).join(", ") || t("value.none")}
					</p>
				</div>
			</CardBody>
			{manages && (
				<CardFooter>
					<Button variant="secondary" onClick={onEdit} data-testid="edit-floor">
						{t("action.edit")}
					</Button>
				</CardFooter>
			)}
		</Card>
	);
}

/** First it is tried, then it is saved: whoever saves has seen whom it binds. */
function FloorModal({ floor, onClose }: { floor: FactorFloor; onClose: () => void }) {
	const t = useT();
	const trying = useTryFloor(floor);
	const update = useUpdateFloor(floor);
	const saved = useSaved(onClose);
	const groups = useGroupChoices();
	const { values, set } = useFields({
		is_default: floor.is_default,
		group_ids: floor.groups.map((group) => group.id),
		own: false,
	});
	const seen = trying.data;
	const change: FloorChange = { is_default: values.is_default, group_ids: values.group_ids };
	const edit = (apply: () => void) => {
		apply();
		set("own", false);
		trying.reset();
		update.reset();
	};
	const submit = () =>
		seen
			? update.mutate({ ...change, below: seen.count, own: values.own }, saved)
			: trying.mutate(change);
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
			<ChecksField
				name="groups"
				label={t("policies.groups")}
				choices={groups}
				value={values.group_ids}
				onChange={(value) => edit(() => set("group_ids", value))}
			/>
			{!floor.is_default && (
				<CheckField
					name="is_default"
					label={t("floors.make_default")}
					value={values.is_default}
					onChange={(value) => edit(() => set("is_default", value))}
				/>
			)}
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
			<ul>
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
