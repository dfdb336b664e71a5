/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk_record.h"

#include <string.h>

/* Every member is an int32_t: the table is the text's whole grammar. */
struct field {
	const char *name;
	size_t offset, size;
};
#define FIELD(name, member)                                       \
	{                                                         \
		name, offsetof(struct risk_record, member),       \
			sizeof(((struct risk_record *)0)->member) \
	}
static const struct field fields[] = {
	FIELD("risk", model),
	FIELD("role", facts.role),
	FIELD("key", facts.device_key),
	FIELD("logins", facts.logins),
	FIELD("days", facts.days),
	FIELD("fired", facts.rules),
	FIELD("excepted", facts.excepted),
	FIELD("prefix", facts.seen[RISK_PREFIX]),
	FIELD("asn", facts.seen[RISK_ASN]),
	FIELD("country", facts.seen[RISK_COUNTRY]),
	FIELD("agent", facts.seen[RISK_AGENT]),
	FIELD("family", facts.seen[RISK_FAMILY]),
	FIELD("os", facts.seen[RISK_OS]),
	FIELD("hour", facts.seen[RISK_WEEK_HOUR]),
	FIELD("part", facts.seen[RISK_DAY_PART]),
	FIELD("language", facts.seen[RISK_TONGUE]),
	FIELD("policy", policy.version),
	FIELD("start", policy.start),
	FIELD("challenge", policy.challenge),
	FIELD("block", policy.block),
	FIELD("weight", policy.weight),
	FIELD("rule", policy.rule),
	FIELD("enough", policy.family),
	FIELD("cold_logins", policy.cold_logins),
	FIELD("cold_days", policy.cold_days),
	FIELD("action", decision.action),
	FIELD("score", decision.score),
	FIELD("term", decision.term),
	FIELD("families", decision.families),
	FIELD("why", decision.why),
};
enum { FIELDS = sizeof(fields) / sizeof(fields[0]), DIGITS = 10 };

void risk_record_make(const struct risk_facts *facts, const struct risk_policy *policy,
		      struct risk_record *out)
{
	*out = (struct risk_record){.model = RISK_MODEL, .facts = *facts, .policy = *policy};
	risk_decide(facts, policy, &out->decision);
}

bool risk_record_holds(const struct risk_record *record)
{
	struct risk_decision again;

	risk_decide(&record->facts, &record->policy, &again);
	return record->model == RISK_MODEL && memcmp(&again, &record->decision, sizeof(again)) == 0;
}

static char *write_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *write_number(char *at, int32_t value)
{
	char digits[DIGITS];
	int64_t rest = value < 0 ? -(int64_t)value : value;
	size_t n = 0;

	if (value < 0)
		*at++ = '-';
	do {
		digits[n++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	while (n)
		*at++ = digits[--n];
	return at;
}

void risk_record_write(const struct risk_record *record, char out[RISK_RECORD_TEXT])
{
	for (size_t i = 0; i < FIELDS; i++) {
		const char *from = (const char *)record + fields[i].offset;
		out = write_text(out, i ? " " : "");
		out = write_text(out, fields[i].name);
		for (size_t j = 0; j < fields[i].size / sizeof(int32_t); j++) {
			int32_t value;
			memcpy(&value, from + j * sizeof(value), sizeof(value));
			*out++ = j ? ',' : '=';
			out = write_number(out, value);
		}
	}
	*out = 0;
}

static bool read_text(const char **at, const char *text)
{
	size_t len = strlen(text);
	bool there = strncmp(*at, text, len) == 0;

	*at += there ? len : 0;
	return there;
}

static bool read_number(const char **at, int32_t *out)
{
	bool negative = **at == '-';
	const char *digit = *at + negative;
	int64_t value = 0;
	size_t n = 0;

	for (; digit[n] >= '0' && digit[n] <= '9' && n <= DIGITS; n++)
		value = value * 10 + (digit[n] - '0');
	if (n == 0 || n > DIGITS || (digit[0] == '0' && (n > 1 || negative)))
		return false;
	value = negative ? -value : value;
	if (value < INT32_MIN || value > INT32_MAX)
		return false;
	*out = (int32_t)value;
	*at = digit + n;
	return true;
}

bool risk_record_read(const char *text, struct risk_record *out)
{
	struct risk_record made = {0};

	for (size_t i = 0; i < FIELDS; i++) {
		char *to = (char *)&made + fields[i].offset;
		if (!read_text(&text, i ? " " : "") || !read_text(&text, fields[i].name))
			return false;
		for (size_t j = 0; j < fields[i].size / sizeof(int32_t); j++) {
			int32_t value = 0;
			if (!read_text(&text, j ? "," : "=") || !read_number(&text, &value))
				return false;
			memcpy(to + j * sizeof(value), &value, sizeof(value));
		}
	}
	if (*text)
		return false;
	*out = made;
	return true;
}

static size_t insert(struct risk_part *out, size_t count, size_t max, struct risk_part part)
{
	size_t at = count;

	while (at > 0 && out[at - 1].value < part.value)
		at--;
	if (part.value == 0 || at >= max)
		return count;
	count += count < max;
	memmove(&out[at + 1], &out[at], (count - at - 1) * sizeof(*out));
	out[at] = part;
	return count;
}

size_t risk_record_parts(const struct risk_record *record, struct risk_part *out, size_t max)
{
	size_t count = 0;

	for (int i = 0; i < RISK_FEATURES; i++)
		count = insert(out, count, max,
			       (struct risk_part){risk_feature_name((enum risk_feature)i),
						  record->decision.term[i]});
	for (int i = 0; i < RISK_RULES; i++) {
		if (((uint32_t)record->facts.rules >> i) & 1)
			count = insert(out, count, max,
				       (struct risk_part){risk_rule_name((enum risk_rule)i),
							  record->policy.rule[i]});
	}
	return count;
}
