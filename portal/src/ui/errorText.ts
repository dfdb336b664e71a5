// SPDX-License-Identifier: GPL-3.0-or-later
import type { ApiError } from "../api/error";
import { hasKey, type Translate } from "../i18n";

/**
 * What went wrong, in the person's language: by reason, else by code, else by class of status. The
 * server's own English detail is never shown.
 */
export function errorText(t: Translate, error: ApiError): string {
	if (error.retryAfter && error.status === 429)
		return t("error.wait", { seconds: error.retryAfter });
	for (const key of [`reason.${error.reason}`, `error.${error.code}`])
		if (hasKey(key)) return t(key);
	if (error.status === 0) return t("error.network");
	if (error.status === 503) return t("error.unavailable");
	return t(error.status >= 500 ? "error.server" : "error.refused");
}

/** Text of a reason code from anywhere (why_not, end_reason, state.reason), or the code itself. */
export function reasonText(t: Translate, reason: string | null | undefined): string {
	if (!reason) return "";
	const key = `reason.${reason}`;
	return hasKey(key) ? t(key) : reason;
}

/** Text of a field's problem. */
export function fieldText(t: Translate, reason: string): string {
	for (const key of [`field.${reason}`, `reason.${reason}`]) if (hasKey(key)) return t(key);
	return t("field.invalid");
}
