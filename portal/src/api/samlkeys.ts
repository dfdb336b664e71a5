// SPDX-License-Identifier: GPL-3.0-or-later
import { useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { call, client } from "./client";

const ROOT = "identity-providers";

/** The one in use first. */
export const useSamlKeys = () =>
	useQuery({
		queryKey: [ROOT, "saml-keys"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/saml-keys", { signal })),
	});
export const useMakeSamlKey = () =>
	useChange((_: null) => call(client.POST("/api/v1/saml-keys")), ROOT, "overview");
const at = (id: string) => ({ params: { path: { id } } });
export const usePutSamlKeyInUse = () =>
	useChange(
		(id: string) => call(client.POST("/api/v1/saml-keys/{id}/use", at(id))),
		ROOT,
		"overview",
	);
export const useRemoveSamlKey = () =>
	useChange(
		(id: string) => call(client.DELETE("/api/v1/saml-keys/{id}", at(id))),
		ROOT,
		"overview",
	);
