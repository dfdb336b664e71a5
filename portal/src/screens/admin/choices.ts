// SPDX-License-Identifier: GPL-3.0-or-later
/* Choices for pickers: each hook asks the server with the search text. */
import {
	useGatewayGroups,
	useGroups,
	useTargetGroups,
	useTargets,
	useUsers,
	useWorkflows,
} from "../../api/admin";
import type { Ref } from "../../api/types";
import type { Choice } from "../../ui/ListBar";

const LIMIT = 50;
const named = (items: Ref[] | undefined): Choice[] =>
	(items ?? []).map(({ id, name }) => ({ value: id, label: name }));

export const useGroupChoices = (q?: string) => named(useGroups({ q, limit: LIMIT }).data?.items);
export const useTargetGroupChoices = (q?: string) =>
	named(useTargetGroups({ q, limit: LIMIT }).data?.items);
export const useTargetChoices = (q?: string) => named(useTargets({ q, limit: LIMIT }).data?.items);
export const useWorkflowChoices = (q?: string) =>
	named(useWorkflows({ q, limit: LIMIT }).data?.items);
export const useGatewayGroupChoices = (q?: string) =>
	named(useGatewayGroups({ q, limit: LIMIT }).data?.items);
export const useUserChoices = (q?: string): Choice[] =>
	(useUsers({ q, limit: LIMIT }).data?.items ?? []).map((user) => ({
		value: user.id,
		label: `${user.display_name} (${user.login})`,
	}));
