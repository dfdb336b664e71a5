// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import {
	crossedMinute,
	formatClock,
	formatMinute,
	formatPeriod,
	formatSecond,
	fromLocalInput,
	knownZone,
	monthRange,
	toLocalInput,
	zoneName,
	zoneOffset,
} from "./time";

const tokyo = { language: "ja", zone: "Asia/Tokyo" };

describe("times as text", () => {
	it("shows Japanese order in the chosen zone", () =>
		expect(formatMinute("2026-11-21T01:00:00Z", tokyo)).toBe("2026/11/21 10:00"));
	it("shows English in another zone", () =>
		expect(formatSecond("2026-11-21T01:00:05Z", { language: "en", zone: "UTC" })).toBe(
			"21/11/2026, 01:00:05",
		));
	it("does not repeat the day of a period", () =>
		expect(formatPeriod("2026-11-21T01:00:00Z", "2026-11-21T02:00:00Z", tokyo)).toBe(
			"2026/11/21 10:00 – 11:00",
		));
	it("writes midnight as 00", () =>
		expect(formatMinute("2026-11-20T15:00:00Z", tokyo)).toBe("2026/11/21 00:00"));
	it("names zones", () => {
		expect(zoneName(tokyo)).toBe("JST");
		expect(zoneName({ language: "en", zone: "UTC" })).toBe("UTC");
	});
	it("falls back when the zone is unknown", () =>
		expect(knownZone("Mars/Base")).toBe(knownZone(undefined)));
});

describe("clocks", () => {
	it.each([
		[0, "00:00"],
		[65_999, "01:05"],
		[3_723_000, "1:02:03"],
		[-5, "00:00"],
	])("%d ms is %s", (value, text) => expect(formatClock(value)).toBe(text));
	it("announces only at 10, 5 and 1 minutes", () => {
		expect(crossedMinute(600_500, 599_900)).toBe(10);
		expect(crossedMinute(599_000, 598_000)).toBeNull();
		expect(crossedMinute(60_500, 59_500)).toBe(1);
	});
});

describe("input fields in a zone", () => {
	it("turns wall time into UTC", () =>
		expect(fromLocalInput("2026-11-21T10:00", "Asia/Tokyo")).toBe("2026-11-21T01:00:00Z"));
	it("takes a date alone as its first instant", () =>
		expect(fromLocalInput("2026-11-01", "Asia/Tokyo")).toBe("2026-10-31T15:00:00Z"));
	it("knows summer time on both sides of a change", () => {
		expect(fromLocalInput("2026-03-29T00:30", "Europe/Berlin")).toBe("2026-03-28T23:30:00Z");
		expect(fromLocalInput("2026-03-29T04:00", "Europe/Berlin")).toBe("2026-03-29T02:00:00Z");
	});
	it("goes back and forth", () =>
		expect(toLocalInput(new Date("2026-11-21T01:00:00Z"), "Asia/Tokyo")).toBe("2026-11-21T10:00"));
	it("refuses nonsense", () => expect(fromLocalInput("tomorrow", "UTC")).toBeNull());
	it("gives half-hour offsets", () =>
		expect(zoneOffset("Asia/Kolkata", new Date("2026-01-01T00:00:00Z"))).toBe(330));
	it("cuts months at the zone's midnight", () =>
		expect(monthRange("Asia/Tokyo", -1, new Date("2026-11-21T01:00:00Z"))).toEqual({
			from: "2026-09-30T15:00:00Z",
			to: "2026-10-31T15:00:00Z",
		}));
});
