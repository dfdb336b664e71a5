// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMyFactors } from "../../api/me";
import { useAddPasskey, useRemovePasskey, useRenamePasskey } from "../../api/passkey";
import type { Passkey } from "../../api/types";
import { useT } from "../../i18n";
import { passkeysWork } from "../../lib/passkey";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal, TextField, useFields } from "../../ui/form";
import { Time } from "../../ui/Time";

type Asking = { what: "add" } | { what: "rename" | "remove"; passkey: Passkey };

/** The person's passkeys: made, named and removed by nobody else. */
export function Passkeys() {
	const t = useT();
	const query = useMyFactors();
	const [asking, setAsking] = useState<Asking | null>(null);
	const close = () => setAsking(null);
	return (
		<div className="sk-stack">
			<p className="sk-small">{t(passkeysWork() ? "passkey.help" : "passkey.unavailable")}</p>
			<DataTable
				label={t("passkey.title")}
				columns={useColumns(setAsking)}
				query={{ ...query, data: query.data && { items: query.data.passkeys, next_cursor: null } }}
				rowKey={(passkey) => passkey.id}
				testId="my-passkeys"
				empty={<p>{t("passkey.empty")}</p>}
			/>
			<div>
				<Button
					variant="secondary"
					isDisabled={!passkeysWork()}
					onClick={() => setAsking({ what: "add" })}
					data-testid="add-passkey"
				>
					{t("passkey.add")}
				</Button>
			</div>
			{asking?.what === "add" && <AddPasskey onClose={close} />}
			{asking?.what === "rename" && <Rename passkey={asking.passkey} onClose={close} />}
			{asking?.what === "remove" && <Remove passkey={asking.passkey} onClose={close} />}
		</div>
	);
}

function useColumns(ask: (asking: Asking) => void): Column<Passkey>[] {
	const t = useT();
	return [
		{
			key: "label",
			label: t("passkey.name"),
			render: (passkey) => <span className="sk-break">{passkey.label}</span>,
		},
		{
			key: "where",
			label: t("passkey.kept"),
			render: (passkey) => t(passkey.synced ? "passkey.synced" : "passkey.single"),
		},
		{
			key: "created",
			label: t("factors.added"),
			render: (passkey) => <Time at={passkey.created_at} />,
		},
		{
			key: "used",
			label: t("profile.last_seen"),
			render: (passkey) => <Time at={passkey.last_used_at} />,
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (passkey) => (
				<span className="sk-row">
					{(["rename", "remove"] as const).map((what) => (
						<Button
							key={what}
							variant="secondary"
							size="sm"
							onClick={() => ask({ what, passkey })}
							data-testid={`${what}-passkey`}
						>
							{t(`factors.${what}`)}
						</Button>
					))}
				</span>
			),
		},
	];
}

/** Asks for a name, then the browser for the rest. */
export function AddPasskey({ onClose }: { onClose: () => void }) {
	const t = useT();
	const add = useAddPasskey();
	const { values, set } = useFields({ label: "" });
	const label = values.label.trim();
	return (
		<FormModal
			testId="add-passkey-dialog"
			title={t("passkey.add")}
			description={t("passkey.add_body")}
			submit={t("passkey.make")}
			pending={add.isPending}
			disabled={label === ""}
			error={add.error}
			onSubmit={() => add.mutate(label, { onSuccess: onClose })}
			onClose={onClose}
		>
			<Label value={values.label} onChange={(value) => set("label", value)} error={add.error} />
		</FormModal>
	);
}

function Label(props: { value: string; onChange: (value: string) => void; error: unknown }) {
	const t = useT();
	return (
		<TextField
			{...props}
			name="label"
			label={t("passkey.name")}
			help={t("passkey.name_help")}
			maxLength={64}
			required
		/>
	);
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
	const t = useT();
	const rename = useRenamePasskey();
	const { values, set } = useFields({ label: passkey.label });
	const label = values.label.trim();
	return (
		<FormModal
			testId="rename-passkey-dialog"
			title={t("passkey.rename_title")}
			submit={t("action.save")}
			pending={rename.isPending}
			disabled={label === ""}
			error={rename.error}
			onSubmit={() => rename.mutate({ id: passkey.id, label }, { onSuccess: onClose })}
			onClose={onClose}
		>
			<Label value={values.label} onChange={(value) => set("label", value)} error={rename.error} />
		</FormModal>
	);
}

function Remove({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
	const t = useT();
	const remove = useRemovePasskey();
	return (
		<FormModal
			testId="remove-passkey-dialog"
			title={t("passkey.remove_title", { name: passkey.label })}
			description={t("passkey.remove_body")}
			submit={t("factors.remove")}
			danger
			pending={remove.isPending}
			error={remove.error}
			onSubmit={() => remove.mutate(passkey.id, { onSuccess: onClose })}
			onClose={onClose}
		/>
	);
}
