// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useT } from "../i18n";

interface Props {
	tone: "success" | "info" | "warning" | "danger";
	title: string;
	testId: string;
	children?: ReactNode;
	/** What tests ask for; names begin with data-. */
	data?: Record<`data-${string}`, string | boolean | undefined>;
}

/** Something the page has to say, in place. */
export function Told({ tone, title, testId, children, data }: Props) {
	const t = useT();
	return (
		<Alert
			variant={tone}
			isInline
			component="p"
			variantLabel={t(`variant.${tone}`)}
			title={title}
			data-testid={testId}
			{...data}
		>
			{children}
		</Alert>
	);
}
