/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WEBAUTHN_CBOR_H
#define AUTH_WEBAUTHN_CBOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"

/*
 * The part of CBOR (RFC 8949) that authenticators write: integers, byte and text strings, arrays,
 * maps, false, true, null, each in its one shortest form and of a stated length. Indefinite
 * lengths, tags, floats, a key twice in a map, and more than CBOR_DEPTH levels or CBOR_MEMBERS
 * members are refused, so that whoever reads the same bytes after us sees the same thing.
 * Blocks are borrowed from the input. (Named after CTAP2, whose form this is: libcbor has cbor_….)
 */
enum { CBOR_DEPTH = 4, CBOR_MEMBERS = 16 };

/* The next whole item, checked at all depths. False: malformed; rd has failed then. */
bool ctap_item(struct rd *rd, struct block *out);

/* Views of an item that ctap_item() passed; false when it is of another type. */
bool ctap_int(struct block item, int64_t *out);
bool ctap_bytes(struct block item, struct block *out);
bool ctap_text(struct block item, struct block *out);
bool ctap_is_bool(struct block item, bool *out);
/* Number of members, or -1 when it is no array; the member at that place. */
int ctap_array_size(struct block item);
bool ctap_array_at(struct block array, unsigned index, struct block *out);
/* Number of pairs, or -1 when it is no map. */
int ctap_map_size(struct block item);
/* The value beside that key; false when it is not there. */
bool ctap_map_text(struct block map, const char *key, struct block *out);
bool ctap_map_int(struct block map, int64_t key, struct block *out);

#endif
