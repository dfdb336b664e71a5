// SPDX-License-Identifier: GPL-3.0-or-later
import { lazyRouteComponent } from "@tanstack/react-router";
import { loadChunk } from "../boot/chunks";

export type Loader = () => Promise<Record<string, unknown>>;

/** A screen that is loaded when it is first wanted; its preload() asks again after a failure. */
export const lazy = (load: Loader, name: string) =>
	lazyRouteComponent((() => loadChunk(load)) as never, name as never);
