/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_VERIFY_VERIFY_H
#define AUDIT_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

/*
 * sekisho-verify: believes nobody but mathematics. Its exit codes are its contract.
 */
enum verdict {
	VERDICT_OK = 0,
	VERDICT_REFUSED = 1, /* something does not verify: the first place is named */
	VERDICT_USAGE = 2,   /* wrong arguments, or a file cannot be read */
	VERDICT_CUT = 3,     /* what is there verifies; its end is missing or not confirmed */
};

/* What an export says about one session's recording. */
struct recording_facts {
	struct uuid session_id;
	bool has_key, has_head;
	uint8_t key[32];
	uint8_t head[32];
	char ended_by[32]; /* event that carries the head */
};

/* vkey: the checkpoint key as text, known from elsewhere, or NULL to trust the file's own (said in
 * the output). facts: filled when not NULL. quiet: only faults are printed. */
enum verdict verify_export(const char *path, const char *vkey, struct recording_facts *facts,
			   bool quiet);

/* A recording, and what it is held against: an export of the log (with the key of its checkpoints,
 * or NULL), or the session's own key in hex. session: the id it must be of, or NULL. */
struct recording_source {
	const char *path, *export_path, *vkey, *key_hex, *session;
};
enum verdict verify_recording(const struct recording_source *source);

#endif
