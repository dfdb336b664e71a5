// SPDX-License-Identifier: GPL-3.0-or-later
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../../api/me";
import { useRevokeToken, useTokens } from "../../api/tokens";
import type { OwnedApiToken } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { DataTable } from "../../ui/DataTable";
import { PageFrame } from "../../ui/PageFrame";
import { RevokeToken, useTokenColumns } from "../profile/tokenColumns";

/** Everybody's API tokens; whoever manages people can revoke each. */
export function TokensScreen() {
	const t = useT();
	const { search } = useUrlState();
	const query = useTokens(lastCursor(search.p));
	const revoke = useRevokeToken();
	const manages = useMay("user.manage");
	const [revoking, setRevoking] = useState<OwnedApiToken | null>(null);
	const columns = useTokenColumns<OwnedApiToken>(manages ? setRevoking : undefined);
	return (
		<PageFrame title={t("tokens.title_all")} ready={!query.isPending}>
			<DataTable
				label={t("tokens.title_all")}
				columns={[
					{
						key: "owner",
						label: t("tokens.owner"),
						render: (token) => (
							<Link to="/admin/users/$id" params={{ id: token.user.id }} className="sk-name">
								{token.user.display_name}
							</Link>
						),
					},
					...columns,
				]}
				query={query}
				rowKey={(token) => token.id}
				testId="tokens"
				empty={<p>{t("tokens.empty_all")}</p>}
			/>
			{revoking && (
				<RevokeToken token={revoking} revoke={revoke} onClose={() => setRevoking(null)} />
			)}
		</PageFrame>
	);
}
