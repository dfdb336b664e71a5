// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useAcknowledgeBreakGlass, useAcknowledgeRollback } from "../../api/admin";
import { useMay, useMe } from "../../api/me";
import { useAcknowledgeReports } from "../../api/past";
import { navigationFor } from "../../app/nav";
import { hasKey, useT } from "../../i18n";
import type { SearchState } from "../../lib/search";
import { FormModal } from "../../ui/form";
import { LinkButton } from "../../ui/LinkButton";

const ROLLED_BACK = "todo.rolled_back";
const BREAK_GLASS = "todo.break_glass";
const REPORTED = "todo.sign_in_reported";
/** Where to look, or to mend it: the menu's entry, and what the screen then shows. */
const PLACES: Record<string, { nav: string; search?: SearchState }> = {
	[ROLLED_BACK]: { nav: "audit", search: { event: "audit.rolled_back" } },
	[BREAK_GLASS]: { nav: "audit", search: { event: "auth.break_glass" } },
	[REPORTED]: { nav: "audit", search: { event: "auth.sign_in_reported" } },
	"todo.gateway_alarm": { nav: "gateways" },
	"todo.campaign": { nav: "audit", search: { event: "auth.campaign_started" } },
	"todo.release_limit": {
		nav: "audit",
		search: { event: "secret.released", outcome: "refused" },
	},
	"todo.no_gateway": { nav: "gateways" },
	"todo.gateway_offline": { nav: "gateways" },
	"todo.no_target": { nav: "ledger" },
	"todo.account_without_secret": { nav: "ledger" },
	"todo.no_workflow": { nav: "workflows" },
	"todo.no_rule": { nav: "rules" },
	"todo.no_people": { nav: "users" },
	"todo.saml_key_ends": { nav: "providers" },
};

/** What waits for an administrator, each with the way to it. */
export function Todo({ codes }: { codes: string[] }) {
	const t = useT();
	return (
		<Card data-testid="todo">
			<CardTitle component="h2">{t("overview.todo")}</CardTitle>
			<CardBody>
				{codes.length === 0 ? (
					<p>{t("overview.todo_none")}</p>
				) : (
					<ul className="sk-todo">
						{codes.map((code) => (
							<li key={code} className="sk-row sk-row-between" data-todo={code}>
								<span className="sk-todo-text">{hasKey(code) ? t(code) : code}</span>
								<span className="sk-row">
									<Way code={code} />
									{code === ROLLED_BACK && <AcknowledgeRollback />}
									{code === BREAK_GLASS && <AcknowledgeBreakGlass />}
									{code === REPORTED && <AcknowledgeReports />}
								</span>
							</li>
						))}
					</ul>
				)}
			</CardBody>
		</Card>
	);
}

function Way({ code }: { code: string }) {
	const t = useT();
	const permissions = useMe()?.permissions ?? [];
	const place = PLACES[code];
	const item = navigationFor(permissions)
		.flatMap((section) => section.items)
		.find(({ id }) => id === place?.nav);
	if (!place || !item) return null;
	return (
		<LinkButton to={item.to} search={place.search ?? {}} variant="link" small>
			{t("todo.open", { place: t(item.label) })}
		</LinkButton>
	);
}

/** Only for a restore that was meant: the gateways then follow the restored history. */
function AcknowledgeRollback() {
	return <Acknowledge what="rollback" act={useAcknowledgeRollback()} />;
}

function AcknowledgeBreakGlass() {
	return <Acknowledge what="break_glass" act={useAcknowledgeBreakGlass()} />;
}

function AcknowledgeReports() {
	return <Acknowledge what="sign_in_reports" act={useAcknowledgeReports()} />;
}

function Acknowledge({
	what,
	act,
}: {
	what: "rollback" | "break_glass" | "sign_in_reports";
	act: ReturnType<typeof useAcknowledgeRollback>;
}) {
	const t = useT();
	const may = useMay("role.manage");
	const [asking, setAsking] = useState(false);
	const close = () => setAsking(false);
	if (!may) return null;
	return (
		<>
			<Button
				variant="secondary"
				size="sm"
				onClick={() => setAsking(true)}
				data-testid={`acknowledge-${what.replaceAll("_", "-")}`}
			>
				{t("rollback.acknowledge")}
			</Button>
			{asking && (
				<FormModal
					testId={`${what.replaceAll("_", "-")}-dialog`}
					title={t(`${what}.title`)}
					description={t(`${what}.body`)}
					submit={t("rollback.acknowledge")}
					danger
					pending={act.isPending}
					error={act.error}
					onSubmit={() => act.mutate(undefined, { onSuccess: close })}
					onClose={close}
				/>
			)}
		</>
	);
}
