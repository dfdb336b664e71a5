// SPDX-License-Identifier: GPL-3.0-or-later
import {
	FormSelect,
	FormSelectOption,
	SearchInput,
	TextInput,
	Toolbar,
	ToolbarContent,
	ToolbarItem,
} from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useT } from "../i18n";
import { useUrlState } from "../lib/search";
import { useZoneName } from "./Time";

const TYPING_MS = 250;

/** Search box of a list; "/" jumps into it. Its text is `q` in the URL. */
export function ListSearch({ label, name = "q" }: { label: string; name?: string }) {
	const t = useT();
	const { search, filter } = useUrlState();
	const current = search[name] ?? "";
	const [text, setText] = useState(current);
	const sent = useRef(current);
	useEffect(() => {
		if (current !== sent.current) {
			sent.current = current;
			setText(current);
		}
	}, [current]);
	useEffect(() => {
		if (text === sent.current) return;
		const timer = setTimeout(() => {
			sent.current = text;
			filter({ [name]: text || undefined });
		}, TYPING_MS);
		return () => clearTimeout(timer);
	}, [text, name, filter]);
	return (
		<SearchInput
			aria-label={label}
			placeholder={label}
			value={text}
			onChange={(_event, value) => setText(value)}
			onClear={() => setText("")}
			resetButtonLabel={t("action.clear")}
			data-sk-search
			data-testid="search"
		/>
	);
}

export interface Choice {
	value: string;
	label: string;
}

/** A facet: one of some values, or all. */
export function ListFilter(props: {
	label: string;
	name: string;
	choices: Choice[];
	all?: string;
}) {
	const t = useT();
	const { search, filter } = useUrlState();
	return (
		<FormSelect
			aria-label={props.label}
			value={search[props.name] ?? ""}
			onChange={(_event, value) => filter({ [props.name]: value || undefined })}
			data-testid={`filter-${props.name}`}
		>
			<FormSelectOption value="" label={props.all ?? t("filter.all", { name: props.label })} />
			{props.choices.map((choice) => (
				<FormSelectOption key={choice.value} value={choice.value} label={choice.label} />
			))}
		</FormSelect>
	);
}

/** Search, facets and actions above a list. */
export function ListBar({ children, actions }: { children: ReactNode[]; actions?: ReactNode }) {
	const t = useT();
	return (
		<Toolbar aria-label={t("list.toolbar")} className="sk-listbar">
			<ToolbarContent>
				{children.filter(Boolean).map((child, index) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: fixed children
					<ToolbarItem key={index}>{child}</ToolbarItem>
				))}
				{actions && (
					<ToolbarItem align={{ default: "alignEnd" }}>
						<span className="sk-actions">{actions}</span>
					</ToolbarItem>
				)}
			</ToolbarContent>
		</Toolbar>
	);
}

/** From and to, as days in the person's zone; `from` and `to` in the URL. */
export function DateRange() {
	const t = useT();
	const zone = useZoneName();
	const { search, filter } = useUrlState();
	const field = (name: "from" | "to") => (
		<TextInput
			type="date"
			className="sk-date"
			aria-label={t(name === "from" ? "filter.from" : "filter.to", { zone })}
			value={search[name] ?? ""}
			onChange={(_event, value) => filter({ [name]: value || undefined })}
			data-testid={`filter-${name}`}
		/>
	);
	return (
		<span className="sk-row">
			{field("from")}
			<span aria-hidden="true">–</span>
			{field("to")}
			<span className="sk-small">{zone}</span>
		</span>
	);
}
