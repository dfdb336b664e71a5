// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useSignIn, useSignInWithRecovery } from "../../api/me";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { CodeField } from "../../ui/CodeField";
import { FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { PublicFrame } from "./PublicFrame";
import { CODE_PATTERN, safeNext } from "./rules";

export function SignInScreen() {
	const t = useT();
	const router = useRouter();
	const { search } = useUrlState();
	const withCode = useSignIn();
	const withRecovery = useSignInWithRecovery();
	const [recovering, setRecovering] = useState(false);
	const signIn = recovering ? withRecovery : withCode;
	const { values, set } = useFields({ login: "", password: "", code: "", recovery_code: "" });
	const { login, password, code, recovery_code } = values;
	const then = {
		onSuccess: () => router.history.push(safeNext(search.next)),
		onError: () => set("code", ""),
	};
	const submit = () =>
		recovering
			? withRecovery.mutate({ login, password, recovery_code }, then)
			: withCode.mutate({ login, password, code }, then);
	const proven = recovering ? recovery_code.trim() !== "" : CODE_PATTERN.test(code);
	const complete = login !== "" && password !== "" && proven;
	return (
		<PublicFrame title={t("signin.title")}>
			<SafeForm label={t("signin.title")} onSubmit={submit}>
				<FormError error={signIn.error} />
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
				{recovering ? (
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
				) : (
					<CodeField
						help={t("signin.code_help")}
						value={code}
						onChange={(value) => set("code", value)}
					/>
				)}
				<Button
					type="submit"
					variant="primary"
					isBlock
					isLoading={signIn.isPending}
					isDisabled={signIn.isPending || !complete}
					data-testid="sign-in"
				>
					{t("signin.submit")}
				</Button>
				<Button
					variant="link"
					isInline
					onClick={() => setRecovering(!recovering)}
					data-testid="use-recovery"
				>
					{t(recovering ? "recovery.use_code" : "recovery.use")}
				</Button>
			</SafeForm>
			<p className="sk-subtle sk-small">{t("signin.help")}</p>
		</PublicFrame>
	);
}
