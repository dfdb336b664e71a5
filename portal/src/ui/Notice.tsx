// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Alert,
	Button,
	EmptyState,
	EmptyStateBody,
	EmptyStateFooter,
} from "@patternfly/react-core";
import type { ReactNode } from "react";
import { asApiError } from "../api/error";
import { useT } from "../i18n";
import { errorText } from "./errorText";

/** A failure in place, with its trace id and a way on. */
export function ErrorNotice({
	error,
	retry,
}: {
	error: unknown;
	retry?: (() => void) | undefined;
}) {
	const t = useT();
	const failure = asApiError(error);
	return (
		<Alert
			variant="danger"
			isInline
			component="p"
			variantLabel={t("variant.danger")}
			title={errorText(t, failure)}
			data-testid="error"
			actionLinks={
				retry && (
					<Button variant="link" isInline onClick={retry}>
						{t("action.retry")}
					</Button>
				)
			}
		>
			{failure.trace && <p className="sk-trace">{t("error.trace", { trace: failure.trace })}</p>}
		</Alert>
	);
}

/** Nothing to show, why, and what to do next. */
export function EmptyNotice(props: { title: string; body: string; action?: ReactNode }) {
	return (
		<EmptyState headingLevel="h2" titleText={props.title} variant="sm" data-testid="empty">
			<EmptyStateBody>{props.body}</EmptyStateBody>
			{props.action && <EmptyStateFooter>{props.action}</EmptyStateFooter>}
		</EmptyState>
	);
}
