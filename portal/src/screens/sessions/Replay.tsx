// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	FormSelect,
	FormSelectOption,
	Spinner,
	Switch,
	Tab,
	Tabs,
	TabTitleText,
} from "@patternfly/react-core";
import { type KeyboardEvent, useRef, useState } from "react";
import type { RecordingIndex } from "../../api/types";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { formatClock } from "../../lib/time";
import { PauseIcon, PlayIcon } from "../../ui/icons";
import { ErrorNotice } from "../../ui/Notice";
import { useToasts } from "../../ui/Toasts";
import { CommandList } from "./CommandList";
import { type Player, SPEEDS } from "./player";
import { ReplaySearch } from "./ReplaySearch";
import { Timeline } from "./Timeline";
import { usePlayer, usePlayerView } from "./usePlayer";

const STEP_MS = 5000;

/** Screen, controls and the lists to jump by. */
export function Replay({ sessionId, index }: { sessionId: string; index: RecordingIndex }) {
	const t = useT();
	const host = useRef<HTMLElement>(null);
	const { search } = useUrlState();
	const startAt = Math.max(0, Number(search.t ?? 0) * 1000) || 0;
	const player = usePlayer(sessionId, index, host, startAt);
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: keys for the controls inside
		<div
			className="sk-replay"
			data-testid="replay-player"
			onKeyDown={(event) => player && onKey(event, player)}
		>
			<div className="sk-stack">
				<section
					className="sk-replay-screen"
					ref={host}
					// biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must take the focus
					tabIndex={0}
					aria-label={t("replay.screen")}
					data-testid="replay-screen"
				/>
				{player && <Controls player={player} />}
			</div>
			<aside aria-label={t("replay.lists")}>{player && <Lists player={player} />}</aside>
		</div>
	);
}

function onKey(event: KeyboardEvent, player: Player): void {
	const at = event.target as HTMLElement;
	if (at.closest("input, select, button, a, [role=tab]")) return;
	const { position } = player.getView();
	if (event.key === " ") player.toggle();
	else if (event.key === "ArrowLeft") void player.seek(position - STEP_MS);
	else if (event.key === "ArrowRight") void player.seek(position + STEP_MS);
	else return;
	event.preventDefault();
}

function Controls({ player }: { player: Player }) {
	const t = useT();
	const view = usePlayerView(player);
	return (
		<div className="sk-stack-tight">
			{view.error ? (
				<ErrorNotice error={view.error} retry={() => void player.seek(view.position)} />
			) : null}
			<Timeline player={player} />
			<div className="sk-row">
				<Button
					variant="primary"
					onClick={() => player.toggle()}
					icon={view.playing ? <PauseIcon /> : <PlayIcon />}
					data-testid="replay-play"
					aria-pressed={view.playing}
				>
					{t(view.playing ? "replay.pause" : "replay.play")}
				</Button>
				<span className="sk-mono" data-testid="replay-time" data-jumping={view.jumping}>
					{formatClock(view.position)} / {formatClock(player.index.duration_ms)}
				</span>
				<Speed player={player} />
				<Switch
					id="replay-skip-idle"
					label={t("replay.skip_idle")}
					isChecked={view.skipIdle}
					onChange={(_event, on) => player.setSkipIdle(on)}
					data-testid="replay-skip-idle"
				/>
				<CopyMoment player={player} />
				{player.index.truncated && <span className="sk-small">{t("replay.truncated")}</span>}
				{view.buffering && <Spinner size="md" aria-label={t("replay.buffering")} />}
			</div>
		</div>
	);
}

function Speed({ player }: { player: Player }) {
	const t = useT();
	const { speed } = usePlayerView(player);
	return (
		<span>
			<FormSelect
				aria-label={t("replay.speed")}
				value={String(speed)}
				onChange={(_event, value) => player.setSpeed(Number(value))}
				data-testid="replay-speed"
			>
				{SPEEDS.map((each) => (
					<FormSelectOption
						key={each}
						value={String(each)}
						label={t("replay.times", { speed: each })}
					/>
				))}
			</FormSelect>
		</span>
	);
}

/** A link to this very moment. */
function CopyMoment({ player }: { player: Player }) {
	const t = useT();
	const toasts = useToasts();
	const { set } = useUrlState();
	const copy = async () => {
		const seconds = String(Math.ceil(player.getView().position / 100) / 10);
		set({ t: seconds });
		const url = new URL(location.href);
		url.searchParams.set("t", seconds);
		try {
			await navigator.clipboard.writeText(url.href);
			toasts.show("info", t("replay.link_copied"));
		} catch {
			toasts.show("info", t("replay.link_in_bar"));
		}
	};
	return (
		<Button variant="link" onClick={() => void copy()} data-testid="replay-link">
			{t("replay.copy_link")}
		</Button>
	);
}

function Lists({ player }: { player: Player }) {
	const t = useT();
	const [tab, setTab] = useState<string>("commands");
	return (
		<>
			<Tabs
				activeKey={tab}
				onSelect={(_event, key) => setTab(String(key))}
				aria-label={t("replay.lists")}
				isFilled
			>
				<Tab
					eventKey="commands"
					tabContentId="replay-panel"
					title={
						<TabTitleText>
							{t("replay.commands", { count: player.index.commands.length })}
						</TabTitleText>
					}
				/>
				<Tab
					eventKey="search"
					tabContentId="replay-panel"
					title={<TabTitleText>{t("replay.search")}</TabTitleText>}
					data-testid="replay-search-tab"
				/>
			</Tabs>
			<div id="replay-panel" role="tabpanel" aria-label={t("replay.lists")}>
				{tab === "commands" ? <CommandList player={player} /> : <ReplaySearch player={player} />}
			</div>
		</>
	);
}
