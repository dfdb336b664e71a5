// SPDX-License-Identifier: GPL-3.0-or-later
import { Card, CardBody } from "@patternfly/react-core";
import { useT } from "../../i18n";
import { PageFrame } from "../../ui/PageFrame";
import { Password } from "./Password";

/** In place of every screen until the password is changed: nothing else is open before. */
export function PasswordDue() {
	const t = useT();
	return (
		<PageFrame title={t("password.due_title")} description={t("password.due_body")}>
			<Card data-testid="password-due">
				<CardBody>
					<Password />
				</CardBody>
			</Card>
		</PageFrame>
	);
}
