// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, type ButtonProps } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { SearchState } from "../lib/search";

interface Props {
	to: string;
	search?: SearchState;
	children: ReactNode;
	variant?: ButtonProps["variant"];
	small?: boolean;
	testId?: string;
}

/** A link that looks like a button: right for going somewhere, also with the middle mouse button. */
export function LinkButton({ to, search, children, variant = "primary", small, testId }: Props) {
	return (
		<Button
			variant={variant}
			size={small ? "sm" : "default"}
			data-testid={testId}
			component={Link}
			{...{ to, search: search ?? {} }}
		>
			{children}
		</Button>
	);
}
