// SPDX-License-Identifier: GPL-3.0-or-later
import { useCreateGateway, useCreateGatewayGroup, useGatewayGroups } from "../../api/admin";
import type { Gateway } from "../../api/types";
import { useT } from "../../i18n";
import { FormModal, SelectField, TextField, useFields } from "../../ui/form";

const NEW = "new";

/** Name and group; with no group yet, one is made on the way. */
export function AddGateway({
	onClose,
	onAdded,
}: {
	onClose: () => void;
	onAdded: (gateway: Gateway) => void;
}) {
	const t = useT();
	const groups = useGatewayGroups({ limit: 100 }).data?.items ?? [];
	const create = useCreateGateway();
	const createGroup = useCreateGatewayGroup();
	const { values, set } = useFields({ name: "", group: "", groupName: "" });
	const group = values.group || groups[0]?.id || NEW;
	const error = createGroup.error ?? create.error;
	const make = (group_id: string) =>
		create.mutate({ name: values.name.trim(), group_id }, { onSuccess: onAdded });
	const submit = () => {
		if (group !== NEW) make(group);
		else
			createGroup.mutate(
				{ name: values.groupName.trim() },
				{
					onSuccess: (made) => {
						set("group", made.id);
						make(made.id);
					},
				},
			);
	};
	return (
		<FormModal
			testId="gateway-dialog"
			title={t("gateways.add")}
			submit={t("action.add")}
			pending={create.isPending || createGroup.isPending}
			disabled={values.name.trim() === "" || (group === NEW && values.groupName.trim() === "")}
			error={error}
			onSubmit={submit}
			onClose={onClose}
		>
			<TextField
				name="name"
				label={t("column.name")}
				value={values.name}
				onChange={(value) => set("name", value)}
				error={create.error}
				maxLength={128}
				required
			/>
			<SelectField
				name="group_id"
				label={t("gateways.group")}
				value={group}
				onChange={(value) => set("group", value)}
				choices={[
					...groups.map(({ id, name }) => ({ value: id, label: name })),
					{ value: NEW, label: t("gateways.new_group") },
				]}
			/>
			{group === NEW && (
				<TextField
					name="group_name"
					label={t("gateways.new_group_name")}
					value={values.groupName}
					onChange={(value) => set("groupName", value)}
					error={createGroup.error}
					maxLength={128}
					required
				/>
			)}
		</FormModal>
	);
}
