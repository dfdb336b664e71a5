// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Dropdown,
	DropdownItem,
	DropdownList,
	Masthead,
	MastheadBrand,
	MastheadContent,
	MastheadMain,
	MastheadToggle,
	MenuToggle,
	PageToggleButton,
} from "@patternfly/react-core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMe, useSignOut } from "../api/me";
import { useT } from "../i18n";
import { isLive } from "../lib/live";
import { useToasts } from "../ui/Toasts";
import { Mark } from "./Mark";
import { PreferenceMenu } from "./Preferences";
import { PALETTE_KEY } from "./Shortcuts";

export function Brand() {
	const t = useT();
	return (
		<Link to="/" className="sk-brand" aria-label={t("nav.brand")}>
			<Mark />
			<span>{t("app.name")}</span>
		</Link>
	);
}

export function ShellMasthead(props: { onHelp: () => void; onPalette: () => void }) {
	const t = useT();
	return (
		<Masthead>
			<MastheadMain>
				<MastheadToggle>
					<PageToggleButton variant="plain" isHamburgerButton aria-label={t("nav.toggle")} />
				</MastheadToggle>
				<MastheadBrand>
					<Brand />
				</MastheadBrand>
			</MastheadMain>
			<MastheadContent>
				<div className="sk-masthead-tools">
					<Button
						variant="control"
						size="sm"
						onClick={props.onPalette}
						className="sk-palette-open"
						data-testid="palette-open"
					>
						{t("palette.open")} <kbd className="sk-mono sk-subtle">{PALETTE_KEY}</kbd>
					</Button>
					<PreferenceMenu />
					<Button variant="plain" onClick={props.onHelp} aria-label={t("shortcut.open")}>
						<span>{"?"}</span>
					</Button>
					<UserMenu />
				</div>
			</MastheadContent>
		</Masthead>
	);
}

function UserMenu() {
	const t = useT();
	const me = useMe();
	const navigate = useNavigate();
	const signOut = useSignOut();
	const toasts = useToasts();
	const [open, setOpen] = useState(false);
	const leave = () =>
		signOut.mutate(undefined, {
			// The provider it began at may want to know, too.
			onSuccess: (left) =>
				left ? window.location.assign(left.location) : void navigate({ to: "/signin" }),
			onError: toasts.fail,
		});
	return (
		<Dropdown
			isOpen={open}
			onOpenChange={setOpen}
			onSelect={() => setOpen(false)}
			popperProps={{ position: "right" }}
			toggle={(ref) => (
				<MenuToggle
					ref={ref}
					isExpanded={open}
					onClick={() => setOpen(!open)}
					className="sk-user-menu"
					data-testid="user-menu"
				>
					{me?.display_name ?? ""}
				</MenuToggle>
			)}
		>
			<DropdownList>
				<DropdownItem onClick={() => void navigate({ to: "/profile" })} data-testid="menu-profile">
					{t("nav.profile")}
				</DropdownItem>
				<DropdownItem
					onClick={leave}
					data-testid="menu-sign-out"
					description={isLive() ? t("action.sign_out_live") : undefined}
				>
					{t("action.sign_out")}
				</DropdownItem>
			</DropdownList>
		</Dropdown>
	);
}
