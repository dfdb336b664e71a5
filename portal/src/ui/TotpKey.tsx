// SPDX-License-Identifier: GPL-3.0-or-later
import { ClipboardCopy } from "@patternfly/react-core";
import { useT } from "../i18n";
import { typedKey } from "../screens/public/rules";
import { QrCode } from "./QrCode";

/** A key as a picture for the authenticator app, and as text where no camera is. */
export function TotpKey({ uri }: { uri: string }) {
	const t = useT();
	return (
		<section aria-label={t("enrol.qr")} className="sk-stack">
			<p>{t("enrol.qr_help")}</p>
			<QrCode text={uri} label={t("enrol.qr")} />
			<details>
				<summary>{t("enrol.no_camera")}</summary>
				<ClipboardCopy
					isReadOnly
					hoverTip={t("action.copy")}
					clickTip={t("action.copied")}
					textAriaLabel={t("enrol.key")}
					data-testid="totp-key"
				>
					{typedKey(uri)}
				</ClipboardCopy>
			</details>
		</section>
	);
}
