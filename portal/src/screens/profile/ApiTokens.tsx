// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMe } from "../../api/me";
import { useMakeToken, useMyTokens, useRevokeMyToken } from "../../api/tokens";
import type { ApiToken, Permission } from "../../api/types";
import { useT } from "../../i18n";
import { DataTable } from "../../ui/DataTable";
import { AreaField, ChecksField, FormModal, TextField, useFields } from "../../ui/form";
import { ShownOnce } from "../../ui/ShownOnce";
import { RevokeToken, useTokenColumns } from "./tokenColumns";

/** The person's API tokens: made here, told once, revoked here. */
export function ApiTokens() {
	const t = useT();
	const query = useMyTokens();
	const revoke = useRevokeMyToken();
	const [adding, setAdding] = useState(false);
	const [revoking, setRevoking] = useState<ApiToken | null>(null);
	const columns = useTokenColumns<ApiToken>(setRevoking);
	const max = query.data?.max_days ?? 0;
	return (
		<div className="sk-stack">
			<p className="sk-small">{t(query.data && max === 0 ? "tokens.off" : "tokens.help")}</p>
			<DataTable
				label={t("tokens.title")}
				columns={columns}
				query={{ ...query, data: query.data && { items: query.data.items, next_cursor: null } }}
				rowKey={(token) => token.id}
				testId="my-tokens"
				empty={<p>{t("tokens.empty")}</p>}
			/>
			{max > 0 && (
				<div>
					<Button variant="secondary" onClick={() => setAdding(true)} data-testid="add-token">
						{t("tokens.add")}
					</Button>
				</div>
			)}
			{adding && <Make max={max} onClose={() => setAdding(false)} />}
			{revoking && (
				<RevokeToken token={revoking} revoke={revoke} onClose={() => setRevoking(null)} />
			)}
		</div>
	);
}

const linesOf = (text: string) => text.split(/\s+/).filter((line) => line !== "");

function Make({ max, onClose }: { max: number; onClose: () => void }) {
	const t = useT();
	const make = useMakeToken();
	const own: readonly Permission[] = useMe()?.permissions ?? [];
	const { values, set } = useFields({
		name: "",
		scopes: [] as Permission[],
		networks: "",
		days: String(Math.min(30, max)),
	});
	const days = Number(values.days);
	if (make.data !== undefined)
		return (
			<ShownOnce
				title={t("tokens.value")}
				once={t("tokens.once")}
				kept={t("tokens.kept")}
				text={make.data}
				testId="token-value"
				onClose={onClose}
			/>
		);
	return (
		<FormModal
			testId="add-token-dialog"
			title={t("tokens.add")}
			description={t("tokens.add_body")}
			submit={t("tokens.add")}
			pending={make.isPending}
			disabled={values.name.trim() === "" || values.scopes.length === 0 || !Number.isInteger(days)}
			error={make.error}
			onSubmit={() =>
				make.mutate({
					name: values.name.trim(),
					scopes: values.scopes,
					networks: linesOf(values.networks),
					days,
				})
			}
			onClose={onClose}
		>
			<TextField
				name="name"
				label={t("tokens.name")}
				help={t("tokens.name_help")}
				value={values.name}
				onChange={(value) => set("name", value)}
				error={make.error}
				maxLength={64}
				required
			/>
			<ChecksField
				name="scopes"
				label={t("tokens.scopes")}
				choices={own.map((value) => ({ value, label: t(`permission.${value}`) }))}
				value={values.scopes}
				onChange={(scopes) => set("scopes", scopes)}
			/>
			<AreaField
				name="networks"
				label={t("tokens.networks")}
				help={t("tokens.networks_help")}
				value={values.networks}
				onChange={(value) => set("networks", value)}
				error={make.error}
				mono
			/>
			<TextField
				name="days"
				label={t("tokens.days")}
				help={t("tokens.days_help", { max })}
				value={values.days}
				onChange={(value) => set("days", value)}
				error={make.error}
				maxLength={3}
				required
			/>
		</FormModal>
	);
}
