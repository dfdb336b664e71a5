// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Button, ClipboardCopy, Skeleton, Spinner } from "@patternfly/react-core";
import { useEffect } from "react";
import { useGateway, useGatewayToken } from "../../api/admin";
import type { Gateway, GatewayToken } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { ErrorNotice } from "../../ui/Notice";
import { Time } from "../../ui/Time";

const POLL_MS = 3000;

/** One command to run, then the gateway's arrival, live. */
export function JoinDialog({ gateway, onClose }: { gateway: Gateway; onClose: () => void }) {
	const t = useT();
	const { mutate, data, error } = useGatewayToken();
	useEffect(() => mutate(gateway.id), [mutate, gateway.id]);
	return (
		<Dialog
			title={t("gateways.join_title", { name: gateway.name })}
			onClose={onClose}
			testId="join-dialog"
			wide
			footer={
				<Button variant="primary" onClick={onClose}>
					{t("action.close")}
				</Button>
			}
		>
			{error ? (
				<ErrorNotice error={error} retry={() => mutate(gateway.id)} />
			) : data ? (
				<div className="sk-stack">
					<Command token={data} />
					<Arrival id={gateway.id} />
				</div>
			) : (
				<Skeleton height="10rem" screenreaderText={t("state.loading")} />
			)}
		</Dialog>
	);
}

function Command({ token }: { token: GatewayToken }) {
	const t = useT();
	const rows = [
		{ label: t("gateways.join_command"), value: token.command, id: "join-command" },
		{ label: t("gateways.join_token"), value: token.token, id: "join-token" },
		{ label: t("gateways.join_ca"), value: token.ca_sha256, id: "join-ca" },
	];
	return (
		<>
			<p>{t("gateways.join_body")}</p>
			{rows.map((row) => (
				<div key={row.id}>
					<strong>{row.label}</strong>
					<ClipboardCopy
						isReadOnly
						isCode
						hoverTip={t("action.copy")}
						clickTip={t("action.copied")}
						textAriaLabel={row.label}
						data-testid={row.id}
					>
						{row.value}
					</ClipboardCopy>
				</div>
			))}
			<p className="sk-small">
				{t("users.link_expires")} <Time at={token.expires_at} />
			</p>
		</>
	);
}

function Arrival({ id }: { id: string }) {
	const t = useT();
	const gateway = useGateway(id, POLL_MS).data;
	const joined = gateway?.state === "enrolled" && gateway.presence.state === "online";
	return (
		<div aria-live="polite" data-testid="join-state" data-joined={joined}>
			{joined ? (
				<Alert
					variant="success"
					isInline
					component="p"
					variantLabel={t("variant.success")}
					title={t("gateways.join_done")}
				/>
			) : (
				<span className="sk-row">
					<Spinner size="md" aria-label={t("gateways.join_waiting")} />
					{t("gateways.join_waiting")}
				</span>
			)}
		</div>
	);
}
