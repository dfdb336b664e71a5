// SPDX-License-Identifier: GPL-3.0-or-later
import { useRouter } from "@tanstack/react-router";
import { useT } from "../i18n";
import { LinkButton } from "../ui/LinkButton";
import { EmptyNotice, ErrorNotice } from "../ui/Notice";

export function RouteError({ error }: { error: unknown }) {
	const router = useRouter();
	return (
		<main className="sk-public-main">
			<div className="sk-public-card">
				<ErrorNotice error={error} retry={() => void router.invalidate()} />
			</div>
		</main>
	);
}

export function NotFound() {
	const t = useT();
	return (
		<EmptyNotice
			title={t("notfound.title")}
			body={t("notfound.body")}
			action={<LinkButton to="/">{t("nav.to_home")}</LinkButton>}
		/>
	);
}
