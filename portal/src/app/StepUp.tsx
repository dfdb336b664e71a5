// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, client } from "../api/client";
import { askWhenStale } from "../api/freshness";
import { meQuery, useStepUpByCode, useStepUpByRecovery } from "../api/me";
import { useStepUp } from "../api/passkey";
import { useT } from "../i18n";
import { passkeysWork } from "../lib/passkey";
import { CODE_PATTERN } from "../screens/public/rules";
import { CodeField } from "../ui/CodeField";
import { FormModal, TextField, useFields } from "../ui/form";

type Way = "passkey" | "code" | "recovery";

/** The ways this person and browser have, best first. Under a floor only passkeys count. */
async function waysOf(floor: string): Promise<Way[]> {
	const { passkeys, totp, recovery } = await call(client.GET("/api/v1/me/factors"));
	const ways: Way[] = passkeys.length > 0 && passkeysWork() ? ["passkey"] : [];
	if (floor !== "any") return ways;
	if (totp.length > 0) ways.push("code");
	if (recovery && recovery.left > 0) ways.push("recovery");
	return ways;
}

/** Asks over whatever page is open who is there. Who has no way to say so signs in again. */
export function StepUp() {
	const queryClient = useQueryClient();
	const [ways, setWays] = useState<Way[]>([]);
	const answer = useRef<(done: boolean) => void>(() => {});
	useEffect(
		() =>
			askWhenStale(async () => {
				const me = await queryClient.fetchQuery(meQuery).catch(() => null);
				const found = me ? await waysOf(me.factor_floor).catch(() => []) : [];
				if (found.length === 0) return false; // then the first answer stands
				return new Promise<boolean>((resolve) => {
					answer.current(false); // one question at a time: the earlier one is off
					answer.current = resolve;
					setWays(found);
				});
			}),
		[queryClient],
	);
	const end = (done: boolean) => {
		setWays([]);
		answer.current(done);
	};
	const [best] = ways;
	return best ? <Question ways={ways} best={best} onEnd={end} /> : null;
}

function Question(props: { ways: Way[]; best: Way; onEnd: (done: boolean) => void }) {
	const t = useT();
	const [way, setWay] = useState(props.best);
	const { values, set } = useFields({ password: "", code: "", recovery_code: "" });
	const byPasskey = useStepUp();
	const byCode = useStepUpByCode();
	const byRecovery = useStepUpByRecovery();
	const asking = { passkey: byPasskey, code: byCode, recovery: byRecovery }[way];
	const { password, code, recovery_code } = values;
	const then = { onSuccess: () => props.onEnd(true), onError: () => set("code", "") };
	const submit = () => {
		if (way === "passkey") byPasskey.mutate(undefined, then);
		else if (way === "code") byCode.mutate({ password, code }, then);
		else byRecovery.mutate({ password, recovery_code }, then);
	};
	const shown = way === "code" ? CODE_PATTERN.test(code) : recovery_code.trim() !== "";
	return (
		<FormModal
			testId="step-up"
			title={t("stepup.title")}
			description={t(way === "passkey" ? "stepup.body" : "stepup.body_code")}
			submit={t(way === "passkey" ? "stepup.submit" : "stepup.confirm")}
			pending={asking.isPending}
			disabled={way !== "passkey" && (password === "" || !shown)}
			error={asking.error}
			onSubmit={submit}
			onClose={() => props.onEnd(false)}
		>
			{way !== "passkey" && (
				<TextField
					name="password"
					type="password"
					label={t("signin.password")}
					value={password}
					onChange={(value) => set("password", value)}
					autoComplete="current-password"
					maxLength={1024}
					required
				/>
			)}
			{way === "code" && (
				<CodeField
					help={t("signin.code_help")}
					value={code}
					onChange={(value) => set("code", value)}
				/>
			)}
			{way === "recovery" && (
				<TextField
					name="recovery_code"
					label={t("recovery.code")}
					help={t("recovery.code_help")}
					value={recovery_code}
					onChange={(value) => set("recovery_code", value)}
					autoComplete="off"
					maxLength={64}
					mono
					required
				/>
			)}
			<OtherWays ways={props.ways.filter((each) => each !== way)} onChoose={setWay} />
		</FormModal>
	);
}

function OtherWays({ ways, onChoose }: { ways: Way[]; onChoose: (way: Way) => void }) {
	const t = useT();
	const labels = {
		passkey: t("stepup.use_passkey"),
		code: t("recovery.use_code"),
		recovery: t("recovery.use"),
	};
	return ways.map((way) => (
		<div key={way}>
			<Button variant="link" isInline onClick={() => onChoose(way)} data-testid={`step-up-${way}`}>
				{labels[way]}
			</Button>
		</div>
	));
}
