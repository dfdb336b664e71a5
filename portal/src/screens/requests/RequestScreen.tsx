// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Card,
	CardBody,
	CardTitle,
	DescriptionList,
	DescriptionListDescription,
	DescriptionListGroup,
	DescriptionListTerm,
	Skeleton,
} from "@patternfly/react-core";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMay, useMe } from "../../api/me";
import type { Request } from "../../api/types";
import { useComment, useRequest, useWithdraw } from "../../api/use";
import { ConnectButton } from "../../app/ConnectButton";
import { useT } from "../../i18n";
import { AreaField, FormError, SafeForm, useFields } from "../../ui/form";
import { LinkButton } from "../../ui/LinkButton";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Period, Time } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { DecisionButtons } from "../approvals/DecisionButtons";
import { RequestStepper } from "./RequestStepper";
import { accountNames } from "./RequestTable";

export function RequestScreen() {
	const t = useT();
	const { id = "" } = useParams({ strict: false });
	const query = useRequest(id);
	const request = query.data;
	return (
		<PageFrame
			title={t("request.page", { number: request?.number ?? "" })}
			parent={{ label: t("requests.title"), to: "/requests" }}
			ready={!query.isPending}
			actions={request && <Actions request={request} />}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : request ? (
				<div className="sk-stack">
					<RequestStepper request={request} />
					<Facts request={request} />
					<Stages request={request} />
					<Leases request={request} />
					<Comments request={request} />
				</div>
			) : (
				<Skeleton height="20rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

function Actions({ request }: { request: Request }) {
	const t = useT();
	const withdraw = useWithdraw();
	const toasts = useToasts();
	const mine = useMe()?.id === request.requester.id;
	const uses = useMay("target.use");
	const first = request.accounts[0];
	return (
		<>
			{(request.may.approve || request.may.reject) && <DecisionButtons request={request} />}
			{request.may.withdraw && (
				<Button
					variant="secondary"
					isLoading={withdraw.isPending}
					onClick={() => withdraw.mutate({ id: request.id }, { onError: toasts.fail })}
					data-testid="withdraw"
				>
					{t("action.withdraw")}
				</Button>
			)}
			{mine && uses && first && request.state !== "pending" && (
				<LinkButton
					to="/targets"
					search={{ ask: first.id, q: first.target.name }}
					variant="secondary"
				>
					{t("request.repeat")}
				</LinkButton>
			)}
		</>
	);
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
	return (
		<DescriptionListGroup>
			<DescriptionListTerm>{term}</DescriptionListTerm>
			<DescriptionListDescription>{children}</DescriptionListDescription>
		</DescriptionListGroup>
	);
}

function Facts({ request }: { request: Request }) {
	const t = useT();
	return (
		<Card>
			<CardBody>
				<DescriptionList columnModifier={{ default: "1Col", lg: "2Col" }}>
					<Fact term={t("request.who")}>{request.requester.display_name}</Fact>
					<Fact term={t("request.accounts")}>
						<span className="sk-break">{accountNames(request)}</span>
					</Fact>
					<Fact term={t("request.period")}>
						<Period from={request.starts_at} to={request.ends_at} />
					</Fact>
					<Fact term={t("request.ticket")}>{request.ticket || t("value.none")}</Fact>
					<Fact term={t("request.purpose")}>
						<span className="sk-pre">{request.purpose}</span>
					</Fact>
					<Fact term={t("request.workflow")}>{request.workflow.name}</Fact>
				</DescriptionList>
			</CardBody>
		</Card>
	);
}

export function Stages({ request }: { request: Request }) {
	const t = useT();
	if (request.stages.length === 0) return null;
	return (
		<Card>
			<CardTitle component="h2">{t("request.stages")}</CardTitle>
			<CardBody>
				<ol className="sk-stack-tight">
					{request.stages.map((stage) => (
						<li key={stage.position}>
							{t("request.stage", { group: stage.group.name, count: stage.needed })}
							{stage.approvals.map((approval) => (
								<div key={approval.user.id + approval.decided_at} className="sk-row">
									<strong>{approval.user.display_name}</strong>
									<span>{t(`decision.${approval.decision}`)}</span>
									<Time at={approval.decided_at} />
									{approval.comment && <span className="sk-break">{approval.comment}</span>}
								</div>
							))}
						</li>
					))}
				</ol>
			</CardBody>
		</Card>
	);
}

function Leases({ request }: { request: Request }) {
	const t = useT();
	const mine = useMe()?.id === request.requester.id;
	if (request.leases.length === 0) return null;
	const target = (accountId: string) =>
		request.accounts.find((account) => account.id === accountId)?.target.name ?? "";
	return (
		<Card>
			<CardTitle component="h2">{t("request.leases")}</CardTitle>
			<CardBody>
				<ul className="sk-stack-tight">
					{request.leases.map((lease) => (
						<li key={lease.id} className="sk-row">
							<strong>
								{lease.account.name}@{target(lease.account.id)}
							</strong>
							<StateLabel kind="lease" state={lease.state} />
							<Period from={lease.starts_at} to={lease.ends_at} />
							{mine && lease.state === "active" && (
								<ConnectButton
									leaseId={lease.id}
									name={`${lease.account.name}@${target(lease.account.id)}`}
									small
								/>
							)}
						</li>
					))}
				</ul>
			</CardBody>
		</Card>
	);
}

function Comments({ request }: { request: Request }) {
	const t = useT();
	const comment = useComment();
	const { values, set, reset } = useFields({ text: "" });
	const send = () => {
		if (values.text.trim() === "") return;
		comment.mutate({ id: request.id, text: values.text.trim() }, { onSuccess: reset });
	};
	return (
		<Card>
			<CardTitle component="h2">{t("request.comments")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					{request.comments.length === 0 && <p className="sk-subtle">{t("request.no_comments")}</p>}
					{request.comments.map((each) => (
						<div key={each.id}>
							<div className="sk-row sk-small">
								<strong>{each.user.display_name}</strong>
								<Time at={each.created_at} />
							</div>
							<p className="sk-quote">{each.text}</p>
						</div>
					))}
					{request.may.comment && (
						<SafeForm label={t("request.comments")} onSubmit={send}>
							<FormError error={comment.error} />
							<AreaField
								name="text"
								label={t("request.comment")}
								value={values.text}
								onChange={(text) => set("text", text)}
								rows={2}
								maxLength={1000}
							/>
							<div>
								<Button
									type="submit"
									variant="secondary"
									isLoading={comment.isPending}
									isDisabled={values.text.trim() === ""}
								>
									{t("action.send")}
								</Button>
							</div>
						</SafeForm>
					)}
				</div>
			</CardBody>
		</Card>
	);
}
