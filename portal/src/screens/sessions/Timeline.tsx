// SPDX-License-Identifier: GPL-3.0-or-later
import { useEffect, useMemo, useState } from "react";
import { useT } from "../../i18n";
import { activity } from "../../lib/replay";
import { formatClock } from "../../lib/time";
import type { Player } from "./player";
import { usePlayerView } from "./usePlayer";

const BUCKETS = 200;
const HEIGHT = 36;
/** The slider has rested when it did not move for so long: each jump asks the server. */
const REST_MS = 120;

/** Where the slider is dragged to, until it rests and the player jumps there; null: not dragged. */
function useDragging(player: Player) {
	const [dragged, setDragged] = useState<number | null>(null);
	useEffect(() => {
		if (dragged === null) return;
		const rest = setTimeout(() => {
			setDragged(null);
			void player.seek(dragged);
		}, REST_MS);
		return () => clearTimeout(rest);
	}, [player, dragged]);
	return [dragged, setDragged] as const;
}

/** Activity over time with idle spans and commands; the slider below jumps. */
export function Timeline({ player }: { player: Player }) {
	const t = useT();
	const view = usePlayerView(player);
	const [dragged, drag] = useDragging(player);
	const position = dragged ?? view.position;
	const { duration_ms } = player.index;
	return (
		<div className="sk-timeline">
			<HeatMap player={player} />
			<input
				type="range"
				min={0}
				max={duration_ms}
				step={100}
				value={Math.round(position)}
				aria-label={t("replay.position")}
				aria-valuetext={t("replay.position_of", {
					at: formatClock(position),
					length: formatClock(duration_ms),
				})}
				onChange={(event) => drag(Number(event.currentTarget.value))}
				data-testid="replay-timeline"
			/>
		</div>
	);
}

function HeatMap({ player }: { player: Player }) {
	const { chunks, idle, commands, duration_ms } = player.index;
	const bars = useMemo(() => activity(chunks, duration_ms, BUCKETS), [chunks, duration_ms]);
	const x = (at: number) => (at / Math.max(1, duration_ms)) * BUCKETS;
	return (
		<svg viewBox={`0 0 ${BUCKETS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
			{idle.map(([from, to]) => (
				<rect
					key={from}
					className="sk-bar-idle"
					x={x(from)}
					width={Math.max(0.5, x(to) - x(from))}
					y={HEIGHT - 4}
					height={4}
				/>
			))}
			{bars.map((value, bucket) => (
				<rect
					// biome-ignore lint/suspicious/noArrayIndexKey: buckets have no other name
					key={bucket}
					className="sk-bar-activity"
					x={bucket}
					width={0.8}
					y={HEIGHT - 4 - value * (HEIGHT - 10)}
					height={value * (HEIGHT - 10)}
				/>
			))}
			{commands.map(([at, text]) => (
				<rect
					key={`${at}-${text}`}
					className="sk-bar-mark"
					x={x(at)}
					width={0.6}
					y={0}
					height={5}
				/>
			))}
		</svg>
	);
}
