// SPDX-License-Identifier: GPL-3.0-or-later
import { ProgressStep, ProgressStepper } from "@patternfly/react-core";
import type { Request } from "../../api/types";
import { useT } from "../../i18n";
import { type Progress, progressOf, STEPS } from "./steps";

const VARIANTS: Record<Progress, "success" | "info" | "pending" | "danger"> = {
	done: "success",
	current: "info",
	open: "pending",
	failed: "danger",
};

export function RequestStepper({ request }: { request: Request }) {
	const t = useT();
	const steps = progressOf(request);
	return (
		<ProgressStepper isCenterAligned aria-label={t("request.progress")} data-testid="request-steps">
			{STEPS.map((step) => {
				const progress = steps[step];
				const title = t(`step.${step}`);
				return (
					<ProgressStep
						key={step}
						id={`step-${step}`}
						titleId={`step-${step}-title`}
						variant={VARIANTS[progress]}
						isCurrent={progress === "current"}
						aria-label={`${title}: ${t(`progress.${progress}`)}`}
						description={step === "approval" ? t(`state.request.${request.state}`) : undefined}
					>
						{title}
					</ProgressStep>
				);
			})}
		</ProgressStepper>
	);
}
