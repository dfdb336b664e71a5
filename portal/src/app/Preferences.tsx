// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Popover } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { meQuery, useMe, useUpdateProfile } from "../api/me";
import { type Language, setLanguage, useLanguage, useT } from "../i18n";
import { setTheme, type ThemeChoice, useTheme } from "../lib/theme";
import { allZones, localZone } from "../lib/time";
import { SelectField } from "../ui/form";
import { useZoneName } from "../ui/Time";
import { useToasts } from "../ui/Toasts";

export const LANGUAGES = [
	{ value: "ja", label: "日本語" },
	{ value: "en", label: "English" },
] as const;
const THEMES: ThemeChoice[] = ["system", "light", "dark"];

/** Changes a preference at once here, and in the profile when somebody is signed in. */
export function usePreferences() {
	const queryClient = useQueryClient();
	const signedIn = () => queryClient.getQueryData(meQuery.queryKey) !== undefined;
	const update = useUpdateProfile();
	const toasts = useToasts();
	const save = (change: Parameters<typeof update.mutate>[0]) => {
		if (signedIn()) update.mutate(change, { onError: toasts.fail });
	};
	return {
		language(language: Language) {
			setLanguage(language).then(() => save({ language }), toasts.fail);
		},
		theme(theme: ThemeChoice) {
			setTheme(theme);
			save({ theme });
		},
		zone(timezone: string) {
			save({ timezone });
		},
	};
}

export function PreferenceFields() {
	const t = useT();
	const me = useMe();
	const language = useLanguage();
	const theme = useTheme();
	const change = usePreferences();
	return (
		<div className="sk-stack">
			<SelectField
				name="language"
				label={t("preference.language")}
				value={language}
				choices={[...LANGUAGES]}
				onChange={(value) => change.language(value as Language)}
			/>
			<SelectField
				name="theme"
				label={t("preference.theme")}
				value={theme}
				choices={THEMES.map((value) => ({ value, label: t(`theme.${value}` as "theme.dark") }))}
				onChange={(value) => change.theme(value as ThemeChoice)}
			/>
			{me && (
				<SelectField
					name="timezone"
					label={t("preference.zone")}
					value={me.timezone || localZone()}
					choices={allZones().map((value) => ({ value, label: value }))}
					onChange={change.zone}
				/>
			)}
		</div>
	);
}

/** Language, theme and zone in the masthead; the zone is always printed. */
export function PreferenceMenu() {
	const t = useT();
	const language = useLanguage();
	const zone = useZoneName();
	const name = LANGUAGES.find((each) => each.value === language)?.label ?? language;
	return (
		<Popover
			bodyContent={<PreferenceFields />}
			closeBtnAriaLabel={t("action.close")}
			aria-label={t("preference.title")}
			position="bottom-end"
		>
			<Button
				variant="plain"
				data-testid="preferences"
				aria-label={t("preference.open", { language: name, zone })}
			>
				{name} · {zone}
			</Button>
		</Popover>
	);
}
