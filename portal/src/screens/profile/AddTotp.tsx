// SPDX-License-Identifier: GPL-3.0-or-later
import { useBeginTotp, useConfirmTotp } from "../../api/me";
import { useT } from "../../i18n";
import { CodeField } from "../../ui/CodeField";
import { FormModal, TextField, useFields } from "../../ui/form";
import { useToasts } from "../../ui/Toasts";
import { TotpKey } from "../../ui/TotpKey";
import { CODE_PATTERN } from "../public/rules";

/** A name first; then the key, and a code of it: only then does the device count. */
export function AddTotp({ onClose }: { onClose: () => void }) {
	const begin = useBeginTotp();
	return begin.data ? (
		<Confirm uri={begin.data} onClose={onClose} />
	) : (
		<NameIt begin={begin} onClose={onClose} />
	);
}

function NameIt({
	begin,
	onClose,
}: {
	begin: ReturnType<typeof useBeginTotp>;
	onClose: () => void;
}) {
	const t = useT();
	const { values, set } = useFields({ label: "" });
	const label = values.label.trim();
	return (
		<FormModal
			testId="add-totp-dialog"
			title={t("factors.add")}
			submit={t("factors.next")}
			pending={begin.isPending}
			disabled={label === ""}
			error={begin.error}
			onSubmit={() => begin.mutate(label)}
			onClose={onClose}
		>
			<TextField
				name="label"
				label={t("factors.label")}
				help={t("factors.label_help")}
				value={values.label}
				onChange={(value) => set("label", value)}
				error={begin.error}
				maxLength={64}
				required
			/>
		</FormModal>
	);
}

function Confirm({ uri, onClose }: { uri: string; onClose: () => void }) {
	const t = useT();
	const toasts = useToasts();
	const confirm = useConfirmTotp();
	const { values, set } = useFields({ code: "" });
	const done = () => {
		toasts.show("success", t("factors.was_added"));
		onClose();
	};
	return (
		<FormModal
			testId="confirm-totp-dialog"
			title={t("factors.add")}
			submit={t("factors.confirm")}
			pending={confirm.isPending}
			disabled={!CODE_PATTERN.test(values.code)}
			error={confirm.error}
			onSubmit={() =>
				confirm.mutate(values.code, { onSuccess: done, onError: () => set("code", "") })
			}
			onClose={onClose}
		>
			<TotpKey uri={uri} />
			<CodeField
				help={t("enrol.code_help")}
				value={values.code}
				onChange={(value) => set("code", value)}
				error={confirm.error}
			/>
		</FormModal>
	);
}
