// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Card,
	CardBody,
	CardTitle,
	DescriptionList,
	Label,
	Skeleton,
	Title,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useProviderTest } from "../../api/providers";
import type { IdentityTest, Role } from "../../api/types";
import { useT } from "../../i18n";
import { reasonText } from "../../ui/errorText";
import { Fact } from "../../ui/Fact";
import { ErrorNotice } from "../../ui/Notice";
import { Time } from "../../ui/Time";
import { Told } from "../../ui/Told";
import { FACTS } from "./providerParts";
import { useRoleName } from "./RoleChecks";

/** What a test sign-in has brought, and what would have followed. Nobody was signed in by it. */
export function ProviderTestResult({ id, test }: { id: string; test: string }) {
	const t = useT();
	const query = useProviderTest(id, test);
	return (
		<Card>
			<CardTitle component="h2">{t("providers.test_title")}</CardTitle>
			<CardBody>
				{query.error ? (
					<ErrorNotice error={query.error} retry={() => void query.refetch()} />
				) : query.data ? (
					<Result result={query.data} />
				) : (
					<Skeleton height="10rem" screenreaderText={t("state.loading")} />
				)}
			</CardBody>
		</Card>
	);
}

function Result({ result }: { result: IdentityTest }) {
	const t = useT();
	const { accepted, next = "refused" } = result;
	const good = accepted && next !== "refused";
	const data = { "data-accepted": String(accepted), "data-next": next } as const;
	return (
		<div className="sk-stack">
			<Told
				tone={good ? "success" : accepted ? "warning" : "danger"}
				title={
					accepted
						? t(`providers.next.${next}`, { login: result.login ?? "" })
						: t("providers.test_refused")
				}
				testId="test-result"
				data={data}
			>
				{result.reason && <p>{reasonText(t, result.reason)}</p>}
				{good && (
					<p>
						{t(result.second_trusted ? "providers.second_not_asked" : "providers.second_asked")}
					</p>
				)}
				<p>{t("providers.test_nobody")}</p>
			</Told>
			{accepted && <Received result={result} />}
		</div>
	);
}

function Received({ result }: { result: IdentityTest }) {
	const t = useT();
	return (
		<>
			<DescriptionList {...FACTS}>
				<Fact
					label={t("providers.subject")}
					value={<code className="sk-mono">{result.subject}</code>}
				/>
				<Fact label={t("providers.shown_as")} value={result.display || t("value.none")} />
				<Fact
					label={t("providers.authenticated_at")}
					value={result.authenticated_at ? <Time at={result.authenticated_at} /> : t("value.none")}
				/>
				<Fact
					label={t("providers.said_contexts")}
					value={<code className="sk-mono">{result.contexts?.join(" ") || t("value.none")}</code>}
				/>
			</DescriptionList>
			<Title headingLevel="h3" size="md">
				{t("providers.received")}
			</Title>
			<Attributes attributes={result.attributes ?? []} />
			<Title headingLevel="h3" size="md">
				{t("providers.gains")}
			</Title>
			<Gains result={result} />
		</>
	);
}

function Attributes({ attributes }: { attributes: NonNullable<IdentityTest["attributes"]> }) {
	const t = useT();
	if (attributes.length === 0) return <p>{t("providers.received_none")}</p>;
	return (
		<Table
			aria-label={t("providers.received")}
			variant="compact"
			gridBreakPoint="grid-lg"
			data-testid="test-attributes"
		>
			<Thead>
				<Tr>
					<Th>{t("providers.attribute")}</Th>
					<Th>{t("providers.values")}</Th>
				</Tr>
			</Thead>
			<Tbody>
				{attributes.map((attribute, index) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: a name may come twice, and nothing moves
					<Tr key={index} data-name={attribute.name}>
						<Td dataLabel={t("providers.attribute")}>
							<code className="sk-mono sk-break">{attribute.name}</code>
						</Td>
						<Td dataLabel={t("providers.values")}>
							<span className="sk-row">
								<code className="sk-mono sk-break">{attribute.values.join(" | ")}</code>
								{attribute.ambiguous && (
									<Label isCompact status="warning">
										{t("providers.ambiguous")}
									</Label>
								)}
							</span>
						</Td>
					</Tr>
				))}
			</Tbody>
		</Table>
	);
}

function Gains({ result }: { result: IdentityTest }) {
	const t = useT();
	const roleName = useRoleName();
	const { groups = [], roles = [], ambiguous = 0, withheld = 0 } = result;
	const gained = [
		...groups.map((name) => t("providers.gives_group", { name })),
		...roles.map((role) => t("providers.gives_role", { name: roleName(role as Role) })),
	];
	return (
		<div className="sk-stack-tight" data-testid="test-gains">
			{gained.length === 0 ? (
				<p>{t("providers.gains_none")}</p>
			) : (
				<ul className="sk-list">
					{gained.map((each) => (
						<li key={each}>{each}</li>
					))}
				</ul>
			)}
			{ambiguous > 0 && <p>{t("providers.gains_ambiguous", { count: ambiguous })}</p>}
			{withheld > 0 && <p>{t("providers.gains_withheld", { count: withheld })}</p>}
		</div>
	);
}
