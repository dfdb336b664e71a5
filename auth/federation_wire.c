/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_wire.h"

#include <string.h>

#include "base/text.h"

/* NULL is the empty text: a provider need not say everything. */
static void put_text(struct buf *out, const char *text, size_t max)
{
	size_t len = text ? strlen(text) : 0;

	if (len > max)
		out->failed = true;
	buf_put_block(out, text ? text : "", len);
}

static void put_texts(struct buf *out, const char *const *texts, size_t count, size_t max)
{
	if (count > max)
		out->failed = true;
	buf_put_u16(out, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		put_text(out, texts[i], FEDERATED_VALUE_MAX);
}

void federated_identity_put(struct buf *out, const struct federated_identity *identity)
{
	put_text(out, identity->subject, FEDERATED_SUBJECT_MAX);
	put_text(out, identity->display, FEDERATED_NAME_MAX);
	put_text(out, identity->session, FEDERATED_SESSION_MAX);
	buf_put_u64(out, (uint64_t)identity->authenticated_at);
	put_texts(out, identity->contexts, identity->context_count, FEDERATED_CONTEXTS_MAX);
	if (identity->attribute_count > FEDERATED_ATTRIBUTES_MAX)
		out->failed = true;
	buf_put_u16(out, (uint16_t)identity->attribute_count);
	for (size_t i = 0; i < identity->attribute_count; i++) {
		const struct federated_attribute *attribute = &identity->attributes[i];
		put_text(out, attribute->name, FEDERATED_NAME_MAX);
		buf_put_u8(out, attribute->ambiguous);
		put_texts(out, attribute->values, attribute->count, FEDERATED_VALUES_MAX);
	}
}

static const char *get_text(struct arena *arena, struct rd *rd, size_t max)
{
	size_t len = 0;
	const char *text = (const char *)rd_block(rd, max, &len);

	if (rd->failed || memchr(text, 0, len) || !text_is_utf8(text, len)) {
		rd->failed = true;
		return NULL;
	}
	return arena_strndup(arena, text, len);
}

static const char *const *get_texts(struct arena *arena, struct rd *rd, size_t max,
				    size_t *out_count)
{
	size_t count = rd_u16(rd);

	if (count > max || rd->failed) {
		rd->failed = true;
		return NULL;
	}
	const char **texts = arena_array(arena, const char *, count + 1);
	for (size_t i = 0; i < count && texts; i++)
		texts[i] = get_text(arena, rd, FEDERATED_VALUE_MAX);
	*out_count = count;
	return texts;
}

static void get_attributes(struct arena *arena, struct rd *rd, struct federated_identity *out)
{
	size_t count = rd_u16(rd);
	struct federated_attribute *attributes =
		arena_array(arena, struct federated_attribute, FEDERATED_ATTRIBUTES_MAX);

	if (count > FEDERATED_ATTRIBUTES_MAX || !attributes) {
		rd->failed = true;
		return;
	}
	for (size_t i = 0; i < count && !rd->failed; i++) {
		attributes[i].name = get_text(arena, rd, FEDERATED_NAME_MAX);
		uint8_t ambiguous = rd_u8(rd);
		rd->failed |= ambiguous > 1; /* an identity has one form */
		attributes[i].ambiguous = ambiguous == 1;
		attributes[i].values =
			get_texts(arena, rd, FEDERATED_VALUES_MAX, &attributes[i].count);
	}
	out->attributes = attributes;
	out->attribute_count = count;
}

bool federated_identity_get(struct arena *arena, struct rd *rd, struct federated_identity *out)
{
	struct federated_identity got = {0};

	got.subject = get_text(arena, rd, FEDERATED_SUBJECT_MAX);
	got.display = get_text(arena, rd, FEDERATED_NAME_MAX);
	got.session = get_text(arena, rd, FEDERATED_SESSION_MAX);
	got.authenticated_at = (int64_t)rd_u64(rd);
	got.contexts = get_texts(arena, rd, FEDERATED_CONTEXTS_MAX, &got.context_count);
	get_attributes(arena, rd, &got);
	if (rd->failed || arena_failed(arena) || !got.subject || !got.subject[0])
		return false;
	*out = got;
	return true;
}
