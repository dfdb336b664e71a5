// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, TextInput } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { FormModal, SelectField } from "../../ui/form";
import type { Choice } from "../../ui/ListBar";
import { EmptyNotice } from "../../ui/Notice";
import { useToasts } from "../../ui/Toasts";

interface Archivable {
	id: string;
	version: number;
	name: string;
}
interface Mutation<I> {
	mutate: (input: I, options?: { onSuccess?: () => void }) => void;
	isPending: boolean;
	error: unknown;
}

/** Asks, then archives. */
export function ArchiveModal({
	object,
	archive,
	onClose,
	onDone,
}: {
	object: Archivable;
	archive: Mutation<{ id: string; version: number }>;
	onClose: () => void;
	onDone?: () => void;
}) {
	const t = useT();
	return (
		<FormModal
			testId="archive-dialog"
			title={t("admin.archive_title", { name: object.name })}
			description={t("admin.archive_body")}
			submit={t("action.archive")}
			danger
			pending={archive.isPending}
			error={archive.error}
			onSubmit={() =>
				archive.mutate(
					{ id: object.id, version: object.version },
					{
						onSuccess: () => {
							onClose();
							onDone?.();
						},
					},
				)
			}
			onClose={onClose}
		/>
	);
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
	return (
		<Button variant="primary" onClick={onClick} data-testid="add">
			{label}
		</Button>
	);
}

export function AdminEmpty() {
	const t = useT();
	const { search } = useUrlState();
	const filtered = Boolean(search.q || search.state || search.group || search.effect);
	return (
		<EmptyNotice
			title={t(filtered ? "list.no_match" : "admin.empty")}
			body={t(filtered ? "list.no_match_body" : "admin.empty_body")}
		/>
	);
}

/** Edit and archive at the end of a row. */
export function RowActions(props: {
	name: string;
	onEdit?: () => void;
	onArchive?: () => void;
	children?: ReactNode;
}) {
	const t = useT();
	return (
		<span className="sk-row">
			{props.children}
			{props.onEdit && (
				<Button
					variant="secondary"
					size="sm"
					onClick={props.onEdit}
					aria-label={`${t("action.edit")} ${props.name}`}
					data-testid="edit"
				>
					{t("action.edit")}
				</Button>
			)}
			{props.onArchive && (
				<Button
					variant="link"
					size="sm"
					onClick={props.onArchive}
					aria-label={`${t("action.archive")} ${props.name}`}
					data-testid="archive"
				>
					{t("action.archive")}
				</Button>
			)}
		</span>
	);
}

/** A choice among many: a search narrows what the list below offers. */
export function PickerField(props: {
	name: string;
	label: string;
	value: string;
	onChange: (value: string) => void;
	/** Finds choices for a text; a hook. */
	useChoices: (q: string | undefined) => Choice[];
	/** The chosen one, in case the search does not list it. */
	current?: Choice | undefined;
	error?: unknown;
	required?: boolean;
}) {
	const t = useT();
	const [q, setQ] = useState("");
	const found = props.useChoices(q || undefined);
	const missing = props.current && !found.some((each) => each.value === props.current?.value);
	const choices = missing && props.current ? [props.current, ...found] : found;
	return (
		<div className="sk-stack-tight">
			<SelectField
				name={props.name}
				label={props.label}
				value={props.value}
				onChange={props.onChange}
				choices={choices}
				placeholder={t("admin.none")}
				error={props.error}
				required={props.required ?? false}
			/>
			{(choices.length > 10 || q !== "") && (
				<TextInput
					type="search"
					aria-label={`${t("action.search")}: ${props.label}`}
					placeholder={t("action.search")}
					value={q}
					onChange={(_event, value) => setQ(value)}
				/>
			)}
		</div>
	);
}

/** What every create and edit dialog does after saving. */
export function useSaved(onClose: () => void): { onSuccess: () => void } {
	const t = useT();
	const toasts = useToasts();
	return {
		onSuccess() {
			toasts.show("success", t("toast.saved"));
			onClose();
		},
	};
}
