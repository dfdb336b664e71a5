// SPDX-License-Identifier: GPL-3.0-or-later
import { useNavigate } from "@tanstack/react-router";
import { useCreateSession } from "../api/sessions";
import { loadChunk } from "../boot/chunks";
import { useToasts } from "../ui/Toasts";

/** Loads the terminal's code ahead; called when a pointer or focus comes near a connect button. */
export function prefetchTerminal(): void {
	loadChunk(() => import("../screens/terminal/TerminalScreen")).catch(() => {}); // told on arrival
}

/** One click from a lease to a live terminal. */
export function useConnect() {
	const create = useCreateSession();
	const navigate = useNavigate();
	const toasts = useToasts();
	return {
		connecting: create.isPending ? create.variables : null,
		/** Goes on even when the button that was pressed is gone meanwhile. */
		async connect(leaseId: string) {
			try {
				const session = await create.mutateAsync(leaseId);
				void navigate({ to: "/terminal", search: { at: session.id } as never });
			} catch (thrown) {
				toasts.fail(thrown);
			}
		},
	};
}
