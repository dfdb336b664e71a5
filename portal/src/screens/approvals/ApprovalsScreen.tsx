// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Skeleton } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { RequestSummary } from "../../api/types";
import { useRequest, useRequests } from "../../api/use";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { Pager } from "../../ui/DataTable";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { EmptyNotice, ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Period, Time } from "../../ui/Time";
import { Stages } from "../requests/RequestScreen";
import { accountNames } from "../requests/RequestTable";
import { DecisionButtons } from "./DecisionButtons";

/** The approver's inbox: who, what, when, why; decide in place. New ones appear by themselves. */
export function ApprovalsScreen() {
	const t = useT();
	const { search } = useUrlState();
	const decided = search.state === "decided";
	const query = useRequests({
		scope: "approvals",
		state: decided ? undefined : "pending",
		q: search.q,
		cursor: lastCursor(search.p),
	});
	const items = (query.data?.items ?? []).filter(
		(request) => (request.state === "pending") !== decided,
	);
	return (
		<PageFrame
			title={t("approvals.title")}
			description={t("approvals.description")}
			ready={!query.isPending}
		>
			<ListBar>
				{[
					<ListSearch key="q" label={t("requests.search")} />,
					<ListFilter
						key="state"
						name="state"
						label={t("column.state")}
						all={t("approvals.waiting")}
						choices={[{ value: "decided", label: t("approvals.decided") }]}
					/>,
				]}
			</ListBar>
			{query.error && !query.data ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.isPending ? (
				<Skeleton height="140px" screenreaderText={t("state.loading")} />
			) : items.length === 0 ? (
				<EmptyNotice
					title={t(search.q ? "list.no_match" : "approvals.empty")}
					body={t(search.q ? "list.no_match_body" : "approvals.empty_body")}
				/>
			) : (
				<div className="sk-stack" data-testid="approvals" aria-live="polite">
					{items.map((request) => (
						<Item key={request.id} request={request} />
					))}
				</div>
			)}
			<Pager page={query.data} />
		</PageFrame>
	);
}

function Item({ request }: { request: RequestSummary }) {
	const t = useT();
	const [open, setOpen] = useState(false);
	return (
		<article
			className="sk-approval"
			aria-label={t("request.page", { number: request.number })}
			data-testid="approval"
			data-request={request.id}
			data-row={request.id}
		>
			<div className="sk-stack-tight">
				<div className="sk-row">
					<strong>{request.requester.display_name}</strong>
					<span className="sk-break">{accountNames(request)}</span>
					{request.state !== "pending" && <StateLabel kind="request" state={request.state} />}
				</div>
				<p className="sk-quote">{request.purpose}</p>
				<div className="sk-row sk-small">
					<Period from={request.starts_at} to={request.ends_at} />
					{request.ticket && <span>{t("approvals.ticket", { ticket: request.ticket })}</span>}
					<span>
						<Link to="/requests/$id" params={{ id: request.id }} className="sk-mono">
							{request.number}
						</Link>
					</span>
					<span>
						{t("request.created")} <Time at={request.created_at} />
					</span>
					{request.stage_count > 1 && (
						<span>
							{t("approvals.stage", { stage: request.stage, count: request.stage_count })}
						</span>
					)}
				</div>
				<div>
					<Button
						variant="link"
						isInline
						aria-expanded={open}
						onClick={() => setOpen(!open)}
						data-testid="approval-details"
					>
						{t(open ? "action.less" : "action.details")}
					</Button>
				</div>
			</div>
			<div className="sk-approval-actions">
				{request.state === "pending" && <DecisionButtons request={request} />}
			</div>
			{open && (
				<div className="sk-approval-more">
					<Details id={request.id} />
				</div>
			)}
		</article>
	);
}

function Details({ id }: { id: string }) {
	const t = useT();
	const query = useRequest(id);
	if (query.error) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
	if (!query.data) return <Skeleton height="80px" screenreaderText={t("state.loading")} />;
	return (
		<div className="sk-stack">
			<Stages request={query.data} />
			{query.data.comments.map((comment) => (
				<p key={comment.id} className="sk-quote">
					<strong>{comment.user.display_name}</strong> {comment.text}
				</p>
			))}
		</div>
	);
}
