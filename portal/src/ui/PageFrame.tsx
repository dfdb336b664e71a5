// SPDX-License-Identifier: GPL-3.0-or-later
import { Breadcrumb, BreadcrumbItem, Content, PageSection, Title } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { useT } from "../i18n";

interface Props {
	title: string;
	description?: ReactNode;
	/** Where this page hangs: label and path of its parent. */
	parent?: { label: string; to: string };
	actions?: ReactNode;
	children: ReactNode;
	/** Set once the data is there; the screenshot tool waits for it. */
	ready?: boolean;
	wide?: boolean;
}

/** Title, actions and content of a screen. */
export function PageFrame({ title, description, parent, actions, children, ready = true }: Props) {
	const t = useT();
	useEffect(() => {
		document.title = `${title} – ${t("app.name")}`;
	}, [title, t]);
	return (
		<>
			<PageSection className="sk-page-head" data-ready={ready || undefined}>
				{parent && (
					<Breadcrumb aria-label={t("nav.breadcrumb")}>
						<BreadcrumbItem
							render={({ className }) => (
								<Link to={parent.to} className={className}>
									{parent.label}
								</Link>
							)}
						/>
						<BreadcrumbItem isActive>{title}</BreadcrumbItem>
					</Breadcrumb>
				)}
				<div className="sk-page-title">
					<Title headingLevel="h1">{title}</Title>
					{actions && <div className="sk-actions">{actions}</div>}
				</div>
				{description && <Content component="p">{description}</Content>}
			</PageSection>
			<PageSection className="sk-page-body" hasBodyWrapper>
				{children}
			</PageSection>
		</>
	);
}
