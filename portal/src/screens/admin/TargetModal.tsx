// SPDX-License-Identifier: GPL-3.0-or-later
import { useCreateTarget, useUpdateTarget } from "../../api/admin";
import type { Target } from "../../api/types";
import { useT } from "../../i18n";
import { AreaField, FormModal, TextField, useFields } from "../../ui/form";
import { useGatewayGroupChoices, useTargetGroupChoices } from "./choices";
import { PickerField, useSaved } from "./parts";

/** Addresses as typed, one a line. */
export const addressesOf = (text: string): string[] =>
	text
		.split(/[\s,]+/)
		.map((line) => line.trim())
		.filter(Boolean);

export function TargetModal(props: {
	target?: Target;
	onClose: () => void;
	onSaved?: (id: string) => void;
}) {
	const t = useT();
	const { target, onClose } = props;
	const create = useCreateTarget();
	const update = useUpdateTarget();
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		name: target?.name ?? "",
		description: target?.description ?? "",
		group_id: target?.group.id ?? "",
		gateway_group_id: target?.gateway_group.id ?? "",
		port: String(target?.port ?? 22),
		addresses: target?.addresses.join("\n") ?? "",
	});
	const error = create.error ?? update.error;
	const body = {
		...values,
		name: values.name.trim(),
		port: Number(values.port),
		addresses: addressesOf(values.addresses),
	};
	const complete =
		body.name !== "" &&
		body.group_id !== "" &&
		body.gateway_group_id !== "" &&
		body.addresses.length > 0;
	const submit = () => {
		if (target) update.mutate({ id: target.id, version: target.version, body }, saved);
		else
			create.mutate(
				{ ...body, kind: "linux_ssh" },
				{
					onSuccess: (made) => {
						saved.onSuccess();
						props.onSaved?.(made.id);
					},
				},
			);
	};
	return (
		<FormModal
			testId="target-dialog"
			title={t(target ? "ledger.edit" : "ledger.add")}
			submit={t("action.save")}
			pending={create.isPending || update.isPending}
			disabled={!complete}
			error={error}
			onSubmit={submit}
			onClose={onClose}
			wide
		>
			<div className="sk-grid-fields">
				<TextField
					name="name"
					label={t("column.name")}
					value={values.name}
					onChange={(value) => set("name", value)}
					error={error}
					maxLength={128}
					required
				/>
				<TextField
					name="port"
					type="number"
					min={1}
					max={65535}
					label={t("ledger.port")}
					value={values.port}
					onChange={(value) => set("port", value)}
					error={error}
					required
				/>
			</div>
			<AreaField
				name="addresses"
				label={t("ledger.addresses")}
				help={t("ledger.addresses_help")}
				value={values.addresses}
				onChange={(value) => set("addresses", value)}
				error={error}
				rows={2}
				mono
				required
			/>
			<div className="sk-grid-fields">
				<PickerField
					name="group_id"
					label={t("ledger.group")}
					value={values.group_id}
					onChange={(value) => set("group_id", value)}
					useChoices={useTargetGroupChoices}
					current={target && { value: target.group.id, label: target.group.name }}
					error={error}
					required
				/>
				<PickerField
					name="gateway_group_id"
					label={t("ledger.gateway_group")}
					value={values.gateway_group_id}
					onChange={(value) => set("gateway_group_id", value)}
					useChoices={useGatewayGroupChoices}
					current={target && { value: target.gateway_group.id, label: target.gateway_group.name }}
					error={error}
					required
				/>
			</div>
			<AreaField
				name="description"
				label={t("column.description")}
				value={values.description}
				onChange={(value) => set("description", value)}
				error={error}
				maxLength={1000}
				rows={2}
			/>
		</FormModal>
	);
}
