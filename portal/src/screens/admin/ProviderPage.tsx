// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Card,
	CardBody,
	CardFooter,
	CardTitle,
	DescriptionList,
	Skeleton,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { useMay } from "../../api/me";
import {
	useArchiveProvider,
	useBeginTest,
	useFetchProvider,
	useProvider,
	useUpdateProvider,
} from "../../api/providers";
import type { IdentityProvider } from "../../api/types";
import { type Key, useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { CopyLine } from "../../ui/CopyLine";
import { DownloadLink } from "../../ui/DownloadLink";
import { reasonText } from "../../ui/errorText";
import { Fact } from "../../ui/Fact";
import { FormModal } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { Told } from "../../ui/Told";
import { MappingCard } from "./ProviderMapping";
import { ConnectionModal, MetadataModal, PeopleModal, SecretModal } from "./ProviderModals";
import { ProviderTestResult } from "./ProviderTestResult";
import { FACTS, MetadataState } from "./providerParts";

/** One provider: how it is reached, what it must know, who gets in, and what a test has shown. */
export function ProviderPage({ id, test }: { id: string; test: string | undefined }) {
	const t = useT();
	const query = useProvider(id);
	const provider = query.data;
	return (
		<PageFrame
			title={provider?.name ?? t("providers.title")}
			parent={{ label: t("providers.title"), to: "/admin/identity-providers" }}
			ready={!query.isPending}
			actions={provider && <Actions provider={provider} />}
		>
			{query.error && !provider ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : provider ? (
				<div className="sk-stack">
					<State provider={provider} />
					{test && <ProviderTestResult id={id} test={test} />}
					<Connection provider={provider} />
					<Ours provider={provider} />
					<People provider={provider} />
					<MappingCard provider={provider} test={test} />
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

/** What is still to be done before anybody can use it. */
function nextStep(provider: IdentityProvider): Key {
	if (!provider.fetched_at) {
		if (provider.kind === "saml")
			return provider.metadata_url ? "providers.next_known" : "providers.next_saml";
		return provider.has_secret ? "providers.next_known" : "providers.next_oidc";
	}
	if (!provider.enabled) return "providers.next_test";
	return provider.link_attribute || provider.provision
		? "providers.next_none"
		: "providers.next_people";
}

function State({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	return (
		<div className="sk-row">
			<span data-testid="provider-state" data-state={provider.enabled ? "on" : "off"}>
				<StateLabel kind="provider" state={provider.enabled ? "on" : "off"} />
			</span>
			<span>{t(nextStep(provider))}</span>
			{!provider.enabled && !!provider.given_people && (
				<span data-testid="resting">
					{t("providers.resting", { count: provider.given_people })}
				</span>
			)}
		</div>
	);
}

function Actions({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	const toasts = useToasts();
	const manages = useMay("policy.manage");
	const update = useUpdateProvider(provider);
	const test = useBeginTest(provider.id);
	const [archiving, setArchiving] = useState(false);
	if (!manages) return null;
	const unknown = provider.fetched_at === null;
	const toggled = () =>
		update.mutate({ enabled: !provider.enabled }, { onError: (error) => toasts.fail(error) });
	return (
		<>
			<Button
				variant="secondary"
				isLoading={test.isPending}
				isDisabled={unknown || test.isPending}
				onClick={() => test.mutate(undefined, { onError: (error) => toasts.fail(error) })}
				data-testid="test-sign-in"
			>
				{t("providers.test")}
			</Button>
			<Button
				variant={provider.enabled ? "secondary" : "primary"}
				isLoading={update.isPending}
				isDisabled={(unknown && !provider.enabled) || update.isPending}
				onClick={toggled}
				data-testid="toggle-enabled"
			>
				{t(provider.enabled ? "providers.disable" : "providers.enable")}
			</Button>
			<Button variant="secondary" onClick={() => setArchiving(true)} data-testid="archive">
				{t("providers.delete")}
			</Button>
			{archiving && <Delete provider={provider} onClose={() => setArchiving(false)} />}
		</>
	);
}

function Delete({ provider, onClose }: { provider: IdentityProvider; onClose: () => void }) {
	const t = useT();
	const archive = useArchiveProvider();
	const { set } = useUrlState();
	const gone = () => set({ provider: undefined, test: undefined });
	return (
		<FormModal
			testId="archive-dialog"
			title={t("providers.delete_title", { name: provider.name })}
			description={
				provider.given_people
					? t("providers.delete_given", { count: provider.given_people })
					: t("providers.delete_body")
			}
			submit={t("providers.delete")}
			danger
			pending={archive.isPending}
			error={archive.error}
			onSubmit={() => archive.mutate(provider, { onSuccess: gone })}
			onClose={onClose}
		/>
	);
}

/** A card whose buttons only those see who manage policies. */
function Part(props: { title: string; children: ReactNode; buttons?: ReactNode }) {
	const manages = useMay("policy.manage");
	return (
		<Card>
			<CardTitle component="h2">{props.title}</CardTitle>
			<CardBody>
				<div className="sk-stack">{props.children}</div>
			</CardBody>
			{manages && props.buttons && (
				<CardFooter>
					<span className="sk-row">{props.buttons}</span>
				</CardFooter>
			)}
		</Card>
	);
}

function Open(props: { label: string; testId: string; onClick: () => void; pending?: boolean }) {
	return (
		<Button
			variant="secondary"
			onClick={props.onClick}
			isLoading={props.pending ?? false}
			isDisabled={props.pending ?? false}
			data-testid={props.testId}
		>
			{props.label}
		</Button>
	);
}

function Connection({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	const toasts = useToasts();
	const fetching = useFetchProvider(provider.id);
	const [open, setOpen] = useState<"edit" | "secret" | "metadata" | null>(null);
	const close = () => setOpen(null);
	const saml = provider.kind === "saml";
	const fetched = () => fetching.mutate(null, { onError: (error) => toasts.fail(error) });
	return (
		<Part
			title={t("providers.connection")}
			buttons={
				<>
					<Open label={t("action.edit")} testId="edit-connection" onClick={() => setOpen("edit")} />
					{saml ? (
						<Open
							label={t("providers.set_metadata")}
							testId="set-metadata"
							onClick={() => setOpen("metadata")}
						/>
					) : (
						<Open
							label={t("providers.set_secret")}
							testId="set-secret"
							onClick={() => setOpen("secret")}
						/>
					)}
					{(!saml || provider.metadata_url) && (
						<Open
							label={t("providers.fetch")}
							testId="fetch-metadata"
							onClick={fetched}
							pending={fetching.isPending}
						/>
					)}
				</>
			}
		>
			{provider.problem && (
				<Told
					tone="warning"
					title={t(provider.fetched_at ? "providers.fetch_failed" : "providers.fetch_failed_first")}
					testId="metadata-problem"
				>
					<p>{reasonText(t, provider.problem)}</p>
				</Told>
			)}
			<DescriptionList {...FACTS}>
				<Fact label={t("providers.kind")} value={t(`providers.kind.${provider.kind}`)} />
				<Fact
					label={t(saml ? "providers.entity" : "providers.issuer")}
					value={<code className="sk-mono">{provider.issuer}</code>}
				/>
				<Fact label={t("providers.metadata")} value={<MetadataState provider={provider} />} />
				{saml ? <OfAddress provider={provider} /> : <OfClient provider={provider} />}
			</DescriptionList>
			{open === "edit" && (
				<ConnectionModal provider={provider} onClose={close} onAddress={fetched} />
			)}
			{open === "secret" && <SecretModal provider={provider} onClose={close} />}
			{open === "metadata" && <MetadataModal provider={provider} onClose={close} />}
		</Part>
	);
}

function OfClient({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	return (
		<>
			<Fact
				label={t("providers.client_id")}
				value={<code className="sk-mono">{provider.client_id}</code>}
			/>
			<Fact
				label={t("providers.secret")}
				value={t(provider.has_secret ? "providers.secret_stored" : "providers.secret_none")}
			/>
			<Reached provider={provider} />
		</>
	);
}

/** Where from here it may be, and who vouches that it is there. */
function Reached({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	return (
		<>
			<Fact label={t("providers.addresses")} value={provider.addresses || t("value.none")} />
			<Fact
				label={t("providers.trust")}
				value={t(provider.trust ? "providers.trust_own" : "providers.trust_machine")}
			/>
		</>
	);
}

/** Of a SAML provider: where its metadata comes from, and until when it counts. */
function OfAddress({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	return (
		<>
			{provider.valid_until && (
				<Fact label={t("providers.valid_until")} value={<Time at={provider.valid_until} />} />
			)}
			<Fact
				label={t("providers.metadata_url")}
				value={
					provider.metadata_url ? (
						<code className="sk-mono" data-testid="metadata-url">
							{provider.metadata_url}
						</code>
					) : (
						t("providers.metadata_url_none")
					)
				}
			/>
			{provider.metadata_url && (
				<>
					<Fact label={t("providers.next_fetch")} value={<Time at={provider.next_fetch_at} />} />
					<Reached provider={provider} />
				</>
			)}
		</>
	);
}

/** What has to be entered at the provider. */
function Ours({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	const own = `${location.origin}/api/v1/sign-in`;
	const line = (label: Key, path: string, testId: string) => (
		<Fact
			label={t(label)}
			value={<CopyLine label={t(label)} text={own + path} testId={testId} />}
		/>
	);
	return (
		<Part title={t("providers.ours")}>
			<p className="sk-small">
				{t(provider.kind === "saml" ? "providers.ours_saml" : "providers.ours_oidc")}
			</p>
			<DescriptionList {...FACTS}>
				{provider.kind === "saml" ? (
					<>
						{line("providers.our_entity", "/saml/metadata", "entity-id")}
						{line("providers.acs", "/saml/acs", "acs-url")}
						{line("providers.slo", "/saml/slo", "slo-url")}
					</>
				) : (
					<>
						{line("providers.redirect", "/oidc/callback", "redirect-uri")}
						{line("providers.signed_out", "/signed-out", "signed-out-uri")}
						{line("providers.logout", `/with/${provider.id}/logout`, "logout-uri")}
					</>
				)}
			</DescriptionList>
			{provider.kind === "saml" &&
				(provider.fetched_at ? (
					<div>
						<DownloadLink href={`${own}/saml/metadata`} testId="own-metadata">
							{t("providers.own_metadata")}
						</DownloadLink>
					</div>
				) : (
					<p className="sk-small">{t("providers.own_metadata_later")}</p>
				))}
		</Part>
	);
}

function People({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	const [editing, setEditing] = useState(false);
	const suffix = provider.login_suffix
		? ` ${t("providers.without_suffix", { suffix: provider.login_suffix })}`
		: "";
	return (
		<Part
			title={t("providers.people")}
			buttons={
				<Open label={t("action.edit")} testId="edit-people" onClick={() => setEditing(true)} />
			}
		>
			<DescriptionList {...FACTS}>
				<Fact label={t("providers.linked")} value={t("providers.linked_always")} />
				<Fact
					label={t("providers.by_rule")}
					value={
						provider.link_attribute
							? t("providers.by_rule_on", { name: provider.link_attribute }) + suffix
							: t("providers.by_rule_off")
					}
				/>
				<Fact
					label={t("providers.provision")}
					value={
						provider.provision
							? t("providers.provision_on", { name: provider.login_attribute }) + suffix
							: t("providers.provision_off")
					}
				/>
				<Fact
					label={t("providers.second")}
					value={
						provider.second_factor === "trust"
							? t("providers.second_trust", { contexts: provider.contexts })
							: t("providers.second_ask")
					}
				/>
				<Fact
					label={t("providers.step_up")}
					value={t(provider.step_up ? "providers.step_up_on" : "providers.step_up_off")}
				/>
				{provider.kind === "saml" && (
					<Fact
						label={t("providers.unsolicited")}
						value={t(
							provider.unsolicited ? "providers.unsolicited_on" : "providers.unsolicited_off",
						)}
					/>
				)}
				<Fact
					label={t("providers.sign_out")}
					value={t(`providers.sign_out.${provider.sign_out}`)}
				/>
			</DescriptionList>
			{editing && <PeopleModal provider={provider} onClose={() => setEditing(false)} />}
		</Part>
	);
}
