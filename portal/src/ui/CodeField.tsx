// SPDX-License-Identifier: GPL-3.0-or-later
import { useT } from "../i18n";
import { TextField } from "./form";

/** The six digits that a device shows. */
export function CodeField(props: {
	help: string;
	value: string;
	onChange: (value: string) => void;
	error?: unknown;
	autoFocus?: boolean;
}) {
	const t = useT();
	return (
		<TextField
			name="code"
			label={t("signin.code")}
			help={props.help}
			value={props.value}
			onChange={(value) => props.onChange(value.replace(/\D/g, ""))}
			error={props.error}
			autoComplete="one-time-code"
			autoFocus={props.autoFocus ?? false}
			inputMode="numeric"
			maxLength={6}
			required
		/>
	);
}
