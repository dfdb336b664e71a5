// SPDX-License-Identifier: GPL-3.0-or-later
import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useUnlinkTheirIdentity, useUserIdentities } from "../../api/identities";
import { useMay } from "../../api/me";
import type { User } from "../../api/types";
import { useT } from "../../i18n";
import { Identities } from "../../ui/Identities";

/** Somebody's identities at providers. Not there for whoever has none. */
export function UserIdentities({ user }: { user: User }) {
	const t = useT();
	const query = useUserIdentities(user.id);
	const unlink = useUnlinkTheirIdentity(user.id);
	const manages = useMay("user.manage");
	if (query.data?.items.length === 0) return null;
	return (
		<Card>
			<CardTitle component="h2">{t("identities.title")}</CardTitle>
			<CardBody>
				<Identities
					query={query}
					unlink={manages ? unlink : undefined}
					follows={t("identities.unlink_theirs", { name: user.display_name })}
					testId="user-identities"
				/>
			</CardBody>
		</Card>
	);
}
