// SPDX-License-Identifier: GPL-3.0-or-later
import { useEffect, useRef, useState } from "react";
import { call, client } from "../api/client";
import { askWhenStale } from "../api/freshness";
import { useStepUp } from "../api/passkey";
import { useT } from "../i18n";
import { passkeysWork } from "../lib/passkey";
import { FormModal } from "../ui/form";

async function hasPasskey(): Promise<boolean> {
	if (!passkeysWork()) return false;
	try {
		return (await call(client.GET("/api/v1/me/factors"))).passkeys.length > 0;
	} catch {
		return false; // then the first answer stands
	}
}

/** Asks for a passkey over whatever page is open. Who has none signs in again, as before. */
export function StepUp() {
	const t = useT();
	const [open, setOpen] = useState(false);
	const stepUp = useStepUp();
	const answer = useRef<(done: boolean) => void>(() => {});
	useEffect(
		() =>
			askWhenStale(async () => {
				if (!(await hasPasskey())) return false;
				return new Promise<boolean>((resolve) => {
					answer.current(false); // one question at a time: the earlier one is off
					answer.current = resolve;
					setOpen(true);
				});
			}),
		[],
	);
	const end = (done: boolean) => {
		setOpen(false);
		stepUp.reset();
		answer.current(done);
	};
	if (!open) return null;
	return (
		<FormModal
			testId="step-up"
			title={t("stepup.title")}
			description={t("stepup.body")}
			submit={t("stepup.submit")}
			pending={stepUp.isPending}
			error={stepUp.error}
			onSubmit={() => stepUp.mutate(undefined, { onSuccess: () => end(true) })}
			onClose={() => end(false)}
		/>
	);
}
