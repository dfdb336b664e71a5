// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { signInWith, useSignInProviders } from "../../api/federation";
import { useT } from "../../i18n";
import { keepNext } from "../../lib/next";

/** The ways in that others vouch for: plain links, below the form, so that nothing moves when they come. */
export function Providers({ next }: { next: string | undefined }) {
	const t = useT();
	const { data, error, refetch } = useSignInProviders();
	if (error && !data)
		return (
			<p className="sk-subtle sk-small" data-testid="providers-unknown">
				{t("signin.providers_unknown")}{" "}
				<Button variant="link" isInline onClick={() => void refetch()}>
					{t("action.retry")}
				</Button>
			</p>
		);
	if (!data || data.items.length === 0) return null;
	return (
		<section aria-label={t("signin.providers")} className="sk-stack-tight">
			<p className="sk-or">{t("signin.or")}</p>
			<ul className="sk-plain-list sk-stack-tight" data-testid="providers">
				{data.items.map((provider) => (
					<li key={provider.id}>
						<Button
							variant="secondary"
							isBlock
							component="a"
							href={signInWith(provider.id)}
							onClick={() => keepNext(next)}
							data-testid="sign-in-with"
							data-provider={provider.id}
							data-kind={provider.kind}
						>
							<span className="sk-break">{t("signin.with", { name: provider.name })}</span>
						</Button>
					</li>
				))}
			</ul>
		</section>
	);
}
