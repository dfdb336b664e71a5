// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Skeleton } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ReactNode } from "react";
import type { Page } from "../api/types";
import { useT } from "../i18n";
import { lastCursor, useUrlState, withCursor, withoutLast } from "../lib/search";
import { ErrorNotice } from "./Notice";

export interface Column<T> {
	key: string;
	label: string;
	render: (row: T) => ReactNode;
	/** Actions: no wrapping, at the end. */
	action?: boolean;
	width?: 10 | 15 | 20 | 25 | 30 | 35 | 40 | 50;
}

/** What a list needs of its query. */
export interface ListQuery<T> {
	data: Page<T> | undefined;
	error: unknown;
	isPending: boolean;
	isPlaceholderData?: boolean;
	refetch: () => unknown;
}

interface Props<T> {
	label: string;
	columns: Column<T>[];
	query: ListQuery<T>;
	rowKey: (row: T) => string;
	empty: ReactNode;
	testId: string;
	expanded?: (row: T) => ReactNode;
}

const SKELETON_ROWS = ["1", "2", "3", "4", "5", "6"];

/** A server-paged list: skeleton of the same height, error in place, empty with the next step. */
export function DataTable<T>(props: Props<T>) {
	const { query } = props;
	if (query.error && !query.data)
		return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
	if (query.data && query.data.items.length === 0) return <>{props.empty}</>;
	return (
		<>
			{query.error ? <ErrorNotice error={query.error} retry={() => void query.refetch()} /> : null}
			<Table
				aria-label={props.label}
				variant="compact"
				gridBreakPoint="grid-lg"
				data-testid={props.testId}
				aria-busy={query.isPending || query.isPlaceholderData}
			>
				<Thead>
					<Tr>
						{props.columns.map((column) => (
							<Th
								key={column.key}
								modifier="nowrap"
								{...(column.width ? { width: column.width } : {})}
								{...(column.action ? { screenReaderText: column.label } : {})}
							>
								{column.action ? undefined : column.label}
							</Th>
						))}
					</Tr>
				</Thead>
				<Tbody>{query.data ? <Rows {...props} /> : <SkeletonRows {...props} />}</Tbody>
			</Table>
			<Pager page={query.data} />
		</>
	);
}

function Rows<T>({ columns, query, rowKey, expanded }: Props<T>) {
	return query.data?.items.map((row) => {
		const extra = expanded?.(row);
		return [
			<Tr key={rowKey(row)} data-row={rowKey(row)}>
				{columns.map((column) => (
					<Td
						key={column.key}
						dataLabel={column.label}
						{...(column.action ? { isActionCell: true, modifier: "fitContent" as const } : {})}
					>
						{column.render(row)}
					</Td>
				))}
			</Tr>,
			extra ? (
				<Tr key={`${rowKey(row)}-more`} className="sk-row-more">
					<Td colSpan={columns.length}>{extra}</Td>
				</Tr>
			) : null,
		];
	});
}

function SkeletonRows<T>({ columns }: Props<T>) {
	const t = useT();
	return SKELETON_ROWS.map((row) => (
		<Tr key={row}>
			{columns.map((column) => (
				<Td key={column.key} dataLabel={column.label}>
					<Skeleton screenreaderText={t("state.loading")} />
				</Td>
			))}
		</Tr>
	));
}

/** Steps through the pages of a list; where one stands is in the URL. */
export function Pager({ page }: { page: Page<unknown> | undefined }) {
	const t = useT();
	const { search, set } = useUrlState();
	const next = page?.next_cursor ?? null;
	if (!page || (!next && !lastCursor(search.p))) {
		if (page?.total === undefined) return null;
		return <p className="sk-pager-total">{t("list.total", { count: page.total })}</p>;
	}
	return (
		<nav className="sk-pager" aria-label={t("list.pages")}>
			{page.total !== undefined && <span>{t("list.total", { count: page.total })}</span>}
			<Button
				variant="secondary"
				size="sm"
				isDisabled={!lastCursor(search.p)}
				onClick={() => set({ p: withoutLast(search.p) })}
				data-testid="page-previous"
			>
				{t("list.previous")}
			</Button>
			<Button
				variant="secondary"
				size="sm"
				isDisabled={!next}
				onClick={() => set({ p: withCursor(search.p, next ?? "") })}
				data-testid="page-next"
			>
				{t("list.next")}
			</Button>
		</nav>
	);
}
