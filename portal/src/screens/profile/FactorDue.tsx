// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody } from "@patternfly/react-core";
import { useState } from "react";
import { useStepUp } from "../../api/passkey";
import { useInvalidate } from "../../api/query";
import type { Me } from "../../api/types";
import { useT } from "../../i18n";
import { passkeysWork } from "../../lib/passkey";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { AddPasskey } from "./Passkeys";

/** In place of every screen while the sign-in is with less than the person's groups ask for. */
export function FactorDue({ me }: { me: Me }) {
	const t = useT();
	const enrol = me.factor_due === "enrol";
	return (
		<PageFrame
			title={t(enrol ? "factor_due.enrol_title" : "factor_due.prove_title")}
			description={t(enrol ? `factor_due.enrol_${me.factor_floor}` : "factor_due.prove_body")}
		>
			<Card data-testid="factor-due">
				<CardBody>
					<div className="sk-stack">
						{enrol ? <Enrol /> : <Prove />}
						<p className="sk-small">{t("factor_due.help")}</p>
					</div>
				</CardBody>
			</Card>
		</PageFrame>
	);
}

function Enrol() {
	const t = useT();
	const [adding, setAdding] = useState(false);
	return (
		<>
			{!passkeysWork() && <p>{t("passkey.unavailable")}</p>}
			<div>
				<Button
					isDisabled={!passkeysWork()}
					onClick={() => setAdding(true)}
					data-testid="add-passkey"
				>
					{t("passkey.add")}
				</Button>
			</div>
			{adding && <AddPasskey onClose={() => setAdding(false)} />}
		</>
	);
}

function Prove() {
	const t = useT();
	const shown = useStepUp();
	const invalidate = useInvalidate("me");
	return (
		<>
			{shown.error && <ErrorNotice error={shown.error} />}
			<div>
				<Button
					isDisabled={!passkeysWork() || shown.isPending}
					isLoading={shown.isPending}
					onClick={() => shown.mutate(undefined, { onSuccess: invalidate })}
					data-testid="show-passkey"
				>
					{t("stepup.submit")}
				</Button>
			</div>
		</>
	);
}
