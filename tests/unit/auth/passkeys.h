/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_AUTH_PASSKEYS_H
#define TESTS_UNIT_AUTH_PASSKEYS_H

#include "tests/support/soft_key.h"
#include "tests/unit/auth/people.h"

/* People with passkeys: challenges asked for and answered as a browser would. Texts of an answer
 * are kept until the next one is made. */
struct owner {
	struct person person;
	struct soft_key key;
	struct uuid id; /* of the passkey */
};

/* Somebody who is enrolled and has added a passkey. */
void own(struct owner *owner, const char *login, enum webauthn_alg alg);

struct answer challenge_for(const char *op, const uint8_t *cookie);
struct ask add_ask(const struct soft_key *key, struct soft_say say, const uint8_t *cookie,
		   const struct answer *asked);
struct answer add(const struct soft_key *key, struct soft_say say, const uint8_t *cookie);
/* The five or six fields of an answer from place first. user: NULL for none. */
void answer_fields(struct ask *ask, unsigned first, const struct soft_key *key, struct soft_say say,
		   const struct answer *asked, const struct uuid *user);
struct answer alone(const struct soft_key *key, struct soft_say say, const struct uuid *user);
struct answer second(const struct person *person, const char *password, const struct soft_key *key,
		     struct soft_say say);
struct answer step_up(const struct soft_key *key, struct soft_say say, const uint8_t *cookie);
/* How often that was refused for that. */
int64_t refused_for(const char *event, const char *reason);

#endif
