// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, ClipboardCopyButton, CodeBlock, CodeBlockCode } from "@patternfly/react-core";
import { useState } from "react";
import { useT } from "../i18n";
import { Dialog } from "./Dialog";

/** A secret that the server tells once, with a button that copies it. testId names its parts. */
export function ShownOnce(props: {
	title: string;
	once: string;
	kept: string;
	text: string;
	testId: string;
	onClose: () => void;
}) {
	const t = useT();
	const [copied, setCopied] = useState(false);
	const copy = () => void navigator.clipboard.writeText(props.text).then(() => setCopied(true));
	return (
		<Dialog
			testId={`${props.testId}-dialog`}
			title={props.title}
			description={props.once}
			onClose={props.onClose}
			footer={
				<Button variant="primary" onClick={props.onClose} data-testid={`${props.testId}-kept`}>
					{props.kept}
				</Button>
			}
		>
			<CodeBlock
				actions={
					<ClipboardCopyButton
						id={`copy-${props.testId}`}
						aria-label={t("action.copy")}
						onClick={copy}
						variant="plain"
					>
						{t(copied ? "action.copied" : "action.copy")}
					</ClipboardCopyButton>
				}
			>
				<CodeBlockCode data-testid={props.testId}>{props.text.trim()}</CodeBlockCode>
			</CodeBlock>
		</Dialog>
	);
}
