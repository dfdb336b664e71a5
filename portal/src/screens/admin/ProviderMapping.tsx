// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardFooter, CardTitle, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useState } from "react";
import { useMay } from "../../api/me";
import { type MappingRow, useProviderTest, useUpdateProvider } from "../../api/providers";
import type { IdentityMapping, IdentityProvider, IdentityTest, Role } from "../../api/types";
import { useT } from "../../i18n";
import { CheckField, FormModal, SelectField, TextField } from "../../ui/form";
import type { Choice } from "../../ui/ListBar";
import { useGroupChoices } from "./choices";
import { useSaved } from "./parts";
import { mapsTested } from "./providerRules";
import { ROLES, useRoleName } from "./RoleChecks";

const MOST = 100;
type Applies = IdentityProvider["mapping_applies"];
const APPLIES: Applies[] = ["sign_in", "created"];

interface Draft {
	key: number;
	attribute: string;
	value: string;
	/** "role:" and its name, or "group:" and its id. */
	gives: string;
	privileged: boolean;
}

let lastKey = 0;
const draftOf = (row: IdentityMapping): Draft => ({
	key: ++lastKey,
	attribute: row.attribute,
	value: row.value,
	gives: row.role ? `role:${row.role}` : `group:${row.group_id}`,
	privileged: row.privileged,
});
const rowOf = ({ attribute, value, gives, privileged }: Draft): MappingRow => {
	const [kind, what = ""] = gives.split(/:(.*)/);
	return {
		attribute,
		value,
		privileged,
		...(kind === "role" ? { role: what } : { group_id: what }),
	};
};
const isWhole = (row: Draft) => row.attribute !== "" && row.value !== "" && row.gives !== "";

interface Props {
	provider: IdentityProvider;
	test: string | undefined;
}

/** Which groups and roles the provider's attributes give; with a test, what they gave that person. */
export function MappingCard({ provider, test }: Props) {
	const t = useT();
	const manages = useMay("policy.manage");
	const tested = useProviderTest(provider.id, test).data;
	const [editing, setEditing] = useState(false);
	const rows = provider.mapping ?? [];
	return (
		<Card>
			<CardTitle component="h2">{t("providers.mapping")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p className="sk-small">{t("providers.mapping_help")}</p>
					<p data-testid="mapping-applies">
						{t(`providers.mapping_applies.${provider.mapping_applies}`)}
					</p>
					{rows.length === 0 ? (
						<p data-testid="mapping-none">{t("providers.mapping_none")}</p>
					) : (
						<Rows rows={rows} tested={tested} />
					)}
				</div>
			</CardBody>
			{manages && (
				<CardFooter>
					<Button variant="secondary" onClick={() => setEditing(true)} data-testid="edit-mapping">
						{t("action.edit")}
					</Button>
				</CardFooter>
			)}
			{editing && (
				<MappingModal provider={provider} tested={tested} onClose={() => setEditing(false)} />
			)}
		</Card>
	);
}

function Rows({ rows, tested }: { rows: IdentityMapping[]; tested: IdentityTest | undefined }) {
	const t = useT();
	const roleName = useRoleName();
	const gives = (row: IdentityMapping) =>
		row.role
			? t("providers.gives_role", { name: roleName(row.role as Role) })
			: t("providers.gives_group", { name: row.group_name ?? "" });
	return (
		<Table
			aria-label={t("providers.mapping")}
			variant="compact"
			gridBreakPoint="grid-lg"
			data-testid="mapping"
		>
			<Thead>
				<Tr>
					<Th>{t("providers.attribute")}</Th>
					<Th>{t("providers.value")}</Th>
					<Th>{t("providers.gives")}</Th>
					{tested?.accepted && <Th>{t("providers.tested")}</Th>}
				</Tr>
			</Thead>
			<Tbody>
				{rows.map((row) => (
					<Tr key={`${row.attribute} ${row.value} ${row.role ?? row.group_id}`}>
						<Td dataLabel={t("providers.attribute")}>
							<code className="sk-mono sk-break">{row.attribute}</code>
						</Td>
						<Td dataLabel={t("providers.value")}>
							<code className="sk-mono sk-break">{row.value}</code>
						</Td>
						<Td dataLabel={t("providers.gives")}>
							<span className="sk-row">
								{gives(row)}
								{row.privileged && (
									<Label isCompact status="warning">
										{t("providers.privileged_short")}
									</Label>
								)}
							</span>
						</Td>
						{tested?.accepted && (
							<Td dataLabel={t("providers.tested")}>
								<Matches tested={tested} attribute={row.attribute} value={row.value} />
							</Td>
						)}
					</Tr>
				))}
			</Tbody>
		</Table>
	);
}

function Matches(props: { tested: IdentityTest; attribute: string; value: string }) {
	const t = useT();
	const matches = mapsTested(props.tested, props.attribute, props.value);
	return (
		<Label
			isCompact
			{...(matches ? { status: "success" as const } : { color: "grey" as const })}
			data-testid="mapping-matches"
			data-matches={matches}
		>
			{t(matches ? "providers.matches" : "providers.matches_not")}
		</Label>
	);
}

/** Groups that are not among the first found stay choosable when a row names them. */
function useGives(mapping: IdentityMapping[]): Choice[] {
	const t = useT();
	const roleName = useRoleName();
	const groups = useGroupChoices();
	const named = mapping
		.filter((row) => row.group_id && !groups.some((group) => group.value === row.group_id))
		.map((row) => ({ value: row.group_id ?? "", label: row.group_name ?? "" }));
	const all = new Map([...groups, ...named].map(({ value, label }) => [value, label]));
	return [
		...[...all].map(([id, name]) => ({
			value: `group:${id}`,
			label: t("providers.gives_group", { name }),
		})),
		...ROLES.map((role) => ({
			value: `role:${role}`,
			label: t("providers.gives_role", { name: roleName(role) }),
		})),
	];
}

function MappingModal(props: {
	provider: IdentityProvider;
	tested: IdentityTest | undefined;
	onClose: () => void;
}) {
	const t = useT();
	const update = useUpdateProvider(props.provider);
	const saved = useSaved(props.onClose);
	const mapping = props.provider.mapping ?? [];
	const choices = useGives(mapping);
	const [rows, setRows] = useState<Draft[]>(() => mapping.map(draftOf));
	const [applies, setApplies] = useState(props.provider.mapping_applies);
	const put = (changed: Draft) =>
		setRows(rows.map((row) => (row.key === changed.key ? changed : row)));
	const add = () =>
		setRows([...rows, { key: ++lastKey, attribute: "", value: "", gives: "", privileged: false }]);
	return (
		<FormModal
			testId="mapping-dialog"
			title={t("providers.mapping")}
			description={t("providers.mapping_help")}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={!rows.every(isWhole)}
			error={update.error}
			onSubmit={() => update.mutate({ mapping: rows.map(rowOf), mapping_applies: applies }, saved)}
			onClose={props.onClose}
			wide
		>
			<SelectField
				name="mapping_applies"
				label={t("providers.mapping_applies")}
				help={t("providers.mapping_applies_help")}
				value={applies}
				onChange={(value) => setApplies(value as Applies)}
				error={update.error}
				choices={APPLIES.map((value) => ({
					value,
					label: t(`providers.mapping_applies.${value}`),
				}))}
			/>
			{rows.map((row, index) => (
				<Row
					key={row.key}
					title={t("providers.row", { number: index + 1 })}
					row={row}
					choices={choices}
					tested={props.tested}
					onChange={put}
					onRemove={() => setRows(rows.filter((each) => each.key !== row.key))}
				/>
			))}
			<div>
				<Button
					variant="secondary"
					onClick={add}
					isDisabled={rows.length >= MOST}
					data-testid="add-mapping"
				>
					{t("providers.add_row")}
				</Button>
			</div>
		</FormModal>
	);
}

function Row(props: {
	title: string;
	row: Draft;
	choices: Choice[];
	tested: IdentityTest | undefined;
	onChange: (row: Draft) => void;
	onRemove: () => void;
}) {
	const t = useT();
	const { row, tested } = props;
	const set = (change: Partial<Draft>) => props.onChange({ ...row, ...change });
	const text = (name: "attribute" | "value") => (
		<TextField
			name={name}
			label={t(`providers.${name}`)}
			value={row[name]}
			onChange={(value) => set({ [name]: value })}
			maxLength={255}
			autoComplete="off"
			mono
			required
		/>
	);
	return (
		<fieldset className="sk-stack-tight" data-testid="mapping-row">
			<legend>{props.title}</legend>
			<div className="sk-grid">
				{text("attribute")}
				{text("value")}
				<SelectField
					name="gives"
					label={t("providers.gives")}
					value={row.gives}
					onChange={(value) => set({ gives: value })}
					choices={props.choices}
					placeholder={t("providers.choose")}
					required
				/>
			</div>
			<CheckField
				name="privileged"
				label={t("providers.privileged")}
				value={row.privileged}
				onChange={(value) => set({ privileged: value })}
			/>
			<span className="sk-row sk-row-between">
				{tested?.accepted && isWhole(row) ? (
					<span className="sk-row">
						{t("providers.tested")}
						<Matches tested={tested} attribute={row.attribute} value={row.value} />
					</span>
				) : (
					<span />
				)}
				<Button
					variant="link"
					size="sm"
					onClick={props.onRemove}
					aria-label={`${t("action.remove")}: ${props.title}`}
					data-testid="remove-mapping"
				>
					{t("action.remove")}
				</Button>
			</span>
		</fieldset>
	);
}
