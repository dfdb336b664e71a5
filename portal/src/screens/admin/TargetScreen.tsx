// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardHeader, CardTitle, Skeleton } from "@patternfly/react-core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useArchiveTarget, useClearHostKey, useTarget } from "../../api/admin";
import { useMay } from "../../api/me";
import type { Target } from "../../api/types";
import { useT } from "../../i18n";
import { reasonText } from "../../ui/errorText";
import { FormModal } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { Accounts } from "./Accounts";
import { ConnectionTest } from "./ConnectionTest";
import { ArchiveModal } from "./parts";
import { TargetModal } from "./TargetModal";

export function TargetScreen() {
	const t = useT();
	const { id = "" } = useParams({ strict: false }) as { id?: string };
	const query = useTarget(id);
	const target = query.data;
	return (
		<PageFrame
			title={target?.name ?? t("ledger.title")}
			description={target?.description}
			parent={{ label: t("ledger.title"), to: "/admin/targets" }}
			ready={!query.isPending}
			actions={target && !target.archived && <Actions target={target} />}
		>
			{query.error && !target ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : target ? (
				<div className="sk-stack">
					<Summary target={target} />
					<ConnectionTest target={target} />
					<Accounts target={target} />
					<HostKeys target={target} />
				</div>
			) : (
				<Skeleton height="24rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

function Actions({ target }: { target: Target }) {
	const t = useT();
	const navigate = useNavigate();
	const manages = useMay("target.manage");
	const archive = useArchiveTarget();
	const [open, setOpen] = useState<"edit" | "archive" | null>(null);
	if (!manages) return null;
	const close = () => setOpen(null);
	return (
		<>
			<Button variant="secondary" onClick={() => setOpen("edit")} data-testid="edit">
				{t("action.edit")}
			</Button>
			<Button variant="secondary" onClick={() => setOpen("archive")} data-testid="archive">
				{t("action.archive")}
			</Button>
			{open === "edit" && <TargetModal target={target} onClose={close} />}
			{open === "archive" && (
				<ArchiveModal
					object={target}
					archive={archive}
					onClose={close}
					onDone={() => void navigate({ to: "/admin/targets" })}
				/>
			)}
		</>
	);
}

function Summary({ target }: { target: Target }) {
	const t = useT();
	return (
		<div className="sk-row">
			<StateLabel kind="target" state={target.state.state} />
			{target.state.reason && <span>{reasonText(t, target.state.reason)}</span>}
			<span className="sk-small">
				{t("ledger.checked_at")} <Time at={target.state.checked_at} />
			</span>
			<span>{t(`kind.${target.kind}`)}</span>
			<span className="sk-mono sk-break">
				{target.addresses.join(", ")}:{target.port}
			</span>
			<span>{target.group.name}</span>
			<span>
				{t("ledger.gateway_group")}: {target.gateway_group.name}
			</span>
		</div>
	);
}

function HostKeys({ target }: { target: Target }) {
	const t = useT();
	const manages = useMay("target.manage");
	const clear = useClearHostKey();
	const [asking, setAsking] = useState<string | null>(null);
	return (
		<Card>
			<CardHeader>
				<CardTitle component="h2">{t("ledger.host_keys")}</CardTitle>
			</CardHeader>
			<CardBody>
				{target.host_keys.length === 0 && <p>{t("ledger.host_keys_none")}</p>}
				<ul className="sk-stack-tight" data-testid="host-keys">
					{target.host_keys.map((key) => (
						<li key={key.type} className="sk-row">
							<span className="sk-mono">{key.type}</span>
							<span className="sk-mono sk-break">{key.sha256}</span>
							<span className="sk-small">
								{t("ledger.pinned_at")} <Time at={key.pinned_at} />
							</span>
							{manages && (
								<Button
									variant="link"
									size="sm"
									onClick={() => setAsking(key.type)}
									data-testid="clear-host-key"
								>
									{t("ledger.clear_key")}
								</Button>
							)}
						</li>
					))}
				</ul>
				{asking && (
					<FormModal
						testId="clear-host-key-dialog"
						title={t("ledger.clear_key_title", { type: asking })}
						description={t("ledger.clear_key_body")}
						submit={t("ledger.clear_key")}
						danger
						pending={clear.isPending}
						error={clear.error}
						onSubmit={() =>
							clear.mutate({ id: target.id, type: asking }, { onSuccess: () => setAsking(null) })
						}
						onClose={() => setAsking(null)}
					/>
				)}
			</CardBody>
		</Card>
	);
}
