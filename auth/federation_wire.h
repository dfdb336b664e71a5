/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_WIRE_H
#define AUTH_FEDERATION_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * What an identity provider said of a person, after all checks of its kind, and its form in the
 * message from the helper process that made them. Names and values are the provider's own.
 */
struct federated_attribute {
	const char *name;
	const char *const *values;
	size_t count;
	bool ambiguous; /* it came twice, or in no form that can be compared: decides nothing */
};
struct federated_identity {
	const char *subject; /* what the provider never gives to another person */
	const char *display; /* for people to recognise it by: never decides */
	const char *session; /* the provider's name of its own session; "": not said */
	const struct federated_attribute *attributes;
	size_t attribute_count;
	const char *const *contexts; /* how the person was authenticated: acr and amr, or class */
	size_t context_count;
	int64_t authenticated_at; /* microseconds; 0: not said */
};
enum {
	FEDERATED_SUBJECT_MAX = 512,
	FEDERATED_NAME_MAX = 255,
	FEDERATED_SESSION_MAX = 255,
	FEDERATED_VALUE_MAX = 1024,
	FEDERATED_ATTRIBUTES_MAX = 64,
	FEDERATED_VALUES_MAX = 256, /* of one attribute */
	FEDERATED_CONTEXTS_MAX = 16,
	FEDERATED_BYTES_MAX = 96 * 1024,
};

/* Appends; what is over a bound fails the buffer. */
void federated_identity_put(struct buf *out, const struct federated_identity *identity);
/* All of data, texts as valid UTF-8 in the arena; false: malformed or over a bound. */
bool federated_identity_get(struct arena *arena, struct rd *rd, struct federated_identity *out);

#endif
