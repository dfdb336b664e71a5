// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { call, client, ifMatch, once } from "./client";
import type { paths } from "./schema";
import type { IdentityProvider } from "./types";

const ALL = "/api/v1/identity-providers";
const ONE = "/api/v1/identity-providers/{id}";
const ROOT = "identity-providers";
const at = (id: string) => ({ params: { path: { id } } });

export const useProviders = () =>
	useQuery({
		queryKey: [ROOT],
		queryFn: ({ signal }) => call(client.GET(ALL, { signal })),
	});
export const useProvider = (id: string) =>
	useQuery({
		queryKey: [ROOT, id],
		queryFn: ({ signal }) => call(client.GET(ONE, { ...at(id), signal })),
	});

type Body<M extends "post" | "patch", P extends keyof paths> = paths[P][M] extends {
	requestBody: { content: { "application/json": infer B } };
}
	? B
	: never;
export type NewProvider = Body<"post", typeof ALL>;
export type ProviderChange = Body<"patch", typeof ONE>;
export type MappingRow = NonNullable<ProviderChange["mapping"]>[number];

export const useAddProvider = () =>
	useChange(
		(body: NewProvider) => call(client.POST(ALL, { params: { header: once() }, body })),
		ROOT,
	);
export const useUpdateProvider = ({ id, version }: IdentityProvider) =>
	useChange(
		(body: ProviderChange) =>
			call(client.PATCH(ONE, { params: { path: { id }, header: ifMatch(version) }, body })),
		ROOT,
	);
export const useArchiveProvider = () =>
	useChange(
		({ id, version }: { id: string; version: number }) =>
			call(client.DELETE(ONE, { params: { path: { id }, header: ifMatch(version) } })),
		ROOT,
	);
/** Into the vault, never to be shown again. */
export const useProviderSecret = (id: string) =>
	useChange(
		(secret: string) =>
			call(
				client.PUT("/api/v1/identity-providers/{id}/secret", {
					...at(id),
					body: secret,
					headers: { "Content-Type": "application/octet-stream" },
					bodySerializer: (body: string) => new TextEncoder().encode(body),
				}),
			),
		ROOT,
	);
/** That it failed is no failure here: the provider then says why in `problem`. */
export const useFetchProvider = (id: string) =>
	useChange((_: null) => call(client.POST("/api/v1/identity-providers/{id}/fetch", at(id))), ROOT);
export const useProviderMetadata = () =>
	useChange(
		({ id, metadata }: { id: string; metadata: string }) =>
			call(
				client.PUT("/api/v1/identity-providers/{id}/metadata", { ...at(id), body: { metadata } }),
			),
		ROOT,
	);

/** Leaves for the provider; its answer leads back here, with `test` in the address. */
export const useBeginTest = (id: string) =>
	useMutation({
		mutationFn: () => call(client.POST("/api/v1/identity-providers/{id}/test", at(id))),
		onSuccess: ({ location: to }) => location.assign(to),
	});
export const useProviderTest = (id: string, test_id: string | undefined) =>
	useQuery({
		queryKey: [ROOT, id, "tests", test_id],
		queryFn: ({ signal }) =>
			call(
				client.GET("/api/v1/identity-providers/{id}/tests/{test_id}", {
					params: { path: { id, test_id: test_id ?? "" } },
					signal,
				}),
			),
		enabled: test_id !== undefined,
		staleTime: Number.POSITIVE_INFINITY,
	});
