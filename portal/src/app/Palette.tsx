// SPDX-License-Identifier: GPL-3.0-or-later
import { TextInput } from "@patternfly/react-core";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { asApiError } from "../api/error";
import { useMay, useMe } from "../api/me";
import type { MyTarget } from "../api/types";
import { useMyTargets } from "../api/use";
import { useT } from "../i18n";
import { around, askedFor, type Entry, matching, wordsOf } from "../lib/palette";
import { offerOf } from "../screens/targets/rules";
import { Dialog } from "../ui/Dialog";
import { errorText } from "../ui/errorText";
import { navigationFor } from "./nav";

/** Of somebody who outlives the palette. */
type Connect = (leaseId: string) => Promise<void>;

const TYPING_MS = 150;
const SHOWN = 8;

/** The text once nobody has typed for a moment. */
function useRested(text: string): string {
	const [rested, setRested] = useState(text);
	useEffect(() => {
		const timer = setTimeout(() => setRested(text), TYPING_MS);
		return () => clearTimeout(timer);
	}, [text]);
	return rested;
}

function usePlaces(): Entry[] {
	const t = useT();
	const navigate = useNavigate();
	const permissions = useMe()?.permissions ?? [];
	return navigationFor(permissions)
		.flatMap((section) => section.items)
		.map(({ id, to, label }) => ({
			id: `nav-${id}`,
			label: t(label),
			note: to,
			act: () => void navigate({ to }),
		}));
}

/** Accounts one can connect to or ask for. */
function useAccountEntries(connect: Connect): (targets: readonly MyTarget[]) => Entry[] {
	const t = useT();
	const navigate = useNavigate();
	return (targets) =>
		targets
			.flatMap((target) => target.accounts.map((account) => ({ target, account })))
			.flatMap(({ target, account }) => {
				const offer = offerOf(account);
				const label = `${account.name}@${target.name}`;
				const lease = account.lease;
				if (offer === "connect" && lease)
					return [
						{ id: account.id, label, note: t("action.connect"), act: () => void connect(lease.id) },
					];
				if (offer !== "request") return [];
				const search = { ask: account.id, q: target.name };
				const act = () => void navigate({ to: "/targets", search: search as never });
				return [{ id: account.id, label, note: t("action.request"), act }];
			});
}

/** Entries for the text, and what is known of the accounts among them: still asked for, or why not. */
function useFound(text: string, connect: Connect) {
	const uses = useMay("target.use");
	const rested = useRested(text);
	const word = askedFor(rested);
	const wanted = uses && word !== undefined;
	const query = useMyTargets({ q: word, limit: 20 }, wanted);
	const fresh =
		wanted && rested === text && !query.isPlaceholderData ? query.data?.items : undefined;
	const places = matching(usePlaces(), text);
	const accounts = matching(useAccountEntries(connect)(fresh ?? []), text);
	return {
		entries: [...places, ...accounts].slice(0, SHOWN),
		searching: uses && wordsOf(text).length > 0 && !fresh && !query.error,
		error: wanted ? query.error : null,
	};
}

/** One box for every place and account: type a part of its name, then Enter. */
export function Palette({ onClose, connect }: { onClose: () => void; connect: Connect }) {
	const t = useT();
	const list = useId();
	const [text, setText] = useState("");
	const [at, setAt] = useState(0);
	const { entries, searching, error } = useFound(text, connect);
	const current = entries[Math.min(at, entries.length - 1)];
	const run = (entry: Entry | undefined) => {
		if (!entry) return;
		onClose();
		entry.act();
	};
	const onKey = (event: KeyboardEvent) => {
		if (event.nativeEvent.isComposing) return;
		if (event.key === "ArrowDown") setAt(around(at, 1, entries.length));
		else if (event.key === "ArrowUp") setAt(around(at, -1, entries.length));
		else if (event.key === "Enter") run(current);
		else return;
		event.preventDefault();
	};
	return (
		<Dialog title={t("palette.title")} onClose={onClose} testId="palette">
			<TextInput
				autoFocus
				role="combobox"
				aria-expanded={entries.length > 0}
				aria-controls={entries.length > 0 ? list : undefined}
				aria-activedescendant={current ? `${list}-${current.id}` : undefined}
				aria-autocomplete="list"
				aria-label={t("palette.label")}
				placeholder={t("palette.label")}
				value={text}
				onChange={(_event, value) => {
					setText(value);
					setAt(0);
				}}
				onKeyDown={onKey}
				autoComplete="off"
				data-testid="palette-text"
			/>
			{entries.length > 0 && (
				<div role="listbox" id={list} aria-label={t("palette.title")} className="sk-palette">
					{entries.map((entry) => (
						<Option
							key={entry.id}
							id={`${list}-${entry.id}`}
							entry={entry}
							chosen={entry === current}
							onRun={() => run(entry)}
						/>
					))}
				</div>
			)}
			<p className="sk-small sk-subtle" aria-live="polite">
				{error
					? errorText(t, asApiError(error))
					: searching
						? t("palette.searching")
						: text && entries.length === 0
							? t("list.no_match")
							: t("palette.help")}
			</p>
		</Dialog>
	);
}

function Option(props: { id: string; entry: Entry; chosen: boolean; onRun: () => void }) {
	const { entry, chosen } = props;
	const self = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (chosen) self.current?.scrollIntoView({ block: "nearest" });
	}, [chosen]);
	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the box's
		// biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box
		<div
			ref={self}
			id={props.id}
			role="option"
			aria-selected={chosen}
			className="sk-palette-entry"
			onClick={props.onRun}
			data-testid="palette-entry"
		>
			<span className="sk-break">{entry.label}</span>
			<span className="sk-subtle sk-small">{entry.note}</span>
		</div>
	);
}
