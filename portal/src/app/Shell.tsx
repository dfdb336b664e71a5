// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Nav,
	NavGroup,
	NavItem,
	NavList,
	Page,
	PageSidebar,
	PageSidebarBody,
	SkipToContent,
} from "@patternfly/react-core";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { type ComponentType, Suspense, useEffect } from "react";
import { useDeviceProof } from "../api/device";
import { useServerEvents } from "../api/events";
import { useMe } from "../api/me";
import type { Me } from "../api/types";
import { useRequests } from "../api/use";
import { languageChosen, setLanguage, useT } from "../i18n";
import { MAIN } from "../lib/focus";
import { setTheme, themeChosen } from "../lib/theme";
import { LeaseStrip, useLeaseToasts } from "./LeaseStrip";
import { lazy } from "./lazy";
import { ShellMasthead } from "./Masthead";
import { type NavItem as Item, navigationFor } from "./nav";
import { Palette } from "./Palette";
import { ShortcutSheet, useShortcuts } from "./Shortcuts";
import { StepUp } from "./StepUp";
import { useConnect } from "./useConnect";

/** On a browser where nobody ever chose, the profile's language and theme apply. */
function useProfileDefaults(): void {
	const me = useMe();
	useEffect(() => {
		if (!me) return;
		if (!languageChosen()) setLanguage(me.language).catch(() => {}); // stays readable as it is
		if (!themeChosen()) setTheme(me.theme);
	}, [me]);
}

export function Shell() {
	const t = useT();
	const shortcuts = useShortcuts();
	const { connect } = useConnect();
	const me = useMe();
	const limited = me !== undefined && me.factor_due !== "none";
	useProfileDefaults();
	return (
		<Page
			isManagedSidebar
			masthead={
				<ShellMasthead
					onHelp={() => shortcuts.show("help")}
					onPalette={() => shortcuts.show("palette")}
				/>
			}
			sidebar={
				<PageSidebar>
					<PageSidebarBody>
						<Navigation />
					</PageSidebarBody>
				</PageSidebar>
			}
			skipToContent={<SkipToContent href={`#${MAIN}`}>{t("nav.skip")}</SkipToContent>}
			mainContainerId={MAIN}
			mainTabIndex={0}
			mainAriaLabel={t("nav.main")}
		>
			{!limited && <Live />}
			<Open me={me} />
			<StepUp />
			{shortcuts.open === "help" && <ShortcutSheet onClose={shortcuts.close} />}
			{shortcuts.open === "palette" && <Palette onClose={shortcuts.close} connect={connect} />}
		</Page>
	);
}

/** Whether something must be done before any screen is open. */
export const anythingDue = (me: Me) => me.factor_due !== "none" || me.password_due;

/** Few people meet it, so it is no part of the first load. */
export const DueLater = lazy(() => import("../screens/profile/Due"), "Due");
const Due = DueLater as ComponentType<{ me: Me }>;

function Open({ me }: { me: Me | undefined }) {
	if (!me || !anythingDue(me)) return <Outlet />;
	return (
		<Suspense>
			<Due me={me} />
		</Suspense>
	);
}

/** News of the server, and the strip of what is lent. */
function Live() {
	useServerEvents();
	useDeviceProof();
	useLeaseToasts();
	return <LeaseStrip />;
}

function Navigation() {
	const t = useT();
	const permissions = useMe()?.permissions ?? [];
	return (
		<Nav aria-label={t("nav.label")}>
			{navigationFor(permissions).map((section) =>
				section.label ? (
					<NavGroup key={section.id} title={t(section.label)}>
						{section.items.map((item) => (
							<Entry key={item.id} item={item} />
						))}
					</NavGroup>
				) : (
					<NavList key={section.id}>
						{section.items.map((item) => (
							<Entry key={item.id} item={item} />
						))}
					</NavList>
				),
			)}
		</Nav>
	);
}

/** Paths whose entry is not found by prefix alone. */
const isAt = (path: string, to: string) =>
	to === "/" || to === "/admin" ? path === to : path === to || path.startsWith(`${to}/`);

function Entry({ item }: { item: Item }) {
	const t = useT();
	const { pathname } = useLocation();
	return (
		<NavItem isActive={isAt(pathname, item.to)} itemId={item.id}>
			<Link to={item.to} data-testid={`nav-${item.id}`}>
				{t(item.label)}
				{item.id === "approvals" && <Waiting />}
			</Link>
		</NavItem>
	);
}

/** How many requests wait for this person; not asked for somebody who has just signed out. */
function Waiting() {
	const t = useT();
	const known = useMe() !== undefined;
	const page = useRequests({ scope: "approvals", state: "pending", limit: 20 }, known).data;
	const count = page?.total ?? page?.items.length ?? 0;
	if (count === 0) return null;
	return (
		<span className="pf-v6-c-badge pf-m-unread" data-testid="approvals-count">
			{count}
			<span className="pf-v6-screen-reader">{t("nav.waiting", { count })}</span>
		</span>
	);
}
