// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import type { IdentityTest } from "../../api/types";
import { entityOf, mapsTested } from "./providerRules";

describe("the name in metadata", () => {
	it.each([
		['<EntityDescriptor xmlns="x" entityID="https://idp.example/a">', "https://idp.example/a"],
		["<md:EntityDescriptor\n entityID='urn:b'>", "urn:b"],
		['<Other entityID="https://c"/>', ""],
		["", ""],
	])("%s", (xml, name) => expect(entityOf(xml)).toBe(name));
});

describe("a row of the mapping", () => {
	const attribute = (name: string, values: string[], ambiguous = false) => ({
		name,
		values,
		ambiguous,
	});
	const test = (...attributes: ReturnType<typeof attribute>[]): IdentityTest => ({
		accepted: true,
		attributes,
	});
	it.each([
		["one of several values", test(attribute("groups", ["ops", "all"])), true],
		["another value", test(attribute("groups", ["all"])), false],
		["a name that came twice", test(attribute("groups", ["ops"]), attribute("groups", [])), false],
		["something not comparable", test(attribute("groups", ["ops"], true)), false],
		["nothing", test(), false],
	])("%s", (_name, tested, gives) => expect(mapsTested(tested, "groups", "ops")).toBe(gives));
});
