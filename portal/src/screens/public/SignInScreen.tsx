// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useRouter } from "@tanstack/react-router";
import { useSignIn } from "../../api/me";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { PublicFrame } from "./PublicFrame";
import { CODE_PATTERN, safeNext } from "./rules";

export function SignInScreen() {
	const t = useT();
	const router = useRouter();
	const { search } = useUrlState();
	const signIn = useSignIn();
	const { values, set } = useFields({ login: "", password: "", code: "" });
	const submit = () =>
		signIn.mutate(values, {
			onSuccess: () => router.history.push(safeNext(search.next)),
			onError: () => set("code", ""),
		});
	const complete = values.login !== "" && values.password !== "" && CODE_PATTERN.test(values.code);
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
				<TextField
					name="code"
					label={t("signin.code")}
					help={t("signin.code_help")}
					value={values.code}
					onChange={(value) => set("code", value.replace(/\D/g, ""))}
					autoComplete="one-time-code"
					inputMode="numeric"
					maxLength={6}
					required
				/>
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
			</SafeForm>
			<p className="sk-subtle sk-small">{t("signin.help")}</p>
		</PublicFrame>
	);
}
