// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { Link, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError, asApiError } from "../../api/error";
import { useSecondByCode, useSecondByPasskey } from "../../api/federation";
import { useT } from "../../i18n";
import { takeNext } from "../../lib/next";
import { passkeysWork } from "../../lib/passkey";
import { CodeField } from "../../ui/CodeField";
import { FormError, SafeForm, useFields } from "../../ui/form";
import { LinkButton } from "../../ui/LinkButton";
import { Told } from "../../ui/Told";
import { PublicFrame } from "./PublicFrame";
import { CODE_PATTERN, safeNext } from "./rules";

const OPEN_MS = 5 * 60_000; // as long as the server waits for it
const OVER = "federation.expired";

/** The own second factor: the provider has said who it is, this shows that it is them. */
export function SecondScreen() {
	const t = useT();
	const [late, setLate] = useState(false);
	const withCode = useSecondByCode();
	const withPasskey = useSecondByPasskey();
	useEffect(() => {
		const timer = setTimeout(() => setLate(true), OPEN_MS);
		return () => clearTimeout(timer);
	}, []);
	const error = withPasskey.error ?? withCode.error;
	const over = late || (error !== null && asApiError(error).reason === OVER);
	return (
		<PublicFrame title={t("second.title")}>
			{over ? <Due /> : <SecondForm withCode={withCode} withPasskey={withPasskey} />}
			<p className="sk-subtle sk-small">
				{t("second.help")} <Link to="/signin">{t("second.native")}</Link>
			</p>
		</PublicFrame>
	);
}

function SecondForm({
	withCode,
	withPasskey,
}: {
	withCode: ReturnType<typeof useSecondByCode>;
	withPasskey: ReturnType<typeof useSecondByPasskey>;
}) {
	const t = useT();
	const router = useRouter();
	const { values, set } = useFields({ code: "" });
	const pending = withCode.isPending || withPasskey.isPending;
	const error = withPasskey.error ?? withCode.error;
	const then = {
		onSuccess: () => router.history.push(safeNext(takeNext())),
		onError: () => set("code", ""),
	};
	const submit = () => {
		withPasskey.reset();
		withCode.mutate(values.code, then);
	};
	return (
		<SafeForm label={t("second.title")} onSubmit={submit}>
			<p>{t("second.body")}</p>
			<FormError error={error && ofSecond(error)} />
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
			<CodeField
				help={t("signin.code_help")}
				value={values.code}
				onChange={(code) => set("code", code)}
				autoFocus
			/>
			<Button
				type="submit"
				variant="primary"
				isBlock
				isLoading={withCode.isPending}
				isDisabled={pending || !CODE_PATTERN.test(values.code)}
				data-testid="sign-in"
			>
				{t("signin.submit")}
			</Button>
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
