// SPDX-License-Identifier: GPL-3.0-or-later
/* "actor:tanaka outcome:refused 再起動" – one query box that takes fields and free text. */

export const QUERY_FIELDS = ["actor", "event", "outcome", "object", "log", "from", "to"] as const;
export type QueryField = (typeof QUERY_FIELDS)[number];
export type AuditQuery = Partial<Record<QueryField | "q", string>>;

const isField = (name: string): name is QueryField =>
	(QUERY_FIELDS as readonly string[]).includes(name);

/** Fields the box names; the rest is free text. The last of two equal fields counts. */
export function parseQuery(text: string): AuditQuery {
	const query: AuditQuery = {};
	const free: string[] = [];
	for (const word of text.trim().split(/\s+/u)) {
		const [name = "", ...rest] = word.split(":");
		const value = rest.join(":");
		if (isField(name) && value) query[name] = value;
		else if (word) free.push(word);
	}
	if (free.length > 0) query.q = free.join(" ");
	return query;
}

/** The reverse: what the box shows for the state in the URL. */
export function formatQuery(query: AuditQuery): string {
	const fields = QUERY_FIELDS.filter((name) => query[name]).map((name) => `${name}:${query[name]}`);
	return [...fields, query.q].filter(Boolean).join(" ");
}
