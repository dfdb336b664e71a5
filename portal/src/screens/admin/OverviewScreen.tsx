// SPDX-License-Identifier: GPL-3.0-or-later
import { Card, CardBody, CardTitle, Label, Skeleton } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ReactNode } from "react";
import { useOverview } from "../../api/audit";
import type { Overview } from "../../api/types";
import { useT } from "../../i18n";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { Todo } from "./Todo";

export function OverviewScreen() {
	const t = useT();
	const query = useOverview();
	return (
		<PageFrame title={t("overview.title")} ready={!query.isPending}>
			{query.error && !query.data ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<div className="sk-stack">
					<Todo codes={query.data.todo} />
					<Facts overview={query.data} />
					<Confinement rows={query.data.sandbox} />
				</div>
			) : (
				<Skeleton height="24rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
	return (
		<Card isCompact>
			<CardTitle component="h2">{title}</CardTitle>
			<CardBody>{children}</CardBody>
		</Card>
	);
}

function Facts({ overview }: { overview: Overview }) {
	const t = useT();
	const { seal, database, gateways, audit } = overview;
	return (
		<div className="sk-grid">
			<Fact title={t("overview.seal")}>
				<div className="sk-row">
					<Label status={seal.sealed ? "danger" : "success"}>
						{t(seal.sealed ? "overview.sealed" : "overview.unsealed")}
					</Label>
					<span>{t(`overview.provider.${seal.provider}`)}</span>
				</div>
			</Fact>
			<Fact title={t("overview.database")}>
				{t(`overview.database.${database.kind}`)} ·{" "}
				<span className="sk-mono">{database.version}</span>
			</Fact>
			<Fact title={t("overview.gateways")}>{t("overview.gateways_count", gateways)}</Fact>
			<Fact title={t("overview.sessions")}>{overview.sessions.live}</Fact>
			<Fact title={t("overview.requests")}>{overview.requests.pending}</Fact>
			<Fact title={t("overview.audit")}>
				{t("overview.audit_text", { size: audit.size, pending: audit.pending })}
				{audit.checkpoint_age_s !== null && (
					<div className="sk-small">
						{t("overview.checkpoint", { seconds: audit.checkpoint_age_s })}
					</div>
				)}
			</Fact>
			{overview.syslog !== null && (
				<Fact title={t("overview.syslog")}>
					{t("overview.syslog_text", {
						receiver: overview.syslog.receiver,
						confirmed: overview.syslog.confirmed,
						behind: overview.syslog.behind,
					})}
					{overview.syslog.error !== null && (
						<div className="sk-small">{overview.syslog.error}</div>
					)}
				</Fact>
			)}
			<Fact title={t("overview.version")}>{overview.version}</Fact>
		</div>
	);
}

function Confinement({ rows }: { rows: Overview["sandbox"] }) {
	const t = useT();
	const mark = (on: boolean) => (
		<Label isCompact status={on ? "success" : "warning"}>
			{t(on ? "overview.on" : "overview.off")}
		</Label>
	);
	return (
		<Card>
			<CardTitle component="h2">{t("overview.sandbox")}</CardTitle>
			<CardBody>
				<Table variant="compact" aria-label={t("overview.sandbox")}>
					<Thead>
						<Tr>
							<Th>{t("overview.role")}</Th>
							<Th>{t("overview.landlock")}</Th>
							<Th>{t("overview.seccomp")}</Th>
							<Th>{t("overview.identity")}</Th>
						</Tr>
					</Thead>
					<Tbody>
						{rows.map((row) => (
							<Tr key={row.role}>
								<Td dataLabel={t("overview.role")}>
									<span className="sk-mono">{row.role}</span>
								</Td>
								<Td dataLabel={t("overview.landlock")}>
									{row.landlock_abi > 0
										? t("overview.landlock_abi", { abi: row.landlock_abi })
										: mark(false)}
								</Td>
								<Td dataLabel={t("overview.seccomp")}>{mark(row.seccomp)}</Td>
								<Td dataLabel={t("overview.identity")}>{mark(row.identity)}</Td>
							</Tr>
						))}
					</Tbody>
				</Table>
			</CardBody>
		</Card>
	);
}
