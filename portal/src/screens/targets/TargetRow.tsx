// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import type { MyAccount, MyTarget } from "../../api/types";
import { ConnectButton } from "../../app/ConnectButton";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { reasonText } from "../../ui/errorText";
import { StateLabel } from "../../ui/StateLabel";
import { Countdown, Time } from "../../ui/Time";
import { offerOf } from "./rules";

const SHOWN = 4;

export function TargetRow({ target }: { target: MyTarget }) {
	const t = useT();
	const [all, setAll] = useState(false);
	const accounts = all ? target.accounts : target.accounts.slice(0, SHOWN);
	const hidden = target.accounts.length - accounts.length;
	return (
		<article
			className="sk-target"
			aria-label={target.name}
			data-testid="target"
			data-target={target.name}
		>
			<div className="sk-stack-tight">
				<strong className="sk-break">{target.name}</strong>
				<span className="sk-subtle sk-small">
					{t(`kind.${target.kind}` as "kind.linux_ssh")} · {target.group.name}
				</span>
				{target.description && <span className="sk-small sk-break">{target.description}</span>}
				<Reach target={target} />
			</div>
			<div>
				{accounts.map((account) => (
					<AccountLine key={account.id} target={target} account={account} />
				))}
				{hidden > 0 && (
					<Button variant="link" isInline onClick={() => setAll(true)}>
						{t("targets.more_accounts", { count: hidden })}
					</Button>
				)}
			</div>
		</article>
	);
}

/** A gateway or host that is away shows on its row, not over the page. */
function Reach({ target }: { target: MyTarget }) {
	const t = useT();
	const away = target.gateway_state === "offline" || target.gateway_state === "late";
	return (
		<span className="sk-row">
			{away && (
				<>
					<StateLabel kind="presence" state={target.gateway_state} />
					<span className="sk-small">{t("targets.gateway_away")}</span>
				</>
			)}
			{!away && target.target_state.state === "unreachable" && (
				<>
					<StateLabel kind="target" state="unreachable" />
					<span className="sk-small">{reasonText(t, target.target_state.reason)}</span>
				</>
			)}
		</span>
	);
}

function AccountLine({ target, account }: { target: MyTarget; account: MyAccount }) {
	return (
		<div
			className="sk-account"
			data-testid="account"
			data-account={account.name}
			data-row={account.id}
		>
			<span className="sk-mono sk-break">{account.name}</span>
			<AccountNote account={account} />
			<span className="sk-account-action">
				<AccountAction target={target} account={account} />
			</span>
		</div>
	);
}

function AccountNote({ account }: { account: MyAccount }) {
	const t = useT();
	const offer = offerOf(account);
	if (offer === "connect" && account.lease) return <Countdown to={account.lease.ends_at} />;
	if (offer === "scheduled" && account.lease)
		return (
			<span className="sk-small">
				{t("targets.from")} <Time at={account.lease.starts_at} />
			</span>
		);
	if (account.busy_until)
		return (
			<span className="sk-small">
				{t("targets.busy_until")} <Time at={account.busy_until} />
			</span>
		);
	if (account.state.state === "ok") return <span />;
	return <StateLabel kind="account" state={account.state.state} />;
}

function AccountAction({ target, account }: { target: MyTarget; account: MyAccount }) {
	const t = useT();
	const { set } = useUrlState();
	const name = `${account.name}@${target.name}`;
	switch (offerOf(account)) {
		case "connect":
			return <ConnectButton leaseId={account.lease?.id ?? ""} name={name} small />;
		case "scheduled":
			return <StateLabel kind="lease" state="scheduled" />;
		case "request":
			return (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => set({ ask: account.id })}
					aria-label={t("request.for", { name })}
					data-testid="request"
				>
					{t("action.request")}
				</Button>
			);
		default:
			return (
				<Button
					variant="link"
					size="sm"
					onClick={() => set({ why: account.id })}
					aria-label={t("why.for", {
						name,
						text: account.why_not ? reasonText(t, account.why_not) : t("why.none"),
					})}
					className="sk-why"
					data-testid="why-not"
				>
					{account.why_not ? reasonText(t, account.why_not) : t("why.none")}
				</Button>
			);
	}
}
