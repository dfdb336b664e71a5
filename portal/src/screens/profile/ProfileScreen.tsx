// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle, Label } from "@patternfly/react-core";
import { useState } from "react";
import {
	useChangePassword,
	useMe,
	useMySessions,
	useRevokeMySession,
	useUpdateProfile,
} from "../../api/me";
import type { Me, MySession } from "../../api/types";
import { PreferenceFields } from "../../app/Preferences";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormError, FormModal, SafeForm, TextField, useFields } from "../../ui/form";
import { PageFrame } from "../../ui/PageFrame";
import { Time } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { PASSWORD_MIN } from "../public/rules";

export function ProfileScreen() {
	const t = useT();
	const me = useMe();
	return (
		<PageFrame title={t("profile.title")} ready={me !== undefined}>
			<div className="sk-stack">
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
						<CardTitle component="h2">{t("profile.password")}</CardTitle>
						<CardBody>
							<Password />
						</CardBody>
					</Card>
				</div>
				<Card>
					<CardTitle component="h2">{t("profile.sessions")}</CardTitle>
					<CardBody>
						<p className="sk-small" data-testid="profile-live-note">
							{t("profile.live_note")}
						</p>
						<Sessions />
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
				{t("profile.rights")}: {me.roles.map((role) => t(`role.${role}`)).join(", ")}
			</p>
		</SafeForm>
	);
}

function Password() {
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

function Sessions() {
	const t = useT();
	const query = useMySessions();
	const revoke = useRevokeMySession();
	const [asking, setAsking] = useState<MySession | null>(null);
	const columns: Column<MySession>[] = [
		{
			key: "browser",
			label: t("profile.browser"),
			render: (session) => (
				<span className="sk-row">
					<span className="sk-break sk-mono sk-small">{session.user_agent}</span>
					{session.current && (
						<Label isCompact status="info">
							{t("profile.this")}
						</Label>
					)}
				</span>
			),
		},
		{
			key: "peer",
			label: t("audit.peer"),
			render: (session) => <span className="sk-mono">{session.peer}</span>,
		},
		{
			key: "created",
			label: t("signin.title"),
			render: (session) => <Time at={session.created_at} />,
		},
		{
			key: "seen",
			label: t("profile.last_seen"),
			render: (session) => <Time at={session.last_seen_at} />,
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (session) =>
				!session.current && (
					<Button
						variant="secondary"
						size="sm"
						onClick={() => setAsking(session)}
						data-testid="revoke-session"
					>
						{t("profile.sign_out_other")}
					</Button>
				),
		},
	];
	return (
		<>
			<DataTable
				label={t("profile.sessions")}
				columns={columns}
				query={query}
				rowKey={(session) => session.id}
				testId="my-sessions"
				empty={null}
			/>
			{asking && (
				<FormModal
					testId="revoke-session-dialog"
					title={t("profile.sign_out_title")}
					description={t("profile.sign_out_body")}
					submit={t("profile.sign_out_other")}
					pending={revoke.isPending}
					error={revoke.error}
					onSubmit={() => revoke.mutate(asking.id, { onSuccess: () => setAsking(null) })}
					onClose={() => setAsking(null)}
				/>
			)}
		</>
	);
}
