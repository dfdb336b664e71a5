// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardFooter, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import {
	useApproveException,
	useAskException,
	useExceptions,
	useRevokeException,
} from "../../api/exceptions";
import { useMay } from "../../api/me";
import type { SignInException } from "../../api/types";
import { type Translate, useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { Time } from "../../ui/Time";
import { useUserChoices } from "./choices";
import { useSaved } from "./parts";

type What = "approve" | "revoke";
const DAYS = ["1", "2", "3", "4", "5", "6", "7"];

const columnsOf = (t: Translate): Column<SignInException>[] => [
	{
		key: "who",
		label: t("exceptions.who"),
		render: (one) => `${one.display_name} (${one.login})`,
	},
	{
		key: "network",
		label: t("exceptions.network"),
		render: (one) => <span className="sk-mono">{one.network}</span>,
	},
	{ key: "until", label: t("exceptions.until"), render: (one) => <Time at={one.until} /> },
	{
		key: "by",
		label: t("exceptions.by"),
		render: (one) => (
			<>
				{[one.asked_by, one.approved_by].filter((by) => by !== null).join(", ")}
				{one.approved_at === null && <div className="sk-small">{t("exceptions.waits")}</div>}
			</>
		),
	},
	{
		key: "note",
		label: t("network.note"),
		render: (one) => <span className="sk-break">{one.note}</span>,
	},
];

/** Exceptions that wait or hold, each with its end; made, approved and ended by administrators. */
export function SignInExceptions() {
	const t = useT();
	const query = useExceptions();
	const manages = useMay("policy.manage");
	const [asking, setAsking] = useState<{ one: SignInException; what: What } | null>(null);
	const [adding, setAdding] = useState(false);
	const button = (one: SignInException, what: What) => (
		<Button
			variant="secondary"
			size="sm"
			onClick={() => setAsking({ one, what })}
			data-testid={`${what}-exception`}
		>
			{t(`exceptions.${what}`)}
		</Button>
	);
	const actions: Column<SignInException> = {
		key: "actions",
		label: t("column.actions"),
		action: true,
		render: (one) => (
			<span className="sk-row">
				{manages && one.approved_at === null && !one.own && button(one, "approve")}
				{manages && button(one, "revoke")}
			</span>
		),
	};
	return (
		<Card>
			<CardTitle component="h2">{t("exceptions.title")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p className="sk-small">{t("exceptions.help")}</p>
					<DataTable
						label={t("exceptions.title")}
						columns={[...columnsOf(t), actions]}
						query={query}
						rowKey={(one) => one.id}
						testId="sign-in-exceptions"
						empty={<p data-testid="no-exceptions">{t("exceptions.empty")}</p>}
					/>
				</div>
				{adding && <AddException onClose={() => setAdding(false)} />}
				{asking && <Ask {...asking} onClose={() => setAsking(null)} />}
			</CardBody>
			{manages && (
				<CardFooter>
					<Button variant="secondary" onClick={() => setAdding(true)} data-testid="add-exception">
						{t("exceptions.add")}
					</Button>
				</CardFooter>
			)}
		</Card>
	);
}

function Ask({ one, what, onClose }: { one: SignInException; what: What; onClose: () => void }) {
	const t = useT();
	const acts = { approve: useApproveException(), revoke: useRevokeException() };
	const act = acts[what];
	const saved = useSaved(onClose);
	return (
		<FormModal
			testId={`${what}-exception-dialog`}
			title={t(`exceptions.${what}_title`, { name: one.display_name, network: one.network })}
			description={t(`exceptions.${what}_body`)}
			submit={t(`exceptions.${what}`)}
			pending={act.isPending}
			error={act.error}
			onSubmit={() => act.mutate(one.id, saved)}
			onClose={onClose}
		/>
	);
}

function AddException({ onClose }: { onClose: () => void }) {
	const t = useT();
	const people = useUserChoices();
	const ask = useAskException();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ user_id: "", network: "", days: "1", note: "" });
	const body = {
		user_id: values.user_id,
		network: values.network.trim(),
		days: Number(values.days),
		note: values.note.trim(),
	};
	return (
		<FormModal
			testId="exception-dialog"
			title={t("exceptions.add")}
			description={t("exceptions.add_body")}
			submit={t("action.add")}
			pending={ask.isPending}
			disabled={body.user_id === "" || body.network === "" || body.note === ""}
			error={ask.error}
			onSubmit={() => ask.mutate(body, saved)}
			onClose={onClose}
		>
			<SelectField
				name="user_id"
				label={t("exceptions.who")}
				value={values.user_id}
				onChange={(value) => set("user_id", value)}
				choices={people}
				placeholder={t("exceptions.choose")}
				error={ask.error}
				required
			/>
			<TextField
				name="network"
				label={t("exceptions.network")}
				help={t("exceptions.network_help")}
				value={values.network}
				onChange={(value) => set("network", value)}
				error={ask.error}
				maxLength={49}
				required
			/>
			<SelectField
				name="days"
				label={t("exceptions.days")}
				value={values.days}
				onChange={(value) => set("days", value)}
				choices={DAYS.map((value) => ({ value, label: value }))}
				error={ask.error}
				required
			/>
			<TextField
				name="note"
				label={t("network.note")}
				value={values.note}
				onChange={(value) => set("note", value)}
				error={ask.error}
				maxLength={200}
				required
			/>
		</FormModal>
	);
}
