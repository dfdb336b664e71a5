// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useAddModel, useAttestationModels, useRemoveModel } from "../../api/floors";
import { useMay } from "../../api/me";
import type { AttestationModel } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { AreaField, FormModal, TextField, useFields } from "../../ui/form";
import { Time } from "../../ui/Time";
import { useSaved } from "./parts";

/** The models that count for the strictest floor, each with the certificate it must lead to. */
export function AttestationModels() {
	const t = useT();
	const query = useAttestationModels();
	const manages = useMay("policy.manage");
	const [adding, setAdding] = useState(false);
	const [removing, setRemoving] = useState<AttestationModel | null>(null);
	const data = query.data && { ...query.data, next_cursor: null };
	return (
		<Card>
			<CardTitle component="h2">{t("models.title")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p>{t("models.help")}</p>
					<DataTable
						label={t("models.title")}
						columns={useColumns(manages ? setRemoving : null)}
						query={{ ...query, data }}
						rowKey={(model) => model.id}
						testId="attestation-models"
						empty={<p>{t("models.empty")}</p>}
					/>
					{manages && (
						<div>
							<Button variant="secondary" onClick={() => setAdding(true)} data-testid="add-model">
								{t("models.add")}
							</Button>
						</div>
					)}
				</div>
			</CardBody>
			{adding && <Add onClose={() => setAdding(false)} />}
			{removing && <Remove model={removing} onClose={() => setRemoving(null)} />}
		</Card>
	);
}

function useColumns(
	remove: ((model: AttestationModel) => void) | null,
): Column<AttestationModel>[] {
	const t = useT();
	const columns: Column<AttestationModel>[] = [
		{ key: "name", label: t("passkey.name"), render: (model) => model.name },
		{
			key: "aaguid",
			label: t("factors.model"),
			render: (model) => <span className="sk-mono sk-break">{model.aaguid}</span>,
		},
		{
			key: "subject",
			label: t("models.certificate"),
			render: (model) => <span className="sk-break">{model.subject}</span>,
		},
		{
			key: "end",
			label: t("models.not_after"),
			render: (model) => <Time at={model.not_after} />,
		},
		{ key: "passkeys", label: t("models.passkeys"), render: (model) => model.passkeys },
	];
	if (!remove) return columns;
	return [
		...columns,
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (model) => (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => remove(model)}
					data-testid="remove-model"
				>
					{t("factors.remove")}
				</Button>
			),
		},
	];
}

const AAGUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function Add({ onClose }: { onClose: () => void }) {
	const t = useT();
	const add = useAddModel();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ name: "", aaguid: "", certificate: "" });
	const body = {
		name: values.name.trim(),
		aaguid: values.aaguid.trim().toLowerCase(),
		certificate: values.certificate,
	};
	return (
		<FormModal
			testId="add-model-dialog"
			title={t("models.add")}
			submit={t("action.save")}
			pending={add.isPending}
			disabled={body.name === "" || !AAGUID.test(body.aaguid) || body.certificate === ""}
			error={add.error}
			onSubmit={() => add.mutate(body, saved)}
			onClose={onClose}
		>
			<TextField
				name="name"
				label={t("passkey.name")}
				value={values.name}
				onChange={(value) => set("name", value)}
				error={add.error}
				maxLength={64}
				required
			/>
			<TextField
				name="aaguid"
				label={t("factors.model")}
				help={t("models.aaguid_help")}
				value={values.aaguid}
				onChange={(value) => set("aaguid", value)}
				error={add.error}
				maxLength={36}
				mono
				required
			/>
			<AreaField
				name="certificate"
				label={t("models.certificate")}
				help={t("models.certificate_help")}
				value={values.certificate}
				onChange={(value) => set("certificate", value)}
				error={add.error}
				maxLength={8192}
				required
			/>
		</FormModal>
	);
}

function Remove({ model, onClose }: { model: AttestationModel; onClose: () => void }) {
	const t = useT();
	const remove = useRemoveModel();
	const saved = useSaved(onClose);
	return (
		<FormModal
			testId="remove-model-dialog"
			title={t("passkey.remove_title", { name: model.name })}
			description={t("models.remove_body", { count: model.passkeys })}
			submit={t("factors.remove")}
			danger
			pending={remove.isPending}
			error={remove.error}
			onSubmit={() => remove.mutate(model.id, saved)}
			onClose={onClose}
		/>
	);
}
