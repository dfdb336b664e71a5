// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useStepUpByCode, useStepUpByRecovery } from "../api/me";
import { useStepUp } from "../api/passkey";
import { useT } from "../i18n";
import { CODE_PATTERN } from "../screens/public/rules";
import { CodeField } from "../ui/CodeField";
import { FormModal, TextField, useFields } from "../ui/form";

export type Way = "passkey" | "code" | "recovery";

export interface QuestionProps {
	ways: Way[];
	best: Way;
	onEnd: (done: boolean) => void;
}

/** Asks for one of the ways to say who is there. */
export function StepUpQuestion(props: QuestionProps) {
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
