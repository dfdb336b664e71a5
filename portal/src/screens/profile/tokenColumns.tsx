// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import type { ApiToken } from "../../api/types";
import { useT } from "../../i18n";
import type { Column } from "../../ui/DataTable";
import { FormModal } from "../../ui/form";
import { Time } from "../../ui/Time";

/** What both lists of API tokens show. */
export function useTokenColumns<T extends ApiToken>(onRevoke?: (token: T) => void): Column<T>[] {
	const t = useT();
	const columns: Column<T>[] = [
		{
			key: "name",
			label: t("tokens.name"),
			render: (token) => <span className="sk-break">{token.name}</span>,
		},
		{
			key: "scopes",
			label: t("tokens.scopes"),
			render: (token) =>
				token.scopes.map((scope) => t(`permission.${scope}`)).join(t("list.comma")),
		},
		{
			key: "networks",
			label: t("tokens.works_from"),
			render: (token) => <WorksFrom networks={token.networks} />,
		},
		{
			key: "expires",
			label: t("tokens.expires"),
			render: (token) => <Time at={token.expires_at} />,
		},
		{ key: "last", label: t("tokens.last"), render: (token) => <LastUse of={token} /> },
	];
	if (onRevoke)
		columns.push({
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (token) => (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => onRevoke(token)}
					data-testid="revoke-token"
				>
					{t("tokens.revoke")}
				</Button>
			),
		});
	return columns;
}

/** The address ranges that something works from. */
export function WorksFrom({ networks }: { networks: readonly string[] }) {
	const t = useT();
	if (networks.length === 0) return <>{t("tokens.anywhere")}</>;
	return <span className="sk-mono sk-small">{networks.join(", ")}</span>;
}

/** When and from where a token or secret was used last. */
export function LastUse({ of }: { of: Pick<ApiToken, "last_used_at" | "last_used_from"> }) {
	const t = useT();
	if (!of.last_used_at) return <>{t("tokens.never")}</>;
	return (
		<>
			<Time at={of.last_used_at} />{" "}
			<span className="sk-small sk-name">
				{t("tokens.from", { address: of.last_used_from ?? "" })}
			</span>
		</>
	);
}

export function RevokeToken(props: {
	token: ApiToken;
	revoke: {
		mutate: (id: string, options?: { onSuccess?: () => void }) => void;
		isPending: boolean;
		error: unknown;
	};
	onClose: () => void;
}) {
	const t = useT();
	return (
		<FormModal
			testId="revoke-token-dialog"
			title={t("tokens.revoke_title", { name: props.token.name })}
			description={t("tokens.revoke_body")}
			submit={t("tokens.revoke")}
			danger
			pending={props.revoke.isPending}
			error={props.revoke.error}
			onSubmit={() => props.revoke.mutate(props.token.id, { onSuccess: props.onClose })}
			onClose={props.onClose}
		/>
	);
}
