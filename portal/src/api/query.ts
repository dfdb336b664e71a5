// SPDX-License-Identifier: GPL-3.0-or-later
import { MutationCache, QueryCache, QueryClient, useQueryClient } from "@tanstack/react-query";
import { asApiError } from "./error";
import type { Topic } from "./types";

/** First member of every query key: the topics whose events make the data stale. */
export type QueryRoot =
	| "me"
	| "my-targets"
	| "leases"
	| "requests"
	| "sessions"
	| "recordings"
	| "audit"
	| "reports"
	| "overview"
	| "targets"
	| "target-groups"
	| "accounts"
	| "users"
	| "api-tokens"
	| "programs"
	| "network-rules"
	| "sign-in-policy"
	| "groups"
	| "roles"
	| "password-policies"
	| "factor-floors"
	| "session-limits"
	| "mail"
	| "identity-providers"
	| "rules"
	| "workflows"
	| "gateways"
	| "gateway-groups";

/** Which data a server event touches. */
export const STALE_BY_TOPIC: Record<Topic, readonly QueryRoot[]> = {
	requests: ["requests", "my-targets", "leases", "overview"],
	leases: ["leases", "my-targets", "requests"],
	sessions: ["sessions", "overview"],
	recordings: ["sessions", "recordings"],
	gateways: ["gateways", "my-targets", "overview"],
	gateway_groups: ["gateway-groups"],
	targets: ["targets", "my-targets"],
	target_groups: ["target-groups"],
	accounts: ["targets", "accounts", "my-targets"],
	users: ["users", "groups", "programs"],
	groups: ["groups", "users", "my-targets"],
	rules: ["rules", "my-targets"],
	workflows: ["workflows", "my-targets"],
	audit: ["audit"],
	system: ["overview"],
	me: ["me"],
};

function retryable(failures: number, thrown: unknown): boolean {
	const error = asApiError(thrown);
	return failures < 2 && (error.status === 0 || error.status >= 500);
}

/** onSignedOut runs when any answer says that nobody is signed in; asked: to what the person did, not to what the page reads. */
export function createQueryClient(onSignedOut: (asked: boolean) => void): QueryClient {
	const onError = (thrown: unknown, asked: boolean) => {
		const error = asApiError(thrown);
		if (error.signedOut) onSignedOut(asked);
		// More is asked of the person since this page was opened: /me says what.
		if (error.reason === "factor.due") void made.invalidateQueries({ queryKey: ["me"] });
	};
	const made = new QueryClient({
		queryCache: new QueryCache({ onError: (thrown) => onError(thrown, false) }),
		mutationCache: new MutationCache({ onError: (thrown) => onError(thrown, true) }),
		defaultOptions: {
			queries: { retry: retryable, staleTime: 15_000, refetchOnWindowFocus: true },
			mutations: { retry: false },
		},
	});
	return made;
}

/** Marks everything under these roots stale; for use after own changes, ahead of the event. */
export function useInvalidate(...roots: QueryRoot[]): () => void {
	const queryClient = useQueryClient();
	return () => {
		for (const root of roots) void queryClient.invalidateQueries({ queryKey: [root] });
	};
}
