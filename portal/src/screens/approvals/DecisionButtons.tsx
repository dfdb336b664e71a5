// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import type { RequestSummary } from "../../api/types";
import { useApprove, useReject } from "../../api/use";
import { useT } from "../../i18n";
import { toMain } from "../../lib/focus";
import { reasonText } from "../../ui/errorText";
import { AreaField, FormModal, useFields } from "../../ui/form";
import { useToasts } from "../../ui/Toasts";

/** Approve with one click; reject with a reason. Nothing is preselected, only what one may do shows. */
export function DecisionButtons({
	request,
}: {
	request: Pick<RequestSummary, "id" | "number" | "may">;
}) {
	const t = useT();
	const approve = useApprove();
	const toasts = useToasts();
	const [rejecting, setRejecting] = useState(false);
	/* Awaited: the news of the decision may take the buttons away before its answer is here. */
	const decide = async () => {
		try {
			await approve.mutateAsync({ id: request.id });
			toasts.show("success", t("toast.approved", { number: request.number }));
			toMain();
		} catch (thrown) {
			toasts.fail(thrown);
		}
	};
	if (!request.may.approve && !request.may.reject)
		return <span className="sk-small">{reasonText(t, request.may.approve_why)}</span>;
	return (
		<>
			{request.may.approve && (
				<Button
					variant="primary"
					isLoading={approve.isPending}
					isDisabled={approve.isPending || approve.isSuccess}
					onClick={() => void decide()}
					aria-label={t("approve.label", { number: request.number })}
					data-testid="approve"
				>
					{t("action.approve")}
				</Button>
			)}
			{request.may.reject && (
				<Button
					variant="secondary"
					onClick={() => setRejecting(true)}
					aria-label={t("reject.label", { number: request.number })}
					data-testid="reject"
				>
					{t("action.reject")}
				</Button>
			)}
			{rejecting && <RejectModal request={request} onClose={() => setRejecting(false)} />}
		</>
	);
}

function RejectModal({
	request,
	onClose,
}: {
	request: Pick<RequestSummary, "id" | "number">;
	onClose: () => void;
}) {
	const t = useT();
	const reject = useReject();
	const { values, set } = useFields({ comment: "" });
	return (
		<FormModal
			testId="reject-dialog"
			title={t("reject.title", { number: request.number })}
			submit={t("action.reject")}
			danger
			pending={reject.isPending}
			disabled={values.comment.trim() === ""}
			error={reject.error}
			onSubmit={() =>
				reject.mutate({ id: request.id, comment: values.comment.trim() }, { onSuccess: onClose })
			}
			onClose={onClose}
		>
			<AreaField
				name="comment"
				label={t("reject.reason")}
				help={t("reject.reason_help")}
				value={values.comment}
				onChange={(value) => set("comment", value)}
				error={reject.error}
				maxLength={1000}
				required
			/>
		</FormModal>
	);
}
