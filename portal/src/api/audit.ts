// SPDX-License-Identifier: GPL-3.0-or-later
/* The audit log, reports and the state of the installation. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call, client } from "./client";
import type { paths } from "./schema";
import type { UseReport } from "./types";

export type AuditFilter = NonNullable<paths["/api/v1/audit"]["get"]["parameters"]["query"]>;

export function useAudit(query: AuditFilter) {
	return useQuery({
		queryKey: ["audit", "list", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/audit", { params: { query }, signal })),
		placeholderData: keepPreviousData,
	});
}

export function useAuditState() {
	return useQuery({
		queryKey: ["audit", "state"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/audit/state", { signal })),
		refetchInterval: 30_000,
	});
}

export function useAuditProof(id: string, enabled: boolean) {
	return useQuery({
		queryKey: ["audit", "proof", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/audit/{id}/proof", { params: { path: { id } }, signal })),
		enabled,
	});
}

function withQuery(path: string, values: Record<string, string | undefined>): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(values)) if (value) query.set(name, value);
	const text = query.toString();
	return text ? `${path}?${text}` : path;
}

export const auditExportUrl = (range: { from?: string; to?: string }) =>
	withQuery("/api/v1/audit/export", range);

export interface UseReportFilter {
	from: string;
	to: string;
	timezone: string;
	user_id?: string | undefined;
	target_id?: string | undefined;
}

export function useUseReport(query: UseReportFilter) {
	return useQuery({
		queryKey: ["reports", "use", query],
		queryFn: async ({ signal }) => {
			const params = { query: { ...query, format: "json" as const } };
			// format=json answers the object; html and csv are downloads.
			return (await call(
				client.GET("/api/v1/reports/privileged-use", { params, signal }),
			)) as UseReport;
		},
		placeholderData: keepPreviousData,
	});
}

export const reportUrl = (
	filter: UseReportFilter,
	format: "html" | "csv",
	byteOrderMark: boolean,
) =>
	withQuery("/api/v1/reports/privileged-use", {
		...filter,
		format,
		bom: format === "csv" && byteOrderMark ? "true" : undefined,
	});

export function useOverview() {
	return useQuery({
		queryKey: ["overview"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/overview", { signal })),
		refetchInterval: 15_000,
	});
}
