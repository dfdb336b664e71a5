// SPDX-License-Identifier: GPL-3.0-or-later
import { useMay } from "../../api/me";
import type { RequestState } from "../../api/types";
import { useRequests } from "../../api/use";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { LinkButton } from "../../ui/LinkButton";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { RequestTable } from "./RequestTable";

const STATES: RequestState[] = [
	"pending",
	"approved",
	"rejected",
	"withdrawn",
	"expired",
	"finished",
];

export function RequestsScreen() {
	const t = useT();
	const { search } = useUrlState();
	const seesAll = useMay("request.view_all");
	const uses = useMay("target.use");
	const scope = seesAll && (search.scope === "all" || !uses) ? "all" : "mine";
	const query = useRequests({
		scope,
		state: STATES.find((state) => state === search.state),
		q: search.q,
		cursor: lastCursor(search.p),
	});
	const filtered = Boolean(search.q || search.state);
	return (
		<PageFrame
			title={t("requests.title")}
			ready={!query.isPending}
			actions={uses && <LinkButton to="/targets">{t("requests.new")}</LinkButton>}
		>
			<ListBar>
				{[
					<ListSearch key="q" label={t("requests.search")} />,
					<ListFilter
						key="state"
						name="state"
						label={t("column.state")}
						choices={STATES.map((value) => ({
							value,
							label: t(`state.request.${value}`),
						}))}
					/>,
					seesAll && uses && (
						<ListFilter
							key="scope"
							name="scope"
							label={t("filter.scope")}
							all={t("filter.mine")}
							choices={[{ value: "all", label: t("filter.everybody") }]}
						/>
					),
				]}
			</ListBar>
			<RequestTable
				query={query}
				testId="requests"
				everybody={scope === "all"}
				empty={
					<EmptyNotice
						title={t(filtered ? "list.no_match" : "requests.empty")}
						body={t(filtered ? "list.no_match_body" : "requests.empty_body")}
						action={uses && <LinkButton to="/targets">{t("home.find")}</LinkButton>}
					/>
				}
			/>
		</PageFrame>
	);
}
