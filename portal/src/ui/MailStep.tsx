// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useT } from "../i18n";
import { MailCodeField } from "./MailCodeField";

const SENDS = 3; // in an hour; the server says nothing of it, whoever asks

/** A code by mail: asked for here, typed here. What is said says nothing of whether one was sent. */
export function MailStep(props: {
	send: { mutate: (then: { onSuccess: () => void }) => void; isPending: boolean };
	ready: boolean;
	value: string;
	onChange: (value: string) => void;
}) {
	const t = useT();
	const [asked, setAsked] = useState(0);
	return (
		<>
			<Button
				variant="secondary"
				isBlock
				isLoading={props.send.isPending}
				isDisabled={!props.ready || props.send.isPending || asked >= SENDS}
				onClick={() => props.send.mutate({ onSuccess: () => setAsked((times) => times + 1) })}
				data-testid="send-mail-code"
			>
				{t(asked === 0 ? "mail_step.send" : "mail_step.again")}
			</Button>
			<p className="sk-subtle sk-small" role="status" data-testid="mail-code-told">
				{t(asked === 0 ? "mail_step.before" : asked < SENDS ? "mail_step.sent" : "mail_step.last")}
			</p>
			{asked > 0 && (
				<MailCodeField
					help={t("mail_step.code_help")}
					value={props.value}
					onChange={props.onChange}
				/>
			)}
		</>
	);
}
