// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Card,
	CardBody,
	CardTitle,
	DescriptionList,
	Skeleton,
} from "@patternfly/react-core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../../api/me";
import { useDeleteProgram, useProgram, useUpdateProgram } from "../../api/programs";
import type { Program } from "../../api/types";
import { useT } from "../../i18n";
import { Fact } from "../../ui/Fact";
import { FormModal } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { useToasts } from "../../ui/Toasts";
import { LastUse, WorksFrom } from "../profile/tokenColumns";
import { ProgramModal } from "./ProgramModal";
import { ProgramSecrets } from "./ProgramSecrets";
import { FACTS } from "./providerParts";
import { useRoleName } from "./RoleChecks";

export function ProgramScreen() {
	const t = useT();
	const { id = "" } = useParams({ strict: false }) as { id?: string };
	const query = useProgram(id);
	const program = query.data;
	const manages = useMay("user.manage") && program?.state !== "deleted";
	return (
		<PageFrame
			title={program?.display_name ?? t("programs.title")}
			parent={{ label: t("programs.title"), to: "/admin/programs" }}
			ready={!query.isPending}
			actions={program && manages && <Actions program={program} />}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : program ? (
				<div className="sk-stack">
					<div className="sk-row">
						<span className="sk-mono">{program.name}</span>
						<StateLabel kind="program" state={program.state} />
						<span>
							{t("tokens.last")} <LastUse of={program} />
						</span>
					</div>
					<Rights program={program} />
					<ProgramSecrets program={program} manages={manages} />
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

function Rights({ program }: { program: Program }) {
	const t = useT();
	const roleName = useRoleName();
	return (
		<Card>
			<CardTitle component="h2">{t("programs.rights")}</CardTitle>
			<CardBody>
				<DescriptionList {...FACTS}>
					<Fact
						label={t("users.roles")}
						value={program.roles.map(roleName).join(t("list.comma"))}
					/>
					<Fact
						label={t("tokens.scopes")}
						value={program.scopes.map((scope) => t(`permission.${scope}`)).join(t("list.comma"))}
					/>
					<Fact label={t("tokens.works_from")} value={<WorksFrom networks={program.networks} />} />
					<Fact label={t("programs.seconds")} value={program.token_seconds} />
				</DescriptionList>
			</CardBody>
		</Card>
	);
}

function Actions({ program }: { program: Program }) {
	const t = useT();
	const gives = useMay("role.manage");
	const [open, setOpen] = useState<"edit" | "delete" | null>(null);
	const close = () => setOpen(null);
	return (
		<>
			<StateToggle program={program} />
			{gives && (
				<Button variant="secondary" onClick={() => setOpen("edit")} data-testid="edit">
					{t("action.edit")}
				</Button>
			)}
			<Button variant="secondary" onClick={() => setOpen("delete")} data-testid="delete">
				{t("programs.delete")}
			</Button>
			{open === "edit" && <ProgramModal program={program} onClose={close} />}
			{open === "delete" && <DeleteModal program={program} onClose={close} />}
		</>
	);
}

function StateToggle({ program }: { program: Program }) {
	const t = useT();
	const toasts = useToasts();
	const update = useUpdateProgram();
	const state = program.state === "active" ? "disabled" : "active";
	return (
		<Button
			variant="secondary"
			isLoading={update.isPending}
			isDisabled={update.isPending}
			onClick={() =>
				update.mutate(
					{ id: program.id, version: program.version, body: { state } },
					{ onError: toasts.fail },
				)
			}
			data-testid="toggle-state"
		>
			{t(state === "disabled" ? "users.disable" : "users.enable")}
		</Button>
	);
}

function DeleteModal({ program, onClose }: { program: Program; onClose: () => void }) {
	const t = useT();
	const navigate = useNavigate();
	const remove = useDeleteProgram();
	return (
		<FormModal
			testId="delete-program-dialog"
			title={t("programs.delete_title", { name: program.display_name })}
			description={t("programs.delete_body")}
			submit={t("programs.delete")}
			danger
			pending={remove.isPending}
			error={remove.error}
			onSubmit={() =>
				remove.mutate(
					{ id: program.id, version: program.version },
					{ onSuccess: () => void navigate({ to: "/admin/programs" }) },
				)
			}
			onClose={onClose}
		/>
	);
}
