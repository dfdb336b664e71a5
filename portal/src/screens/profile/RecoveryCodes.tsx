// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, ClipboardCopyButton, CodeBlock, CodeBlockCode } from "@patternfly/react-core";
import { useState } from "react";
import { useMakeRecoveryCodes, useMyFactors } from "../../api/me";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { FormModal } from "../../ui/form";
import { Time } from "../../ui/Time";
import { RecoveryUsed } from "./RecoveryUsed";

/** How many are left, and new ones. */
export function RecoveryCodes() {
	const t = useT();
	const codes = useMyFactors().data?.recovery;
	const make = useMakeRecoveryCodes();
	const [asking, setAsking] = useState(false);
	const close = () => {
		setAsking(false);
		make.reset();
	};
	return (
		<div className="sk-stack">
			<p className="sk-small">{t("recovery.help")}</p>
			<RecoveryUsed />
			<p data-testid="recovery-left">
				{codes ? (
					<>
						{t("recovery.left", { left: codes.left, total: codes.total })}{" "}
						<Time at={codes.created_at} />
					</>
				) : (
					t("recovery.none")
				)}
			</p>
			<div>
				<Button variant="secondary" onClick={() => setAsking(true)} data-testid="make-recovery">
					{t(codes ? "recovery.renew" : "recovery.make")}
				</Button>
			</div>
			{asking && make.data === undefined && (
				<FormModal
					testId="make-recovery-dialog"
					title={t(codes ? "recovery.renew" : "recovery.make")}
					description={t(codes ? "recovery.renew_body" : "recovery.make_body")}
					submit={t("recovery.make")}
					pending={make.isPending}
					error={make.error}
					onSubmit={() => make.mutate()}
					onClose={close}
				/>
			)}
			{asking && make.data !== undefined && <ShownOnce text={make.data} onClose={close} />}
		</div>
	);
}

function ShownOnce({ text, onClose }: { text: string; onClose: () => void }) {
	const t = useT();
	const [copied, setCopied] = useState(false);
	const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
	return (
		<Dialog
			testId="recovery-codes-dialog"
			title={t("recovery.title")}
			description={t("recovery.once")}
			onClose={onClose}
			footer={
				<Button variant="primary" onClick={onClose} data-testid="recovery-kept">
					{t("recovery.kept")}
				</Button>
			}
		>
			<CodeBlock
				actions={
					<ClipboardCopyButton
						id="copy-recovery"
						aria-label={t("action.copy")}
						onClick={copy}
						variant="plain"
					>
						{t(copied ? "action.copied" : "action.copy")}
					</ClipboardCopyButton>
				}
			>
				<CodeBlockCode data-testid="recovery-codes">{text.trim()}</CodeBlockCode>
			</CodeBlock>
		</Dialog>
	);
}
