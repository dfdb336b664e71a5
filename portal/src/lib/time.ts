// SPDX-License-Identifier: GPL-3.0-or-later

/** Language and zone in which times are shown. */
export interface TimeStyle {
	language: string;
	zone: string;
}

/** The zone of this browser. */
export function localZone(): string {
	return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function knownZone(zone: string | undefined): string {
	if (!zone) return localZone();
	try {
		new Intl.DateTimeFormat("en", { timeZone: zone });
		return zone;
	} catch {
		return localZone();
	}
}

function format(style: TimeStyle, options: Intl.DateTimeFormatOptions, at: Date): string {
	return new Intl.DateTimeFormat(style.language === "ja" ? "ja-JP" : "en-GB", {
		timeZone: style.zone,
		hourCycle: "h23",
		...options,
	}).format(at);
}

const DAY: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit" };
const MINUTE: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };

export function formatDate(iso: string, style: TimeStyle): string {
	return format(style, DAY, new Date(iso));
}

export function formatMinute(iso: string, style: TimeStyle): string {
	return format(style, { ...DAY, ...MINUTE }, new Date(iso));
}

export function formatSecond(iso: string, style: TimeStyle): string {
	return format(style, { ...DAY, ...MINUTE, second: "2-digit" }, new Date(iso));
}

/** A period; the day is not repeated when both ends share it. */
export function formatPeriod(from: string, to: string, style: TimeStyle): string {
	const sameDay = formatDate(from, style) === formatDate(to, style);
	const end = sameDay ? format(style, MINUTE, new Date(to)) : formatMinute(to, style);
	return `${formatMinute(from, style)} – ${end}`;
}

/** Short name of the zone at that moment: "JST", "GMT+9", "UTC". */
export function zoneName(style: TimeStyle, at: Date = new Date()): string {
	if (style.zone === "Asia/Tokyo") return "JST";
	const parts = new Intl.DateTimeFormat("en-GB", {
		timeZone: style.zone,
		timeZoneName: "short",
	}).formatToParts(at);
	return parts.find((part) => part.type === "timeZoneName")?.value ?? style.zone;
}

/** "1:02:03" or "04:05", never negative. */
export function formatClock(milliseconds: number): string {
	const total = Math.max(0, Math.floor(milliseconds / 1000));
	const two = (value: number) => String(value).padStart(2, "0");
	const hours = Math.floor(total / 3600);
	const tail = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
	return hours > 0 ? `${hours}:${tail}` : tail;
}

/** Minutes at which a countdown is announced to screen readers. */
export const ANNOUNCE_MINUTES = [10, 5, 1] as const;

/** The threshold crossed between two readings of the time left, or null. */
export function crossedMinute(before: number, after: number): number | null {
	return (
		ANNOUNCE_MINUTES.find((minute) => before > minute * 60_000 && after <= minute * 60_000) ?? null
	);
}

/** Minutes that a zone is ahead of UTC at that moment. */
export function zoneOffset(zone: string, at: Date): number {
	const parts = new Intl.DateTimeFormat("en-GB", {
		timeZone: zone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	}).formatToParts(at);
	const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
	const wall = Date.UTC(
		part("year"),
		part("month") - 1,
		part("day"),
		part("hour"),
		part("minute"),
		part("second"),
	);
	return Math.round((wall - Math.floor(at.getTime() / 1000) * 1000) / 60_000);
}

/** "2026-11-21T10:00" of an <input type=datetime-local> in a zone, as RFC 3339 UTC; null when unreadable. */
export function fromLocalInput(value: string, zone: string): string | null {
	const wall = Date.parse(`${value.length === 10 ? `${value}T00:00` : value}Z`);
	if (Number.isNaN(wall)) return null;
	let at = wall - zoneOffset(zone, new Date(wall)) * 60_000;
	at = wall - zoneOffset(zone, new Date(at)) * 60_000;
	return new Date(at).toISOString().replace(".000Z", "Z");
}

/** The reverse: value for <input type=datetime-local>. */
export function toLocalInput(at: Date, zone: string): string {
	return new Date(at.getTime() + zoneOffset(zone, at) * 60_000).toISOString().slice(0, 16);
}

/** First and last instant of a calendar month in a zone; offset 0 is this month, -1 the last. */
export function monthRange(zone: string, offset: number, now: Date): { from: string; to: string } {
	const [year = 0, month = 1] = toLocalInput(now, zone).split("-").map(Number);
	const day = (shift: number) =>
		new Date(Date.UTC(year, month - 1 + shift, 1)).toISOString().slice(0, 10);
	const from = fromLocalInput(day(offset), zone) ?? "";
	const to = fromLocalInput(day(offset + 1), zone) ?? "";
	return { from, to };
}

export function allZones(): string[] {
	const zones = Intl.supportedValuesOf("timeZone");
	return zones.includes("UTC") ? zones : ["UTC", ...zones];
}
