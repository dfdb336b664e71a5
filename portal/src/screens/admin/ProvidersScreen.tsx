// SPDX-License-Identifier: GPL-3.0-or-later
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../../api/me";
import { useProviders } from "../../api/providers";
import type { IdentityProvider } from "../../api/types";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { AddProvider } from "./AddProvider";
import { ProviderPage } from "./ProviderPage";
import { AddButton } from "./parts";
import { MetadataState } from "./providerParts";
import { SamlKeys } from "./SamlKeys";

/** The providers, or one of them: a test sign-in leads back with both in the address. */
export function ProvidersScreen() {
	const { search } = useUrlState();
	return search.provider ? (
		<ProviderPage key={search.provider} id={search.provider} test={search.test} />
	) : (
		<List />
	);
}

function List() {
	const t = useT();
	const query = useProviders();
	const manages = useMay("policy.manage");
	const { set } = useUrlState();
	const [adding, setAdding] = useState(false);
	const columns: Column<IdentityProvider>[] = [
		{
			key: "name",
			label: t("column.name"),
			render: (row) => (
				<Link
					to="/admin/identity-providers"
					search={{ provider: row.id }}
					className="sk-name"
					data-testid="open-provider"
				>
					{row.name}
				</Link>
			),
		},
		{ key: "kind", label: t("providers.kind"), render: (row) => t(`providers.kind.${row.kind}`) },
		{
			key: "issuer",
			label: t("providers.issuer"),
			render: (row) => <span className="sk-mono sk-small sk-break">{row.issuer}</span>,
		},
		{
			key: "state",
			label: t("column.state"),
			render: (row) => <StateLabel kind="provider" state={row.enabled ? "on" : "off"} />,
		},
		{
			key: "metadata",
			label: t("providers.metadata"),
			render: (row) => <MetadataState provider={row} />,
		},
	];
	return (
		<PageFrame
			title={t("providers.title")}
			description={t("providers.description")}
			ready={!query.isPending}
			actions={manages && <AddButton label={t("providers.add")} onClick={() => setAdding(true)} />}
		>
			<div className="sk-stack">
				<DataTable
					label={t("providers.title")}
					columns={columns}
					query={{ ...query, data: query.data && { ...query.data, next_cursor: null } }}
					rowKey={(row) => row.id}
					testId="identity-providers"
					empty={<EmptyNotice title={t("providers.empty")} body={t("providers.empty_body")} />}
				/>
				<SamlKeys />
			</div>
			{adding && (
				<AddProvider
					onClose={() => setAdding(false)}
					onDone={(id) => {
						setAdding(false);
						set({ provider: id });
					}}
				/>
			)}
		</PageFrame>
	);
}
