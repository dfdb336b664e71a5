// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Skeleton } from "@patternfly/react-core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useBeginEnrolment, useCompleteEnrolment, useTotpSeed } from "../../api/me";
import type { Enrolment } from "../../api/types";
import { useT } from "../../i18n";
import { CodeField } from "../../ui/CodeField";
import { FormError, SafeForm, useFields } from "../../ui/form";
import { isNewPassword, NewPasswordFields } from "../../ui/NewPassword";
import { EmptyNotice, ErrorNotice } from "../../ui/Notice";
import { TotpKey } from "../../ui/TotpKey";
import { PublicFrame } from "./PublicFrame";
import { CODE_PATTERN, tokenFromHash } from "./rules";

/** Takes the token out of the address bar at once, so that it stays in no history. */
function useLinkToken(): string {
	const [token] = useState(() => tokenFromHash(location.hash));
	useEffect(() => {
		if (location.hash) history.replaceState(history.state, "", location.pathname);
	}, []);
	return token;
}

export function EnrolScreen() {
	const t = useT();
	const token = useLinkToken();
	const begin = useBeginEnrolment(token);
	const ready = token === "" || !begin.isPending;
	return (
		<PublicFrame title={t("enrol.title")} ready={ready}>
			{token === "" || begin.error ? (
				<UnusableLink error={begin.error} />
			) : begin.data ? (
				<EnrolForm token={token} begun={begin.data} />
			) : (
				<Skeleton height="20rem" screenreaderText={t("state.loading")} />
			)}
		</PublicFrame>
	);
}

function UnusableLink({ error }: { error: unknown }) {
	const t = useT();
	return (
		<>
			{error ? <ErrorNotice error={error} /> : null}
			<EmptyNotice
				title={t("enrol.unusable")}
				body={t("enrol.unusable_body")}
				action={<Link to="/signin">{t("signin.title")}</Link>}
			/>
		</>
	);
}

function EnrolForm({ token, begun }: { token: string; begun: Enrolment }) {
	const t = useT();
	const { display_name: name, login } = begun;
	const navigate = useNavigate();
	const complete = useCompleteEnrolment();
	const { values, set } = useFields({ password: "", again: "", code: "" });
	const ready = isNewPassword(begun.password_rules, values) && CODE_PATTERN.test(values.code);
	const submit = () =>
		complete.mutate(
			{ token, password: values.password, code: values.code },
			{ onSuccess: () => void navigate({ to: "/" }), onError: () => set("code", "") },
		);
	return (
		<SafeForm label={t("enrol.title")} onSubmit={submit}>
			<p>{t("enrol.welcome", { name, login })}</p>
			<FormError error={complete.error} />
			<input type="hidden" name="username" autoComplete="username" value={login} readOnly />
			<NewPasswordFields
				label={t("enrol.password")}
				againLabel={t("enrol.again")}
				rules={begun.password_rules}
				values={values}
				set={set}
				error={complete.error}
				own={[login, name]}
			/>
			<TotpSeed token={token} />
			<CodeField
				help={t("enrol.code_help")}
				value={values.code}
				onChange={(value) => set("code", value)}
				error={complete.error}
			/>
			<Button
				type="submit"
				variant="primary"
				isBlock
				isLoading={complete.isPending}
				isDisabled={complete.isPending || !ready}
				data-testid="enrol"
			>
				{t("enrol.submit")}
			</Button>
		</SafeForm>
	);
}

function TotpSeed({ token }: { token: string }) {
	const t = useT();
	const seed = useTotpSeed();
	const { mutate } = seed;
	useEffect(() => mutate(token), [mutate, token]);
	if (seed.error) return <ErrorNotice error={seed.error} retry={() => mutate(token)} />;
	if (!seed.data) return <Skeleton height="240px" screenreaderText={t("state.loading")} />;
	return (
		<>
			<TotpKey uri={seed.data} />
			<p className="sk-subtle">{t("enrol.qr_newest")}</p>
		</>
	);
}
