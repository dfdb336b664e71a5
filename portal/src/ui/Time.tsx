// SPDX-License-Identifier: GPL-3.0-or-later
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useMe } from "../api/me";
import { useLanguage, useT } from "../i18n";
import {
	crossedMinute,
	formatClock,
	formatMinute,
	formatPeriod,
	formatSecond,
	knownZone,
	type TimeStyle,
	zoneName,
} from "../lib/time";

/** Language and zone of the signed-in person. */
export function useTimeStyle(): TimeStyle {
	const language = useLanguage();
	const zone = knownZone(useMe()?.timezone);
	return { language, zone };
}

/** The zone as printed beside times: "JST". */
export function useZoneName(): string {
	return zoneName(useTimeStyle());
}

const tooltip = (iso: string) => `${new Date(iso).toISOString()} (UTC)`;

export function Time({ at, seconds }: { at: string | null | undefined; seconds?: boolean }) {
	const style = useTimeStyle();
	const t = useT();
	if (!at) return <span>{t("value.none")}</span>;
	return (
		<time dateTime={at} title={tooltip(at)} className="sk-time">
			{seconds ? formatSecond(at, style) : formatMinute(at, style)}
		</time>
	);
}

export function Period({ from, to }: { from: string; to: string }) {
	const style = useTimeStyle();
	return (
		<time
			dateTime={`${from}/${to}`}
			title={`${tooltip(from)} – ${tooltip(to)}`}
			className="sk-time"
		>
			{formatPeriod(from, to, style)}
		</time>
	);
}

/* One ticker for all countdowns on the page. */
const listeners = new Set<() => void>();
let ticker: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	if (ticker === undefined) now = Date.now(); // it stood still while nobody listened
	ticker ??= setInterval(() => {
		now = Date.now();
		for (const each of listeners) each();
	}, 1000);
	return () => {
		listeners.delete(listener);
		if (listeners.size === 0) {
			clearInterval(ticker);
			ticker = undefined;
		}
	};
}

/** The time now, each second. */
export function useNow(): number {
	return useSyncExternalStore(subscribe, () => now);
}

/** Time left until an instant. Read out only at 10, 5 and 1 minutes. */
export function Countdown({ to }: { to: string | number }) {
	const t = useT();
	const left = (typeof to === "number" ? to : Date.parse(to)) - useNow();
	const before = useRef(left);
	const [spoken, setSpoken] = useState("");
	useEffect(() => {
		const minute = crossedMinute(before.current, left);
		before.current = left;
		if (minute !== null) setSpoken(t("time.left_minutes", { count: minute }));
	}, [left, t]);
	const urgent = left < 5 * 60_000;
	return (
		<span className={urgent ? "sk-countdown sk-urgent" : "sk-countdown"}>
			<span role="timer" aria-live="off">
				{t("time.left", { time: formatClock(left) })}
			</span>
			<span className="pf-v6-screen-reader" aria-live="polite">
				{spoken}
			</span>
		</span>
	);
}
