// SPDX-License-Identifier: GPL-3.0-or-later
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../../api/me";
import { usePrograms } from "../../api/programs";
import type { Program } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { LastUse, WorksFrom } from "../profile/tokenColumns";
import { ProgramModal } from "./ProgramModal";
import { MakeSecret } from "./ProgramSecrets";
import { AddButton, AdminEmpty } from "./parts";
import { useRoleName } from "./RoleChecks";

const STATES = ["active", "disabled", "deleted"] as const;

/** Programs that sign in for themselves. A new one gets its first secret at once. */
export function ProgramsScreen() {
	const t = useT();
	const { search } = useUrlState();
	const manages = useMay("user.manage");
	const gives = useMay("role.manage");
	const [adding, setAdding] = useState(false);
	const [added, setAdded] = useState<Program | null>(null);
	const query = usePrograms({
		q: search.q,
		state: STATES.find((state) => state === search.state),
		cursor: lastCursor(search.p),
	});
	const off = query.data?.max_days === 0;
	return (
		<PageFrame
			title={t("programs.title")}
			description={t(off ? "programs.off" : "programs.description")}
			ready={!query.isPending}
			actions={
				manages && gives && <AddButton label={t("programs.add")} onClick={() => setAdding(true)} />
			}
		>
			<ListBar>
				{[
					<ListSearch key="q" label={t("programs.search")} />,
					<ListFilter
						key="state"
						name="state"
						label={t("column.state")}
						choices={STATES.map((value) => ({ value, label: t(`state.program.${value}`) }))}
					/>,
				]}
			</ListBar>
			<DataTable
				label={t("programs.title")}
				columns={useColumns()}
				query={query}
				rowKey={(program) => program.id}
				testId="programs"
				empty={<AdminEmpty />}
			/>
			{adding && (
				<ProgramModal
					onClose={() => setAdding(false)}
					onAdded={(program) => {
						setAdding(false);
						setAdded(program);
					}}
				/>
			)}
			{added && <MakeSecret program={added} onClose={() => setAdded(null)} />}
		</PageFrame>
	);
}

function useColumns(): Column<Program>[] {
	const t = useT();
	const roleName = useRoleName();
	return [
		{
			key: "display_name",
			label: t("programs.display_name"),
			render: (program) => (
				<Link to="/admin/programs/$id" params={{ id: program.id }} className="sk-name">
					{program.display_name}
				</Link>
			),
		},
		{
			key: "name",
			label: t("programs.name"),
			render: (program) => <span className="sk-mono">{program.name}</span>,
		},
		{
			key: "state",
			label: t("column.state"),
			render: (program) => <StateLabel kind="program" state={program.state} />,
		},
		{
			key: "roles",
			label: t("users.roles"),
			render: (program) => program.roles.map(roleName).join(t("list.comma")),
		},
		{
			key: "networks",
			label: t("tokens.works_from"),
			render: (program) => <WorksFrom networks={program.networks} />,
		},
		{ key: "last", label: t("tokens.last"), render: (program) => <LastUse of={program} /> },
	];
}
