// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert } from "@patternfly/react-core";
import { useMyFactors } from "../../api/me";
import { useT } from "../../i18n";
import { Time } from "../../ui/Time";

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Tells the owner that somebody signed in with a recovery code, for a week. */
export function RecoveryUsed() {
	const t = useT();
	const codes = useMyFactors().data?.recovery;
	if (!codes?.last_used_at || Date.now() - Date.parse(codes.last_used_at) > WEEK_MS) return null;
	return (
		<Alert
			variant="warning"
			isInline
			component="p"
			variantLabel={t("variant.warning")}
			title={t("recovery.used", { from: codes.last_used_from ?? "", left: codes.left })}
			data-testid="recovery-used"
		>
			<p>
				<Time at={codes.last_used_at} /> – {t("recovery.used_body")}
			</p>
		</Alert>
	);
}
