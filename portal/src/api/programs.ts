// SPDX-License-Identifier: GPL-3.0-or-later
/* Programs that sign in for themselves, and their client secrets. */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import type { Change, Versioned } from "./admin";
import { useChange } from "./change";
import { call, client, ifMatch, once } from "./client";
import { useInvalidate } from "./query";
import type { Permission, Program, ProgramState, Role } from "./types";

export interface ProgramRights {
	display_name: string;
	roles: Role[];
	scopes: Permission[];
	networks: string[];
	token_seconds: number;
}
export interface ProgramsFilter {
	q?: string | undefined;
	state?: ProgramState | undefined;
	cursor?: string | undefined;
}

export const usePrograms = (query: ProgramsFilter) =>
	useQuery({
		queryKey: ["programs", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/programs", { params: { query }, signal })),
		placeholderData: keepPreviousData,
	});

export const useProgram = (id: string) =>
	useQuery({
		queryKey: ["programs", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/programs/{id}", { params: { path: { id } }, signal })),
	});

/** The days a new secret may last: the list says so. */
export const useSecretDays = () =>
	useQuery({
		queryKey: ["programs", "days"],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/programs", { params: { query: { limit: 1 } }, signal })),
	}).data?.max_days;

export const useCreateProgram = () =>
	useChange(
		(body: ProgramRights & { name: string }) =>
			call(client.POST("/api/v1/programs", { params: { header: once() }, body })),
		"programs",
	);

export const useUpdateProgram = () =>
	useChange(
		({
			id,
			version,
			body,
		}: Change<Partial<ProgramRights> & { state?: Exclude<ProgramState, "deleted"> }>) =>
			call(
				client.PATCH("/api/v1/programs/{id}", {
					params: { path: { id }, header: ifMatch(version) },
					body,
				}),
			),
		"programs",
	);

export const useDeleteProgram = () =>
	useChange(
		({ id, version }: Versioned) =>
			call(
				client.DELETE("/api/v1/programs/{id}", {
					params: { path: { id }, header: ifMatch(version) },
				}),
			),
		"programs",
	);

/** The secret itself: told once, and in no cache. */
export function useMakeSecret(program: Program) {
	const invalidate = useInvalidate("programs");
	return useMutation({
		mutationFn: (days: number) =>
			call(
				client.POST("/api/v1/programs/{id}/secrets", {
					params: { path: { id: program.id } },
					body: { days },
					parseAs: "text",
				}),
			),
		onSuccess: invalidate,
		gcTime: 0,
	});
}

export const useRevokeSecret = (program: Program) =>
	useChange(
		(secret: string) =>
			call(
				client.DELETE("/api/v1/programs/{id}/secrets/{secret_id}", {
					params: { path: { id: program.id, secret_id: secret } },
				}),
			),
		"programs",
	);
