// SPDX-License-Identifier: GPL-3.0-or-later
import { Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { useEffect } from "react";
import { useSession } from "../../api/sessions";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { LinkButton } from "../../ui/LinkButton";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import type { TerminalLink } from "./link";
import { closeTerminal, openTerminal, useTerminals } from "./store";
import { TerminalPane } from "./TerminalPane";
import { useLinkView } from "./useLinkView";

/** The workspace: a tab for each open terminal; the one in the URL is opened and shown. */
export function TerminalScreen() {
	const t = useT();
	const { search, set } = useUrlState();
	const links = useTerminals();
	useEffect(() => {
		if (search.at) openTerminal(search.at);
	}, [search.at]);
	const shown = links.find((link) => link.sessionId === search.at) ?? links.at(-1);
	const close = (id: string) => {
		closeTerminal(id);
		const rest = links.filter((link) => link.sessionId !== id);
		set({ at: rest.at(-1)?.sessionId });
	};
	return (
		<PageFrame title={t("terminal.title")}>
			{shown ? (
				<>
					<Tabs
						activeKey={shown.sessionId}
						aria-label={t("terminal.tabs")}
						onSelect={(_event, key) => set({ at: String(key) })}
						data-testid="terminal-tabs"
					>
						{links.map((link) => (
							<Tab
								key={link.sessionId}
								tabContentId="terminal-panel"
								eventKey={link.sessionId}
								title={<TabTitle link={link} />}
							/>
						))}
					</Tabs>
					<TerminalPane key={shown.sessionId} link={shown} onClose={() => close(shown.sessionId)} />
				</>
			) : (
				<EmptyNotice
					title={t("terminal.empty")}
					body={t("terminal.empty_body")}
					action={<LinkButton to="/targets">{t("home.find")}</LinkButton>}
				/>
			)}
		</PageFrame>
	);
}

function TabTitle({ link }: { link: TerminalLink }) {
	const t = useT();
	const session = useSession(link.sessionId).data;
	const view = useLinkView(link);
	return (
		<TabTitleText>
			<span className="sk-row">
				{session ? `${session.account.name}@${session.target.name}` : t("state.loading")}
				<StateLabel kind="link" state={view.phase} />
			</span>
		</TabTitleText>
	);
}
