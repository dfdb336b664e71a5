/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FLOW_SESSIONS_RIG_H
#define TESTS_FLOW_SESSIONS_RIG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/messages.h"
#include "base/secret.h"

/*
 * A real sshd on loopback, a real sekisho-broker, and this program in the places of authority
 * (control channel) and browser (WebSocket client over a socket pair).
 */
struct sshd {
	char folder[64];
	pid_t pid;
	int port;	  /* key and password */
	int prompts_port; /* keyboard-interactive only; 0: not root */
	char user[40];	  /* account with key login */
	char key[8192];	  /* its private key */
	char local[40];	  /* throw-away account with a password; "": not root */
	char password[40];
};

void sshd_begin(struct sshd *sshd);
void sshd_end(struct sshd *sshd);
in_addr_t sshd_address(void);

enum { RIG_WAIT_MS = 120000 }; /* only bounds a failure */

struct rig_plan {
	enum broker_kind kind;
	int port;
	const char *account;
	uint32_t secret_kind;
	const char *secret;
	int64_t ends_in_ms; /* 0: an hour */
	uint32_t idle_seconds;
	bool refuse_host_key, refuse_credential, refuse_dial, silent_target;
	const char *recording; /* path; NULL: a temporary file */
	long file_limit;       /* RLIMIT_FSIZE of the broker; 0: none */
	const char *language;  /* NULL: "en" */
};

struct rig {
	struct rig_plan plan;
	pid_t broker;
	int control, user, recording, silent[2];
	char path[96];
	struct secret *key; /* of the recording */
	uint8_t public_key[32];
	struct buf scratch;
	struct buf in;	   /* bytes from the broker's WebSocket, not parsed */
	struct buf output; /* terminal output so far */
	struct buf stages; /* pairs of stage and state */
	char hop[32], reason[64], text[512], notice[512]; /* of the browser's ended frame */
	int close_code;
	int pongs;
	bool closed, ready, asked_credential, connected, ended;
	int64_t lease_ms;
	int held; /* seconds the browser was last told it is held for; -1: never */
	char ended_hop[32], ended_reason[64], ended_text[300];
	uint64_t bytes_in, bytes_out, chunks;
	uint32_t commands;
	uint8_t head[32];
	int64_t ended_us; /* when MSG_BROKER_ENDED came */
};

void rig_begin(struct rig *rig, const struct rig_plan *plan);
/* Ends what still runs and frees. */
void rig_end(struct rig *rig);
/* Handles what comes for at most ms milliseconds, or until done(rig). False: time passed. */
bool rig_until(struct rig *rig, int ms, bool (*done)(struct rig *rig));
bool rig_is_live(struct rig *rig);
bool rig_is_over(struct rig *rig); /* ended on both channels, or the broker is gone */
/* Waits for text in the output after everything seen so far. */
bool rig_expect(struct rig *rig, const char *text);
void rig_frame(struct rig *rig, uint8_t opcode, const void *data, size_t len);
void rig_type(struct rig *rig, const char *text);
void rig_resize(struct rig *rig, uint16_t cols, uint16_t rows);
void rig_send_hold(struct rig *rig, uint32_t seconds);
void rig_send_end(struct rig *rig, const char *reason);
/* Plain event lines of the recording, verified; *complete: it ended after a whole chunk. */
void rig_read_recording(struct rig *rig, struct buf *out, bool *complete);

#endif
