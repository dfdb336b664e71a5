// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Skeleton } from "@patternfly/react-core";
import { useChangePassword, useMe, useMyPasswordRules } from "../../api/me";
import { useT } from "../../i18n";
import type { PasswordRules } from "../../lib/password";
import { FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { isNewPassword, NewPasswordFields } from "../../ui/NewPassword";
import { ErrorNotice } from "../../ui/Notice";
import { useToasts } from "../../ui/Toasts";

export function Password() {
	const t = useT();
	const rules = useMyPasswordRules();
	if (rules.error) return <ErrorNotice error={rules.error} retry={() => void rules.refetch()} />;
	if (!rules.data) return <Skeleton height="16rem" screenreaderText={t("state.loading")} />;
	return <PasswordForm rules={rules.data} />;
}

function PasswordForm({ rules }: { rules: PasswordRules }) {
	const t = useT();
	const me = useMe();
	const change = useChangePassword();
	const toasts = useToasts();
	const { values, set, reset } = useFields({ current_password: "", password: "", again: "" });
	const ready = values.current_password !== "" && isNewPassword(rules, values);
	const submit = () =>
		change.mutate(
			{ current_password: values.current_password, password: values.password },
			{
				onSuccess: () => {
					toasts.show("success", t("profile.changed"));
					reset();
				},
			},
		);
	return (
		<SafeForm label={t("profile.password")} onSubmit={submit}>
			<FormError error={change.error} />
			<TextField
				name="current_password"
				type="password"
				label={t("profile.current")}
				value={values.current_password}
				onChange={(value) => set("current_password", value)}
				error={change.error}
				autoComplete="current-password"
				maxLength={1024}
				required
			/>
			<NewPasswordFields
				label={t("profile.new")}
				againLabel={t("profile.again")}
				rules={rules}
				values={values}
				set={set}
				error={change.error}
				own={me ? [me.login, me.display_name] : []}
			/>
			<div>
				<Button
					type="submit"
					variant="secondary"
					isLoading={change.isPending}
					isDisabled={!ready || change.isPending}
					data-testid="change-password"
				>
					{t("profile.password")}
				</Button>
			</div>
		</SafeForm>
	);
}
