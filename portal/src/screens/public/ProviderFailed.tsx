// SPDX-License-Identifier: GPL-3.0-or-later
import { type Key, useT } from "../../i18n";
import { Told } from "../../ui/Told";

/** What the server says with `?failed=`. Which rule refused somebody it tells the audit log alone. */
const CODES = {
	provider: {
		variant: "danger",
		causes: ["failed.cause_declined", "failed.cause_unlinked", "failed.cause_factor"],
	},
	expired: { variant: "warning", causes: [] },
	unasked: { variant: "warning", causes: [] },
	unavailable: { variant: "warning", causes: [] },
	wait: { variant: "warning", causes: [] },
} satisfies Record<string, { variant: "danger" | "warning"; causes: Key[] }>;
type Code = keyof typeof CODES;

const isCode = (code: string): code is Code => Object.hasOwn(CODES, code);

/** A sign-in or linking with a provider came to nothing: what happened, why, what to do next. */
export function ProviderFailed({ code, linking }: { code: string; linking?: boolean }) {
	const t = useT();
	const known = isCode(code) ? code : "provider";
	const { variant, causes } = CODES[known];
	const shown: readonly Key[] = linking && known === "provider" ? LINK_CAUSES : causes;
	return (
		<Told
			tone={variant}
			title={t(linking ? "failed.link_title" : `failed.${known}_title`)}
			testId={linking ? "link-failed" : "sign-in-failed"}
			data={{ "data-failed": known }}
		>
			<p>{t(linking && known === "provider" ? "failed.link" : `failed.${known}`)}</p>
			{shown.length > 0 && (
				<ul className="sk-list">
					{shown.map((cause) => (
						<li key={cause}>{t(cause)}</li>
					))}
				</ul>
			)}
		</Told>
	);
}

const LINK_CAUSES: readonly Key[] = [
	"failed.cause_declined",
	"failed.cause_elsewhere",
	"failed.cause_session",
];
