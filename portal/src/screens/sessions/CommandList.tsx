// SPDX-License-Identifier: GPL-3.0-or-later

import { TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useT } from "../../i18n";
import { lastBefore } from "../../lib/replay";
import { formatClock } from "../../lib/time";
import { EmptyNotice } from "../../ui/Notice";
import type { Player } from "./player";
import { usePlayerView } from "./usePlayer";

/** Commands of the session; a click jumps there. */
export function CommandList({ player }: { player: Player }) {
	const t = useT();
	const [filter, setFilter] = useState("");
	const { position } = usePlayerView(player);
	const { commands } = player.index;
	const current = lastBefore(commands, position);
	if (commands.length === 0)
		return <EmptyNotice title={t("replay.no_commands")} body={t("replay.no_commands_body")} />;
	return (
		<>
			<TextInput
				type="search"
				aria-label={t("replay.filter_commands")}
				placeholder={t("replay.filter_commands")}
				value={filter}
				onChange={(_event, value) => setFilter(value)}
			/>
			<ol className="sk-commands" data-testid="replay-commands">
				{commands.map(([at, text], index) =>
					text.includes(filter) ? (
						<li key={`${at}-${text}`}>
							<button
								type="button"
								aria-current={index === current}
								onClick={() => void player.seek(at)}
								data-testid="replay-command"
							>
								<span className="sk-mono sk-subtle">{formatClock(at)}</span>
								<code>{text}</code>
							</button>
						</li>
					) : null,
				)}
			</ol>
		</>
	);
}
