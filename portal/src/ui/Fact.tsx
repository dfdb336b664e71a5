// SPDX-License-Identifier: GPL-3.0-or-later
import {
	DescriptionListDescription,
	DescriptionListGroup,
	DescriptionListTerm,
} from "@patternfly/react-core";
import type { ReactNode } from "react";

/** One line of a description list. */
export function Fact({ label, value }: { label: string; value: ReactNode }) {
	return (
		<DescriptionListGroup>
			<DescriptionListTerm>{label}</DescriptionListTerm>
			<DescriptionListDescription className="sk-break">{value}</DescriptionListDescription>
		</DescriptionListGroup>
	);
}
