// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useMakeSecret, useRevokeSecret, useSecretDays } from "../../api/programs";
import type { Program, ProgramSecret } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal, TextField, useFields } from "../../ui/form";
import { ShownOnce } from "../../ui/ShownOnce";
import { Time } from "../../ui/Time";
import { LastUse } from "../profile/tokenColumns";
import { useSaved } from "./parts";

/** The secrets of one program: a new one is told once, an old one is revoked. */
export function ProgramSecrets({ program, manages }: { program: Program; manages: boolean }) {
	const t = useT();
	const [adding, setAdding] = useState(false);
	const [revoking, setRevoking] = useState<ProgramSecret | null>(null);
	const data = { items: program.secrets, next_cursor: null };
	return (
		<Card>
			<CardTitle component="h2">{t("programs.secrets")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p className="sk-small">{t("programs.secrets_help")}</p>
					<DataTable
						label={t("programs.secrets")}
						columns={useColumns(manages ? setRevoking : null)}
						query={{ data, error: null, isPending: false, refetch: () => undefined }}
						rowKey={(secret) => secret.id}
						testId="program-secrets"
						empty={<p>{t("programs.no_secrets")}</p>}
					/>
					{manages && (
						<div>
							<Button variant="secondary" onClick={() => setAdding(true)} data-testid="add-secret">
								{t("programs.add_secret")}
							</Button>
						</div>
					)}
				</div>
			</CardBody>
			{adding && <MakeSecret program={program} onClose={() => setAdding(false)} />}
			{revoking && (
				<RevokeSecret program={program} secret={revoking} onClose={() => setRevoking(null)} />
			)}
		</Card>
	);
}

function useColumns(revoke: ((secret: ProgramSecret) => void) | null): Column<ProgramSecret>[] {
	const t = useT();
	const columns: Column<ProgramSecret>[] = [
		{ key: "created", label: t("column.created"), render: (each) => <Time at={each.created_at} /> },
		{ key: "expires", label: t("tokens.expires"), render: (each) => <Time at={each.expires_at} /> },
		{ key: "last", label: t("tokens.last"), render: (each) => <LastUse of={each} /> },
	];
	if (!revoke) return columns;
	return [
		...columns,
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (each) => (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => revoke(each)}
					data-testid="revoke-secret"
				>
					{t("tokens.revoke")}
				</Button>
			),
		},
	];
}

export function MakeSecret({ program, onClose }: { program: Program; onClose: () => void }) {
	const t = useT();
	const make = useMakeSecret(program);
	const max = useSecretDays() ?? 0;
	const { values, set } = useFields({ days: "90" });
	const days = Number(values.days);
	if (make.data !== undefined)
		return (
			<ShownOnce
				title={t("programs.secret_of", { name: program.name })}
				once={t("tokens.once")}
				kept={t("tokens.kept")}
				text={make.data}
				testId="secret-value"
				onClose={onClose}
			/>
		);
	return (
		<FormModal
			testId="add-secret-dialog"
			title={t("programs.secret_for", { name: program.display_name })}
			description={t("programs.add_secret_body")}
			submit={t("programs.add_secret")}
			pending={make.isPending}
			disabled={!Number.isInteger(days) || days < 1}
			error={make.error}
			onSubmit={() => make.mutate(days)}
			onClose={onClose}
		>
			<TextField
				name="days"
				label={t("tokens.days")}
				help={max > 0 ? t("tokens.days_help", { max }) : undefined}
				value={values.days}
				onChange={(value) => set("days", value)}
				error={make.error}
				maxLength={4}
				inputMode="numeric"
				required
			/>
		</FormModal>
	);
}

function RevokeSecret(props: { program: Program; secret: ProgramSecret; onClose: () => void }) {
	const t = useT();
	const revoke = useRevokeSecret(props.program);
	const saved = useSaved(props.onClose);
	return (
		<FormModal
			testId="revoke-secret-dialog"
			title={t("programs.revoke_title")}
			description={
				<>
					{t("programs.revoke_body")} {t("tokens.last")}: <LastUse of={props.secret} />
				</>
			}
			submit={t("tokens.revoke")}
			danger
			pending={revoke.isPending}
			error={revoke.error}
			onSubmit={() => revoke.mutate(props.secret.id, saved)}
			onClose={props.onClose}
		/>
	);
}
