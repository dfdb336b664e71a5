// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardHeader, CardTitle, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useState } from "react";
import {
	type SecretKind,
	useArchiveAccount,
	useCreateAccount,
	useSetSecret,
	useUpdateAccount,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { Account, Target } from "../../api/types";
import { useT } from "../../i18n";
import { reasonText } from "../../ui/errorText";
import { AreaField, CheckField, FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { ArchiveModal, RowActions, useSaved } from "./parts";

type Open = { kind: "add" } | { kind: "edit" | "secret" | "archive"; account: Account } | null;

/** Privileged accounts of a target. */
export function Accounts({ target }: { target: Target }) {
	const t = useT();
	const [open, setOpen] = useState<Open>(null);
	const manages = useMay("target.manage") && !target.archived;
	const archive = useArchiveAccount();
	const close = () => setOpen(null);
	return (
		<Card>
			<CardHeader
				actions={{
					actions: manages && (
						<Button
							variant="primary"
							size="sm"
							onClick={() => setOpen({ kind: "add" })}
							data-testid="add-account"
						>
							{t("ledger.account_add")}
						</Button>
					),
				}}
			>
				<CardTitle component="h2">{t("ledger.accounts")}</CardTitle>
			</CardHeader>
			<CardBody>
				{target.accounts.length === 0 ? (
					<p>{t("admin.empty")}</p>
				) : (
					<AccountTable accounts={target.accounts} manages={manages} onOpen={setOpen} />
				)}
			</CardBody>
			{open?.kind === "add" && <AccountModal targetId={target.id} onClose={close} />}
			{open?.kind === "edit" && (
				<AccountModal targetId={target.id} account={open.account} onClose={close} />
			)}
			{open?.kind === "secret" && <SecretModal account={open.account} onClose={close} />}
			{open?.kind === "archive" && (
				<ArchiveModal object={open.account} archive={archive} onClose={close} />
			)}
		</Card>
	);
}

function AccountTable(props: {
	accounts: Account[];
	manages: boolean;
	onOpen: (open: Open) => void;
}) {
	const t = useT();
	const setsSecrets = useMay("secret.set");
	const columns = [
		t("column.name"),
		t("ledger.secret"),
		t("column.state"),
		t("ledger.lendable"),
		t("ledger.concurrent"),
	];
	return (
		<Table
			variant="compact"
			aria-label={t("ledger.accounts")}
			data-testid="accounts"
			gridBreakPoint="grid-lg"
		>
			<Thead>
				<Tr>
					{columns.map((label) => (
						<Th key={label} modifier="wrap">
							{label}
						</Th>
					))}
					<Th screenReaderText={t("column.actions")} />
				</Tr>
			</Thead>
			<Tbody>
				{props.accounts.map((account) => (
					<Tr key={account.id} data-account={account.name}>
						<Td dataLabel={columns[0] ?? ""}>
							<div className="sk-stack-tight">
								<span className="sk-mono">{account.name}</span>
								{account.description && <span className="sk-small">{account.description}</span>}
							</div>
						</Td>
						<Td dataLabel={columns[1] ?? ""}>
							{account.has_secret ? (
								<span>
									{t("ledger.secret_stored")} <Time at={account.secret_set_at} />
								</span>
							) : (
								<Label isCompact status="warning">
									{t("ledger.secret_none")}
								</Label>
							)}
						</Td>
						<Td dataLabel={columns[2] ?? ""}>
							<div className="sk-stack-tight">
								<span>
									<StateLabel kind="account" state={account.state.state} />
								</span>
								<span className="sk-small">{reasonText(t, account.state.reason)}</span>
								{account.state.checked_at && (
									<span className="sk-small">
										<Time at={account.state.checked_at} />
									</span>
								)}
							</div>
						</Td>
						<Td dataLabel={columns[3] ?? ""}>{t(account.lendable ? "value.yes" : "value.no")}</Td>
						<Td dataLabel={columns[4] ?? ""}>{t(account.concurrent ? "value.yes" : "value.no")}</Td>
						<Td isActionCell modifier="fitContent" dataLabel={t("column.actions")}>
							<RowActions
								name={account.name}
								{...(props.manages
									? {
											onEdit: () => props.onOpen({ kind: "edit", account }),
											onArchive: () => props.onOpen({ kind: "archive", account }),
										}
									: {})}
							>
								{setsSecrets && (
									<Button
										variant="secondary"
										size="sm"
										onClick={() => props.onOpen({ kind: "secret", account })}
										aria-label={`${t("ledger.secret_set")} ${account.name}`}
										data-testid="set-secret"
									>
										{t("ledger.secret_set")}
									</Button>
								)}
							</RowActions>
						</Td>
					</Tr>
				))}
			</Tbody>
		</Table>
	);
}

function AccountModal(props: { targetId: string; account?: Account; onClose: () => void }) {
	const t = useT();
	const { account } = props;
	const create = useCreateAccount();
	const update = useUpdateAccount();
	const saved = useSaved(props.onClose);
	const { values, set } = useFields({
		name: account?.name ?? "",
		description: account?.description ?? "",
		lendable: account?.lendable ?? true,
		concurrent: account?.concurrent ?? false,
	});
	const error = create.error ?? update.error;
	const submit = () => {
		const body = { ...values, name: values.name.trim() };
		if (account) update.mutate({ id: account.id, version: account.version, body }, saved);
		else create.mutate({ targetId: props.targetId, body }, saved);
	};
	return (
		<FormModal
			testId="account-dialog"
			title={t(account ? "ledger.account_edit" : "ledger.account_add")}
			submit={t("action.save")}
			pending={create.isPending || update.isPending}
			disabled={values.name.trim() === ""}
			error={error}
			onSubmit={submit}
			onClose={props.onClose}
		>
			<TextField
				name="name"
				label={t("column.name")}
				value={values.name}
				onChange={(value) => set("name", value)}
				error={error}
				maxLength={64}
				autoComplete="off"
				mono
				required
			/>
			<TextField
				name="description"
				label={t("column.description")}
				value={values.description}
				onChange={(value) => set("description", value)}
				error={error}
				maxLength={1000}
			/>
			<CheckField
				name="lendable"
				label={t("ledger.lendable")}
				help={t("ledger.lendable_help")}
				value={values.lendable}
				onChange={(value) => set("lendable", value)}
			/>
			<CheckField
				name="concurrent"
				label={t("ledger.concurrent")}
				help={t("ledger.concurrent_help")}
				value={values.concurrent}
				onChange={(value) => set("concurrent", value)}
			/>
		</FormModal>
	);
}

/** A new password or key, written into the vault and never shown again. */
function SecretModal({ account, onClose }: { account: Account; onClose: () => void }) {
	const t = useT();
	const store = useSetSecret();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ kind: "password" as SecretKind, secret: "" });
	const submit = () =>
		store.mutate({ id: account.id, kind: values.kind, secret: values.secret }, saved);
	return (
		<FormModal
			testId="secret-dialog"
			title={t("ledger.secret_title", { name: account.name })}
			description={t("ledger.secret_body")}
			submit={t("ledger.secret_set")}
			pending={store.isPending}
			disabled={values.secret === ""}
			error={store.error}
			onSubmit={submit}
			onClose={onClose}
		>
			<SelectField
				name="kind"
				label={t("ledger.secret_kind")}
				value={values.kind}
				onChange={(kind) => set("kind", kind as SecretKind)}
				choices={[
					{ value: "password", label: t("ledger.secret_kind.password") },
					{ value: "ssh_key", label: t("ledger.secret_kind.ssh_key") },
				]}
			/>
			{values.kind === "password" ? (
				<TextField
					name="secret"
					type="password"
					label={t("ledger.secret_kind.password")}
					value={values.secret}
					onChange={(value) => set("secret", value)}
					error={store.error}
					autoComplete="off"
					required
				/>
			) : (
				<AreaField
					name="secret"
					label={t("ledger.secret_kind.ssh_key")}
					help={t("ledger.secret_key_help")}
					value={values.secret}
					onChange={(value) => set("secret", value)}
					error={store.error}
					rows={8}
					mono
					required
				/>
			)}
		</FormModal>
	);
}
