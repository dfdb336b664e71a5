// SPDX-License-Identifier: GPL-3.0-or-later
import { useSyncExternalStore } from "react";
import type { LinkView, TerminalLink } from "./link";

export function useLinkView(link: TerminalLink): LinkView {
	return useSyncExternalStore(link.subscribe, link.getView);
}
