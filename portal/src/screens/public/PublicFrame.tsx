// SPDX-License-Identifier: GPL-3.0-or-later
import { Card, CardBody, Title } from "@patternfly/react-core";
import { type ReactNode, useEffect } from "react";
import { Mark } from "../../app/Mark";
import { PreferenceMenu } from "../../app/Preferences";
import { useT } from "../../i18n";

/** Pages before sign-in: mark, preferences, one card. */
export function PublicFrame({
	title,
	children,
	ready = true,
}: {
	title: string;
	children: ReactNode;
	ready?: boolean;
}) {
	const t = useT();
	useEffect(() => {
		document.title = `${title} – ${t("app.name")}`;
	}, [title, t]);
	return (
		<div className="sk-public">
			<header className="sk-public-head">
				<span className="sk-brand">
					<Mark />
					{t("app.name")}
				</span>
				<PreferenceMenu />
			</header>
			<main className="sk-public-main" data-ready={ready || undefined}>
				<Card className="sk-public-card">
					<CardBody>
						<div className="sk-stack">
							<Title headingLevel="h1">{title}</Title>
							{children}
						</div>
					</CardBody>
				</Card>
			</main>
		</div>
	);
}
