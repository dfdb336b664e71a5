// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, TextInput } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { useT } from "../../i18n";
import { type Hit, LineSearch } from "../../lib/replay";
import { formatClock } from "../../lib/time";
import { SafeForm } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import type { Player } from "./player";

const LIMIT = 200;

/** A search that can be given up; done: the part of the recording that is read, null when at rest. */
function useSearch(player: Player) {
	const [hits, setHits] = useState<readonly Hit[] | null>(null);
	const [done, setDone] = useState<number | null>(null);
	const [error, setError] = useState<unknown>(null);
	const running = useRef<AbortController | null>(null);
	const stop = () => running.current?.abort();
	useEffect(() => () => running.current?.abort(), []);
	const run = async (wanted: string) => {
		stop();
		running.current = new AbortController();
		const { signal } = running.current;
		const search = new LineSearch(wanted, LIMIT);
		setError(null);
		setDone(0);
		try {
			await player.everything((events, part) => {
				const more = search.feed(events);
				setHits([...search.hits]);
				setDone(part);
				return more;
			}, signal);
			if (!signal.aborted) setHits(search.finish());
		} catch (thrown) {
			if (!signal.aborted) setError(thrown);
		} finally {
			if (running.current?.signal === signal) setDone(null);
		}
	};
	return { hits, done, error, run, stop };
}

/** Text search over everything that was on the screen. */
export function ReplaySearch({ player }: { player: Player }) {
	const t = useT();
	const [wanted, setWanted] = useState("");
	const { hits, done, error, run, stop } = useSearch(player);
	const submit = () => {
		if (wanted.trim() !== "") void run(wanted.trim());
	};
	return (
		<div className="sk-stack">
			<SafeForm label={t("replay.search")} onSubmit={submit}>
				<div className="sk-row sk-oneline">
					<TextInput
						type="search"
						aria-label={t("replay.search_text")}
						placeholder={t("replay.search_text")}
						value={wanted}
						onChange={(_event, value) => setWanted(value)}
						data-testid="replay-search"
					/>
					<Button type="submit" variant="secondary">
						{t("action.search")}
					</Button>
				</div>
			</SafeForm>
			{error ? <ErrorNotice error={error} /> : null}
			{done !== null && (
				<div className="sk-row">
					<progress value={done} aria-label={t("replay.searching")} />
					<Button variant="link" isInline onClick={stop}>
						{t("action.stop")}
					</Button>
				</div>
			)}
			<div aria-live="polite">
				{done === null && hits && (
					<p className="sk-small">{t("replay.hits", { count: hits.length })}</p>
				)}
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
