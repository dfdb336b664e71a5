// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Button, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { useState } from "react";
import { useTestTarget } from "../../api/admin";
import { useMay } from "../../api/me";
import type { Target, TargetTest } from "../../api/types";
import { useT } from "../../i18n";
import { reasonText } from "../../ui/errorText";
import { ErrorNotice } from "../../ui/Notice";

/** Tries the way to a target, with or without logging in, and says which hop failed. */
export function ConnectionTest({ target }: { target: Target }) {
	const t = useT();
	const test = useTestTarget();
	const manages = useMay("target.manage");
	const accounts = target.accounts.filter((account) => account.has_secret && !account.archived);
	const [accountId, setAccountId] = useState(accounts[0]?.id ?? "");
	if (!manages || target.archived) return null;
	return (
		<section aria-label={t("action.test")} className="sk-stack">
			<div className="sk-row">
				<span>
					<FormSelect
						aria-label={t("ledger.accounts")}
						value={accountId}
						onChange={(_event, value) => setAccountId(value)}
						data-testid="test-account"
					>
						<FormSelectOption value="" label={t("admin.none")} />
						{accounts.map((account) => (
							<FormSelectOption key={account.id} value={account.id} label={account.name} />
						))}
					</FormSelect>
				</span>
				<Button
					variant="secondary"
					isLoading={test.isPending}
					isDisabled={test.isPending}
					onClick={() =>
						test.mutate({ id: target.id, ...(accountId ? { account_id: accountId } : {}) })
					}
					data-testid="test-connection"
				>
					{t(test.isPending ? "ledger.test_running" : "action.test")}
				</Button>
			</div>
			<div aria-live="polite">
				{test.error ? <ErrorNotice error={test.error} /> : null}
				{test.data && <Result result={test.data} />}
			</div>
		</section>
	);
}

function Result({ result }: { result: TargetTest }) {
	const t = useT();
	const variant = result.ok ? "success" : "danger";
	return (
		<Alert
			variant={variant}
			isInline
			component="p"
			variantLabel={t(`variant.${variant}`)}
			title={
				result.ok
					? t("ledger.test_ok")
					: t("ledger.test_failed", { hop: reasonText(t, `hop.${result.hop}`) })
			}
			data-testid="test-result"
			data-ok={result.ok}
		>
			{!result.ok && <p>{reasonText(t, result.reason)}</p>}
			<p className="sk-small">
				{t("ledger.test_times", {
					dial: result.dial_ms,
					kex: result.key_exchange_ms,
					login: result.login_ms,
				})}
			</p>
		</Alert>
	);
}
