/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_BROKER_INNER_H
#define SESSIONS_BROKER_INNER_H

/* What the files of the broker share. */
#include <libssh/libssh.h>
#include <stdbool.h>

#include "base/chan.h"
#include "base/messages.h"
#include "base/secret.h"
#include "sessions/broker/echo.h"
#include "sessions/broker/ending.h"
#include "sessions/broker/ws.h"
#include "sessions/recording.h"

/* Steps of a session, walked by the table in connect.c. */
enum phase {
	PHASE_START, /* waiting for MSG_BROKER_START */
	PHASE_DIAL,
	PHASE_KEY_EXCHANGE,
	PHASE_HOST_KEY,
	PHASE_CREDENTIAL,
	PHASE_LOGIN,
	PHASE_CHANNEL,
	PHASE_TERMINAL,
	PHASE_LOCALE,
	PHASE_SHELL,
	PHASE_LIVE,
	PHASE_ENDED,
};

/* Stages shown to the person while connecting (numbers of the WebSocket protocol). */
enum stage { STAGE_APPROVE = 1, STAGE_GATEWAY, STAGE_TARGET, STAGE_LOGIN, STAGE_LIVE };
enum stage_state { STAGE_BUSY, STAGE_DONE, STAGE_FAILED, STAGE_WAITING };

enum login_method { LOGIN_ASK, LOGIN_PASSWORD, LOGIN_PROMPTS, LOGIN_KEY };

enum {
	TERMINAL_COLS = 80,
	TERMINAL_ROWS = 24,
	TERMINAL_MAX = 1000,
	OUTPUT_MAX = 64 * 1024,	  /* read from the target and not forwarded */
	INPUT_MAX = 192 * 1024,	  /* typed and not yet taken by the target */
	INPUT_PAUSE = 128 * 1024, /* above it the browser's socket is not read */
	QUEUE_MAX = 256 * 1024,	  /* above it the target is not read */
	ACCOUNT_MAX = 65,
	LANGUAGE_MAX = 16,
};

struct broker {
	int control;
	struct buf scratch;
	enum phase phase;
	bool authority_gone;

	/* from MSG_BROKER_START */
	bool started;
	enum broker_kind kind;
	struct uuid session_id;
	char account[ACCOUNT_MAX];
	char language[LANGUAGE_MAX];
	char *banner;
	uint32_t secret_kind;
	int64_t ends_at;      /* UTC, shown */
	int64_t ends_mono_us; /* the same moment; no clock that is set back moves it */
	int64_t idle_us;

	struct ws *ws;
	struct recording *recording;
	struct echo *echo;
	uint16_t cols, rows;
	bool resized;

	/* connecting */
	int64_t phase_since;
	bool asked;	   /* this phase's question to authority was sent */
	bool answered;	   /* … and answered with yes */
	int target_fd;	   /* until libssh owns it */
	int credential_fd; /* read end of the credential's pipe */
	struct secret *credential;
	enum login_method method;
	bool prompted; /* the password was given to a prompt already */
	ssh_session ssh;
	ssh_channel channel;
	ssh_key key;
	uint32_t dial_ms, key_exchange_ms, login_ms;

	/* live */
	struct buf from_target; /* read, not recorded (at most the start of one character) */
	struct buf recorded;	/* recorded, not written or not forwarded yet */
	struct buf to_target;
	int64_t residue_since;
	uint64_t forwarded, bytes_in, bytes_out;
	int64_t hold_us; /* its sign-in ended: when it ends, and no input until then; 0: not held */
	int64_t input_us;    /* last input */
	int64_t activity_us; /* last MSG_BROKER_ACTIVITY */
	uint64_t activity_sum;
	int64_t pinged_us;
	bool idle_warned;
	int left_warned; /* minutes of the last notice; 0: none */

	/* the end */
	char hop[16], reason[MSG_REASON + 1], text[ENDING_TEXT];
};

/* broker.c */
int64_t broker_now(void);
/* Decides the end, once; detail: what the other side said, or "". */
void broker_end(struct broker *broker, const char *hop, const char *reason, const char *detail);
void broker_stage(struct broker *broker, enum stage stage, enum stage_state state,
		  const char *text);
enum err broker_tell(struct broker *broker, uint32_t type, uint32_t id, const struct codec *codec,
		     const void *message, const int *fds, int nfds);
void broker_notice(struct broker *broker, const char *text);

/* connect.c: goes as far as possible without waiting; sets phase, or ends the session. */
void broker_connect(struct broker *broker);
/* Takes the answer of authority to the phase's question. */
void broker_answered(struct broker *broker, enum phase phase);
/* Releases everything of the SSH side: channel first, then the connection. */
void broker_disconnect(struct broker *broker);
enum err ssh_side_new(struct broker *broker);

/* login.c: SSH_AUTH_SUCCESS, SSH_AUTH_AGAIN, or ended. */
int broker_login(struct broker *broker);

/* pump.c */
void broker_user_message(void *arg, uint8_t type, const uint8_t *data, size_t len);
void broker_begin_live(struct broker *broker);
/* One round of moving bytes; ends the session when the target closed. */
void broker_pump(struct broker *broker);
/* Records and forwards what is left; false: the recording cannot be written. */
bool broker_finish_output(struct broker *broker);
/* Sink of what may be recorded of the input. */
void broker_record_input(void *arg, const char *text, size_t len);
void broker_record_command(void *arg, const char *text, size_t len);

/* clock.c: lease end, idleness, notices, pings, activity; next wake-up in microseconds. */
void broker_clock(struct broker *broker);
int64_t broker_wait_us(const struct broker *broker);

#endif
