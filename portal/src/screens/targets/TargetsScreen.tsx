// SPDX-License-Identifier: GPL-3.0-or-later
import { Drawer, DrawerContent, DrawerContentBody, Skeleton } from "@patternfly/react-core";
import { useMay } from "../../api/me";
import type { MyTarget } from "../../api/types";
import { useMyTargets } from "../../api/use";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { Pager } from "../../ui/DataTable";
import { LinkButton } from "../../ui/LinkButton";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { EmptyNotice, ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { RequestPanel } from "./RequestPanel";
import { TargetRow } from "./TargetRow";
import { WhyNot } from "./WhyNot";

export function TargetsScreen() {
	const t = useT();
	const { search } = useUrlState();
	const query = useMyTargets({
		q: search.q,
		group_id: search.group,
		kind: search.kind === "linux_ssh" ? "linux_ssh" : undefined,
		cursor: lastCursor(search.p),
		limit: 50,
	});
	const targets = query.data?.items ?? [];
	return (
		<Drawer isExpanded={Boolean(search.ask)} isInline>
			<DrawerContent panelContent={<RequestPanel targets={targets} accountId={search.ask} />}>
				<DrawerContentBody>
					<PageFrame
						title={t("targets.title")}
						description={t("targets.description")}
						ready={!query.isPending}
					>
						<Filters targets={targets} />
						{query.error && !query.data ? (
							<ErrorNotice error={query.error} retry={() => void query.refetch()} />
						) : query.isPending ? (
							<Loading />
						) : targets.length === 0 ? (
							<Empty />
						) : (
							<div data-testid="targets" className="sk-targets">
								{targets.map((target) => (
									<TargetRow key={target.id} target={target} />
								))}
							</div>
						)}
						<Pager page={query.data} />
						{search.why && <WhyNot accountId={search.why} />}
					</PageFrame>
				</DrawerContentBody>
			</DrawerContent>
		</Drawer>
	);
}

function Filters({ targets }: { targets: MyTarget[] }) {
	const t = useT();
	const groups = new Map(targets.map((target) => [target.group.id, target.group.name]));
	return (
		<ListBar>
			{[
				<ListSearch key="q" label={t("targets.search")} />,
				<ListFilter
					key="group"
					name="group"
					label={t("targets.group")}
					choices={[...groups].map(([value, label]) => ({ value, label }))}
				/>,
				<ListFilter
					key="kind"
					name="kind"
					label={t("targets.kind")}
					choices={[{ value: "linux_ssh", label: t("kind.linux_ssh") }]}
				/>,
			]}
		</ListBar>
	);
}

function Loading() {
	const t = useT();
	return (
		<div className="sk-stack" aria-busy="true">
			{["1", "2", "3", "4"].map((row) => (
				<Skeleton key={row} height="72px" screenreaderText={t("state.loading")} />
			))}
		</div>
	);
}

function Empty() {
	const t = useT();
	const { search } = useUrlState();
	const manages = useMay("target.manage");
	if (search.q || search.group || search.kind)
		return (
			<EmptyNotice
				title={t("list.no_match")}
				body={t("list.no_match_body")}
				action={
					<LinkButton to="/targets" variant="secondary">
						{t("list.clear_filters")}
					</LinkButton>
				}
			/>
		);
	return (
		<EmptyNotice
			title={t("targets.empty")}
			body={t("targets.empty_body")}
			action={manages && <LinkButton to="/admin/targets">{t("nav.ledger")}</LinkButton>}
		/>
	);
}
