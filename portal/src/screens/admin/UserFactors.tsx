// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useRemoveFactor, useUserFactors } from "../../api/floors";
import { useMay, useMe } from "../../api/me";
import type { UserFactors as Factors, User } from "../../api/types";
import { type Translate, useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal } from "../../ui/form";
import { Time } from "../../ui/Time";
import { useSaved } from "./parts";

interface Row {
	id: string;
	name: string;
	kind: string;
	model: string | null;
	created_at: string;
	last_used_at: string | null;
}

function kindOf(t: Translate, passkey: Factors["passkeys"][number]): string {
	if (passkey.device_bound) return t("factors.kind_bound");
	return t(passkey.synced ? "factors.kind_synced" : "factors.kind_copyable");
}

const rowsOf = (t: Translate, factors: Factors): Row[] => [
	...factors.passkeys.map((passkey) => ({
		...passkey,
		name: passkey.label,
		kind: kindOf(t, passkey),
	})),
	...factors.totp.map((device) => ({
		...device,
		name: device.label || t("factors.first"),
		kind: t("factors.kind_totp"),
		model: null,
	})),
];

const LEVELS = ["any", "passkey", "device_bound", "attested"];

const meets = ({ best, floor }: Factors) => LEVELS.indexOf(best) >= LEVELS.indexOf(floor);

/** What an administrator sees of a person's factors: that they are there, never what proves them. */
export function UserFactors({ user }: { user: User }) {
	const t = useT();
	const query = useUserFactors(user.id);
	const [removing, setRemoving] = useState<Row | null>(null);
	const factors = query.data;
	const data = factors && { items: rowsOf(t, factors), next_cursor: null };
	return (
		<Card>
			<CardTitle component="h2">{t("factors.of_user")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					{factors && (
						<p data-testid="user-floor">
							{t("factors.floor", { floor: t(`floors.${factors.floor}`) })}{" "}
							{t(meets(factors) ? "factors.meets" : "factors.below")}
						</p>
					)}
					<DataTable
						label={t("factors.of_user")}
						columns={useColumns(user, setRemoving)}
						query={{ ...query, data }}
						rowKey={(row) => row.id}
						testId="user-factors"
						empty={<p>{t("factors.none")}</p>}
					/>
					{factors?.recovery && (
						<p>{t("factors.recovery_left", { count: factors.recovery.left })}</p>
					)}
				</div>
			</CardBody>
			{removing && <Remove user={user} factor={removing} onClose={() => setRemoving(null)} />}
		</Card>
	);
}

function useColumns(user: User, remove: (row: Row) => void): Column<Row>[] {
	const t = useT();
	const may = useMay("user.manage");
	const own = useMe()?.id === user.id;
	const columns: Column<Row>[] = [
		{
			key: "name",
			label: t("passkey.name"),
			render: (row) => <span className="sk-break">{row.name}</span>,
		},
		{ key: "kind", label: t("factors.kind"), render: (row) => row.kind },
		{
			key: "model",
			label: t("factors.model"),
			render: (row) => <span className="sk-mono sk-break">{row.model ?? t("value.none")}</span>,
		},
		{
			key: "created",
			label: t("factors.added"),
			render: (row) => <Time at={row.created_at} />,
		},
		{
			key: "used",
			label: t("profile.last_seen"),
			render: (row) => <Time at={row.last_used_at} />,
		},
	];
	if (!may || own) return columns;
	return [
		...columns,
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (row) => (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => remove(row)}
					data-testid="remove-factor"
				>
					{t("factors.remove")}
				</Button>
			),
		},
	];
}

function Remove(props: { user: User; factor: Row; onClose: () => void }) {
	const t = useT();
	const remove = useRemoveFactor(props.user.id);
	const saved = useSaved(props.onClose);
	return (
		<FormModal
			testId="remove-factor-dialog"
			title={t("passkey.remove_title", { name: props.factor.name })}
			description={t("factors.remove_theirs", { name: props.user.display_name })}
			submit={t("factors.remove")}
			danger
			pending={remove.isPending}
			error={remove.error}
			onSubmit={() => remove.mutate(props.factor.id, saved)}
			onClose={props.onClose}
		/>
	);
}
