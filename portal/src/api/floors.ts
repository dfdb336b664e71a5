// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation, useQuery } from "@tanstack/react-query";
import { call, client, ifMatch } from "./client";
import { useInvalidate } from "./query";
import type { FactorFloor } from "./types";

/** What is changed of a floor: tried first, then saved. */
export interface FloorChange {
	is_default: boolean;
	group_ids: string[];
}

export const useFactorFloors = () =>
	useQuery({
		queryKey: ["factor-floors"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/factor-floors", { signal })),
	});

export const useTryFloor = (floor: FactorFloor) =>
	useMutation({
		mutationFn: (body: FloorChange) =>
			call(
				client.POST("/api/v1/factor-floors/{id}/preview", {
					params: { path: { id: floor.id } },
					body,
				}),
			),
	});

export const useUpdateFloor = (floor: FactorFloor) => {
	const invalidate = useInvalidate("factor-floors", "me");
	return useMutation({
		mutationFn: (body: FloorChange & { below: number; own: boolean }) =>
			call(
				client.PATCH("/api/v1/factor-floors/{id}", {
					params: { path: { id: floor.id }, header: ifMatch(floor.version) },
					body,
				}),
			),
		onSuccess: invalidate,
	});
};

export const useUserFactors = (id: string) =>
	useQuery({
		queryKey: ["users", "factors", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/users/{id}/factors", { params: { path: { id } }, signal })),
	});

export const useRemoveFactor = (id: string) => {
	const invalidate = useInvalidate("users");
	return useMutation({
		mutationFn: (factor_id: string) =>
			call(
				client.POST("/api/v1/users/{id}/remove-factor", {
					params: { path: { id } },
					body: { factor_id },
				}),
			),
		onSuccess: invalidate,
	});
};

export const useAttestationModels = () =>
	useQuery({
		queryKey: ["factor-floors", "models"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/attestation-models", { signal })),
	});

export const useAddModel = () => {
	const invalidate = useInvalidate("factor-floors");
	return useMutation({
		mutationFn: (body: { name: string; aaguid: string; certificate: string }) =>
			call(client.POST("/api/v1/attestation-models", { body })),
		onSuccess: invalidate,
	});
};

export const useRemoveModel = () => {
	const invalidate = useInvalidate("factor-floors", "me");
	return useMutation({
		mutationFn: (id: string) =>
			call(client.DELETE("/api/v1/attestation-models/{id}", { params: { path: { id } } })),
		onSuccess: invalidate,
	});
};
