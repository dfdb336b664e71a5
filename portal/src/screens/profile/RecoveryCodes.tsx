// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMakeRecoveryCodes, useMyFactors } from "../../api/me";
import { useT } from "../../i18n";
import { FormModal } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { ShownOnce } from "../../ui/ShownOnce";
import { Time } from "../../ui/Time";
import { RecoveryUsed } from "./RecoveryUsed";

/** How many are left, and new ones. */
export function RecoveryCodes() {
	const t = useT();
	const query = useMyFactors();
	const codes = query.data?.recovery;
	const make = useMakeRecoveryCodes();
	const [asking, setAsking] = useState(false);
	const close = () => {
		setAsking(false);
		make.reset();
	};
	return (
		<div className="sk-stack">
			<p className="sk-small">{t("recovery.help")}</p>
			<RecoveryUsed />
			{query.error && <ErrorNotice error={query.error} retry={() => void query.refetch()} />}
			{query.data && (
				<p data-testid="recovery-left">
					{codes ? (
						<>
							{t("recovery.left", { left: codes.left, total: codes.total })}{" "}
							<Time at={codes.created_at} />
						</>
					) : (
						t("recovery.none")
					)}
				</p>
			)}
			<div>
				<Button
					variant="secondary"
					isDisabled={!query.data}
					onClick={() => setAsking(true)}
					data-testid="make-recovery"
				>
					{t(codes ? "recovery.renew" : "recovery.make")}
				</Button>
			</div>
			{asking && make.data === undefined && (
				<FormModal
					testId="make-recovery-dialog"
					title={t(codes ? "recovery.renew" : "recovery.make")}
					description={t(codes ? "recovery.renew_body" : "recovery.make_body")}
					submit={t("recovery.make")}
					pending={make.isPending}
					error={make.error}
					onSubmit={() => make.mutate()}
					onClose={close}
				/>
			)}
			{asking && make.data !== undefined && (
				<ShownOnce
					title={t("recovery.title")}
					once={t("recovery.once")}
					kept={t("recovery.kept")}
					text={make.data}
					testId="recovery-codes"
					onClose={close}
				/>
			)}
		</div>
	);
}
