// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useT } from "../i18n";

/** Something to be copied letter by letter into another product. */
export function CopyLine({ label, text, testId }: { label: string; text: string; testId: string }) {
	const t = useT();
	const [copied, setCopied] = useState(false);
	const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
	return (
		<span className="sk-row">
			<code className="sk-mono sk-break" data-testid={testId}>
				{text}
			</code>
			<Button
				variant="link"
				isInline
				onClick={copy}
				aria-label={`${t("action.copy")}: ${label}`}
				data-testid={`copy-${testId}`}
			>
				{t(copied ? "action.copied" : "action.copy")}
			</Button>
		</span>
	);
}
