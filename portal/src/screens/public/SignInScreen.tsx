// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useSignInProviders } from "../../api/federation";
import { useSendMailCode, useSignIn, useSignInWithMail, useSignInWithRecovery } from "../../api/me";
import { useSignInByPasskey, useSignInWithPasskey } from "../../api/passkey";
import { useT } from "../../i18n";
import { heldUntil } from "../../lib/live";
import { keptNext, takeNext } from "../../lib/next";
import { passkeysWork } from "../../lib/passkey";
import { useUrlState } from "../../lib/search";
import { CodeField } from "../../ui/CodeField";
import { FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { HeldNotice } from "../../ui/HeldNotice";
import { MailStep } from "../../ui/MailStep";
import { useNow } from "../../ui/Time";
import { ProviderFailed } from "./ProviderFailed";
import { Providers } from "./Providers";
import { PublicFrame } from "./PublicFrame";
import { CODE_PATTERN, MAIL_CODE_PATTERN, safeNext } from "./rules";

type Second = "code" | "recovery" | "passkey" | "mail";

/** Terminals that wait for this sign-in. */
function Held() {
	useNow();
	const until = heldUntil();
	return until === null ? null : <HeldNotice until={until} />;
}

export function SignInScreen() {
	const t = useT();
	const router = useRouter();
	const { search } = useUrlState();
	const withCode = useSignIn();
	const withRecovery = useSignInWithRecovery();
	const withPasskey = useSignInWithPasskey();
	const withMail = useSignInWithMail();
	const sendMail = useSendMailCode();
	const byPasskey = useSignInByPasskey();
	const [second, setSecond] = useState<Second>("code");
	const signIn = {
		code: withCode,
		recovery: withRecovery,
		passkey: withPasskey,
		mail: withMail,
	}[second];
	const { values, set } = useFields({
		login: "",
		password: "",
		code: "",
		recovery_code: "",
		mail_code: "",
	});
	const { login, password, code, recovery_code, mail_code } = values;
	const next = search.next ?? keptNext();
	const then = {
		onSuccess: () => {
			takeNext();
			router.history.push(safeNext(next));
		},
		onError: () => {
			set("code", "");
			set("mail_code", "");
		},
	};
	const submit = () => {
		byPasskey.reset();
		sendMail.reset();
		if (second === "recovery") withRecovery.mutate({ login, password, recovery_code }, then);
		else if (second === "mail") withMail.mutate({ login, password, code: mail_code }, then);
		else if (second === "passkey") withPasskey.mutate({ login, password }, then);
		else withCode.mutate({ login, password, code }, then);
	};
	const proven = {
		code: CODE_PATTERN.test(code),
		recovery: recovery_code.trim() !== "",
		passkey: true,
		mail: MAIL_CODE_PATTERN.test(mail_code),
	}[second];
	const complete = login !== "" && password !== "" && proven;
	const pending = signIn.isPending || byPasskey.isPending;
	return (
		<PublicFrame title={t("signin.title")}>
			<Held />
			{search.failed && <ProviderFailed code={search.failed} />}
			<SafeForm label={t("signin.title")} onSubmit={submit}>
				<FormError error={byPasskey.error ?? sendMail.error ?? signIn.error} />
				{passkeysWork() && (
					<Button
						variant="secondary"
						isBlock
						isLoading={byPasskey.isPending}
						isDisabled={pending}
						onClick={() => byPasskey.mutate(undefined, then)}
						data-testid="sign-in-passkey"
					>
						{t("signin.passkey")}
					</Button>
				)}
				<TextField
					name="login"
					label={t("signin.login")}
					value={values.login}
					onChange={(value) => set("login", value.trim())}
					autoComplete="username"
					autoFocus
					maxLength={64}
					required
				/>
				<TextField
					name="password"
					type="password"
					label={t("signin.password")}
					value={values.password}
					onChange={(value) => set("password", value)}
					autoComplete="current-password"
					maxLength={1024}
					required
				/>
				{second === "recovery" && (
					<TextField
						name="recovery_code"
						label={t("recovery.code")}
						help={t("recovery.code_help")}
						value={recovery_code}
						onChange={(value) => set("recovery_code", value)}
						autoComplete="off"
						maxLength={64}
						mono
						required
					/>
				)}
				{second === "code" && (
					<CodeField
						help={t("signin.code_help")}
						value={code}
						onChange={(value) => set("code", value)}
					/>
				)}
				{second === "mail" && (
					<MailStep
						send={{
							mutate: (options) => {
								withMail.reset();
								sendMail.mutate({ login, password }, options);
							},
							isPending: sendMail.isPending,
						}}
						ready={login !== "" && password !== ""}
						value={mail_code}
						onChange={(value) => set("mail_code", value)}
					/>
				)}
				<Button
					type="submit"
					variant="primary"
					isBlock
					isLoading={signIn.isPending}
					isDisabled={pending || !complete}
					data-testid="sign-in"
				>
					{t(second === "passkey" ? "signin.with_passkey" : "signin.submit")}
				</Button>
				<OtherWays second={second} onChoose={setSecond} />
			</SafeForm>
			<Providers next={next} />
			<p className="sk-subtle sk-small">{t("signin.help")}</p>
		</PublicFrame>
	);
}

/** The other second steps. A passkey is offered where the browser can show one. */
function OtherWays({ second, onChoose }: { second: Second; onChoose: (to: Second) => void }) {
	const t = useT();
	const providers = useSignInProviders();
	const offered = {
		code: true,
		passkey: passkeysWork(),
		recovery: true,
		mail: providers.data?.mail_code ?? false,
	};
	const ways = [
		{ to: "code", label: t("recovery.use_code") },
		{ to: "passkey", label: t("signin.use_passkey") },
		{ to: "recovery", label: t("recovery.use") },
		{ to: "mail", label: t("mail_step.use") },
	] as const;
	return ways
		.filter(({ to }) => to !== second && offered[to])
		.map(({ to, label }) => (
			<Button
				key={to}
				variant="link"
				isInline
				onClick={() => onChoose(to)}
				data-testid={`use-${to}`}
			>
				{label}
			</Button>
		));
}
