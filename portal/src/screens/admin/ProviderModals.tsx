// SPDX-License-Identifier: GPL-3.0-or-later
import {
	type ProviderChange,
	useProviderMetadata,
	useProviderSecret,
	useUpdateProvider,
} from "../../api/providers";
import type { IdentityProvider } from "../../api/types";
import { useT } from "../../i18n";
import { AreaField, CheckField, FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { useSaved } from "./parts";
import { METADATA_MAX, MetadataField } from "./providerParts";

interface Props {
	provider: IdentityProvider;
	onClose: () => void;
}

/** onAddress: metadata has an address, and how it is reached may have been changed. */
export function ConnectionModal({
	provider,
	onClose,
	onAddress,
}: Props & { onAddress: () => void }) {
	const t = useT();
	const update = useUpdateProvider(provider);
	const saved = useSaved(onClose);
	const oidc = provider.kind === "oidc";
	const { values, set } = useFields({
		name: provider.name,
		client_id: provider.client_id,
		metadata_url: provider.metadata_url,
		addresses: provider.addresses,
		trust: provider.trust,
	});
	const { name, client_id, addresses, trust } = values;
	const metadata_url = values.metadata_url.trim();
	const reached = oidc || metadata_url !== "";
	const change: ProviderChange = {
		name: name.trim(),
		...(oidc ? { client_id } : { metadata_url }),
		...(reached ? { addresses, trust } : {}),
	};
	const done = () => {
		saved.onSuccess();
		if (!oidc && metadata_url) onAddress();
	};
	return (
		<FormModal
			testId="connection-dialog"
			title={t("providers.connection")}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={name.trim() === "" || (oidc && client_id === "")}
			error={update.error}
			onSubmit={() => update.mutate(change, { onSuccess: done })}
			onClose={onClose}
		>
			<TextField
				name="name"
				label={t("column.name")}
				help={t("providers.name_help")}
				value={name}
				onChange={(value) => set("name", value)}
				error={update.error}
				maxLength={64}
				autoComplete="off"
				required
			/>
			{oidc ? (
				<TextField
					name="client_id"
					label={t("providers.client_id")}
					value={client_id}
					onChange={(value) => set("client_id", value.trim())}
					error={update.error}
					maxLength={255}
					autoComplete="off"
					mono
					required
				/>
			) : (
				<TextField
					name="metadata_url"
					label={t("providers.metadata_url")}
					help={t("providers.metadata_url_help")}
					value={values.metadata_url}
					onChange={(value) => set("metadata_url", value)}
					error={update.error}
					maxLength={1024}
					autoComplete="off"
					mono
				/>
			)}
			{reached && (
				<>
					<TextField
						name="addresses"
						label={t("providers.addresses")}
						help={t("providers.addresses_help")}
						value={addresses}
						onChange={(value) => set("addresses", value)}
						error={update.error}
						maxLength={1000}
						autoComplete="off"
						mono
					/>
					<AreaField
						name="trust"
						label={t("providers.trust")}
						help={t("providers.trust_help")}
						value={trust}
						onChange={(value) => set("trust", value)}
						error={update.error}
						maxLength={16000}
						rows={5}
						mono
					/>
				</>
			)}
		</FormModal>
	);
}

/** Into the vault, and never shown again. */
export function SecretModal({ provider, onClose }: Props) {
	const t = useT();
	const store = useProviderSecret(provider.id);
	const saved = useSaved(onClose);
	const { values, set } = useFields({ secret: "" });
	return (
		<FormModal
			testId="secret-dialog"
			title={t("providers.set_secret")}
			description={t("providers.secret_body")}
			submit={t("action.save")}
			pending={store.isPending}
			disabled={values.secret === ""}
			error={store.error}
			onSubmit={() => store.mutate(values.secret, saved)}
			onClose={onClose}
		>
			<TextField
				name="secret"
				type="password"
				label={t("providers.secret")}
				value={values.secret}
				onChange={(value) => set("secret", value)}
				error={store.error}
				autoComplete="off"
				maxLength={512}
				required
			/>
		</FormModal>
	);
}

export function MetadataModal({ provider, onClose }: Props) {
	const t = useT();
	const store = useProviderMetadata();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ metadata: "" });
	const metadata = values.metadata.trim();
	return (
		<FormModal
			testId="metadata-dialog"
			title={t("providers.set_metadata")}
			description={t("providers.metadata_body")}
			submit={t("action.save")}
			pending={store.isPending}
			disabled={metadata === "" || metadata.length > METADATA_MAX}
			error={store.error}
			onSubmit={() => store.mutate({ id: provider.id, metadata }, saved)}
			onClose={onClose}
		>
			<MetadataField
				value={values.metadata}
				onChange={(value) => set("metadata", value)}
				error={store.error}
				required
			/>
		</FormModal>
	);
}

type Second = IdentityProvider["second_factor"];
const SECONDS: Second[] = ["ask", "trust"];
type SignOut = IdentityProvider["sign_out"];
const SIGN_OUTS: SignOut[] = ["here", "provider"];

/** Whose sign-in an answer is, and whether the own second factor is asked for. */
export function PeopleModal({ provider, onClose }: Props) {
	const t = useT();
	const update = useUpdateProvider(provider);
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		link_attribute: provider.link_attribute,
		login_suffix: provider.login_suffix,
		provision: provider.provision,
		login_attribute: provider.login_attribute,
		display_attribute: provider.display_attribute,
		second_factor: provider.second_factor,
		contexts: provider.contexts,
		sign_out: provider.sign_out,
		unsolicited: provider.unsolicited,
		step_up: provider.step_up,
	});
	type Text = Exclude<
		keyof typeof values,
		"provision" | "second_factor" | "sign_out" | "unsolicited" | "step_up"
	>;
	const text = (name: Text, maxLength: number, required = false) => (
		<TextField
			name={name}
			label={t(`providers.${name}`)}
			help={t(`providers.${name}_help`)}
			value={values[name]}
			onChange={(value) => set(name, value)}
			error={update.error}
			maxLength={maxLength}
			autoComplete="off"
			mono
			required={required}
		/>
	);
	const trusts = values.second_factor === "trust";
	return (
		<FormModal
			testId="people-dialog"
			title={t("providers.people")}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={
				(values.provision && values.login_attribute.trim() === "") ||
				(trusts && values.contexts.trim() === "")
			}
			error={update.error}
			onSubmit={() => update.mutate({ ...values, step_up: trusts && values.step_up }, saved)}
			onClose={onClose}
		>
			{text("link_attribute", 255)}
			{text("login_suffix", 128)}
			<CheckField
				name="provision"
				label={t("providers.provision_check")}
				help={t("providers.provision_help")}
				value={values.provision}
				onChange={(value) => set("provision", value)}
			/>
			{values.provision && text("login_attribute", 255, true)}
			{values.provision && text("display_attribute", 255)}
			<SelectField
				name="second_factor"
				label={t("providers.second")}
				help={t("providers.second_help")}
				value={values.second_factor}
				onChange={(value) => set("second_factor", value as Second)}
				error={update.error}
				choices={SECONDS.map((value) => ({ value, label: t(`providers.second.${value}`) }))}
			/>
			{trusts && text("contexts", 1000, true)}
			{trusts && (
				<CheckField
					name="step_up"
					label={t("providers.step_up_check")}
					help={t("providers.step_up_help")}
					value={values.step_up}
					onChange={(value) => set("step_up", value)}
				/>
			)}
			{provider.kind === "saml" && (
				<CheckField
					name="unsolicited"
					label={t("providers.unsolicited_check")}
					help={t("providers.unsolicited_help")}
					value={values.unsolicited}
					onChange={(value) => set("unsolicited", value)}
				/>
			)}
			<SelectField
				name="sign_out"
				label={t("providers.sign_out")}
				help={t("providers.sign_out_help")}
				value={values.sign_out}
				onChange={(value) => set("sign_out", value as SignOut)}
				error={update.error}
				choices={SIGN_OUTS.map((value) => ({ value, label: t(`providers.sign_out.${value}`) }))}
			/>
		</FormModal>
	);
}
