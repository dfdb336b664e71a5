// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Button } from "@patternfly/react-core";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { ApiError } from "../api/error";
import { ChunkError, isRetrying, onRetrying } from "../boot/chunks";
import { useT } from "../i18n";
import { isLive } from "../lib/live";
import { PublicFrame } from "../screens/public/PublicFrame";
import { LinkButton } from "../ui/LinkButton";
import { ErrorNotice } from "../ui/Notice";

/** Why a screen is not there: its files did not come, the server has newer ones, or ours is at fault. */
type Kind = "chunk" | "outdated" | "bug";

function kindOf(error: unknown): Kind {
	if (!(error instanceof ChunkError)) return "bug";
	return error.outdated ? "outdated" : "chunk";
}

/** What happened to a screen, and the ways on. */
export function FailureCard({ kind, retry }: { kind: Kind; retry?: (() => void) | undefined }) {
	const t = useT();
	return (
		<div className="sk-public-main">
			<div className="sk-public-card">
				<Alert
					variant={kind === "outdated" ? "info" : "danger"}
					isInline
					component="p"
					variantLabel={t(kind === "outdated" ? "variant.info" : "variant.danger")}
					title={t(`failure.${kind}`)}
					data-testid="failure"
					data-kind={kind}
					actionLinks={
						<>
							{retry && (
								<Button variant="link" isInline onClick={retry} data-testid="failure-retry">
									{t("action.retry")}
								</Button>
							)}
							<Button variant="link" isInline onClick={() => location.reload()}>
								{t("action.reload")}
							</Button>
						</>
					}
				>
					<p>{t(`failure.${kind}.body`)}</p>
					{isLive() && <p>{t("failure.live")}</p>}
				</Alert>
			</div>
		</div>
	);
}

/** Comes back by itself: with the network, or with the server's new version when that costs nobody a session. */
function useComeBack(kind: Kind, retry: () => void): void {
	useEffect(() => {
		if (kind === "outdated" && !isLive()) location.reload();
		if (kind !== "chunk") return;
		addEventListener("online", retry);
		return () => removeEventListener("online", retry);
	}, [kind, retry]);
}

function ScreenFailure({ error }: { error: unknown }) {
	const router = useRouter();
	const kind = kindOf(error);
	const retry = () => void router.invalidate();
	useComeBack(kind, retry);
	return <FailureCard kind={kind} retry={kind === "outdated" ? undefined : retry} />;
}

export function RouteError({ error }: { error: unknown }) {
	const router = useRouter();
	if (!(error instanceof ApiError)) return <ScreenFailure error={error} />;
	return (
		<div className="sk-public-main">
			<div className="sk-public-card">
				<ErrorNotice error={error} retry={() => void router.invalidate()} />
			</div>
		</div>
	);
}

/** Says that the portal is trying again, while it does. */
export function RetryNotice() {
	const t = useT();
	const retrying = useSyncExternalStore(onRetrying, isRetrying);
	return (
		<div className="sk-retrying" role="status" data-testid="retrying" hidden={!retrying}>
			{retrying && t("failure.retrying")}
		</div>
	);
}

export function NotFound() {
	const t = useT();
	return (
		<PublicFrame title={t("notfound.title")}>
			<p>{t("notfound.body")}</p>
			<div>
				<LinkButton to="/">{t("nav.to_home")}</LinkButton>
			</div>
		</PublicFrame>
	);
}
