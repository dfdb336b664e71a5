// SPDX-License-Identifier: GPL-3.0-or-later
import { Component, type ReactNode } from "react";
import { FailureCard } from "./RouteError";

/** Outside the router: what even its error screens could not catch. */
export class LastBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
	override state = { failed: false };

	static getDerivedStateFromError() {
		return { failed: true };
	}

	override render() {
		return this.state.failed ? <FailureCard kind="bug" /> : this.props.children;
	}
}
