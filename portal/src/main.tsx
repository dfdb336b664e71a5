// SPDX-License-Identifier: GPL-3.0-or-later
import "@patternfly/react-core/dist/styles/base.css";
import "./styles/app.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/query";
import { LastBoundary } from "./app/LastBoundary";
import { buildRouter } from "./app/router";
import { startI18n } from "./i18n";
import { isLive } from "./lib/live";
import { startTheme } from "./lib/theme";

const PUBLIC = ["/signin", "/signin/second", "/enrol"];

/**
 * The session is over: go to sign-in, and come back to the same place. Whoever works in a terminal is
 * told there, and goes when they ask for it: what they are typing is not meant for the sign-in page.
 */
function toSignIn(asked: boolean): void {
	if (PUBLIC.includes(location.pathname)) return;
	if (!asked && location.pathname === "/terminal" && isLive()) return;
	const next = `${location.pathname}${location.search}`;
	void router.navigate({ to: "/signin", search: { next } as never });
}

const queryClient = createQueryClient(toSignIn);
const router = buildRouter(queryClient);

/** Shows the portal; fails, with nothing shown, when its texts cannot be loaded. */
export async function start(): Promise<void> {
	startTheme();
	await startI18n();
	document.documentElement.dataset.started = "";
	const element = document.getElementById("root");
	if (!element) throw new Error("index.html has no root element");
	createRoot(element).render(
		<StrictMode>
			<QueryClientProvider client={queryClient}>
				<LastBoundary>
					<RouterProvider router={router} />
				</LastBoundary>
			</QueryClientProvider>
		</StrictMode>,
	);
}
