// SPDX-License-Identifier: GPL-3.0-or-later
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type ComponentType, useEffect, useRef, useState } from "react";
import { call, client } from "../api/client";
import { askWhenStale } from "../api/freshness";
import { stepUpProviders } from "../api/identities";
import { meQuery } from "../api/me";
import { loadChunk } from "../boot/chunks";
import { useT } from "../i18n";
import { takeAway } from "../lib/away";
import { takeNext } from "../lib/next";
import { passkeysWork } from "../lib/passkey";
import { safeNext } from "../screens/public/rules";
import { useToasts } from "../ui/Toasts";
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

type Provider = QuestionProps["provider"];

/** Where it can be proven elsewhere. Leaving would lose a terminal: there only the ways of here are left. */
async function providerOf(floor: string): Promise<Provider> {
	if (floor !== "any" || location.pathname === "/terminal") return undefined;
	return (await stepUpProviders()).items[0];
}

interface Asked {
	Question: ComponentType<QuestionProps>;
	ways: Way[];
	best: Way;
	provider: Provider;
}

/** What to ask, with the dialog loaded; null when there is nothing to ask. */
async function questionFor(floor: string): Promise<Asked | null> {
	const loading = loadChunk(() => import("./StepUpQuestion"));
	const [own, provider, dialog] = await Promise.all([waysOf(floor), providerOf(floor), loading]);
	const ways: Way[] = provider ? [...own, "provider"] : own;
	const [best] = ways;
	return best ? { Question: dialog.StepUpQuestion, ways, best, provider } : null;
}

/** Who was at a provider for that is told what came of it, on the page they left. */
function useWayBack() {
	const t = useT();
	const toasts = useToasts();
	const router = useRouter();
	useEffect(() => {
		const away = takeAway();
		const failed = new URLSearchParams(location.search).has("failed");
		const name = away?.provider ?? "";
		if (away?.proven && !failed) toasts.show("success", t("stepup.proven", { name }));
		if (!away || !failed) return;
		router.history.replace(safeNext(takeNext()));
		toasts.show("danger", t("stepup.refused", { name }), { body: t("stepup.refused_body") });
	}, [router, t, toasts]);
}

/** Asks over whatever page is open who is there. Who has no way to say so signs in again. */
export function StepUp() {
	useWayBack();
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
	return (
		asked && (
			<asked.Question ways={asked.ways} best={asked.best} provider={asked.provider} onEnd={end} />
		)
	);
}
