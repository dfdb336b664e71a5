// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Button, Switch } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { useMay } from "../../api/me";
import { useSession } from "../../api/sessions";
import type { Session } from "../../api/types";
import { useMyLeases } from "../../api/use";
import { ConnectButton } from "../../app/ConnectButton";
import { leaseName } from "../../app/LeaseStrip";
import { useT } from "../../i18n";
import { reasonText } from "../../ui/errorText";
import { FormModal } from "../../ui/form";
import { LinkButton } from "../../ui/LinkButton";
import { StateLabel } from "../../ui/StateLabel";
import { Countdown } from "../../ui/Time";
import { ConnectStages } from "./ConnectStages";
import type { LinkView, TerminalLink } from "./link";
import { useLinkView } from "./useLinkView";

export function TerminalPane({ link, onClose }: { link: TerminalLink; onClose: () => void }) {
	const t = useT();
	const view = useLinkView(link);
	const session = useSession(link.sessionId).data;
	const parent = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (parent.current) return link.attach(parent.current);
	}, [link]);
	return (
		<section
			id="terminal-panel"
			role="tabpanel"
			aria-label={t("terminal.title")}
			data-testid="terminal"
			data-phase={view.phase}
		>
			<Bar link={link} view={view} onClose={onClose} />
			{view.notice && (
				<Alert
					variant="warning"
					isInline
					component="p"
					variantLabel={t("variant.warning")}
					title={reasonText(t, view.notice)}
				/>
			)}
			{view.phase !== "live" && <ConnectStages view={view} />}
			{view.ended && <Ended view={view} session={session} onClose={onClose} />}
			<div className="sk-terminal" ref={parent} />
		</section>
	);
}

function Bar({ link, view, onClose }: { link: TerminalLink; view: LinkView; onClose: () => void }) {
	const t = useT();
	const [asking, setAsking] = useState(false);
	const [spoken, setSpoken] = useState(false);
	return (
		<div className="sk-terminal-bar">
			<StateLabel kind="link" state={view.phase} />
			{view.phase === "live" && <span className="sk-small">{t("terminal.recorded")}</span>}
			{view.leaseEnd !== null && view.phase !== "ended" && <Countdown to={view.leaseEnd} />}
			<span className="sk-grow" />
			<Switch
				id={`reader-${link.sessionId}`}
				label={t("terminal.screen_reader")}
				isChecked={spoken}
				onChange={(_event, on) => {
					setSpoken(on);
					link.setScreenReader(on);
				}}
			/>
			{view.phase === "ended" ? (
				<Button variant="secondary" onClick={onClose} data-testid="terminal-close">
					{t("terminal.close_tab")}
				</Button>
			) : (
				<Button variant="secondary" onClick={() => setAsking(true)} data-testid="terminal-end">
					{t("action.end")}
				</Button>
			)}
			{asking && (
				<FormModal
					testId="end-session"
					title={t("terminal.end_title")}
					description={t("terminal.end_body")}
					submit={t("action.end")}
					danger
					pending={false}
					onSubmit={() => {
						link.end();
						setAsking(false);
					}}
					onClose={() => setAsking(false)}
				/>
			)}
		</div>
	);
}

/** Why it ended, where, and what to do next. */
function Ended({
	view,
	session,
	onClose,
}: {
	view: LinkView;
	session: Session | undefined;
	onClose: () => void;
}) {
	const t = useT();
	const mayReplay = useMay("recording.view");
	const leases = useMyLeases().data?.items ?? [];
	const lease = leases.find(
		(each) =>
			each.state === "active" &&
			each.account.id === session?.account.id &&
			each.target.id === session?.target.id,
	);
	const ended = view.ended;
	if (!ended) return null;
	const reason =
		ended.reason === "terminal.lost" && session?.end_reason ? session.end_reason : ended.reason;
	const hop = ended.hop || session?.end_hop || "";
	const failed = hop !== "" && hop !== "user" && hop !== "lease";
	return (
		<Alert
			variant={failed ? "danger" : "info"}
			isInline
			component="p"
			variantLabel={t(failed ? "variant.danger" : "variant.info")}
			title={t("terminal.ended", { reason: reasonText(t, reason) })}
			data-testid="terminal-ended"
			actionLinks={
				<span className="sk-row">
					{lease && <ConnectButton leaseId={lease.id} name={leaseName(lease)} small />}
					{mayReplay && session && (
						<LinkButton to={`/sessions/${session.id}`} variant="link" small>
							{t("action.replay")}
						</LinkButton>
					)}
					<Button variant="link" size="sm" onClick={onClose}>
						{t("terminal.close_tab")}
					</Button>
				</span>
			}
		>
			{failed && <p>{t("terminal.failed_hop", { hop: reasonText(t, `hop.${hop}`) })}</p>}
			{session && <p className="sk-trace">{t("terminal.session_id", { id: session.id })}</p>}
		</Alert>
	);
}
