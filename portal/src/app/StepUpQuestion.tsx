// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useStepUpAt } from "../api/identities";
import { useStepUpByCode, useStepUpByRecovery } from "../api/me";
import { useStepUp } from "../api/passkey";
import { useT } from "../i18n";
import { CODE_PATTERN } from "../screens/public/rules";
import { CodeField } from "../ui/CodeField";
import { FormModal, TextField, useFields } from "../ui/form";

export type Way = "passkey" | "code" | "recovery" | "provider";

export interface QuestionProps {
	ways: Way[];
	best: Way;
	/** Of the way of that name. */
	provider: { id: string; name: string } | undefined;
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
	const elsewhere = useStepUpAt();
	const asking = {
		passkey: byPasskey,
		code: byCode,
		recovery: byRecovery,
		provider: elsewhere,
	}[way];
	const name = props.provider?.name ?? "";
	const typed = way === "code" || way === "recovery";
	const { password, code, recovery_code } = values;
	const then = { onSuccess: () => props.onEnd(true), onError: () => set("code", "") };
	const submit = () => {
		if (way === "passkey") byPasskey.mutate(undefined, then);
		else if (way === "provider") props.provider && elsewhere.mutate(props.provider);
		else if (way === "code") byCode.mutate({ password, code }, then);
		else byRecovery.mutate({ password, recovery_code }, then);
	};
	const shown = way === "code" ? CODE_PATTERN.test(code) : recovery_code.trim() !== "";
	return (
		<FormModal
			testId="step-up"
			title={t("stepup.title")}
			description={t(BODIES[way], { name })}
			submit={t(SUBMITS[way], { name })}
			pending={asking.isPending || elsewhere.isSuccess}
			disabled={typed && (password === "" || !shown)}
			error={asking.error}
			onSubmit={submit}
			onClose={() => props.onEnd(false)}
		>
			{typed && (
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
			<OtherWays ways={props.ways.filter((each) => each !== way)} name={name} onChoose={setWay} />
		</FormModal>
	);
}

const BODIES = {
	passkey: "stepup.body",
	code: "stepup.body_code",
	recovery: "stepup.body_code",
	provider: "stepup.body_provider",
} as const;
const SUBMITS = {
	passkey: "stepup.submit",
	code: "stepup.confirm",
	recovery: "stepup.confirm",
	provider: "stepup.go",
} as const;

interface OtherProps {
	ways: Way[];
	name: string;
	onChoose: (way: Way) => void;
}

function OtherWays({ ways, name, onChoose }: OtherProps) {
	const t = useT();
	const labels = {
		passkey: t("stepup.use_passkey"),
		code: t("recovery.use_code"),
		recovery: t("recovery.use"),
		provider: t("stepup.use_provider", { name }),
	};
	return ways.map((way) => (
		<div key={way}>
			<Button variant="link" isInline onClick={() => onChoose(way)} data-testid={`step-up-${way}`}>
				{labels[way]}
			</Button>
		</div>
	));
}
