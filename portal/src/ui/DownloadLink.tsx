// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import type { ReactNode } from "react";

/** A plain link that saves a file; the server audits the export. */
export function DownloadLink(props: {
	href: string;
	testId: string;
	children: ReactNode;
	primary?: boolean;
}) {
	return (
		<Button
			variant={props.primary ? "primary" : "secondary"}
			component="a"
			href={props.href}
			download
			data-testid={props.testId}
		>
			{props.children}
		</Button>
	);
}
