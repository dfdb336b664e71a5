// SPDX-License-Identifier: GPL-3.0-or-later
import { useT } from "../i18n";
import { TextField } from "./form";

/** The eight digits of a mailed code; what else is pasted with them does not matter. */
export function MailCodeField(props: {
	help: string;
	value: string;
	onChange: (value: string) => void;
	error?: unknown;
}) {
	const t = useT();
	return (
		<TextField
			name="code"
			label={t("mail_address.code")}
			help={props.help}
			value={props.value}
			onChange={(value) => props.onChange(value.replace(/\D/g, "").slice(0, 8))}
			error={props.error}
			autoComplete="one-time-code"
			inputMode="numeric"
			maxLength={16}
			required
		/>
	);
}
