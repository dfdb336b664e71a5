// SPDX-License-Identifier: GPL-3.0-or-later
import type { Permission } from "../api/types";
import type { Key } from "../i18n";

export interface NavItem {
	id: string;
	to: string;
	label: Key;
	/** Shown when any of these is held; none: to everybody. */
	needs: Permission[];
}
export interface NavSection {
	id: string;
	label?: Key;
	items: NavItem[];
}

/** The menu, by task. One row here adds an entry. */
export const NAVIGATION: NavSection[] = [
	{
		id: "work",
		items: [
			{ id: "home", to: "/", label: "nav.home", needs: [] },
			{ id: "targets", to: "/targets", label: "nav.targets", needs: ["target.use"] },
			{
				id: "requests",
				to: "/requests",
				label: "nav.requests",
				needs: ["target.use", "request.view_all"],
			},
			{ id: "approvals", to: "/approvals", label: "nav.approvals", needs: ["request.approve"] },
			{
				id: "sessions",
				to: "/sessions",
				label: "nav.sessions",
				needs: ["target.use", "session.view_all"],
			},
		],
	},
	{
		id: "check",
		label: "nav.section.check",
		items: [
			{ id: "audit", to: "/audit", label: "nav.audit", needs: ["audit.view"] },
			{ id: "reports", to: "/reports", label: "nav.reports", needs: ["report.view"] },
		],
	},
	{
		id: "admin",
		label: "nav.section.admin",
		items: [
			{ id: "overview", to: "/admin", label: "nav.overview", needs: ["system.view"] },
			{ id: "ledger", to: "/admin/targets", label: "nav.ledger", needs: ["target.view"] },
			{ id: "users", to: "/admin/users", label: "nav.users", needs: ["user.view"] },
			{ id: "tokens", to: "/admin/tokens", label: "nav.tokens", needs: ["user.view"] },
			{ id: "programs", to: "/admin/programs", label: "nav.programs", needs: ["user.view"] },
			{ id: "groups", to: "/admin/groups", label: "nav.groups", needs: ["user.view"] },
			{ id: "roles", to: "/admin/roles", label: "nav.roles", needs: ["user.view"] },
			{
				id: "policies",
				to: "/admin/password-policies",
				label: "nav.policies",
				needs: ["policy.view"],
			},
			{
				id: "floors",
				to: "/admin/factor-floors",
				label: "nav.floors",
				needs: ["policy.view"],
			},
			{
				id: "limits",
				to: "/admin/session-limits",
				label: "nav.limits",
				needs: ["policy.view"],
			},
			{
				id: "providers",
				to: "/admin/identity-providers",
				label: "nav.providers",
				needs: ["policy.view"],
			},
			{ id: "mail", to: "/admin/mail", label: "nav.mail", needs: ["system.view"] },
			{ id: "network", to: "/admin/network-rules", label: "nav.network", needs: ["policy.view"] },
			{
				id: "sign-in-policy",
				to: "/admin/sign-in-policy",
				label: "nav.sign_in_policy",
				needs: ["policy.view"],
			},
			{ id: "rules", to: "/admin/rules", label: "nav.rules", needs: ["policy.view"] },
			{ id: "workflows", to: "/admin/workflows", label: "nav.workflows", needs: ["policy.view"] },
			{ id: "gateways", to: "/gateways", label: "nav.gateways", needs: ["gateway.view"] },
		],
	},
];

/** The menu of a person: what their permissions do not open is not shown. */
export function navigationFor(permissions: readonly Permission[]): NavSection[] {
	const open = (item: NavItem) =>
		item.needs.length === 0 || item.needs.some((need) => permissions.includes(need));
	return NAVIGATION.map((section) => ({
		...section,
		items: section.items.filter(open),
	})).filter((section) => section.items.length > 0);
}
