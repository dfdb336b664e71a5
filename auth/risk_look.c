/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk_look.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const int64_t hour_us = (int64_t)3600 * 1000000;
enum {
	DAY_HOURS = 24,
	WEEK_DAYS = 7,
	THURSDAY = 3, /* 1 January 1970 */
	TONGUE_VALUE = RISK_VALUES - 1
};

/* The first part that the agent's text holds names it: those that claim to be others come first. */
struct part {
	const char *part, *name;
};
static const struct part families[] = {
	{"Edg", "edge"},	 {"OPR/", "opera"},	{"SamsungBrowser/", "samsung"},
	{"Firefox/", "firefox"}, {"FxiOS/", "firefox"}, {"CriOS/", "chrome"},
	{"Chrome/", "chrome"},	 {"Safari/", "safari"}, {"curl/", "curl"},
	{"python", "python"},	 {NULL, "other"},
};
static const struct part systems[] = {
	{"Windows", "windows"}, {"Android", "android"}, {"iPhone", "ios"},  {"iPad", "ios"},
	{"CrOS", "chromeos"},	{"Mac OS X", "macos"},	{"Linux", "linux"}, {NULL, "other"},
};

static const char *name_of(const struct part *parts, const char *agent)
{
	while (parts->part && !strstr(agent, parts->part))
		parts++;
	return parts->name;
}

const char *risk_family_of(const char *agent)
{
	return name_of(families, agent);
}

const char *risk_os_of(const char *agent)
{
	return name_of(systems, agent);
}

bool risk_tongue_text(const char *languages, char out[RISK_TONGUE_TEXT])
{
	size_t len = 0;

	while (*languages == ' ')
		languages++;
	for (; isalpha((unsigned char)languages[len]); len++) {
		if (len == RISK_TONGUE_TEXT - 1)
			return false;
		out[len] = (char)tolower((unsigned char)languages[len]);
	}
	out[len] = 0;
	return len > 1 && (languages[len] == 0 || strchr("-,; ", languages[len]));
}

bool risk_prefix_text(const char *peer, char out[RISK_PREFIX_TEXT])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t address[16];
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET, peer, address) == 1)
		address[3] = 0;
	else if (inet_pton(AF_INET6, peer, address) != 1)
		return false;
	else if (memcmp(address, mapped, sizeof(mapped)) == 0) {
		memmove(address, address + sizeof(mapped), 4);
		address[3] = 0;
	} else {
		memset(address + 6, 0, 10);
		if (!inet_ntop(AF_INET6, address, text, sizeof(text)))
			return false;
		(void)snprintf(out, RISK_PREFIX_TEXT, "%s/48", text);
		return true;
	}
	if (!inet_ntop(AF_INET, address, text, sizeof(text)))
		return false;
	(void)snprintf(out, RISK_PREFIX_TEXT, "%s/24", text);
	return true;
}

static uint64_t number(const uint8_t key[RISK_KEY], uint8_t kind, const char *text)
{
	crypto_generichash_state state;
	uint8_t hash[crypto_generichash_BYTES_MIN];
	uint64_t made = 0;

	(void)crypto_generichash_init(&state, key, RISK_KEY, sizeof(hash));
	(void)crypto_generichash_update(&state, &kind, 1);
	(void)crypto_generichash_update(&state, (const uint8_t *)text, strlen(text));
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	for (int i = 0; i < 8; i++)
		made = made << 8 | hash[i];
	made &= INT64_MAX;
	return made < RISK_NUMBER_MIN ? made + RISK_NUMBER_MIN : made;
}

static void look_where(const uint8_t key[RISK_KEY], const struct risk_sight *sight,
		       struct risk_look *out)
{
	char text[RISK_PREFIX_TEXT];

	if (risk_prefix_text(sight->peer, text))
		out->values[RISK_PREFIX] = number(key, RISK_PREFIX, text);
	if (sight->country[0])
		out->values[RISK_COUNTRY] = number(key, RISK_COUNTRY, sight->country);
	(void)snprintf(text, sizeof(text), "%u", sight->asn);
	if (sight->asn)
		out->values[RISK_ASN] = number(key, RISK_ASN, text);
}

void risk_look_of(const uint8_t key[RISK_KEY], const struct risk_sight *sight,
		  struct risk_look *out)
{
	char tongue[RISK_TONGUE_TEXT];
	int64_t hours = sight->real_us / hour_us, days = hours / DAY_HOURS;

	*out = (struct risk_look){.hour = RISK_NO_HOUR};
	look_where(key, sight, out);
	out->values[RISK_AGENT] = number(key, RISK_AGENT, sight->agent);
	out->values[RISK_FAMILY] = number(key, RISK_FAMILY, risk_family_of(sight->agent));
	out->values[RISK_OS] = number(key, RISK_OS, risk_os_of(sight->agent));
	if (risk_tongue_text(sight->tongue, tongue))
		out->values[TONGUE_VALUE] = number(key, RISK_TONGUE, tongue);
	if (sight->real_us < 0 || days > UINT16_MAX)
		return;
	out->day = (uint16_t)days;
	out->hour = (uint8_t)((days + THURSDAY) % WEEK_DAYS * DAY_HOURS + hours % DAY_HOURS);
}
