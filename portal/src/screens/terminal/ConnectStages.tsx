// SPDX-License-Identifier: GPL-3.0-or-later
import { ProgressStep, ProgressStepper } from "@patternfly/react-core";
import { useT } from "../../i18n";
import { STAGES } from "../../lib/frames";
import { reasonText } from "../../ui/errorText";
import type { LinkView } from "./link";

const VARIANTS = {
	open: "pending",
	busy: "info",
	done: "success",
	failed: "danger",
	waiting: "warning",
} as const;

/** approve – gateway – target – login – live: where it stands, and where it broke. */
export function ConnectStages({ view }: { view: LinkView }) {
	const t = useT();
	const started = STAGES.some((stage) => view.stages[stage].state !== "open");
	if (!started && view.phase === "ended") return null;
	return (
		<ProgressStepper
			isCenterAligned
			isCompact={false}
			aria-label={t("terminal.stages")}
			aria-live="polite"
			data-testid="connect-stages"
		>
			{STAGES.map((name) => {
				const { state, text } = view.stages[name];
				const title = t(`stage.${name}`);
				return (
					<ProgressStep
						key={name}
						id={`stage-${name}`}
						titleId={`stage-${name}-title`}
						variant={VARIANTS[state]}
						isCurrent={state === "busy" || state === "waiting"}
						aria-label={`${title}: ${t(`stage_state.${state}`)}`}
						description={
							state === "open" ? undefined : reasonText(t, text) || t(`stage_state.${state}`)
						}
					>
						{title}
					</ProgressStep>
				);
			})}
		</ProgressStepper>
	);
}
