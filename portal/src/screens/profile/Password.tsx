// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useChangePassword } from "../../api/me";
import { useT } from "../../i18n";
import { FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { useToasts } from "../../ui/Toasts";
import { PASSWORD_MIN } from "../public/rules";

export function Password() {
	const t = useT();
	const change = useChangePassword();
	const toasts = useToasts();
	const { values, set, reset } = useFields({ current_password: "", password: "", again: "" });
	const short = values.password !== "" && values.password.length < PASSWORD_MIN;
	const differs = values.again !== "" && values.again !== values.password;
	const ready =
		values.current_password !== "" &&
		values.password.length >= PASSWORD_MIN &&
		values.again === values.password;
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
			<TextField
				name="password"
				type="password"
				label={t("profile.new")}
				help={t("enrol.password_help", { count: PASSWORD_MIN })}
				problem={short ? t("enrol.password_short", { count: PASSWORD_MIN }) : undefined}
				value={values.password}
				onChange={(value) => set("password", value)}
				error={change.error}
				autoComplete="new-password"
				maxLength={1024}
				required
			/>
			<TextField
				name="again"
				type="password"
				label={t("profile.again")}
				problem={differs ? t("enrol.differs") : undefined}
				value={values.again}
				onChange={(value) => set("again", value)}
				autoComplete="new-password"
				maxLength={1024}
				required
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
