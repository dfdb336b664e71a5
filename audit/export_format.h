/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_EXPORT_FORMAT_H
#define AUDIT_EXPORT_FORMAT_H

#include "audit/merkle.h"
#include "base/buf.h"

/*
 * Form of an audit export: JSON lines, each written in exactly one way (no white space, members in
 * this order), so that a verifier may compare bytes.
 *
 *   {"format":"sekisho-audit-export/1","origin":…,"vkey":…,"checkpoint":<note>,"first":n,"count":c}
 *   {"n":n,"leaf":<exact bytes of the leaf>,"proof":[<base64>,…]}         c lines, n rising by one
 *   {"count":c}
 *
 * The range is dense: no event between the first and the last can be left out. Proofs are of
 * inclusion in the tree of the checkpoint.
 */
#define EXPORT_FORMAT "sekisho-audit-export/1"
enum { EXPORT_LINE_MAX = 2 * 1024 * 1024 };

struct export_header {
	const char *origin;
	const char *vkey;
	const char *note;
	uint64_t first, count;
};

void export_put_header(struct buf *out, const struct export_header *header);
void export_put_event(struct buf *out, uint64_t n, const char *leaf, size_t leaf_len,
		      const struct merkle_proof *proof);
void export_put_trailer(struct buf *out, uint64_t count);

#endif
