/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_REPLAY_INDEX_H
#define SESSIONS_REPLAY_INDEX_H

#include "audit/recording_chain.h"
#include "base/body.h"

/*
 * The index of a recording for the player: where to seek, which commands, when nothing happened.
 * Entries of "chunks" cover runs of chunks, so that the index of a long day stays small. The lists
 * are bounded; "truncated" says when one was cut.
 */
struct replay_index;

/* NULL: no memory. */
struct replay_index *replay_index_new(const struct body_out *output,
				      const struct recording_header *header);
void replay_index_free(struct replay_index *index);
/* plain: the chunk's event lines. */
enum err replay_index_chunk(struct replay_index *index, const struct recording_chunk *chunk,
			    const char *plain, size_t len) ERR_CHECKED;
/* Writes the whole index. complete: the recording ended properly. */
enum err replay_index_end(struct replay_index *index, bool complete) ERR_CHECKED;

#endif
