// SPDX-License-Identifier: GPL-3.0-or-later
/* Ledgers that administrators keep: people, policy, targets, gateways. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { call, client, ifMatch, once } from "./client";
import type { paths } from "./schema";
import type { PasswordPolicy, Role, SessionLimit } from "./types";

type Body<P extends keyof paths, M extends "post" | "patch" | "put"> = paths[P] extends {
	[K in M]: { requestBody?: { content: { "application/json": infer B } } };
}
	? B
	: never;

/** What to change, where, and the version that was read. */
export interface Change<B> {
	id: string;
	version: number;
	body: B;
}
/** An object as it was read. */
export type Versioned = { id: string; version: number };

export interface ListFilter {
	q?: string | undefined;
	cursor?: string | undefined;
	limit?: number;
	archived?: boolean | undefined;
}

const versioned = ({ id, version }: Versioned) => ({
	path: { id },
	header: ifMatch(version),
});

/* People */
export type UsersFilter = Omit<ListFilter, "archived"> & {
	state?: "invited" | "active" | "disabled" | "archived" | undefined;
	group_id?: string | undefined;
};
export const useUsers = (query: UsersFilter, enabled = true) =>
	useQuery({
		queryKey: ["users", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/users", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
export const useUser = (id: string) =>
	useQuery({
		queryKey: ["users", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/users/{id}", { params: { path: { id } }, signal })),
	});
export const useEffectiveRights = (id: string) =>
	useQuery({
		queryKey: ["users", "effective", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/users/{id}/effective", { params: { path: { id } }, signal })),
	});
export type NewUser = Body<"/api/v1/users", "post">;
export const useCreateUser = () =>
	useChange(
		(body: NewUser) => call(client.POST("/api/v1/users", { params: { header: once() }, body })),
		"users",
		"groups",
	);
export const useUpdateUser = () =>
	useChange(
		(input: Change<Body<"/api/v1/users/{id}", "patch">>) =>
			call(client.PATCH("/api/v1/users/{id}", { params: versioned(input), body: input.body })),
		"users",
	);
export const useArchiveUser = () =>
	useChange(
		(input: Versioned) => call(client.DELETE("/api/v1/users/{id}", { params: versioned(input) })),
		"users",
	);
export const useUserRoles = () =>
	useChange(
		(input: Change<{ roles: Role[] }>) =>
			call(
				client.PUT("/api/v1/users/{id}/roles", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"users",
	);
export const useEnrolmentLink = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/users/{id}/enrolment-link", { params: { path: { id } } })),
		"users",
	);

export const useAskReset = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/users/{id}/reset-request", { params: { path: { id } } })),
		"users",
	);
export const useEndSignIns = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/users/{id}/end-sign-ins", { params: { path: { id } } })),
		"users",
	);
export const useRequirePasswordChange = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/users/{id}/require-password-change", { params: { path: { id } } })),
		"users",
	);

type PolicyBody = Partial<
	Omit<PasswordPolicy, "id" | "profile" | "groups" | "version"> & { group_ids: string[] }
>;
export const usePasswordPolicies = () =>
	useQuery({
		queryKey: ["password-policies"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/password-policies", { signal })),
	});
export const useUpdatePasswordPolicy = () =>
	useChange(
		(input: Change<PolicyBody>) =>
			call(
				client.PATCH("/api/v1/password-policies/{id}", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"password-policies",
		"me",
	);

type LimitBody = Partial<
	Omit<SessionLimit, "id" | "profile" | "groups" | "version"> & { group_ids: string[] }
>;
export const useSessionLimits = () =>
	useQuery({
		queryKey: ["session-limits"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/session-limits", { signal })),
	});
export const useUpdateSessionLimit = () =>
	useChange(
		(input: Change<LimitBody>) =>
			call(
				client.PATCH("/api/v1/session-limits/{id}", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"session-limits",
		"me",
	);

export const useGroups = (query: ListFilter, enabled = true) =>
	useQuery({
		queryKey: ["groups", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/groups", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
export const useGroup = (id: string) =>
	useQuery({
		queryKey: ["groups", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/groups/{id}", { params: { path: { id } }, signal })),
		enabled: id !== "",
	});
export type GroupBody = Body<"/api/v1/groups", "post">;
export const useCreateGroup = () =>
	useChange(
		(body: GroupBody) => call(client.POST("/api/v1/groups", { params: { header: once() }, body })),
		"groups",
	);
export const useUpdateGroup = () =>
	useChange(
		(input: Change<GroupBody>) =>
			call(client.PATCH("/api/v1/groups/{id}", { params: versioned(input), body: input.body })),
		"groups",
	);
export const useArchiveGroup = () =>
	useChange(
		(input: Versioned) => call(client.DELETE("/api/v1/groups/{id}", { params: versioned(input) })),
		"groups",
		"users",
	);
export const useGroupMembers = () =>
	useChange(
		(input: Change<{ user_ids: string[] }>) =>
			call(
				client.PUT("/api/v1/groups/{id}/members", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"groups",
		"users",
	);
export const useGroupRoles = () =>
	useChange(
		(input: Change<{ roles: Role[] }>) =>
			call(
				client.PUT("/api/v1/groups/{id}/roles", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"groups",
		"users",
	);
export const useRoles = () =>
	useQuery({
		queryKey: ["roles"],
		queryFn: ({ signal }) => call(client.GET("/api/v1/roles", { signal })),
		staleTime: Number.POSITIVE_INFINITY,
	});

/* Policy */
export const useRules = (query: ListFilter & { effect?: "allow" | "deny" | undefined }) =>
	useQuery({
		queryKey: ["rules", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/rules", { params: { query }, signal })),
		placeholderData: keepPreviousData,
	});
export type RuleBody = Body<"/api/v1/rules", "post">;
export const useCreateRule = () =>
	useChange(
		(body: RuleBody) => call(client.POST("/api/v1/rules", { params: { header: once() }, body })),
		"rules",
	);
export const useUpdateRule = () =>
	useChange(
		(input: Change<RuleBody>) =>
			call(client.PATCH("/api/v1/rules/{id}", { params: versioned(input), body: input.body })),
		"rules",
	);
export const useArchiveRule = () =>
	useChange(
		(input: Versioned) => call(client.DELETE("/api/v1/rules/{id}", { params: versioned(input) })),
		"rules",
	);

export const useWorkflows = (query: ListFilter, enabled = true) =>
	useQuery({
		queryKey: ["workflows", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/workflows", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
export type WorkflowBody = Body<"/api/v1/workflows", "post">;
export const useCreateWorkflow = () =>
	useChange(
		(body: WorkflowBody) =>
			call(client.POST("/api/v1/workflows", { params: { header: once() }, body })),
		"workflows",
	);
export const useUpdateWorkflow = () =>
	useChange(
		(input: Change<WorkflowBody>) =>
			call(
				client.PATCH("/api/v1/workflows/{id}", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"workflows",
	);
export const useArchiveWorkflow = () =>
	useChange(
		(input: Versioned) =>
			call(client.DELETE("/api/v1/workflows/{id}", { params: versioned(input) })),
		"workflows",
	);

/* Targets and accounts */
export const useTargetGroups = (query: ListFilter, enabled = true) =>
	useQuery({
		queryKey: ["target-groups", query],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/target-groups", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
export const useCreateTargetGroup = () =>
	useChange(
		(body: Body<"/api/v1/target-groups", "post">) =>
			call(client.POST("/api/v1/target-groups", { params: { header: once() }, body })),
		"target-groups",
	);
export const useUpdateTargetGroup = () =>
	useChange(
		(input: Change<Body<"/api/v1/target-groups/{id}", "patch">>) =>
			call(
				client.PATCH("/api/v1/target-groups/{id}", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"target-groups",
	);
export const useArchiveTargetGroup = () =>
	useChange(
		(input: Versioned) =>
			call(client.DELETE("/api/v1/target-groups/{id}", { params: versioned(input) })),
		"target-groups",
	);
export const useTargets = (
	query: ListFilter & { group_id?: string | undefined; kind?: "linux_ssh" | undefined },
	enabled = true,
) =>
	useQuery({
		queryKey: ["targets", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/targets", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
export const useTarget = (id: string) =>
	useQuery({
		queryKey: ["targets", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/targets/{id}", { params: { path: { id } }, signal })),
	});
export type TargetBody = Body<"/api/v1/targets", "post">;
export const useCreateTarget = () =>
	useChange(
		(body: TargetBody) =>
			call(client.POST("/api/v1/targets", { params: { header: once() }, body })),
		"targets",
	);
export const useUpdateTarget = () =>
	useChange(
		(input: Change<Body<"/api/v1/targets/{id}", "patch">>) =>
			call(
				client.PATCH("/api/v1/targets/{id}", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"targets",
	);
export const useArchiveTarget = () =>
	useChange(
		(input: Versioned) => call(client.DELETE("/api/v1/targets/{id}", { params: versioned(input) })),
		"targets",
	);
export const useTestTarget = () =>
	useChange(
		({ id, account_id }: { id: string; account_id?: string }) =>
			call(
				client.POST("/api/v1/targets/{id}/test", {
					params: { path: { id } },
					body: account_id ? { account_id } : {},
				}),
			),
		"targets",
	);
export const useClearHostKey = () =>
	useChange(
		({ id, type }: { id: string; type: string }) =>
			call(
				client.DELETE("/api/v1/targets/{id}/host-keys/{type}", {
					params: { path: { id, type } },
				}),
			),
		"targets",
	);
export type AccountBody = Body<"/api/v1/targets/{id}/accounts", "post">;
export const useCreateAccount = () =>
	useChange(
		({ targetId, body }: { targetId: string; body: AccountBody }) =>
			call(
				client.POST("/api/v1/targets/{id}/accounts", {
					params: { path: { id: targetId }, header: once() },
					body,
				}),
			),
		"targets",
	);
export const useUpdateAccount = () =>
	useChange(
		(input: Change<Body<"/api/v1/accounts/{id}", "patch">>) =>
			call(
				client.PATCH("/api/v1/accounts/{id}", {
					params: versioned(input),
					body: input.body,
				}),
			),
		"targets",
	);
export const useArchiveAccount = () =>
	useChange(
		(input: Versioned) =>
			call(client.DELETE("/api/v1/accounts/{id}", { params: versioned(input) })),
		"targets",
	);
export type SecretKind = "password" | "ssh_key";
/** The secret travels as bytes and is never part of a JSON tree or of the query cache. */
export const useSetSecret = () =>
	useChange(
		({ id, kind, secret }: { id: string; kind: SecretKind; secret: string }) =>
			call(
				client.PUT("/api/v1/accounts/{id}/secret", {
					params: { path: { id }, query: { kind } },
					body: secret,
					headers: { "Content-Type": "application/octet-stream" },
					bodySerializer: (body: string) => new TextEncoder().encode(body),
				}),
			),
		"targets",
	);

/* Gateways */
export const useGateways = (
	query: Omit<ListFilter, "archived"> & {
		group_id?: string | undefined;
		state?: "waiting" | "enrolled" | "held" | "revoked" | "archived" | undefined;
	},
) =>
	useQuery({
		queryKey: ["gateways", query],
		queryFn: ({ signal }) => call(client.GET("/api/v1/gateways", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		refetchInterval: 30_000,
	});
export const useGateway = (id: string, pollMs: number | false = false) =>
	useQuery({
		queryKey: ["gateways", "one", id],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/gateways/{id}", { params: { path: { id } }, signal })),
		enabled: id !== "",
		refetchInterval: pollMs,
	});
export const useCreateGateway = () =>
	useChange(
		(body: Omit<Body<"/api/v1/gateways", "post">, "kind">) =>
			call(
				client.POST("/api/v1/gateways", {
					params: { header: once() },
					body: { ...body, kind: "internet" },
				}),
			),
		"gateways",
	);
export const useUpdateGateway = () =>
	useChange(
		(input: Change<Body<"/api/v1/gateways/{id}", "patch">>) =>
			call(client.PATCH("/api/v1/gateways/{id}", { params: versioned(input), body: input.body })),
		"gateways",
	);
export const useGatewayToken = () =>
	useChange(
		(id: string) => call(client.POST("/api/v1/gateways/{id}/token", { params: { path: { id } } })),
		"gateways",
	);
export const useRevokeGateway = () =>
	useChange(
		(id: string) => call(client.POST("/api/v1/gateways/{id}/revoke", { params: { path: { id } } })),
		"gateways",
	);
export const useReleaseGateway = () =>
	useChange(
		(id: string) =>
			call(client.POST("/api/v1/gateways/{id}/release", { params: { path: { id } } })),
		"gateways",
	);
/** Ends the alarm of every gateway that holds a signed history which is not ours. */
export const useAcknowledgeBreakGlass = () =>
	useChange(
		(_: undefined) => call(client.POST("/api/v1/break-glass/acknowledge")),
		"overview",
		"audit",
	);
export const useAcknowledgeRollback = () =>
	useChange(
		(_: undefined) => call(client.POST("/api/v1/witnesses/acknowledge")),
		"overview",
		"audit",
	);
export const useArchiveGateway = () =>
	useChange(
		(input: Versioned) =>
			call(client.DELETE("/api/v1/gateways/{id}", { params: versioned(input) })),
		"gateways",
	);
export const useGatewayGroups = (query: ListFilter, enabled = true) =>
	useQuery({
		queryKey: ["gateway-groups", query],
		queryFn: ({ signal }) =>
			call(client.GET("/api/v1/gateway-groups", { params: { query }, signal })),
		placeholderData: keepPreviousData,
		enabled,
	});
export const useCreateGatewayGroup = () =>
	useChange(
		(body: Body<"/api/v1/gateway-groups", "post">) =>
			call(client.POST("/api/v1/gateway-groups", { params: { header: once() }, body })),
		"gateway-groups",
	);

/* Many targets at once */
export type TargetImport =
	paths["/api/v1/targets/import"]["post"]["responses"][200]["content"]["application/json"];
export const useImportTargets = () =>
	useChange(
		({ csv, dry_run }: { csv: string; dry_run: boolean }): Promise<TargetImport> =>
			call(
				client.POST("/api/v1/targets/import", {
					params: { query: { dry_run } },
					headers: { "Content-Type": "text/csv" },
					body: csv,
					bodySerializer: (body) => body,
				}),
			),
		"targets",
		"accounts",
		"my-targets",
	);
export const importTemplateUrl = "/api/v1/targets/import/template";
