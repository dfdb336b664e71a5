// SPDX-License-Identifier: GPL-3.0-or-later
import { useSetSignInPolicy } from "../../api/signinpolicy";
import type { SignInPolicy } from "../../api/types";
import { useT } from "../../i18n";
import { AreaField, CheckField, FormModal, SelectField, useFields } from "../../ui/form";
import { useSaved } from "./parts";
import { SignInFields } from "./SignInFields";
import { draftOf, typedOf } from "./signin";

const linesOf = (text: string) => text.split(/[\s,]+/).filter((line) => line !== "");

export function SignInPolicyModal(props: { policy: SignInPolicy; onClose: () => void }) {
	const t = useT();
	const { policy } = props;
	const save = useSetSignInPolicy();
	const saved = useSaved(props.onClose);
	const typed = useFields(typedOf(policy));
	const { values, set } = useFields({
		mode: policy.mode,
		mail_code: policy.mail_code,
		offices: policy.offices.join("\n"),
		hosting_asns: policy.hosting_asns.join("\n"),
	});
	const draft = draftOf(typed.values);
	return (
		<FormModal
			testId="sign-in-policy-dialog"
			title={t("signin_policy.edit")}
			submit={t("action.save")}
			pending={save.isPending}
			disabled={!draft}
			error={save.error}
			onSubmit={() =>
				draft &&
				save.mutate(
					{
						policy: {
							...draft,
							mode: values.mode,
							mail_code: values.mail_code,
							offices: linesOf(values.offices),
							hosting_asns: linesOf(values.hosting_asns).map((asn) => asn.replace(/^AS/i, "")),
						},
						version: policy.version,
					},
					saved,
				)
			}
			onClose={props.onClose}
		>
			<SelectField
				name="mode"
				label={t("signin_policy.mode")}
				help={t(`signin_policy.mode_help.${values.mode}`)}
				value={values.mode}
				onChange={(value) => set("mode", value as SignInPolicy["mode"])}
				choices={(["off", "audit", "enforce"] as const).map((value) => ({
					value,
					label: t(`signin_policy.mode.${value}`),
				}))}
			/>
			<SignInFields typed={typed.values} error={save.error} onChange={typed.set} />
			<AreaField
				name="offices"
				label={t("signin_policy.offices")}
				help={t("signin_policy.offices_help")}
				value={values.offices}
				error={save.error}
				onChange={(value) => set("offices", value)}
				mono
			/>
			<AreaField
				name="hosting_asns"
				label={t("signin_policy.hosting_asns")}
				help={t("signin_policy.hosting_asns_help")}
				value={values.hosting_asns}
				error={save.error}
				onChange={(value) => set("hosting_asns", value)}
				mono
			/>
			<CheckField
				name="mail_code"
				label={t("signin_policy.mail_code_check")}
				help={t("signin_policy.mail_code_help")}
				value={values.mail_code}
				onChange={(value) => set("mail_code", value)}
			/>
		</FormModal>
	);
}
