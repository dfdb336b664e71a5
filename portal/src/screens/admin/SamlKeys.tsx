// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useMay } from "../../api/me";
import {
	useMakeSamlKey,
	usePutSamlKeyInUse,
	useRemoveSamlKey,
	useSamlKeys,
} from "../../api/samlkeys";
import type { SamlKey } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { DownloadLink } from "../../ui/DownloadLink";
import { FormModal } from "../../ui/form";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { Told } from "../../ui/Told";
import { useSaved } from "./parts";

const WARN_DAYS = 90;
type Asked = { what: "use" | "remove"; key: SamlKey };

/** Our own key for SAML, and the one that follows it; nothing before there is one. */
export function SamlKeys() {
	const t = useT();
	const query = useSamlKeys();
	const manages = useMay("policy.manage");
	const [asked, setAsked] = useState<Asked | null>(null);
	const columns = useColumns(manages ? setAsked : null);
	const keys = query.data?.items ?? [];
	if (keys.length === 0) return null;
	const other = keys.find(({ state }) => state !== "in_use");
	return (
		<Card data-testid="saml-keys-card" data-state={other?.state ?? "one"}>
			<CardTitle component="h2">{t("saml_keys.title")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p>{t("saml_keys.help")}</p>
					<Step keys={keys} />
					<DataTable
						label={t("saml_keys.title")}
						columns={columns}
						query={{ ...query, data: query.data && { ...query.data, next_cursor: null } }}
						rowKey={(key) => key.id}
						testId="saml-keys"
						empty={<p>{t("value.none")}</p>}
					/>
					<span className="sk-row">
						{manages && keys.length === 1 && <Make />}
						<DownloadLink href="/api/v1/sign-in/saml/metadata" testId="own-metadata">
							{t("providers.own_metadata")}
						</DownloadLink>
					</span>
				</div>
			</CardBody>
			{asked?.what === "use" && <PutInUse id={asked.key.id} onClose={() => setAsked(null)} />}
			{asked?.what === "remove" && <Remove id={asked.key.id} onClose={() => setAsked(null)} />}
		</Card>
	);
}

/** How far the change of key is, and whether one is due. */
function Step({ keys }: { keys: SamlKey[] }) {
	const t = useT();
	const other = keys.find(({ state }) => state !== "in_use");
	const ends = keys.find(({ state }) => state === "in_use")?.expires_at;
	const left = ends ? Date.parse(ends) - Date.now() : Number.POSITIVE_INFINITY;
	return (
		<>
			{ends && left < WARN_DAYS * 86_400_000 && (
				<Told
					tone="warning"
					title={t(left < 0 ? "saml_keys.ended" : "saml_keys.ends_soon")}
					testId="saml-key-ends"
				>
					<p>{t("saml_keys.ends_body")}</p>
				</Told>
			)}
			{other?.state === "next" && (
				<Told tone="info" title={t("saml_keys.next_made")} testId="saml-key-next">
					<p>{t("saml_keys.next_body")}</p>
				</Told>
			)}
			{other?.state === "old" && (
				<Told tone="info" title={t("saml_keys.old_accepted")} testId="saml-key-old">
					<p>{t("saml_keys.old_body")}</p>
				</Told>
			)}
		</>
	);
}

function useColumns(ask: ((asked: Asked) => void) | null): Column<SamlKey>[] {
	const t = useT();
	const columns: Column<SamlKey>[] = [
		{
			key: "state",
			label: t("column.state"),
			render: (key) => <StateLabel kind="saml_key" state={key.state} />,
		},
		{
			key: "fingerprint",
			label: t("saml_keys.fingerprint"),
			render: (key) => <span className="sk-mono sk-small sk-break">{key.fingerprint}</span>,
		},
		{ key: "made", label: t("saml_keys.made_at"), render: (key) => <Time at={key.created_at} /> },
		{ key: "ends", label: t("saml_keys.ends"), render: (key) => <Time at={key.expires_at} /> },
	];
	if (!ask) return columns;
	const button = (what: Asked["what"], key: SamlKey) => (
		<Button
			variant="secondary"
			size="sm"
			onClick={() => ask({ what, key })}
			data-testid={`saml-key-${what}`}
		>
			{t(`saml_keys.${what}`)}
		</Button>
	);
	return [
		...columns,
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (key) =>
				key.state !== "in_use" && (
					<span className="sk-row">
						{button("use", key)}
						{button("remove", key)}
					</span>
				),
		},
	];
}

function Make() {
	const t = useT();
	const toasts = useToasts();
	const make = useMakeSamlKey();
	return (
		<Button
			variant="secondary"
			isLoading={make.isPending}
			isDisabled={make.isPending}
			onClick={() => make.mutate(null, { onError: (error) => toasts.fail(error) })}
			data-testid="saml-key-make"
		>
			{t("saml_keys.make")}
		</Button>
	);
}

interface Props {
	id: string;
	onClose: () => void;
}

function PutInUse({ id, onClose }: Props) {
	const t = useT();
	const use = usePutSamlKeyInUse();
	const saved = useSaved(onClose);
	return (
		<FormModal
			testId="saml-key-use-dialog"
			title={t("saml_keys.use_title")}
			description={t("saml_keys.use_body")}
			submit={t("saml_keys.use")}
			pending={use.isPending}
			error={use.error}
			onSubmit={() => use.mutate(id, saved)}
			onClose={onClose}
		/>
	);
}

function Remove({ id, onClose }: Props) {
	const t = useT();
	const remove = useRemoveSamlKey();
	const saved = useSaved(onClose);
	return (
		<FormModal
			testId="saml-key-remove-dialog"
			title={t("saml_keys.remove_title")}
			description={t("saml_keys.remove_body")}
			submit={t("saml_keys.remove")}
			danger
			pending={remove.isPending}
			error={remove.error}
			onSubmit={() => remove.mutate(id, saved)}
			onClose={onClose}
		/>
	);
}
