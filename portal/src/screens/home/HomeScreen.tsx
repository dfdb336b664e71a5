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
import type { Lease, Session } from "../../api/types";
import { useMyLeases, useRequests } from "../../api/use";
import { ConnectButton } from "../../app/ConnectButton";
import { leaseName, ReturnModal } from "../../app/LeaseStrip";
import { useT } from "../../i18n";
import { LinkButton } from "../../ui/LinkButton";
import { EmptyNotice, ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Countdown, Period, Time } from "../../ui/Time";
import { RecoveryUsed } from "../profile/RecoveryUsed";
import { RequestTable } from "../requests/RequestTable";

const WAITING = { scope: "approvals", state: "pending", limit: 20 } as const;
const PENDING = { scope: "mine", state: "pending", limit: 5 } as const;
const RECENT = { scope: "mine", limit: 5 } as const;

/** What can I do now? Live grants, what waits, what was used last. One notice tells what failed. */
export function HomeScreen() {
	const t = useT();
	const me = useMe();
	const mayUse = useMay("target.use");
	const mayApprove = useMay("request.approve");
	const waiting = useRequests(WAITING, mayApprove);
	const leases = useMyLeases();
	const pending = useRequests(PENDING, mayUse);
	const recent = useSessions(RECENT, mayUse);
	const all = [waiting, leases, pending, recent];
	const failed = all.filter((query) => query.error && !query.data);
	return (
		<PageFrame
			title={t("home.title", { name: me?.display_name ?? "" })}
			actions={mayUse && <LinkButton to="/targets">{t("home.find")}</LinkButton>}
			ready={!all.some((query) => query.isLoading)}
		>
			<div className="sk-stack">
				{failed[0] && (
					<ErrorNotice
						error={failed[0].error}
						retry={() => {
							for (const query of failed) void query.refetch();
						}}
					/>
				)}
				<RecoveryUsed />
				{mayApprove && <Waiting query={waiting} />}
				{mayUse && <Grants query={leases} />}
				{mayUse && <Pending query={pending} />}
				{mayUse && <Recent sessions={recent.data?.items ?? []} />}
				{!mayUse && !mayApprove && <Others />}
			</div>
		</PageFrame>
	);
}

function Waiting({ query }: { query: ReturnType<typeof useRequests> }) {
	const t = useT();
	const count = query.data?.total ?? query.data?.items.length ?? 0;
	if (query.error && !query.data) return null;
	return (
		<Card>
			<CardHeader>
				<CardTitle component="h2">{t("home.waiting")}</CardTitle>
			</CardHeader>
			<CardBody>
				{query.isLoading ? (
					<Skeleton screenreaderText={t("state.loading")} />
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

function Grants({ query }: { query: ReturnType<typeof useMyLeases> }) {
	const t = useT();
	const leases = query.data?.items ?? [];
	if (query.error && !query.data) return null;
	return (
		<section aria-labelledby="home-grants" className="sk-stack">
			<Title headingLevel="h2" size="lg" id="home-grants">
				{t("home.grants")}
			</Title>
			{query.isPending ? (
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

function Pending({ query }: { query: ReturnType<typeof useRequests> }) {
	const t = useT();
	if (!query.data || query.data.items.length === 0) return null;
	return (
		<section aria-labelledby="home-pending" className="sk-stack">
			<Title headingLevel="h2" size="lg" id="home-pending">
				{t("home.pending")}
			</Title>
			<RequestTable query={query} testId="pending-requests" empty={null} />
		</section>
	);
}

function Recent({ sessions }: { sessions: readonly Session[] }) {
	const t = useT();
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
