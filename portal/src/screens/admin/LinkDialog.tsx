// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, ClipboardCopy, Skeleton } from "@patternfly/react-core";
import { useEffect } from "react";
import { useAskReset, useEnrolmentLink } from "../../api/admin";
import { asApiError } from "../../api/error";
import type { User } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { ErrorNotice } from "../../ui/Notice";
import { Time } from "../../ui/Time";

/** Issues a one-time link and shows it once. */
export function LinkDialog({ user, onClose }: { user: User; onClose: () => void }) {
	const t = useT();
	const { mutate, data, error } = useEnrolmentLink();
	useEffect(() => mutate(user.id), [mutate, user.id]);
	return (
		<Dialog
			title={t("users.link_title", { name: user.display_name })}
			onClose={onClose}
			testId="link-dialog"
			wide
			footer={
				<Button variant="primary" onClick={onClose}>
					{t("action.close")}
				</Button>
			}
		>
			{error && asApiError(error).reason === "user.second_needed" ? (
				<AskReset user={user} />
			) : error ? (
				<ErrorNotice error={error} retry={() => mutate(user.id)} />
			) : data ? (
				<div className="sk-stack">
					<p>{t("users.link_body")}</p>
					<ClipboardCopy
						isReadOnly
						hoverTip={t("action.copy")}
						clickTip={t("action.copied")}
						textAriaLabel={t("users.link_title", { name: user.display_name })}
						data-testid="enrolment-link"
					>
						{data.url}
					</ClipboardCopy>
					<p>
						{t("users.link_expires")} <Time at={data.expires_at} />
					</p>
				</div>
			) : (
				<Skeleton height="6rem" screenreaderText={t("state.loading")} />
			)}
		</Dialog>
	);
}

/** A privileged person's reset takes two administrators: this is the first one's step. */
function AskReset({ user }: { user: User }) {
	const t = useT();
	const ask = useAskReset();
	if (ask.isSuccess) return <p data-testid="reset-asked">{t("users.reset_asked")}</p>;
	return (
		<div className="sk-stack">
			<p>{t("reason.user.second_needed")}</p>
			{ask.error ? <ErrorNotice error={ask.error} /> : null}
			<div>
				<Button
					variant="secondary"
					isLoading={ask.isPending}
					onClick={() => ask.mutate(user.id)}
					data-testid="ask-reset"
				>
					{t("users.ask_reset")}
				</Button>
			</div>
		</div>
	);
}
