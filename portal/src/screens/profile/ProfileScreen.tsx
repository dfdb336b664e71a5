// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useMe, useUpdateProfile } from "../../api/me";
import type { Me } from "../../api/types";
import { PreferenceFields } from "../../app/Preferences";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { PageFrame } from "../../ui/PageFrame";
import { useToasts } from "../../ui/Toasts";
import { ProviderFailed } from "../public/ProviderFailed";
import { ApiTokens } from "./ApiTokens";
import { Devices } from "./Devices";
import { Factors } from "./Factors";
import { MailAddress } from "./MailAddress";
import { MyIdentities } from "./MyIdentities";
import { Notices } from "./Notices";
import { Passkeys } from "./Passkeys";
import { Password } from "./Password";
import { PastSignIns } from "./PastSignIns";
import { RecoveryCodes } from "./RecoveryCodes";
import { SignIns } from "./SignIns";

export function ProfileScreen() {
	const t = useT();
	const me = useMe();
	const { failed } = useUrlState().search;
	return (
		<PageFrame title={t("profile.title")} ready={me !== undefined}>
			<div className="sk-stack">
				{failed && <ProviderFailed code={failed} linking />}
				<div className="sk-grid">
					<Card>
						<CardTitle component="h2">{t("profile.name")}</CardTitle>
						<CardBody>{me && <Name me={me} />}</CardBody>
					</Card>
					<Card>
						<CardTitle component="h2">{t("profile.display")}</CardTitle>
						<CardBody>
							<PreferenceFields />
						</CardBody>
					</Card>
					<Card>
						<CardTitle component="h2">{t("mail_address.title")}</CardTitle>
						<CardBody>
							<MailAddress />
						</CardBody>
					</Card>
					<Card>
						<CardTitle component="h2">{t("profile.password")}</CardTitle>
						<CardBody>
							<Password />
						</CardBody>
					</Card>
				</div>
				<Card>
					<CardTitle component="h2">{t("factors.title")}</CardTitle>
					<CardBody>
						<Factors />
					</CardBody>
				</Card>
				<Card>
					<CardTitle component="h2">{t("passkey.title")}</CardTitle>
					<CardBody>
						<Passkeys />
					</CardBody>
				</Card>
				<Card>
					<CardTitle component="h2">{t("recovery.title")}</CardTitle>
					<CardBody>
						<RecoveryCodes />
					</CardBody>
				</Card>
				<MyIdentities />
				<Card>
					<CardTitle component="h2">{t("tokens.title")}</CardTitle>
					<CardBody>
						<ApiTokens />
					</CardBody>
				</Card>
				<Card>
					<CardTitle component="h2">{t("profile.sessions")}</CardTitle>
					<CardBody>
						<div className="sk-stack">
							<p className="sk-small" data-testid="profile-live-note">
								{t("profile.live_note")}
							</p>
							<SignIns />
						</div>
					</CardBody>
				</Card>
				<Card id="recent-sign-ins">
					<CardTitle component="h2">{t("past.title")}</CardTitle>
					<CardBody>
						<PastSignIns />
					</CardBody>
				</Card>
				<Card>
					<CardTitle component="h2">{t("notices.title")}</CardTitle>
					<CardBody>
						<Notices />
					</CardBody>
				</Card>
				<Card>
					<CardTitle component="h2">{t("devices.title")}</CardTitle>
					<CardBody>
						<Devices />
					</CardBody>
				</Card>
			</div>
		</PageFrame>
	);
}

function Name({ me }: { me: Me }) {
	const t = useT();
	const update = useUpdateProfile();
	const toasts = useToasts();
	const { values, set } = useFields({ display_name: me.display_name });
	const submit = () =>
		update.mutate(
			{ display_name: values.display_name.trim() },
			{ onSuccess: () => toasts.show("success", t("toast.saved")) },
		);
	return (
		<SafeForm label={t("profile.name")} onSubmit={submit}>
			<FormError error={update.error} />
			<p className="sk-mono">{me.login}</p>
			<TextField
				name="display_name"
				label={t("profile.name")}
				value={values.display_name}
				onChange={(value) => set("display_name", value)}
				error={update.error}
				maxLength={128}
				required
			/>
			<div>
				<Button
					type="submit"
					variant="secondary"
					isLoading={update.isPending}
					isDisabled={values.display_name.trim() === ""}
				>
					{t("action.save")}
				</Button>
			</div>
			<p className="sk-small">
				{t("profile.rights")}: {me.roles.map((role) => t(`role.${role}`)).join(t("list.comma"))}
			</p>
		</SafeForm>
	);
}
