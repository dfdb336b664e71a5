// SPDX-License-Identifier: GPL-3.0-or-later
import { Label } from "@patternfly/react-core";
import { useAuditState } from "../../api/audit";
import { useT } from "../../i18n";
import { ErrorNotice } from "../../ui/Notice";
import { Time } from "../../ui/Time";

/** How far the log is sealed: size of the tree, last signed checkpoint, its root. */
export function TreeState() {
	const t = useT();
	const { data, error, refetch } = useAuditState();
	if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
	if (!data) return <p className="sk-subtle">{t("state.loading")}</p>;
	return (
		<div className="sk-row sk-small" data-testid="audit-state">
			<Label status={data.checkpoint ? "success" : "warning"} isCompact>
				{t(data.checkpoint ? "audit.sealed" : "audit.unsealed")}
			</Label>
			<span>{t("audit.size", { count: data.size })}</span>
			{data.pending > 0 && <span>{t("audit.pending", { count: data.pending })}</span>}
			{data.checkpoint && (
				<>
					<span>
						{t("audit.signed_at")} <Time at={data.checkpoint.signed_at} seconds />
					</span>
					<span className="sk-mono sk-break">
						{t("audit.root", { root: data.checkpoint.root })}
					</span>
				</>
			)}
		</div>
	);
}
