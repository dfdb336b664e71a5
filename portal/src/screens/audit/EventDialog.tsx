// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Label } from "@patternfly/react-core";
import { useAuditProof } from "../../api/audit";
import type { AuditEvent } from "../../api/types";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { Dialog } from "../../ui/Dialog";
import { ErrorNotice } from "../../ui/Notice";
import { useEventName } from "./AuditScreen";
import { RiskSentence } from "./RiskSentence";

/** One event: its leaf as it is hashed, and its place in the tree. */
export function EventDialog({ event }: { event: AuditEvent }) {
	const t = useT();
	const { set } = useUrlState();
	const eventName = useEventName();
	const proof = useAuditProof(event.id, event.n !== null);
	const close = () => set({ id: undefined });
	return (
		<Dialog
			title={eventName(event.event)}
			description={t("error.trace", { trace: event.trace })}
			onClose={close}
			testId="audit-event"
			wide
			footer={
				<Button variant="primary" onClick={close}>
					{t("action.close")}
				</Button>
			}
		>
			<div className="sk-stack">
				<RiskSentence leaf={event.leaf} />
				<pre className="sk-code" data-testid="audit-leaf">
					{JSON.stringify(event.leaf, null, 2)}
				</pre>
				<h2>{t("audit.proof")}</h2>
				{event.n === null ? (
					<p>{t("audit.proof_later")}</p>
				) : proof.error ? (
					<ErrorNotice error={proof.error} retry={() => void proof.refetch()} />
				) : proof.data ? (
					<div className="sk-stack-tight">
						<div className="sk-row">
							<Label status="success" isCompact>
								{t("audit.in_tree")}
							</Label>
							<span>{t("audit.place", { n: proof.data.n, size: proof.data.size })}</span>
						</div>
						<pre className="sk-code">{proof.data.checkpoint}</pre>
					</div>
				) : (
					<p>{t("state.loading")}</p>
				)}
			</div>
		</Dialog>
	);
}
