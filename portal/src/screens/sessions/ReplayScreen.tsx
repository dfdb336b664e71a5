// SPDX-License-Identifier: GPL-3.0-or-later
import { Skeleton } from "@patternfly/react-core";
import { useParams } from "@tanstack/react-router";
import { castUrl, rawUrl, useRecordingIndex, useSession } from "../../api/sessions";
import type { Session } from "../../api/types";
import { useT } from "../../i18n";
import { DownloadLink } from "../../ui/DownloadLink";
import { reasonText } from "../../ui/errorText";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { IntegrityMark } from "./IntegrityMark";
import { Replay } from "./Replay";

export function ReplayScreen() {
	const t = useT();
	const { id = "" } = useParams({ strict: false }) as { id?: string };
	const session = useSession(id);
	const index = useRecordingIndex(id);
	return (
		<PageFrame
			title={t("replay.title")}
			parent={{ label: t("sessions.title"), to: "/sessions" }}
			ready={!index.isPending}
			actions={
				index.data && (
					<>
						<DownloadLink href={castUrl(id)} testId="download-cast">
							{t("replay.download_cast")}
						</DownloadLink>
						<DownloadLink href={rawUrl(id)} testId="download-raw">
							{t("replay.download_raw")}
						</DownloadLink>
					</>
				)
			}
		>
			<div className="sk-stack">
				{session.data && <Summary session={session.data} checked={!index.isPending} />}
				{index.error ? (
					<ErrorNotice error={index.error} retry={() => void index.refetch()} />
				) : index.data ? (
					<Replay sessionId={id} index={index.data} />
				) : (
					<Skeleton height="480px" screenreaderText={t("state.loading")} />
				)}
			</div>
		</PageFrame>
	);
}

/** checked: the recording's index is there, so checking it all no longer delays the picture. */
function Summary({ session, checked }: { session: Session; checked: boolean }) {
	const t = useT();
	return (
		<div className="sk-row" data-testid="replay-summary">
			<strong>{session.user.display_name}</strong>
			<span className="sk-break">
				{session.account.name}@{session.target.name}
			</span>
			<span>
				<Time at={session.connected_at ?? session.created_at} seconds />
			</span>
			<span className="sk-mono">{t("permit.number", { number: session.request.number })}</span>
			<StateLabel kind="session" state={session.state} />
			{session.end_reason && <span className="sk-small">{reasonText(t, session.end_reason)}</span>}
			{checked && <IntegrityMark sessionId={session.id} />}
		</div>
	);
}
