// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Alert,
	Button,
	Card,
	CardBody,
	CardFooter,
	CardTitle,
	DescriptionList,
	DescriptionListDescription,
	DescriptionListGroup,
	DescriptionListTerm,
	Skeleton,
} from "@patternfly/react-core";
import { useState } from "react";
import { useMay } from "../../api/me";
import { useSignInPolicy } from "../../api/signinpolicy";
import type { SignInDraft, SignInPolicy } from "../../api/types";
import { useT } from "../../i18n";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { Time } from "../../ui/Time";
import { FACTS } from "./providerParts";
import { SignInExceptions } from "./SignInExceptions";
import { SignInPolicyModal } from "./SignInPolicyModal";
import { SignInTrial } from "./SignInTrial";
import { percentText, scoreText } from "./signin";

/** What follows from how unusual a sign-in is, and what a draft would have done. */
export function SignInPolicyScreen() {
	const t = useT();
	const query = useSignInPolicy();
	const manages = useMay("policy.manage");
	const [editing, setEditing] = useState<SignInDraft | "now" | null>(null);
	const policy = query.data;
	return (
		<PageFrame
			title={t("signin_policy.title")}
			description={t("signin_policy.description")}
			ready={!query.isPending}
		>
			{query.error && !policy ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : policy ? (
				<div className="sk-stack">
					<Policy policy={policy} {...(manages ? { onEdit: () => setEditing("now") } : {})} />
					<SignInExceptions />
					{manages && <SignInTrial key={policy.version} policy={policy} onTake={setEditing} />}
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
			{editing && policy && (
				<SignInPolicyModal
					policy={editing === "now" ? policy : { ...policy, ...editing }}
					onClose={() => setEditing(null)}
				/>
			)}
		</PageFrame>
	);
}

function Fact({ label, value }: { label: string; value: string }) {
	return (
		<DescriptionListGroup>
			<DescriptionListTerm>{label}</DescriptionListTerm>
			<DescriptionListDescription className="sk-break">{value}</DescriptionListDescription>
		</DescriptionListGroup>
	);
}

function Policy({ policy, onEdit }: { policy: SignInPolicy; onEdit?: () => void }) {
	const t = useT();
	const unknown = !policy.knows_countries || !policy.knows_asns;
	const list = (words: string[]) => words.join(", ") || t("value.none");
	return (
		<Card>
			<CardTitle component="h2">{t("signin_policy.settings")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					{policy.mode_is_fixed && (
						<Alert
							variant="info"
							isInline
							component="p"
							variantLabel={t("variant.info")}
							title={t("signin_policy.fixed_mode", {
								mode: t(`signin_policy.mode.${policy.mode_in_force}`),
							})}
						/>
					)}
					{unknown && <p className="sk-small">{t("signin_policy.no_databases")}</p>}
					<DescriptionList {...FACTS} data-testid="sign-in-policy">
						<Fact label={t("signin_policy.mode")} value={t(`signin_policy.mode.${policy.mode}`)} />
						<Fact
							label={t("signin_policy.thresholds")}
							value={
								policy.thresholds === "budget"
									? t("signin_policy.by_budget", {
											challenge: percentText(policy.challenge_budget),
											block: percentText(policy.block_budget),
										})
									: t("signin_policy.thresholds.fixed")
							}
						/>
						<Fact label={t("signin_policy.challenge")} value={scoreText(policy.challenge)} />
						<Fact label={t("signin_policy.block")} value={scoreText(policy.block)} />
						<Fact label={t("signin_policy.offices")} value={list(policy.offices)} />
						<Fact label={t("signin_policy.hosting_asns")} value={list(policy.hosting_asns)} />
						<Fact
							label={t("signin_policy.mail_code")}
							value={t(
								policy.mail_code ? "signin_policy.mail_code.on" : "signin_policy.mail_code.off",
							)}
						/>
					</DescriptionList>
					{policy.thresholds === "budget" && (
						<p className="sk-small">
							{t("signin_policy.looked_at", { count: policy.scores })}{" "}
							{policy.looked_at && <Time at={policy.looked_at} />}
						</p>
					)}
				</div>
			</CardBody>
			{onEdit && (
				<CardFooter>
					<Button variant="secondary" onClick={onEdit} data-testid="edit-sign-in-policy">
						{t("action.edit")}
					</Button>
				</CardFooter>
			)}
		</Card>
	);
}
