// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Card,
	CardBody,
	CardFooter,
	CardHeader,
	CardTitle,
	Skeleton,
	Title,
} from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay, useMe } from "../../api/me";
import { useSessions } from "../../api/sessions";
import type { Lease } from "../../api/types";
import { useMyLeases, useRequests } from "../../api/use";
import { ConnectButton } from "../../app/ConnectButton";
import { leaseName, ReturnModal } from "../../app/LeaseStrip";
import { useT } from "../../i18n";
import { LinkButton } from "../../ui/LinkButton";
import { EmptyNotice, ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Countdown, Period, Time } from "../../ui/Time";
import { RequestTable } from "../requests/RequestTable";

/** What can I do now? Live grants, what waits, what was used last. */
export function HomeScreen() {
	const t = useT();
	const me = useMe();
	const mayUse = useMay("target.use");
	const mayApprove = useMay("request.approve");
	return (
		<PageFrame
			title={t("home.title", { name: me?.display_name ?? "" })}
			actions={mayUse && <LinkButton to="/targets">{t("home.find")}</LinkButton>}
		>
			<div className="sk-stack">
				{mayApprove && <Waiting />}
				{mayUse && <Grants />}
				{mayUse && <Pending />}
				{mayUse && <Recent />}
				{!mayUse && !mayApprove && <Others />}
			</div>
		</PageFrame>
	);
}

function Waiting() {
	const t = useT();
	const query = useRequests({ scope: "approvals", state: "pending", limit: 20 });
	const count = query.data?.total ?? query.data?.items.length ?? 0;
	return (
		<Card>
			<CardHeader>
				<CardTitle component="h2">{t("home.waiting")}</CardTitle>
			</CardHeader>
			<CardBody>
				{query.error ? (
					<ErrorNotice error={query.error} retry={() => void query.refetch()} />
				) : (
					<div className="sk-row sk-row-between">
						<span>{t(count ? "home.waiting_count" : "home.waiting_none", { count })}</span>
						{count > 0 && (
							<LinkButton to="/approvals" testId="to-approvals">
								{t("home.to_approvals")}
							</LinkButton>
						)}
					</div>
				)}
			</CardBody>
		</Card>
	);
}

function Grants() {
	const t = useT();
	const query = useMyLeases();
	const leases = query.data?.items ?? [];
	return (
		<section aria-labelledby="home-grants" className="sk-stack">
			<Title headingLevel="h2" size="lg" id="home-grants">
				{t("home.grants")}
			</Title>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.isPending ? (
				<Skeleton height="150px" screenreaderText={t("state.loading")} />
			) : leases.length === 0 ? (
				<EmptyNotice
					title={t("home.no_grants")}
					body={t("home.no_grants_body")}
					action={<LinkButton to="/targets">{t("home.find")}</LinkButton>}
				/>
			) : (
				<div className="sk-grid" data-testid="grants">
					{leases.map((lease) => (
						<Permit key={lease.id} lease={lease} />
					))}
				</div>
			)}
		</section>
	);
}

/** A grant as a 手形: number, gate, expiry. */
function Permit({ lease }: { lease: Lease }) {
	const t = useT();
	const me = useMe();
	const [asking, setAsking] = useState(false);
	return (
		<Card className="sk-permit" isCompact>
			<CardHeader>
				<div className="sk-row sk-row-between">
					<span className="sk-permit-number">
						{t("permit.number", { number: lease.request.number })}
					</span>
					<StateLabel kind="lease" state={lease.state} />
				</div>
			</CardHeader>
			<CardBody>
				<div className="sk-permit-gate">{leaseName(lease)}</div>
				<div>{t("permit.holder", { name: me?.display_name ?? "" })}</div>
				<Period from={lease.starts_at} to={lease.ends_at} />
				<div>
					{lease.state === "active" ? <Countdown to={lease.ends_at} /> : t("permit.not_yet")}
				</div>
			</CardBody>
			<CardFooter>
				<div className="sk-actions">
					{lease.state === "active" && <ConnectButton leaseId={lease.id} name={leaseName(lease)} />}
					<Button variant="link" onClick={() => setAsking(true)}>
						{t("action.return")}
					</Button>
				</div>
				{asking && <ReturnModal lease={lease} onClose={() => setAsking(false)} />}
			</CardFooter>
		</Card>
	);
}

function Pending() {
	const t = useT();
	const query = useRequests({ scope: "mine", state: "pending", limit: 5 });
	if (query.data?.items.length === 0) return null;
	return (
		<section aria-labelledby="home-pending" className="sk-stack">
			<Title headingLevel="h2" size="lg" id="home-pending">
				{t("home.pending")}
			</Title>
			<RequestTable query={query} testId="pending-requests" empty={null} />
		</section>
	);
}

function Recent() {
	const t = useT();
	const query = useSessions({ scope: "mine", limit: 5 });
	const sessions = query.data?.items ?? [];
	if (sessions.length === 0) return null;
	return (
		<section aria-labelledby="home-recent" className="sk-stack">
			<Title headingLevel="h2" size="lg" id="home-recent">
				{t("home.recent")}
			</Title>
			<ul className="sk-stack-tight">
				{sessions.map((session) => (
					<li key={session.id} className="sk-row">
						<Time at={session.created_at} />
						<span className="sk-break">
							{session.account.name}@{session.target.name}
						</span>
						<StateLabel kind="session" state={session.state} />
					</li>
				))}
			</ul>
		</section>
	);
}

/** Auditors, administrators and gateway operators start from their own pages. */
function Others() {
	const t = useT();
	const links = [
		{ to: "/sessions", label: t("nav.sessions"), show: useMay("session.view_all") },
		{ to: "/audit", label: t("nav.audit"), show: useMay("audit.view") },
		{ to: "/reports", label: t("nav.reports"), show: useMay("report.view") },
		{ to: "/admin", label: t("nav.overview"), show: useMay("system.view") },
		{ to: "/gateways", label: t("nav.gateways"), show: useMay("gateway.view") },
	].filter((link) => link.show);
	if (links.length === 0)
		return <EmptyNotice title={t("home.no_rights")} body={t("home.no_rights_body")} />;
	return (
		<div className="sk-grid">
			{links.map((link) => (
				<Card key={link.to} isCompact>
					<CardBody>
						<Link to={link.to}>{link.label}</Link>
					</CardBody>
				</Card>
			))}
		</div>
	);
}
