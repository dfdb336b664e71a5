// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Skeleton } from "@patternfly/react-core";
import type { Explanation } from "../../api/types";
import { useExplain } from "../../api/use";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { Dialog } from "../../ui/Dialog";
import { reasonText } from "../../ui/errorText";
import { ErrorNotice } from "../../ui/Notice";
import { StateLabel } from "../../ui/StateLabel";

/** Why an account cannot be asked for: the verdict and the rules that were looked at. */
export function WhyNot({ accountId }: { accountId: string }) {
	const t = useT();
	const { set } = useUrlState();
	const query = useExplain(accountId);
	const close = () => set({ why: undefined });
	return (
		<Dialog
			title={t("why.title")}
			onClose={close}
			testId="why-not-dialog"
			wide
			footer={
				<Button variant="primary" onClick={close}>
					{t("action.close")}
				</Button>
			}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<ExplanationView explanation={query.data} />
			) : (
				<Skeleton height="8rem" screenreaderText={t("state.loading")} />
			)}
		</Dialog>
	);
}

export function ExplanationView({ explanation }: { explanation: Explanation }) {
	const t = useT();
	return (
		<div className="sk-stack">
			<div className="sk-row">
				<StateLabel kind="verdict" state={explanation.verdict} />
				<span>{reasonText(t, explanation.text_code)}</span>
			</div>
			{explanation.steps.length === 0 ? (
				<p>{t("why.no_rules")}</p>
			) : (
				<ol className="sk-stack-tight">
					{explanation.steps.map((step) => (
						<li key={step.rule_id}>
							<div className="sk-row">
								<strong>{step.rule_name}</strong>
								<StateLabel kind="effect" state={step.effect} />
								<span>{t(step.matched ? "why.matched" : "why.not_matched")}</span>
							</div>
							<div className="sk-small sk-subtle">
								{step.subject} → {step.object}
								{step.why && ` · ${reasonText(t, step.why)}`}
							</div>
						</li>
					))}
				</ol>
			)}
			<p>{t("why.ask")}</p>
		</div>
	);
}
