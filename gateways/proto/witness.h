/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_WITNESS_H
#define GATEWAYS_PROTO_WITNESS_H

#include "base/codec.h"

/*
 * A gateway as a witness of the audit log: it presents the newest checkpoint it holds (header
 * gw-witness of each attach, so that a gateway that is then refused has spoken too; and now and
 * then a record of the events stream), and is handed a newer one (PUT /checkpoint)
 * with the proof that this one extends it.
 */
enum { WITNESS_PRESENTED_MAX = 600, WITNESS_HANDED_MAX = 4096 };

struct witness_presented {
	uint64_t size; /* 0: it holds none */
	uint8_t root[32];
	struct block note; /* its signed checkpoint, text */
};
extern const struct codec witness_presented_codec;

struct witness_handed {
	uint8_t restart;    /* a person acknowledged that the history it holds was given up */
	struct block vkey;  /* text */
	struct block note;  /* signed checkpoint, text */
	struct block proof; /* of consistency, hashes one behind the other; empty with restart */
};
extern const struct codec witness_handed_codec;

#endif
