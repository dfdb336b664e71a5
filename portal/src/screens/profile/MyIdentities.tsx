// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useSignInProviders } from "../../api/federation";
import { useLinkIdentity, useMyIdentities, useUnlinkIdentity } from "../../api/identities";
import { useT } from "../../i18n";
import { Identities } from "../../ui/Identities";
import { useToasts } from "../../ui/Toasts";

/** Own identities at providers, and those that can be linked. Not there where no provider is. */
export function MyIdentities() {
	const t = useT();
	const toasts = useToasts();
	const query = useMyIdentities();
	const providers = useSignInProviders().data?.items ?? [];
	const link = useLinkIdentity();
	const unlink = useUnlinkIdentity();
	const linked = query.data?.items ?? [];
	const open = providers.filter(({ id }) => !linked.some((each) => each.provider_id === id));
	if (providers.length + linked.length === 0) return null;
	return (
		<Card>
			<CardTitle component="h2">{t("identities.title")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p className="sk-small">{t("identities.help")}</p>
					<Identities
						query={query}
						unlink={unlink}
						follows={t("identities.unlink_body")}
						testId="my-identities"
					/>
					{query.data && open.length > 0 && (
						<span className="sk-row">
							{open.map((provider) => (
								<Button
									key={provider.id}
									variant="secondary"
									isLoading={link.isPending && link.variables === provider.id}
									isDisabled={link.isPending}
									onClick={() =>
										link.mutate(provider.id, { onError: (error) => toasts.fail(error) })
									}
									data-testid="link-identity"
									data-provider={provider.id}
								>
									{t("identities.link", { name: provider.name })}
								</Button>
							))}
						</span>
					)}
				</div>
			</CardBody>
		</Card>
	);
}
