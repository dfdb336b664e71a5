// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { Link, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError, asApiError } from "../../api/error";
import {
	useSecondByCode,
	useSecondByMail,
	useSecondByPasskey,
	useSendSecondMailCode,
	useSignInProviders,
} from "../../api/federation";
import { useT } from "../../i18n";
import { takeNext } from "../../lib/next";
import { passkeysWork } from "../../lib/passkey";
import { CodeField } from "../../ui/CodeField";
import { FormError, SafeForm, useFields } from "../../ui/form";
import { LinkButton } from "../../ui/LinkButton";
import { MailStep } from "../../ui/MailStep";
import { Told } from "../../ui/Told";
import { PublicFrame } from "./PublicFrame";
import { CODE_PATTERN, MAIL_CODE_PATTERN, safeNext } from "./rules";

const OPEN_MS = 5 * 60_000; // as long as the server waits for it
const OVER = "federation.expired";

/** The own second factor: the provider has said who it is, this shows that it is them. */
export function SecondScreen() {
	const t = useT();
	const [late, setLate] = useState(false);
	const withCode = useSecondByCode();
	const withPasskey = useSecondByPasskey();
	const withMail = useSecondByMail();
	const sendMail = useSendSecondMailCode();
	useEffect(() => {
		const timer = setTimeout(() => setLate(true), OPEN_MS);
		return () => clearTimeout(timer);
	}, []);
	const error = withPasskey.error ?? sendMail.error ?? withMail.error ?? withCode.error;
	const over = late || (error !== null && asApiError(error).reason === OVER);
	return (
		<PublicFrame title={t("second.title")}>
			{over ? <Due /> : <SecondForm {...{ withCode, withPasskey, withMail, sendMail, error }} />}
			<p className="sk-subtle sk-small">
				{t("second.help")} <Link to="/signin">{t("second.native")}</Link>
			</p>
		</PublicFrame>
	);
}

function SecondForm({
	withCode,
	withPasskey,
	withMail,
	sendMail,
	error,
}: {
	withCode: ReturnType<typeof useSecondByCode>;
	withPasskey: ReturnType<typeof useSecondByPasskey>;
	withMail: ReturnType<typeof useSecondByMail>;
	sendMail: ReturnType<typeof useSendSecondMailCode>;
	error: unknown;
}) {
	const t = useT();
	const router = useRouter();
	const { values, set } = useFields({ code: "", mail_code: "" });
	const mailed = useSignInProviders().data?.mail_code ?? false;
	const [byMail, setByMail] = useState(false);
	const pending = withCode.isPending || withPasskey.isPending || withMail.isPending;
	const then = {
		onSuccess: () => router.history.push(safeNext(takeNext())),
		onError: () => {
			set("code", "");
			set("mail_code", "");
		},
	};
	const submit = () => {
		withPasskey.reset();
		sendMail.reset();
		if (byMail) withMail.mutate(values.mail_code, then);
		else withCode.mutate(values.code, then);
	};
	return (
		<SafeForm label={t("second.title")} onSubmit={submit}>
			<p>{t("second.body")}</p>
			<FormError error={error ? ofSecond(error) : null} />
			{passkeysWork() && (
				<Button
					variant="secondary"
					isBlock
					isLoading={withPasskey.isPending}
					isDisabled={pending}
					onClick={() => withPasskey.mutate(undefined, then)}
					data-testid="second-passkey"
				>
					{t("second.passkey")}
				</Button>
			)}
			{byMail ? (
				<MailStep
					send={{
						mutate: (options) => {
							withMail.reset();
							sendMail.mutate(undefined, options);
						},
						isPending: sendMail.isPending,
					}}
					ready
					value={values.mail_code}
					onChange={(code) => set("mail_code", code)}
				/>
			) : (
				<CodeField
					help={t("signin.code_help")}
					value={values.code}
					onChange={(code) => set("code", code)}
					autoFocus
				/>
			)}
			<Button
				type="submit"
				variant="primary"
				isBlock
				isLoading={withCode.isPending || withMail.isPending}
				isDisabled={
					pending ||
					!(byMail ? MAIL_CODE_PATTERN.test(values.mail_code) : CODE_PATTERN.test(values.code))
				}
				data-testid="sign-in"
			>
				{t("signin.submit")}
			</Button>
			{mailed && (
				<Button
					variant="link"
					isInline
					onClick={() => setByMail(!byMail)}
					data-testid={byMail ? "use-code" : "use-mail"}
				>
					{t(byMail ? "recovery.use_code" : "mail_step.use")}
				</Button>
			)}
		</SafeForm>
	);
}

/** The general words name a login and a password, which nobody typed here. */
function ofSecond(error: unknown): ApiError {
	const told = asApiError(error);
	if (told.reason !== "sign_in.failed") return told;
	return new ApiError({ status: told.status, reason: "sign_in.second", trace: told.trace });
}

function Due() {
	const t = useT();
	return (
		<>
			<Told tone="warning" title={t("failed.expired_title")} testId="second-due">
				<p>{t("second.due")}</p>
			</Told>
			<LinkButton to="/signin" testId="second-restart">
				{t("second.restart")}
			</LinkButton>
		</>
	);
}
