// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import type { Lease } from "../api/types";
import { useMyLeases, useReturnLease } from "../api/use";
import { useT } from "../i18n";
import { FormModal } from "../ui/form";
import { Countdown } from "../ui/Time";
import { useToasts } from "../ui/Toasts";
import { ConnectButton } from "./ConnectButton";

export const leaseName = (lease: Lease) => `${lease.account.name}@${lease.target.name}`;

/** Live grants with the time left, on every page. */
export function LeaseStrip() {
	const t = useT();
	const leases = (useMyLeases().data?.items ?? []).filter((lease) => lease.state === "active");
	if (leases.length === 0) return null;
	return (
		<aside className="sk-strip" aria-label={t("strip.label")} data-testid="lease-strip">
			{leases.slice(0, 4).map((lease) => (
				<StripItem key={lease.id} lease={lease} />
			))}
			{leases.length > 4 && <span>{t("strip.more", { count: leases.length - 4 })}</span>}
		</aside>
	);
}

function StripItem({ lease }: { lease: Lease }) {
	const t = useT();
	const [asking, setAsking] = useState(false);
	return (
		<span className="sk-strip-item">
			<span className="sk-live-dot" aria-hidden="true" />
			<strong>{leaseName(lease)}</strong>
			<Countdown to={lease.ends_at} />
			<ConnectButton leaseId={lease.id} name={leaseName(lease)} link />
			<Button variant="link" isInline onClick={() => setAsking(true)} data-testid="lease-return">
				{t("action.return")}
			</Button>
			{asking && <ReturnModal lease={lease} onClose={() => setAsking(false)} />}
		</span>
	);
}

export function ReturnModal({ lease, onClose }: { lease: Lease; onClose: () => void }) {
	const t = useT();
	const giveBack = useReturnLease();
	return (
		<FormModal
			testId="return-lease"
			title={t("return.title", { name: leaseName(lease) })}
			description={t("return.body")}
			submit={t("action.return")}
			pending={giveBack.isPending}
			error={giveBack.error}
			onSubmit={() => giveBack.mutate(lease.id, { onSuccess: onClose })}
			onClose={onClose}
		/>
	);
}

/** Tells the requester, wherever they are, that an account can be used now. */
export function useLeaseToasts(): void {
	const t = useT();
	const toasts = useToasts();
	const leases = useMyLeases().data?.items;
	const known = useRef<Set<string> | null>(null);
	useEffect(() => {
		if (!leases) return;
		const active = leases.filter((lease) => lease.state === "active");
		const before = known.current;
		known.current = new Set(active.map((lease) => lease.id));
		if (!before) return;
		for (const lease of active.filter((each) => !before.has(each.id)))
			toasts.show("success", t("toast.granted", { name: leaseName(lease) }), {
				body: t("toast.granted_body", { number: lease.request.number }),
				action: <ConnectButton leaseId={lease.id} name={leaseName(lease)} link />,
			});
	}, [leases, toasts, t]);
}
