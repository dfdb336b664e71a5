// SPDX-License-Identifier: GPL-3.0-or-later
import { Label, type LabelProps } from "@patternfly/react-core";
import { hasKey, useT } from "../i18n";

/** Vermilion is for danger only and green for live only; each label has an icon and a word. */
type Tone = Exclude<LabelProps["status"], undefined> | "plain";

const TONES: Record<string, Tone> = {
	"request.pending": "warning",
	"request.approved": "info",
	"request.rejected": "danger",
	"request.expired": "warning",
	"lease.active": "success",
	"lease.scheduled": "info",
	"lease.revoked": "danger",
	"session.live": "success",
	"session.waiting": "warning",
	"session.connecting": "info",
	"session.failed": "danger",
	"session.broken": "danger",
	"recording.broken": "warning",
	"recording.lost": "danger",
	"recording.writing": "info",
	"integrity.ok": "info",
	"integrity.failed": "danger",
	"gateway.waiting": "warning",
	"gateway.revoked": "danger",
	"gateway.held": "danger",
	"provider.on": "success",
	"saml_key.in_use": "success",
	"saml_key.next": "info",
	"provider.off": "plain",
	"presence.online": "success",
	"presence.late": "warning",
	"presence.offline": "warning",
	"presence.unknown": "plain",
	"target.reachable": "success",
	"target.unreachable": "danger",
	"account.ok": "success",
	"account.refused": "danger",
	"account.unreachable": "warning",
	"account.unverified": "plain",
	"user.active": "success",
	"user.invited": "info",
	"user.disabled": "warning",
	"program.active": "success",
	"program.disabled": "warning",
	"outcome.refused": "warning",
	"outcome.failed": "danger",
	"effect.deny": "danger",
	"effect.allow": "info",
	"verdict.deny": "danger",
	"verdict.allow": "info",
};

/** State of something as icon and word: kind "session", state "live" → key state.session.live. */
export function StateLabel({ kind, state }: { kind: string; state: string }) {
	const t = useT();
	const key = `state.${kind}.${state}`;
	const tone = TONES[`${kind}.${state}`] ?? "plain";
	const text = hasKey(key) ? t(key) : state;
	return (
		<Label
			isCompact
			{...(tone === "plain" ? { color: "grey" as const } : { status: tone })}
			data-state={state}
		>
			{text}
		</Label>
	);
}
