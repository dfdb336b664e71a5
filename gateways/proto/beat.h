/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_BEAT_H
#define GATEWAYS_PROTO_BEAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/uuid.h"

/*
 * Heartbeat record of a gateway. On the events stream each record is {u32 length, u8 kind, bytes};
 * the length counts kind and bytes.
 */
enum event_record { EVENT_RECORD_BEAT = 1, EVENT_RECORD_WITNESS = 2 /* witness.h */ };
enum { BEAT_MAX = 64 * 1024 - 64, BEAT_TARGETS_MAX = 512, BEAT_REASON_MAX = 63 };

struct beat_head {
	uint64_t sequence;	     /* from 1 in each run of the agent */
	int64_t clock;		     /* the gateway's wall clock, UTC microseconds */
	uint32_t load_centi;	     /* one-minute load average × 100 */
	uint64_t policy_version;     /* 0: none */
	int64_t certificate_expires; /* UTC microseconds */
	uint32_t rtt_us;	     /* last PING of this connection, 0: none yet */
	uint32_t streams;	     /* open sessions */
	struct uuid boot_id;
	struct block version; /* of the agent */
	struct block chain;   /* SHA-256 of the chain value it holds (verdict.h), or empty */
	uint8_t locked;	      /* the customer refuses all sessions */
};

enum beat_state { BEAT_TARGET_REACHABLE = 1, BEAT_TARGET_UNREACHABLE = 2 };
struct beat_target {
	struct uuid id;
	uint8_t state;		  /* enum beat_state */
	struct block reason;	  /* gw-reason, empty when reachable */
	uint32_t age_ms, took_ms; /* how old the check is, how long it took */
};

/* A beat may name a part of the targets: each record stands alone. */
void beat_put(struct buf *out, const struct beat_head *head, const struct beat_target *targets,
	      size_t count);
/* Decodes; *out_targets is malloc'ed (free it) and its blocks are borrowed from data. ERR_SYNTAX,
 * ERR_MEMORY. */
enum err beat_get(const void *data, size_t len, struct beat_head *out_head,
		  struct beat_target **out_targets, size_t *out_count) ERR_CHECKED;

#endif
