// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Skeleton } from "@patternfly/react-core";
import { useEffect, useState } from "react";
import { asApiError } from "../../api/error";
import { useSetNetworkRules, useTryNetworkRules } from "../../api/network";
import type { NetworkRule, NetworkRules, NetworkTrial } from "../../api/types";
import { useT } from "../../i18n";
import { fieldText } from "../../ui/errorText";
import { CheckField, FormModal } from "../../ui/form";
import { useToasts } from "../../ui/Toasts";

/** First who would be locked out; then the rules come into force. */
export function NetworkSaveModal(props: {
	now: NetworkRules;
	rules: NetworkRule[];
	onClose: () => void;
	onSaved: () => void;
}) {
	const t = useT();
	const toasts = useToasts();
	const trial = useTryNetworkRules();
	const save = useSetNetworkRules();
	const [lockMeOut, setLockMeOut] = useState(false);
	const { mutate } = trial;
	// biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
	useEffect(() => mutate(props.rules), []);
	const locked = trial.data?.locks_you_out === true;
	const done = () => {
		toasts.show("success", t("network.saved"));
		props.onSaved();
	};
	return (
		<FormModal
			testId="network-save-dialog"
			title={t("network.save_title")}
			submit={t("network.save")}
			danger={locked}
			pending={save.isPending || trial.isPending}
			disabled={!trial.data || (locked && !lockMeOut)}
			error={trial.error ?? save.error}
			onSubmit={() =>
				save.mutate(
					{ rules: props.rules, version: props.now.version, lockMeOut },
					{ onSuccess: done },
				)
			}
			onClose={props.onClose}
		>
			<Problem error={trial.error ?? save.error} />
			{trial.isPending && <Skeleton height="4rem" screenreaderText={t("network.trying")} />}
			{trial.data && <Lost trial={trial.data} />}
			{locked && (
				<>
					<Alert
						variant="warning"
						isInline
						component="p"
						variantLabel={t("variant.warning")}
						title={t("network.locks_you_out", { address: props.now.your_address })}
					/>
					<CheckField
						name="lock_me_out"
						label={t("network.lock_me_out")}
						value={lockMeOut}
						onChange={setLockMeOut}
					/>
				</>
			)}
		</FormModal>
	);
}

/** The rules are no field of this form, but what the server says of them belongs here. */
function Problem({ error }: { error: unknown }) {
	const t = useT();
	const found = error
		? asApiError(error).fields.find((field) => field.name === "rules")
		: undefined;
	if (!found) return null;
	return (
		<Alert
			variant="danger"
			isInline
			component="p"
			variantLabel={t("variant.danger")}
			title={fieldText(t, found.reason)}
			data-testid="network-problem"
		/>
	);
}

function Lost({ trial }: { trial: NetworkTrial }) {
	const t = useT();
	if (trial.count === 0) return <p data-testid="network-lost">{t("network.lost_none")}</p>;
	return (
		<div data-testid="network-lost">
			<p>{t("network.lost", { count: trial.count })}</p>
			<ul className="sk-list">
				{trial.people.map((person) => (
					<li key={person.id}>
						{`${person.display_name} (${person.login}) `}
						<span className="sk-mono sk-small">{person.addresses.join(", ")}</span>
					</li>
				))}
			</ul>
		</div>
	);
}
