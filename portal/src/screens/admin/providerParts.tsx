// SPDX-License-Identifier: GPL-3.0-or-later
import { Label } from "@patternfly/react-core";
import type { IdentityProvider } from "../../api/types";
import { useT } from "../../i18n";
import { FileChoice } from "../../ui/FileChoice";
import { AreaField } from "../../ui/form";
import { Time } from "../../ui/Time";

/** Lists of facts: the value stands beside its term, on narrow screens below it. */
export const FACTS = {
	isHorizontal: true,
	isCompact: true,
	horizontalTermWidthModifier: { default: "22ch" },
	className: "sk-facts",
} as const;

export const METADATA_MAX = 61_440;

/** Whether anything is known of the provider, and since when. */
export function MetadataState({ provider }: { provider: IdentityProvider }) {
	const t = useT();
	const known = provider.fetched_at !== null;
	return (
		<span className="sk-row" data-testid="metadata-state" data-state={known ? "known" : "none"}>
			{known ? <Time at={provider.fetched_at} /> : t("providers.metadata_none")}
			{provider.problem && (
				<Label isCompact status="warning">
					{t("providers.fetch_failed_short")}
				</Label>
			)}
		</span>
	);
}

/** Metadata of a SAML provider, from a file or pasted. */
export function MetadataField(props: {
	value: string;
	onChange: (value: string) => void;
	error?: unknown;
	required?: boolean;
}) {
	const t = useT();
	const choose = async (file: File | undefined) => props.onChange(file ? await file.text() : "");
	return (
		<>
			<FileChoice
				label={t("providers.metadata_choose")}
				none={t("providers.metadata_file")}
				accept=".xml,application/xml,text/xml,application/samlmetadata+xml"
				testId="metadata"
				onFile={(file) => void choose(file)}
			/>
			<AreaField
				name="metadata"
				label={t("providers.metadata_paste")}
				help={t("providers.metadata_help")}
				value={props.value}
				onChange={props.onChange}
				error={props.error}
				problem={props.value.length > METADATA_MAX ? t("providers.metadata_large") : undefined}
				rows={8}
				mono
				required={props.required ?? false}
			/>
		</>
	);
}
