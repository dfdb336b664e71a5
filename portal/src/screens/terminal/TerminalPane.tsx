// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Button, Switch } from "@patternfly/react-core";
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { useMay } from "../../api/me";
import { useKeepSession, useSession } from "../../api/sessions";
import type { Session } from "../../api/types";
import { useMyLeases } from "../../api/use";
import { ConnectButton } from "../../app/ConnectButton";
import { leaseName } from "../../app/LeaseStrip";
import { useT } from "../../i18n";
import { LEAVE_TERMINAL, leavesTerminal } from "../../lib/focus";
import { reasonText } from "../../ui/errorText";
import { FormModal } from "../../ui/form";
import { HeldNotice } from "../../ui/HeldNotice";
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
	const end = useRef<HTMLButtonElement>(null);
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
			onKeyDownCapture={(event) => leave(event, end)}
		>
			<Bar link={link} view={view} onClose={onClose} end={end} />
			{view.notice && (
				<Alert
					variant="warning"
					isInline
					component="p"
					variantLabel={t("variant.warning")}
					title={reasonText(t, view.notice)}
				/>
			)}
			{view.heldUntil !== null && <Held id={link.sessionId} until={view.heldUntil} />}
			{view.phase !== "live" && <ConnectStages view={view} />}
			{view.ended && <Ended view={view} session={session} onClose={onClose} host={link.host} />}
			<div className="sk-terminal" ref={parent} />
		</section>
	);
}

/** Asked for without a sign-in, it leads to the sign-in page, and from there back here. */
function Held({ id, until }: { id: string; until: number }) {
	const t = useT();
	const keep = useKeepSession();
	return (
		<HeldNotice
			until={until}
			action={
				<Button
					variant="link"
					isInline
					isLoading={keep.isPending}
					onClick={() => keep.mutate(id)}
					data-testid="terminal-keep"
				>
					{t("terminal.keep")}
				</Button>
			}
		/>
	);
}

/** The terminal keeps Tab for itself: this key leads out of it. */
function leave(event: KeyboardEvent, to: RefObject<HTMLElement | null>) {
	if (!leavesTerminal(event)) return;
	event.preventDefault();
	event.stopPropagation();
	to.current?.focus();
}

function Bar({
	link,
	view,
	onClose,
	end,
}: {
	link: TerminalLink;
	view: LinkView;
	onClose: () => void;
	end: RefObject<HTMLButtonElement | null>;
}) {
	const t = useT();
	const [asking, setAsking] = useState(false);
	const [spoken, setSpoken] = useState(false);
	return (
		<div className="sk-terminal-bar">
			<StateLabel kind="link" state={view.phase} />
			{view.phase === "live" && <span className="sk-small">{t("terminal.recorded")}</span>}
			{view.leaseEnd !== null && view.phase !== "ended" && <Countdown to={view.leaseEnd} />}
			<span className="sk-grow" />
			{view.phase === "live" && (
				<span className="sk-small sk-subtle">{t("terminal.leave", { key: LEAVE_TERMINAL })}</span>
			)}
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
				<Button variant="secondary" onClick={onClose} ref={end} data-testid="terminal-close">
					{t("terminal.close_tab")}
				</Button>
			) : (
				<Button
					variant="secondary"
					onClick={() => setAsking(true)}
					ref={end}
					data-testid="terminal-end"
				>
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
	host,
}: {
	view: LinkView;
	session: Session | undefined;
	onClose: () => void;
	host: HTMLElement;
}) {
	const t = useT();
	const closing = useRef<HTMLButtonElement>(null);
	useEffect(() => {
		if (host.contains(document.activeElement)) closing.current?.focus();
	}, [host]);
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
					<Button variant="link" size="sm" onClick={onClose} ref={closing}>
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
