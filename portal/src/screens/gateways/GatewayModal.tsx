// SPDX-License-Identifier: GPL-3.0-or-later
import {
	useCreateGateway,
	useCreateGatewayGroup,
	useGatewayGroups,
	useUpdateGateway,
} from "../../api/admin";
import type { Gateway } from "../../api/types";
import { useT } from "../../i18n";
import { AreaField, FormModal, SelectField, TextField, useFields } from "../../ui/form";

const NEW = "new";

/** Ranges as typed: one a line, or with commas. */
export const rangesOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** Name, group and where it may connect from; with no group yet, one is made on the way. */
export function GatewayModal({
	gateway,
	onClose,
	onSaved,
}: {
	gateway?: Gateway | undefined;
	onClose: () => void;
	onSaved: (gateway: Gateway) => void;
}) {
	const t = useT();
	const groups = useGatewayGroups({ limit: 100 }).data?.items ?? [];
	const create = useCreateGateway();
	const update = useUpdateGateway();
	const createGroup = useCreateGatewayGroup();
	const { values, set } = useFields({
		name: gateway?.name ?? "",
		group: gateway?.group.id ?? "",
		groupName: "",
		ranges: gateway?.source_ranges.join("\n") ?? "",
	});
	const group = values.group || groups[0]?.id || NEW;
	const error = create.error ?? update.error;
	const save = (group_id: string) => {
		const body = { name: values.name.trim(), group_id, source_ranges: rangesOf(values.ranges) };
		if (gateway)
			update.mutate({ id: gateway.id, version: gateway.version, body }, { onSuccess: onSaved });
		else create.mutate(body, { onSuccess: onSaved });
	};
	const submit = () => {
		if (group !== NEW) save(group);
		else
			createGroup.mutate(
				{ name: values.groupName.trim() },
				{
					onSuccess: (made) => {
						set("group", made.id);
						save(made.id);
					},
				},
			);
	};
	const choices = groups.map(({ id, name }) => ({ value: id, label: name }));
	if (gateway && !choices.some(({ value }) => value === gateway.group.id))
		choices.unshift({ value: gateway.group.id, label: gateway.group.name });
	return (
		<FormModal
			testId="gateway-dialog"
			title={t(gateway ? "gateways.edit" : "gateways.add")}
			submit={t(gateway ? "action.save" : "action.add")}
			pending={create.isPending || update.isPending || createGroup.isPending}
			disabled={values.name.trim() === "" || (group === NEW && values.groupName.trim() === "")}
			error={createGroup.error ?? error}
			onSubmit={submit}
			onClose={onClose}
		>
			<TextField
				name="name"
				label={t("column.name")}
				value={values.name}
				onChange={(value) => set("name", value)}
				error={error}
				maxLength={128}
				required
			/>
			<SelectField
				name="group_id"
				label={t("gateways.group")}
				value={group}
				onChange={(value) => set("group", value)}
				error={error}
				choices={[...choices, { value: NEW, label: t("gateways.new_group") }]}
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
			<AreaField
				name="source_ranges"
				label={t("gateways.source_ranges")}
				help={t("gateways.source_ranges_help")}
				value={values.ranges}
				onChange={(value) => set("ranges", value)}
				error={error}
				rows={2}
				mono
			/>
		</FormModal>
	);
}
