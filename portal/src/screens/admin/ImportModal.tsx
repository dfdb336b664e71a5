// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { importTemplateUrl, type TargetImport, useImportTargets } from "../../api/admin";
import { useT } from "../../i18n";
import { DownloadLink } from "../../ui/DownloadLink";
import { fieldText } from "../../ui/errorText";
import { FileChoice } from "../../ui/FileChoice";
import { FormModal } from "../../ui/form";
import { useToasts } from "../../ui/Toasts";

/** A CSV file of targets and accounts: tried first, with every mistake by its row, then imported. */
export function ImportModal({ onClose }: { onClose: () => void }) {
	const t = useT();
	const toasts = useToasts();
	const trial = useImportTargets();
	const real = useImportTargets();
	const plan = trial.data;
	const ready = plan !== undefined && plan.error_count === 0 && plan.targets + plan.accounts > 0;
	const choose = async (file: File | undefined) => {
		real.reset();
		trial.reset();
		if (file) trial.mutate({ csv: await file.text(), dry_run: true });
	};
	const submit = () => {
		const csv = trial.variables?.csv;
		if (!ready || csv === undefined) return;
		real.mutate(
			{ csv, dry_run: false },
			{
				onSuccess: (done) => {
					toasts.show("success", t("import.done", counts(done)));
					onClose();
				},
			},
		);
	};
	return (
		<FormModal
			title={t("import.title")}
			description={t("import.help")}
			submit={t("action.import")}
			pending={real.isPending}
			disabled={!ready}
			error={real.error ?? trial.error}
			onSubmit={submit}
			onClose={onClose}
			testId="import"
			wide
		>
			<div className="sk-row sk-row-between">
				<FileChoice
					label={t("import.choose")}
					none={t("import.file")}
					accept=".csv,text/csv"
					testId="import"
					onFile={(file) => void choose(file)}
				/>
				<DownloadLink href={importTemplateUrl} testId="import-template">
					{t("import.template")}
				</DownloadLink>
			</div>
			<div aria-live="polite" className="sk-stack">
				{trial.isPending && <p>{t("import.trying")}</p>}
				{plan && <Plan plan={plan} />}
			</div>
		</FormModal>
	);
}

const counts = ({ rows, targets, accounts }: TargetImport) => ({ rows, targets, accounts });

/** What the file would do, or which rows are wrong. */
function Plan({ plan }: { plan: TargetImport }) {
	const t = useT();
	const variant = plan.error_count > 0 ? "danger" : "info";
	return (
		<>
			<Alert
				variant={variant}
				isInline
				component="p"
				variantLabel={t(`variant.${variant}`)}
				title={
					plan.error_count > 0
						? t("import.wrong", { count: plan.error_count })
						: t("import.plan", counts(plan))
				}
				data-testid="import-plan"
				data-errors={plan.error_count}
			/>
			{plan.errors.length > 0 && <Mistakes errors={plan.errors} />}
			{plan.error_count > plan.errors.length && (
				<p className="sk-small">{t("import.first", { count: plan.errors.length })}</p>
			)}
		</>
	);
}

function Mistakes({ errors }: { errors: TargetImport["errors"] }) {
	const t = useT();
	return (
		<Table variant="compact" aria-label={t("import.mistakes")} data-testid="import-errors">
			<Thead>
				<Tr>
					<Th>{t("import.row")}</Th>
					<Th>{t("import.column")}</Th>
					<Th>{t("import.mistake")}</Th>
				</Tr>
			</Thead>
			<Tbody>
				{errors.map(({ row, column, reason }) => (
					<Tr key={`${row}-${column}-${reason}`}>
						<Td dataLabel={t("import.row")}>{row}</Td>
						<Td dataLabel={t("import.column")}>
							<code className="sk-mono">{column ?? "–"}</code>
						</Td>
						<Td dataLabel={t("import.mistake")}>{fieldText(t, reason)}</Td>
					</Tr>
				))}
			</Tbody>
		</Table>
	);
}
