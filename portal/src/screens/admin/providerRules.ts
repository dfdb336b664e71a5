// SPDX-License-Identifier: GPL-3.0-or-later
import type { IdentityTest } from "../../api/types";

/** The name of the provider as its metadata says it, to fill a field with; the server parses properly. */
export const entityOf = (metadata: string): string =>
	/<(?:[\w.-]+:)?EntityDescriptor\b[^>]*?\bentityID\s*=\s*(?:"([^"]*)"|'([^']*)')/
		.exec(metadata)
		?.slice(1)
		.find(Boolean) ?? "";

/** As the server compares: an attribute that came twice, or not at all, decides nothing. */
export function mapsTested(test: IdentityTest, attribute: string, value: string): boolean {
	const named = (test.attributes ?? []).filter((each) => each.name === attribute);
	const [only] = named;
	return named.length === 1 && only !== undefined && !only.ambiguous && only.values.includes(value);
}
