// SPDX-License-Identifier: GPL-3.0-or-later
import { useState } from "react";
import { useAddProvider, useProviderMetadata } from "../../api/providers";
import type { IdentityProvider } from "../../api/types";
import { useT } from "../../i18n";
import { FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { METADATA_MAX, MetadataField } from "./providerParts";
import { entityOf } from "./providerRules";

type Kind = IdentityProvider["kind"];
const KINDS: Kind[] = ["oidc", "saml"];

/** The least that a provider needs; its page leads on. With SAML its metadata may come along. */
export function AddProvider(props: { onClose: () => void; onDone: (id: string) => void }) {
	const t = useT();
	const add = useAddProvider();
	const store = useProviderMetadata();
	const [made, setMade] = useState<string | null>(null); // it is there, its metadata is not
	const { values, set } = useFields({
		kind: "oidc" as Kind,
		name: "",
		issuer: "",
		client_id: "",
		metadata: "",
	});
	const saml = values.kind === "saml";
	const metadata = saml ? values.metadata.trim() : "";
	const keep = (id: string) =>
		metadata
			? store.mutate({ id, metadata }, { onSuccess: () => props.onDone(id) })
			: props.onDone(id);
	const submit = () => {
		if (made) return keep(made);
		const { kind, name, issuer, client_id } = values;
		add.mutate(
			{ kind, name: name.trim(), issuer: issuer.trim(), ...(saml ? {} : { client_id }) },
			{
				onSuccess: ({ id }) => {
					setMade(id);
					keep(id);
				},
			},
		);
	};
	const error = store.error ?? add.error;
	const complete =
		values.name.trim() !== "" &&
		values.issuer.trim().length > 8 &&
		metadata.length <= METADATA_MAX &&
		(saml || values.client_id !== "");
	return (
		<FormModal
			testId="provider-dialog"
			title={t("providers.add")}
			description={t(made ? "providers.made" : "providers.add_body")}
			submit={t(made ? "action.save" : "action.add")}
			pending={add.isPending || store.isPending}
			disabled={!complete}
			error={error}
			onSubmit={submit}
			onClose={() => (made ? props.onDone(made) : props.onClose())}
		>
			{!made && (
				<SelectField
					name="kind"
					label={t("providers.kind")}
					value={values.kind}
					onChange={(value) => set("kind", value as Kind)}
					choices={KINDS.map((value) => ({ value, label: t(`providers.kind.${value}`) }))}
				/>
			)}
			{saml && (
				<MetadataField
					value={values.metadata}
					onChange={(value) => {
						set("metadata", value);
						if (!made && entityOf(value)) set("issuer", entityOf(value));
					}}
					error={error}
				/>
			)}
			{!made && (
				<>
					<TextField
						name="name"
						label={t("column.name")}
						help={t("providers.name_help")}
						value={values.name}
						onChange={(value) => set("name", value)}
						error={error}
						maxLength={64}
						autoComplete="off"
						required
					/>
					<TextField
						name="issuer"
						label={t(saml ? "providers.entity" : "providers.issuer")}
						help={t(saml ? "providers.entity_help" : "providers.issuer_help")}
						value={values.issuer}
						onChange={(value) => set("issuer", value)}
						error={error}
						maxLength={512}
						autoComplete="off"
						mono
						required
					/>
				</>
			)}
			{!saml && (
				<TextField
					name="client_id"
					label={t("providers.client_id")}
					help={t("providers.client_id_help")}
					value={values.client_id}
					onChange={(value) => set("client_id", value.trim())}
					error={error}
					maxLength={255}
					autoComplete="off"
					mono
					required
				/>
			)}
		</FormModal>
	);
}
