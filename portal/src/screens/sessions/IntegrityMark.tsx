// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Label, Spinner } from "@patternfly/react-core";
import { useIntegrity } from "../../api/sessions";
import { useT } from "../../i18n";

/** Whether chain, signatures and audit binding of a recording hold; if not, where it breaks. */
export function IntegrityMark({ sessionId }: { sessionId: string }) {
	const t = useT();
	const { data, error } = useIntegrity(sessionId);
	if (error) return <Label status="warning">{t("integrity.unknown")}</Label>;
	if (!data)
		return (
			<span className="sk-row sk-small">
				<Spinner size="md" aria-label={t("integrity.checking")} />
				{t("integrity.checking")}
			</span>
		);
	if (data.ok)
		return (
			<Label status="success" data-testid="integrity" data-state="ok">
				{t("integrity.ok", { count: data.chunks })}
			</Label>
		);
	return (
		<Alert
			variant="danger"
			isInline
			component="p"
			variantLabel={t("variant.danger")}
			title={t("integrity.failed")}
			data-testid="integrity"
			data-state="failed"
		>
			{data.first_bad !== null && t("integrity.first_bad", { chunk: data.first_bad })}
		</Alert>
	);
}
