// SPDX-License-Identifier: GPL-3.0-or-later
import { Card, CardBody, CardTitle, Skeleton } from "@patternfly/react-core";
import { useRoles } from "../../api/admin";
import { useT } from "../../i18n";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { useRoleName } from "./RoleChecks";

export function RolesScreen() {
	const t = useT();
	const roleName = useRoleName();
	const query = useRoles();
	return (
		<PageFrame
			title={t("roles.title")}
			description={t("roles.description")}
			ready={!query.isPending}
		>
			{query.error ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<div className="sk-grid" data-testid="roles">
					{query.data.items.map((role) => (
						<Card key={role.name} isCompact>
							<CardTitle component="h2">{roleName(role.name)}</CardTitle>
							<CardBody>
								<ul>
									{role.permissions.map((permission) => (
										<li key={permission}>{t(`permission.${permission}`)}</li>
									))}
								</ul>
							</CardBody>
						</Card>
					))}
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}
