// SPDX-License-Identifier: GPL-3.0-or-later
import { useQueryClient } from "@tanstack/react-query";
import { type ComponentType, useEffect, useRef, useState } from "react";
import { call, client } from "../api/client";
import { askWhenStale } from "../api/freshness";
import { meQuery } from "../api/me";
import { loadChunk } from "../boot/chunks";
import { passkeysWork } from "../lib/passkey";
import type { QuestionProps, Way } from "./StepUpQuestion";

/** The ways this person and browser have, best first. Under a floor only passkeys count. */
async function waysOf(floor: string): Promise<Way[]> {
	const { passkeys, totp, recovery } = await call(client.GET("/api/v1/me/factors"));
	const ways: Way[] = passkeys.length > 0 && passkeysWork() ? ["passkey"] : [];
	if (floor !== "any") return ways;
	if (totp.length > 0) ways.push("code");
	if (recovery && recovery.left > 0) ways.push("recovery");
	return ways;
}

interface Asked {
	Question: ComponentType<QuestionProps>;
	ways: Way[];
	best: Way;
}

/** What to ask, with the dialog loaded; null when there is nothing to ask. */
async function questionFor(floor: string): Promise<Asked | null> {
	const loading = loadChunk(() => import("./StepUpQuestion"));
	const [ways, dialog] = await Promise.all([waysOf(floor), loading]);
	const [best] = ways;
	return best ? { Question: dialog.StepUpQuestion, ways, best } : null;
}

/** Asks over whatever page is open who is there. Who has no way to say so signs in again. */
export function StepUp() {
	const queryClient = useQueryClient();
	const [asked, setAsked] = useState<Asked | null>(null);
	const answer = useRef<(done: boolean) => void>(() => {});
	useEffect(
		() =>
			askWhenStale(async () => {
				const me = await queryClient.fetchQuery(meQuery).catch(() => null);
				const question = me ? await questionFor(me.factor_floor).catch(() => null) : null;
				if (!question) return false; // then the first answer stands
				return new Promise<boolean>((resolve) => {
					answer.current(false); // one question at a time: the earlier one is off
					answer.current = resolve;
					setAsked(question);
				});
			}),
		[queryClient],
	);
	const end = (done: boolean) => {
		setAsked(null);
		answer.current(done);
	};
	return asked && <asked.Question ways={asked.ways} best={asked.best} onEnd={end} />;
}
