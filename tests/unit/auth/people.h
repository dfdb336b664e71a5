/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_AUTH_PEOPLE_H
#define TESTS_UNIT_AUTH_PEOPLE_H

#include "tests/unit/cmocka_all.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/device_key.h"
#include "auth/lane.h"
#include "auth/signin.h"
#include "auth/watch.h"
#include "base/conf.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/authority_runner.h"
#include "sql/db.h"
#include "tests/support/device_key.h"
#include "tests/support/test_db.h"
#include "tests/support/test_keeper.h"

/* Requests of people as web would send them, against a real database and a real keeper. */
extern const struct conf conf;
extern struct ctx base;
extern const char good[];    /* the password of whom enrol() makes */
extern const char renewed[]; /* another one, for who enrols again */

struct answer {
	enum err err;
	char reason[65], field[65], retry_after[24];
	struct uuid id;
	uint8_t session[32], device[32], flow[32];
	bool has_session, has_device, has_flow, clear, locks_you_out;
	char people[1024];
	char body[1024], url[256];
	char token[44], challenge[44];
	int64_t count; /* the field of that name */
	bool own, names_passkeys;
	int64_t answer_at_us;
	struct uuid cut; /* whose privileged sessions end; nil: nobody's */
};

struct ask {
	const char *op, *peer, *secret, *key;
	size_t secret_len; /* 0: secret is text */
	const uint8_t *cookie, *device, *proof;
	const uint8_t *flow;  /* 32 bytes: the cookie of a sign-in under way */
	const uint8_t *token; /* 32 bytes in place of the cookie */
	bool access;	      /* … and it is an access token */
	int64_t if_match;
	struct value values[12];
	bool console;
	int64_t since_us;
};

#define TEXT(t)                          \
	{                                \
		.set = true, .text = (t) \
	}
#define ID(i)                          \
	{                              \
		.set = true, .id = (i) \
	}

struct answer run(const struct ask *ask);
void run_on(struct ctx *ctx, const struct ask *ask, struct answer *out);
struct person {
	struct uuid id;
	char login[32], seed[64];
	uint8_t session[32], device[32];
	EVP_PKEY *key; /* of the browser; freed at the end */
};

/* One of several requests at once, over a connection of its own: race() is its thread. */
struct racer {
	pthread_t thread;
	struct ask ask;
	struct answer answer;
	atomic_bool done;
};
void *race(void *racer);
/* The same while somebody else's transaction holds the row of that person: what it does comes when
 * the request waits for it (or is done, where it should have waited). */
typedef enum err meanwhile_fn(struct ctx *ctx, const struct person *person);
void race_held(struct racer *racer, const struct person *person, meanwhile_fn *meanwhile);
/* The code of a seed, so many steps of 30 s from now, into code_now. */
extern char code_now[16];
void code_for(const char *seed, int64_t step_offset);
/* The key in an otpauth:// address. */
void seed_of(const char *uri, char out[64]);

struct answer create(const char *login, const char *key);
void get_token(const struct uuid *id, char out[44]);
void get_seed(const char *token, char out[64]);
void enrol(struct person *person, const char *login);
/* The browser's answer to a challenge: to sign in (NULL), or of the session of that cookie. */
void prove(const struct person *person, const uint8_t *cookie, uint8_t out[DEVICE_PROOF]);
/* Rewinds the last accepted codes, so that a test need not wait half a minute. */
void forget_step(const char *login);
struct answer sign_in(const struct person *person, const char *password, const char *code,
		      const uint8_t *device, const char *peer);
void make_administrator(const char *login);
int64_t count(const char *sql);
struct uuid find_id(const char *sql);

/* Hashes that cost next to nothing, where they are not what is tested. Before people_setup(). */
void people_hash_cheaply(void);
int people_setup(void **state);
int people_teardown(void **state);

#endif
