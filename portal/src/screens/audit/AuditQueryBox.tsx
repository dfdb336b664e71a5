// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, TextInput } from "@patternfly/react-core";
import { useEffect, useState } from "react";
import { useT } from "../../i18n";
import { type AuditQuery, formatQuery, parseQuery, QUERY_FIELDS } from "../../lib/auditquery";
import { useUrlState } from "../../lib/search";
import { SafeForm } from "../../ui/form";

const PRESETS = [
	{ id: "refused", query: "outcome:refused" },
	{ id: "sign_in_failed", query: "event:auth.sign_in_refused" },
	{ id: "secrets", query: "event:secret.released" },
	{ id: "sessions", query: "event:session.start" },
	{ id: "exports", query: "event:audit.exported" },
] as const;

/** Fields and free text in one box, with ready-made questions below. */
export function AuditQueryBox() {
	const t = useT();
	const { search, filter } = useUrlState();
	const current = formatQuery(search as AuditQuery);
	const [text, setText] = useState(current);
	useEffect(() => setText(current), [current]);
	const apply = (wanted: string) => {
		const query = parseQuery(wanted);
		const cleared = Object.fromEntries([...QUERY_FIELDS, "q"].map((name) => [name, undefined]));
		filter({ ...cleared, ...query });
	};
	return (
		<SafeForm label={t("audit.query")} onSubmit={() => apply(text)}>
			<div className="sk-row sk-oneline" data-sk-search>
				<TextInput
					type="search"
					aria-label={t("audit.query")}
					placeholder={t("audit.query_example")}
					value={text}
					onChange={(_event, value) => setText(value)}
					data-testid="audit-query"
					className="sk-mono"
				/>
				<Button type="submit" variant="primary" data-testid="audit-search">
					{t("action.search")}
				</Button>
			</div>
			<div className="sk-row">
				{PRESETS.map((preset) => (
					<Button
						key={preset.id}
						variant="tertiary"
						size="sm"
						onClick={() => apply(preset.query)}
						data-testid={`preset-${preset.id}`}
					>
						{t(`audit.preset.${preset.id}`)}
					</Button>
				))}
			</div>
		</SafeForm>
	);
}
