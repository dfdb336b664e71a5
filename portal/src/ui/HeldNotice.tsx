// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useT } from "../i18n";
import { Countdown } from "./Time";

/** A terminal's sign-in has ended; how long there is to sign in and keep it. */
export function HeldNotice({ until, action }: { until: number; action?: ReactNode }) {
	const t = useT();
	return (
		<Alert
			variant="warning"
			isInline
			component="p"
			variantLabel={t("variant.warning")}
			title={t("terminal.held")}
			actionLinks={action}
			data-testid="terminal-held"
		>
			<p>{t("terminal.held_body")}</p>
			<Countdown to={until} />
		</Alert>
	);
}
