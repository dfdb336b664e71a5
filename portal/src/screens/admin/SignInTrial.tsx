// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle, Form } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useSignInTrial } from "../../api/signinpolicy";
import type { SignInDraft, SignInPolicy, SignInTrialResult } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { useFields } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { SignInFields } from "./SignInFields";
import { draftOf, scoreText, typedOf } from "./signin";

/** The sign-ins of the last days, judged anew by a draft. */
export function SignInTrial(props: { policy: SignInPolicy; onTake: (draft: SignInDraft) => void }) {
	const t = useT();
	const { values, set } = useFields(typedOf(props.policy));
	const [asked, setAsked] = useState<SignInDraft | null>(null);
	const draft = draftOf(values);
	const query = useSignInTrial(asked);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (draft) setAsked(draft);
	};
	return (
		<Card>
			<CardTitle component="h2">{t("signin_policy.trial")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p className="sk-small">{t("signin_policy.trial_help")}</p>
					<Form onSubmit={submit} aria-label={t("signin_policy.trial")}>
						<SignInFields typed={values} error={query.error} onChange={set} />
						<span className="sk-row">
							<Button
								type="submit"
								variant="secondary"
								isDisabled={!draft}
								isLoading={query.isFetching}
								data-testid="try-sign-in-policy"
							>
								{t("signin_policy.try")}
							</Button>
							{query.data && draft && (
								<Button
									variant="link"
									isInline
									onClick={() => props.onTake(draft)}
									data-testid="take-sign-in-policy"
								>
									{t("signin_policy.take")}
								</Button>
							)}
						</span>
					</Form>
					{query.error && !query.data ? (
						<ErrorNotice error={query.error} retry={() => void query.refetch()} />
					) : query.data ? (
						<Result trial={query.data} />
					) : null}
				</div>
			</CardBody>
		</Card>
	);
}

function Result({ trial }: { trial: SignInTrialResult }) {
	const t = useT();
	if (trial.sign_ins === 0)
		return <p data-testid="sign-in-trial-empty">{t("signin_policy.trial_empty")}</p>;
	return (
		<>
			<p>
				{t("signin_policy.trial_of", {
					count: trial.sign_ins,
					challenge: scoreText(trial.challenge),
					block: scoreText(trial.block),
				})}
				{!trial.complete && ` ${t("signin_policy.trial_part")}`}
				{trial.other > 0 && ` ${t("signin_policy.trial_other", { count: trial.other })}`}
			</p>
			<Counts trial={trial} />
			<p className="sk-small">
				{t("signin_policy.always", { count: trial.always })}{" "}
				{t("signin_policy.with_code", { count: trial.with_code })}
			</p>
			<People trial={trial} />
		</>
	);
}

const ACTIONS = ["allow", "step_up", "block"] as const;

function Counts({ trial }: { trial: SignInTrialResult }) {
	const t = useT();
	return (
		<Table
			aria-label={t("signin_policy.trial")}
			variant="compact"
			gridBreakPoint="grid-lg"
			data-testid="sign-in-trial"
		>
			<Thead>
				<Tr>
					<Th>{t("signin_policy.judged")}</Th>
					{ACTIONS.map((action) => (
						<Th key={action}>{t(`signin_policy.action.${action}`)}</Th>
					))}
				</Tr>
			</Thead>
			<Tbody>
				{(["recorded", "draft"] as const).map((which) => (
					<Tr key={which}>
						<Td dataLabel={t("signin_policy.judged")}>{t(`signin_policy.judged.${which}`)}</Td>
						{ACTIONS.map((action) => (
							<Td key={action} dataLabel={t(`signin_policy.action.${action}`)}>
								{trial[which][action]}
							</Td>
						))}
					</Tr>
				))}
			</Tbody>
		</Table>
	);
}

type Person = SignInTrialResult["people"][number];

function People({ trial }: { trial: SignInTrialResult }) {
	const t = useT();
	const columns: Column<Person>[] = [
		{
			key: "login",
			label: t("users.login"),
			render: (person) => (
				<Link to="/admin/users/$id" params={{ id: person.id }}>
					{person.login}
				</Link>
			),
		},
		{
			key: "sign_ins",
			label: t("signin_policy.sign_ins"),
			render: (person) => person.sign_ins,
		},
		...(["step_up", "block"] as const).map((action) => ({
			key: action,
			label: t(`signin_policy.action.${action}`),
			render: (person: Person) => person[action],
		})),
	];
	return (
		<DataTable
			label={t("signin_policy.people")}
			columns={columns}
			query={{
				data: { items: trial.people, next_cursor: null },
				error: null,
				isPending: false,
				refetch: () => undefined,
			}}
			rowKey={(person) => person.id}
			testId="sign-in-people"
			empty={<p>{t("signin_policy.nobody")}</p>}
		/>
	);
}
