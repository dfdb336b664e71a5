// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle, Skeleton, Title } from "@patternfly/react-core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import {
	useArchiveUser,
	useEffectiveRights,
	useEndSignIns,
	useRequirePasswordChange,
	useUpdateUser,
	useUser,
	useUserRoles,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { User } from "../../api/types";
import { useT } from "../../i18n";
import { FormModal, TextField, useFields } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { LinkDialog } from "./LinkDialog";
import { ArchiveModal, useSaved } from "./parts";
import { RoleChecks, useRoleName } from "./RoleChecks";
import { UserFactors } from "./UserFactors";
import { UserIdentities } from "./UserIdentities";
import { UserSignIns } from "./UserSignIns";

type Open = "edit" | "roles" | "password" | "sign_ins" | "link" | "archive" | null;

export function UserScreen() {
	const t = useT();
	const { id = "" } = useParams({ strict: false }) as { id?: string };
	const query = useUser(id);
	const user = query.data;
	return (
		<PageFrame
			title={user?.display_name ?? t("users.title")}
			parent={{ label: t("users.title"), to: "/admin/users" }}
			ready={!query.isPending}
			actions={user && user.state !== "archived" && <Actions user={user} />}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : user ? (
				<div className="sk-stack">
					<div className="sk-row">
						<span className="sk-mono">{user.login}</span>
						<StateLabel kind="user" state={user.state} />
						<span>
							{t("users.last")} <Time at={user.last_sign_in_at} />
						</span>
						<span>{user.groups.map((group) => group.name).join(t("list.comma"))}</span>
					</div>
					<Rights id={user.id} />
					<UserFactors user={user} />
					<UserIdentities user={user} />
					<UserSignIns user={user} />
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

function Actions({ user }: { user: User }) {
	const t = useT();
	const navigate = useNavigate();
	const [open, setOpen] = useState<Open>(null);
	const archive = useArchiveUser();
	const require = useRequirePasswordChange();
	const endSignIns = useEndSignIns();
	const manages = useMay("user.manage");
	const roles = useMay("role.manage");
	const close = () => setOpen(null);
	return (
		<>
			{manages && <StateToggle user={user} />}
			{manages && (
				<Button variant="secondary" onClick={() => setOpen("edit")} data-testid="edit">
					{t("action.edit")}
				</Button>
			)}
			{roles && (
				<Button variant="secondary" onClick={() => setOpen("roles")} data-testid="edit-roles">
					{t("users.roles")}
				</Button>
			)}
			{manages && user.state === "active" && (
				<Button
					variant="secondary"
					onClick={() => setOpen("password")}
					data-testid="require-password"
				>
					{t("users.require_password")}
				</Button>
			)}
			{manages && user.state === "active" && (
				<Button variant="secondary" onClick={() => setOpen("sign_ins")} data-testid="end-sign-ins">
					{t("users.end_sign_ins")}
				</Button>
			)}
			{manages && (
				<Button variant="secondary" onClick={() => setOpen("archive")} data-testid="archive">
					{t("action.archive")}
				</Button>
			)}
			{manages && (
				<Button variant="primary" onClick={() => setOpen("link")} data-testid="issue-link">
					{t("users.link")}
				</Button>
			)}
			{open === "link" && <LinkDialog user={user} onClose={close} />}
			{open === "password" && (
				<Ask user={user} what="require_password" act={require} onClose={close} />
			)}
			{open === "sign_ins" && (
				<Ask user={user} what="end_sign_ins" act={endSignIns} onClose={close} />
			)}
			{open === "edit" && <EditModal user={user} onClose={close} />}
			{open === "roles" && <RolesModal user={user} onClose={close} />}
			{open === "archive" && (
				<ArchiveModal
					object={{ ...user, name: user.display_name }}
					archive={archive}
					onClose={close}
					onDone={() => void navigate({ to: "/admin/users" })}
				/>
			)}
		</>
	);
}

function StateToggle({ user }: { user: User }) {
	const t = useT();
	const toasts = useToasts();
	const update = useUpdateUser();
	if (user.state !== "active" && user.state !== "disabled") return null;
	const state = user.state === "active" ? "disabled" : "active";
	return (
		<Button
			variant="secondary"
			isLoading={update.isPending}
			onClick={() =>
				update.mutate(
					{ id: user.id, version: user.version, body: { state } },
					{ onError: toasts.fail },
				)
			}
			data-testid="toggle-state"
		>
			{t(state === "disabled" ? "users.disable" : "users.enable")}
		</Button>
	);
}

/** Asks before it is done to somebody. */
function Ask({
	user,
	what,
	act,
	onClose,
}: {
	user: User;
	what: "require_password" | "end_sign_ins";
	act: ReturnType<typeof useRequirePasswordChange>;
	onClose: () => void;
}) {
	const t = useT();
	const saved = useSaved(onClose);
	return (
		<FormModal
			testId={`${what.replaceAll("_", "-")}-dialog`}
			title={t(`users.${what}_title`, { name: user.display_name })}
			description={t(`users.${what}_body`)}
			submit={t(`users.${what}`)}
			pending={act.isPending}
			error={act.error}
			onSubmit={() => act.mutate(user.id, saved)}
			onClose={onClose}
		/>
	);
}

function EditModal({ user, onClose }: { user: User; onClose: () => void }) {
	const t = useT();
	const update = useUpdateUser();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ display_name: user.display_name, email: user.email ?? "" });
	const email = values.email.trim();
	const body = {
		display_name: values.display_name,
		...(email === (user.email ?? "") ? {} : { email: email === "" ? null : email }),
	};
	return (
		<FormModal
			testId="user-dialog"
			title={t("users.edit")}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={values.display_name.trim() === ""}
			error={update.error}
			onSubmit={() => update.mutate({ id: user.id, version: user.version, body }, saved)}
			onClose={onClose}
		>
			<TextField
				name="display_name"
				label={t("users.display_name")}
				value={values.display_name}
				onChange={(value) => set("display_name", value)}
				error={update.error}
				maxLength={128}
				required
			/>
			<TextField
				name="email"
				type="email"
				label={t("users.email")}
				help={t("users.email_help")}
				value={values.email}
				onChange={(value) => set("email", value)}
				error={update.error}
				maxLength={254}
				autoComplete="off"
			/>
		</FormModal>
	);
}

function RolesModal({ user, onClose }: { user: User; onClose: () => void }) {
	const t = useT();
	const change = useUserRoles();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ roles: user.roles });
	return (
		<FormModal
			testId="roles-dialog"
			title={t("users.roles")}
			submit={t("action.save")}
			pending={change.isPending}
			error={change.error}
			onSubmit={() => change.mutate({ id: user.id, version: user.version, body: values }, saved)}
			onClose={onClose}
		>
			<RoleChecks value={values.roles} onChange={(roles) => set("roles", roles)} />
		</FormModal>
	);
}

/** Roles with where they come from, and what they open. */
function Rights({ id }: { id: string }) {
	const t = useT();
	const roleName = useRoleName();
	const { data, error, refetch } = useEffectiveRights(id);
	if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
	if (!data) return <Skeleton height="10rem" screenreaderText={t("state.loading")} />;
	return (
		<Card>
			<CardTitle component="h2">{t("users.effective")}</CardTitle>
			<CardBody>
				<ul>
					{data.roles.map((each) => (
						<li key={`${each.role}-${each.group?.id ?? ""}`}>
							{roleName(each.role)}{" "}
							<span className="sk-subtle">
								{each.group ? t("users.via", { name: each.group.name }) : t("users.direct")}
							</span>
						</li>
					))}
				</ul>
				<Title headingLevel="h3" size="md" className="sk-part">
					{t("users.permissions")}
				</Title>
				<ul>
					{data.permissions.map((permission) => (
						<li key={permission}>{t(`permission.${permission}`)}</li>
					))}
				</ul>
			</CardBody>
		</Card>
	);
}
