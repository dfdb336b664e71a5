// SPDX-License-Identifier: GPL-3.0-or-later
import { useMutation } from "@tanstack/react-query";
import { type QueryRoot, useInvalidate } from "./query";

/** A change that makes what is shown under these roots stale. */
export function useChange<Input, Output>(
	mutationFn: (input: Input) => Promise<Output>,
	...roots: QueryRoot[]
) {
	const invalidate = useInvalidate(...roots);
	return useMutation({ mutationFn, onSuccess: invalidate });
}
