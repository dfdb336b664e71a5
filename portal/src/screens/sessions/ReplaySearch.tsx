// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useT } from "../../i18n";
import { type Hit, type ReplayEvent, searchEvents } from "../../lib/replay";
import { formatClock } from "../../lib/time";
import { SafeForm } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import type { Player } from "./player";

const LIMIT = 200;

/** Text search over everything that was on the screen. */
export function ReplaySearch({ player }: { player: Player }) {
	const t = useT();
	const [wanted, setWanted] = useState("");
	const [hits, setHits] = useState<Hit[] | null>(null);
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const run = async () => {
		if (wanted.trim() === "") return;
		setBusy(true);
		setError(null);
		try {
			const all: ReplayEvent[] = [];
			await player.everything((events) => {
				all.push(...events);
				return true;
			});
			setHits(searchEvents(all, wanted.trim(), LIMIT));
		} catch (thrown) {
			setError(thrown);
		} finally {
			setBusy(false);
		}
	};
	return (
		<div className="sk-stack">
			<SafeForm label={t("replay.search")} onSubmit={() => void run()}>
				<div className="sk-row">
					<TextInput
						type="search"
						aria-label={t("replay.search_text")}
						placeholder={t("replay.search_text")}
						value={wanted}
						onChange={(_event, value) => setWanted(value)}
						data-testid="replay-search"
					/>
					<Button type="submit" variant="secondary" isLoading={busy}>
						{t("action.search")}
					</Button>
				</div>
			</SafeForm>
			{error ? <ErrorNotice error={error} /> : null}
			<div aria-live="polite">
				{hits && <p className="sk-small">{t("replay.hits", { count: hits.length })}</p>}
			</div>
			{hits && (
				<ol className="sk-commands" data-testid="replay-hits">
					{hits.map((hit) => (
						<li key={`${hit.at}-${hit.text}`}>
							<button type="button" onClick={() => void player.seek(hit.at)}>
								<span className="sk-mono sk-subtle">{formatClock(hit.at)}</span>
								<code>{hit.text}</code>
							</button>
						</li>
					))}
				</ol>
			)}
		</div>
	);
}
