// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Label, Skeleton } from "@patternfly/react-core";
import { useState } from "react";
import { useConfirmAddress, useMyMailAddress, useSendAddressCode } from "../../api/mail";
import { useT } from "../../i18n";
import { FormModal, TextField, useFields } from "../../ui/form";
import { MailCodeField } from "../../ui/MailCodeField";
import { ErrorNotice } from "../../ui/Notice";
import { useToasts } from "../../ui/Toasts";
import { MAIL_CODE_PATTERN } from "../public/rules";

/** Where notices go: an address holds when a code sent there came back. */
export function MailAddress() {
	const t = useT();
	const query = useMyMailAddress();
	const [changing, setChanging] = useState(false);
	if (query.error) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
	if (!query.data) return <Skeleton height="6rem" screenreaderText={t("state.loading")} />;
	const { address, confirmed_at, mail_is_sent } = query.data;
	const state = confirmed_at ? "confirmed" : "unconfirmed";
	return (
		<div className="sk-stack">
			<p className="sk-small">{t("mail_address.about")}</p>
			<p className="sk-row">
				<span className="sk-break" data-testid="mail-address">
					{address ?? t("mail_address.none")}
				</span>
				{address && (
					<Label isCompact status={confirmed_at ? "success" : "warning"}>
						{t(`mail_address.${state}`)}
					</Label>
				)}
			</p>
			{!mail_is_sent && <p className="sk-subtle sk-small">{t("mail_address.off")}</p>}
			<div>
				<Button
					variant="secondary"
					isDisabled={!mail_is_sent}
					onClick={() => setChanging(true)}
					data-testid="change-mail-address"
				>
					{t(`mail_address.${address ? (confirmed_at ? "change" : "confirm") : "add"}`)}
				</Button>
			</div>
			{changing && (
				<Change present={confirmed_at ? "" : (address ?? "")} onClose={() => setChanging(false)} />
			)}
		</div>
	);
}

function Change({ present, onClose }: { present: string; onClose: () => void }) {
	const [sentTo, setSentTo] = useState<string | null>(null);
	return sentTo === null ? (
		<Send present={present} onSent={setSentTo} onClose={onClose} />
	) : (
		<Confirm address={sentTo} onClose={onClose} />
	);
}

function Send({
	present,
	onSent,
	onClose,
}: {
	present: string;
	onSent: (address: string) => void;
	onClose: () => void;
}) {
	const t = useT();
	const send = useSendAddressCode();
	const { values, set } = useFields({ address: present });
	const address = values.address.trim();
	return (
		<FormModal
			testId="mail-address-dialog"
			title={t("mail_address.title")}
			submit={t("mail_address.send")}
			pending={send.isPending}
			disabled={address === ""}
			error={send.error}
			onSubmit={() => send.mutate(address, { onSuccess: () => onSent(address) })}
			onClose={onClose}
		>
			<TextField
				name="address"
				type="email"
				label={t("mail_address.new")}
				help={t("mail_address.new_help")}
				value={values.address}
				onChange={(value) => set("address", value)}
				error={send.error}
				autoComplete="email"
				maxLength={254}
				required
			/>
		</FormModal>
	);
}

function Confirm({ address, onClose }: { address: string; onClose: () => void }) {
	const t = useT();
	const toasts = useToasts();
	const confirm = useConfirmAddress();
	const { values, set } = useFields({ code: "" });
	const done = () => {
		toasts.show("success", t("mail_address.was_set"));
		onClose();
	};
	return (
		<FormModal
			testId="mail-address-code-dialog"
			title={t("mail_address.title")}
			submit={t("mail_address.confirm")}
			pending={confirm.isPending}
			disabled={!MAIL_CODE_PATTERN.test(values.code)}
			error={confirm.error}
			onSubmit={() =>
				confirm.mutate(values.code, { onSuccess: done, onError: () => set("code", "") })
			}
			onClose={onClose}
		>
			<MailCodeField
				help={t("mail_address.code_help", { address })}
				value={values.code}
				onChange={(value) => set("code", value)}
				error={confirm.error}
			/>
		</FormModal>
	);
}
