// SPDX-License-Identifier: GPL-3.0-or-later
import type { QueryClient } from "@tanstack/react-query";
import {
	createRootRouteWithContext,
	createRoute,
	createRouter,
	Outlet,
	redirect,
} from "@tanstack/react-router";
import { asApiError } from "../api/error";
import { meQuery } from "../api/me";
import { cameBack, isAway } from "../lib/away";
import { takeNext } from "../lib/next";
import { parseSearch, type SearchState, stringifySearch } from "../lib/search";
import { safeNext } from "../screens/public/rules";
import { ToastProvider } from "../ui/Toasts";
import { type Loader, lazy } from "./lazy";
import { NotFound, RetryNotice, RouteError } from "./RouteError";
import { anythingDue, DueLater, Shell } from "./Shell";

interface Context {
	queryClient: QueryClient;
}

function Root() {
	return (
		<ToastProvider>
			<Outlet />
			<RetryNotice />
		</ToastProvider>
	);
}

const root = createRootRouteWithContext<Context>()({
	component: Root,
	validateSearch: (search: SearchState): SearchState => search,
	errorComponent: RouteError,
	notFoundComponent: NotFound,
});

const signIn = createRoute({
	getParentRoute: () => root,
	path: "/signin",
	// Another site's form comes without our session, which goes on.
	beforeLoad: ({ search }) => {
		if (search.failed && isAway())
			throw redirect({ to: "/profile", search: { failed: search.failed } as never });
	},
	component: lazy(() => import("../screens/public/SignInScreen"), "SignInScreen"),
});
const second = createRoute({
	getParentRoute: () => root,
	path: "/signin/second",
	component: lazy(() => import("../screens/public/SecondScreen"), "SecondScreen"),
});
const enrol = createRoute({
	getParentRoute: () => root,
	path: "/enrol",
	component: lazy(() => import("../screens/public/EnrolScreen"), "EnrolScreen"),
});

/** Everything inside needs a signed-in person; else sign-in, and back here afterwards. */
const shell = createRoute({
	getParentRoute: () => root,
	id: "shell",
	component: Shell,
	errorComponent: RouteError,
	beforeLoad: async ({ context, location }) => {
		try {
			const me = await context.queryClient.ensureQueryData(meQuery);
			if (anythingDue(me)) await DueLater.preload?.();
		} catch (thrown) {
			if (!asApiError(thrown).signedOut) throw thrown;
			const next = location.href === "/" ? undefined : location.href;
			throw redirect({ to: "/signin", search: { next } as never });
		}
		// An identity provider always leads back to the first page.
		const proven = "stepped_up" in location.search;
		const next = proven || location.href === "/" ? safeNext(takeNext()) : "/";
		const [to = "/", query = ""] = next.split("?");
		if (proven) cameBack();
		if (next !== "/") throw redirect({ to, search: parseSearch(query) } as never);
	},
});

/** One row: path, module, component. Each screen is a chunk of its own. */
const SCREENS: [path: string, load: Loader, name: string][] = [
	["/", () => import("../screens/home/HomeScreen"), "HomeScreen"],
	["/targets", () => import("../screens/targets/TargetsScreen"), "TargetsScreen"],
	["/requests", () => import("../screens/requests/RequestsScreen"), "RequestsScreen"],
	["/requests/$id", () => import("../screens/requests/RequestScreen"), "RequestScreen"],
	["/approvals", () => import("../screens/approvals/ApprovalsScreen"), "ApprovalsScreen"],
	["/terminal", () => import("../screens/terminal/TerminalScreen"), "TerminalScreen"],
	["/sessions", () => import("../screens/sessions/SessionsScreen"), "SessionsScreen"],
	["/sessions/$id", () => import("../screens/sessions/ReplayScreen"), "ReplayScreen"],
	["/audit", () => import("../screens/audit/AuditScreen"), "AuditScreen"],
	["/reports", () => import("../screens/reports/UseReportScreen"), "UseReportScreen"],
	["/profile", () => import("../screens/profile/ProfileScreen"), "ProfileScreen"],
	["/admin", () => import("../screens/admin/OverviewScreen"), "OverviewScreen"],
	["/admin/targets", () => import("../screens/admin/LedgerScreen"), "LedgerScreen"],
	["/admin/targets/$id", () => import("../screens/admin/TargetScreen"), "TargetScreen"],
	["/admin/users", () => import("../screens/admin/UsersScreen"), "UsersScreen"],
	["/admin/network-rules", () => import("../screens/admin/NetworkScreen"), "NetworkScreen"],
	[
		"/admin/sign-in-policy",
		() => import("../screens/admin/SignInPolicyScreen"),
		"SignInPolicyScreen",
	],
	["/admin/tokens", () => import("../screens/admin/TokensScreen"), "TokensScreen"],
	["/admin/programs", () => import("../screens/admin/ProgramsScreen"), "ProgramsScreen"],
	["/admin/programs/$id", () => import("../screens/admin/ProgramScreen"), "ProgramScreen"],
	["/admin/users/$id", () => import("../screens/admin/UserScreen"), "UserScreen"],
	["/admin/groups", () => import("../screens/admin/GroupsScreen"), "GroupsScreen"],
	["/admin/roles", () => import("../screens/admin/RolesScreen"), "RolesScreen"],
	[
		"/admin/password-policies",
		() => import("../screens/admin/PasswordPoliciesScreen"),
		"PasswordPoliciesScreen",
	],
	[
		"/admin/factor-floors",
		() => import("../screens/admin/FactorFloorsScreen"),
		"FactorFloorsScreen",
	],
	[
		"/admin/session-limits",
		() => import("../screens/admin/SessionLimitsScreen"),
		"SessionLimitsScreen",
	],
	[
		"/admin/identity-providers",
		() => import("../screens/admin/ProvidersScreen"),
		"ProvidersScreen",
	],
	["/admin/mail", () => import("../screens/admin/MailScreen"), "MailScreen"],
	["/admin/rules", () => import("../screens/admin/RulesScreen"), "RulesScreen"],
	["/admin/workflows", () => import("../screens/admin/WorkflowsScreen"), "WorkflowsScreen"],
	["/gateways", () => import("../screens/gateways/GatewaysScreen"), "GatewaysScreen"],
];

const screens = SCREENS.map(([path, load, name]) =>
	createRoute({
		getParentRoute: () => shell,
		path,
		component: lazy(load, name),
	}),
);

export function buildRouter(queryClient: QueryClient) {
	return createRouter({
		routeTree: root.addChildren([signIn, second, enrol, shell.addChildren(screens)]),
		context: { queryClient },
		parseSearch,
		stringifySearch,
		defaultPreload: "intent",
		defaultPreloadStaleTime: 0,
		scrollRestoration: false,
		defaultErrorComponent: RouteError,
		disableGlobalCatchBoundary: true, // LastBoundary is ours, with our styles
		defaultNotFoundComponent: NotFound,
	});
}
