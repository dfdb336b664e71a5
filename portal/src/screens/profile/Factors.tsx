// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMyFactors, useRemoveTotp, useRenameTotp } from "../../api/me";
import type { TotpDevice } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal, TextField, useFields } from "../../ui/form";
import { Time } from "../../ui/Time";
import { AddTotp } from "./AddTotp";

type Asking = { what: "add" } | { what: "rename" | "remove"; device: TotpDevice };

/** The devices that show codes, each with its own name. */
export function Factors() {
	const t = useT();
	const query = useMyFactors();
	const [asking, setAsking] = useState<Asking | null>(null);
	const close = () => setAsking(null);
	const only = query.data?.totp.length === 1;
	const columns: Column<TotpDevice>[] = [
		{
			key: "label",
			label: t("factors.device"),
			render: (device) => <span className="sk-break">{nameOf(device, t("factors.first"))}</span>,
		},
		{
			key: "created",
			label: t("factors.added"),
			render: (device) => <Time at={device.created_at} />,
		},
		{
			key: "used",
			label: t("profile.last_seen"),
			render: (device) => <Time at={device.last_used_at} />,
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (device) => (
				<span className="sk-row">
					<Button
						variant="secondary"
						size="sm"
						onClick={() => setAsking({ what: "rename", device })}
						data-testid="rename-totp"
					>
						{t("factors.rename")}
					</Button>
					<Button
						variant="secondary"
						size="sm"
						onClick={() => setAsking({ what: "remove", device })}
						data-testid="remove-totp"
					>
						{t("factors.remove")}
					</Button>
				</span>
			),
		},
	];
	return (
		<div className="sk-stack">
			<p className="sk-small">{t(only ? "factors.only_one" : "factors.help")}</p>
			<DataTable
				label={t("factors.title")}
				columns={columns}
				query={{ ...query, data: query.data && { items: query.data.totp, next_cursor: null } }}
				rowKey={(device) => device.id}
				testId="my-totp"
				empty={null}
			/>
			<div>
				<Button
					variant="secondary"
					onClick={() => setAsking({ what: "add" })}
					data-testid="add-totp"
				>
					{t("factors.add")}
				</Button>
			</div>
			{asking?.what === "add" && <AddTotp onClose={close} />}
			{asking?.what === "rename" && <Rename device={asking.device} onClose={close} />}
			{asking?.what === "remove" && <Remove device={asking.device} onClose={close} />}
		</div>
	);
}

const nameOf = (device: TotpDevice, first: string) => device.label || first;

function Rename({ device, onClose }: { device: TotpDevice; onClose: () => void }) {
	const t = useT();
	const rename = useRenameTotp();
	const { values, set } = useFields({ label: device.label });
	const label = values.label.trim();
	return (
		<FormModal
			testId="rename-totp-dialog"
			title={t("factors.rename_title")}
			submit={t("action.save")}
			pending={rename.isPending}
			disabled={label === ""}
			error={rename.error}
			onSubmit={() => rename.mutate({ id: device.id, label }, { onSuccess: onClose })}
			onClose={onClose}
		>
			<TextField
				name="label"
				label={t("factors.label")}
				value={values.label}
				onChange={(value) => set("label", value)}
				error={rename.error}
				maxLength={64}
				required
			/>
		</FormModal>
	);
}

function Remove({ device, onClose }: { device: TotpDevice; onClose: () => void }) {
	const t = useT();
	const remove = useRemoveTotp();
	return (
		<FormModal
			testId="remove-totp-dialog"
			title={t("factors.remove_title", { name: nameOf(device, t("factors.first")) })}
			description={t("factors.remove_body")}
			submit={t("factors.remove")}
			danger
			pending={remove.isPending}
			error={remove.error}
			onSubmit={() => remove.mutate(device.id, { onSuccess: onClose })}
			onClose={onClose}
		/>
	);
}
