/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/guess/hall.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/adaptive_policy.h"
#include "auth/break_glass.h"
#include "auth/floor.h"
#include "auth/lane_sql.h"
#include "auth/passkey_sql.h"
#include "auth/password.h"
#include "auth/password_renew.h"
#include "auth/secret_store.h"
#include "auth/signin_inner.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/sys.h"
#include "sql/db.h"
#include "vault/keeper.h"

enum { LANE_BITS = 20, LANES = 1 << LANE_BITS, CODE_SECONDS = 30, CODES = 1000000 };
/* When everything begins: a Monday, and some way into the monotonic clock. */
static const int64_t real_start = INT64_C(1763942400) * 1000000,
		     mono_start = 1000 * INT64_C(3600000000);

struct kept_lane {
	uint64_t key; /* 0: free */
	struct lane_row row;
};

static struct {
	struct hall_person *people;
	size_t count;
	struct kept_lane *lanes;
	struct ctx ctx;
	struct rng random;
	int64_t now;
	uint8_t lane_key[32];
	struct secret *password; /* what is shown: guarded memory is slow to make */
} hall;
struct hall_count hall_count;
static const struct conf conf = {.public_url = "https://sekisho.example",
				 .session_idle_minutes = 30,
				 .session_max_hours = 12,
				 .adaptive_sign_in = CONF_ADAPTIVE_OFF};
static const char nobodys[] = "-";

/* --- Clock and dice --- */

#define STAND_IN(name) __typeof__(name) __wrap_##name

STAND_IN(sys_real_us);
int64_t __wrap_sys_real_us(void)
{
	return real_start + hall.now;
}

STAND_IN(sys_mono_us);
int64_t __wrap_sys_mono_us(void)
{
	return mono_start + hall.now;
}

STAND_IN(sys_random);
void __wrap_sys_random(void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)data)[i] = (uint8_t)rng_next(&hall.random);
}

STAND_IN(db_transaction);
enum err __wrap_db_transaction(struct ctx *ctx, enum err (*work)(struct ctx *ctx, void *arg),
			       void *arg)
{
	return work(ctx, arg);
}

/* --- Who there is --- */

static const struct hall_person *person_of(const struct uuid *id)
{
	uint32_t at;

	if (uuid_is_nil(id))
		return NULL;
	memcpy(&at, id->b + 4, sizeof(at));
	return &hall.people[at];
}

static struct signin_row row_of(const struct hall_person *person)
{
	return (struct signin_row){.user = {.id = person->id,
					    .login = person->login,
					    .display_name = person->login,
					    .language = "en",
					    .timezone = "UTC",
					    .theme = "",
					    .state = "active"},
				   .hash = person->password};
}

STAND_IN(signin_sql_by_login);
enum err __wrap_signin_sql_by_login(struct ctx *ctx, const char *login, struct signin_row *out)
{
	char *end = NULL;
	size_t at = login[0] == 'u' ? strtoul(login + 1, &end, 10) : hall.count;

	(void)ctx;
	*out = (struct signin_row){0};
	if (end && *end == 0 && at < hall.count)
		*out = row_of(&hall.people[at]);
	return ERR_OK;
}

STAND_IN(signin_sql_again);
enum err __wrap_signin_sql_again(struct ctx *ctx, const struct uuid *user_id,
				 struct signin_row *out)
{
	const struct hall_person *person = person_of(user_id);

	(void)ctx;
	if (!person)
		return ERR_NOT_FOUND;
	*out = row_of(person);
	return ERR_OK;
}

STAND_IN(signin_sql_setting);
enum err __wrap_signin_sql_setting(struct ctx *ctx, const char *name, struct block *out)
{
	static const uint8_t nobodys_seed[UUID_SIZE] = {1};

	(void)ctx;
	if (strcmp(name, "auth.lane_key") == 0)
		*out = (struct block){hall.lane_key, sizeof(hall.lane_key)};
	else if (strcmp(name, SETTING_DUMMY_HASH) == 0)
		*out = (struct block){(const uint8_t *)nobodys, strlen(nobodys)};
	else
		*out = (struct block){nobodys_seed, UUID_SIZE};
	return ERR_OK;
}

STAND_IN(signin_sql_network_known);
enum err __wrap_signin_sql_network_known(struct ctx *ctx, const struct uuid *user_id,
					 struct block peer, bool *out)
{
	const struct hall_person *person = person_of(user_id);

	(void)ctx;
	*out = person && strlen(person->peer) == peer.len &&
	       memcmp(person->peer, peer.data, peer.len) == 0;
	return ERR_OK;
}

/* The cookie is the id, and whoever shows it proves its key. */
STAND_IN(device_find);
enum err __wrap_device_find(struct ctx *ctx, const struct in *in, const struct uuid *user_id,
			    struct device_found *out)
{
	bool is =
		in->device.len == UUID_SIZE && memcmp(in->device.data, user_id->b, UUID_SIZE) == 0;

	(void)ctx;
	*out = (struct device_found){0};
	if (is)
		*out = (struct device_found){*user_id, true, true};
	return ERR_OK;
}

STAND_IN(break_glass_of);
enum err __wrap_break_glass_of(struct ctx *ctx, const struct uuid *user_id, const char **out)
{
	(void)ctx;
	(void)user_id;
	*out = NULL;
	return ERR_OK;
}

/* --- What is shown --- */

STAND_IN(password_matches);
bool __wrap_password_matches(struct ctx *ctx, const char *hash, const struct secret *password)
{
	bool is = strncmp(hash, (const char *)secret_bytes(password), HALL_PASSWORD) == 0;

	(void)ctx;
	hall_count.looked_at++;
	hall_count.right_seen += is;
	return is;
}

STAND_IN(factor_sql_devices);
enum err __wrap_factor_sql_devices(struct ctx *ctx, const struct uuid *user_id,
				   struct totp_device out[TOTP_DEVICES_MAX], size_t *out_count)
{
	const struct hall_person *person = person_of(user_id);

	(void)ctx;
	*out_count = person && person->has_code;
	if (*out_count)
		out[0] = (struct totp_device){
			.id = person->id, .secret_id = person->id, .label = ""};
	return ERR_OK;
}

STAND_IN(factor_sql_step);
enum err __wrap_factor_sql_step(struct ctx *ctx, const struct uuid *id, uint64_t step, bool *out)
{
	(void)ctx;
	(void)step;
	*out = !uuid_is_nil(id);
	return ERR_OK;
}

STAND_IN(passkey_sql_count);
enum err __wrap_passkey_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out)
{
	(void)ctx;
	(void)user_id;
	*out = 0;
	return ERR_OK;
}

STAND_IN(secret_store_get);
enum err __wrap_secret_store_get(struct ctx *ctx, const struct uuid *id, struct secret_ref *out_ref,
				 struct block *out_blob)
{
	(void)ctx;
	*out_ref = (struct secret_ref){.id = *id};
	*out_blob = (struct block){0};
	return ERR_OK;
}

static void code_at(const struct uuid *id, int64_t step, char out[8])
{
	struct rng rng;

	memcpy(&rng.state, id->b, sizeof(rng.state));
	rng.state ^= (uint64_t)step * UINT64_C(0x9e3779b97f4a7c15);
	(void)snprintf(out, 8, "%06u", rng_below(&rng, CODES));
}

/* One of three codes is good, as with the real ones. */
STAND_IN(keeper_totp_check);
enum err __wrap_keeper_totp_check(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
				  const char *code, int64_t unix_seconds, uint64_t last_step,
				  uint64_t *out_step)
{
	(void)blob;
	(void)last_step;
	for (int64_t step = unix_seconds / CODE_SECONDS - 1;
	     step <= unix_seconds / CODE_SECONDS + 1; step++) {
		char good[8];
		code_at(&ref->id, step, good);
		if (strcmp(code, good) != 0)
			continue;
		*out_step = (uint64_t)step;
		return ERR_OK;
	}
	return err_reason(ctx, ERR_UNAUTHENTICATED, "totp.wrong", "Not this code.");
}

/* --- What is kept --- */

static struct kept_lane *lane_at(const struct lane *lane, enum lane_authenticator what)
{
	uint64_t subject, id;

	memcpy(&subject, lane->subject, sizeof(subject));
	memcpy(&id, lane->id, sizeof(id));
	uint64_t key = (subject ^ id * UINT64_C(0x9e3779b97f4a7c15)) + (uint64_t)what;
	key += key == 0;
	size_t at = key >> (64 - LANE_BITS);
	while (hall.lanes[at].key && hall.lanes[at].key != key)
		at = (at + 1) % LANES;
	hall.lanes[at].key = key;
	return &hall.lanes[at];
}

STAND_IN(lane_sql_get);
enum err __wrap_lane_sql_get(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
			     struct lane_row *out)
{
	(void)ctx;
	*out = lane_at(lane, what)->row;
	return out->fails ? ERR_OK : ERR_NOT_FOUND;
}

STAND_IN(lane_sql_put);
enum err __wrap_lane_sql_put(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
			     const struct lane_row *row)
{
	(void)ctx;
	lane_at(lane, what)->row = *row;
	return ERR_OK;
}

STAND_IN(lane_sql_delete);
enum err __wrap_lane_sql_delete(struct ctx *ctx, const struct lane *lane,
				enum lane_authenticator what)
{
	(void)ctx;
	lane_at(lane, what)->row = (struct lane_row){0};
	return ERR_OK;
}

STAND_IN(audit_append);
enum err __wrap_audit_append(struct ctx *ctx, const struct audit *audit)
{
	(void)ctx;
	for (size_t i = 0; i < audit->data_count; i++)
		hall_count.disabled += strcmp(audit->data[i].name, "disabled") == 0;
	return ERR_OK;
}

STAND_IN(past_add);
enum err __wrap_past_add(struct ctx *ctx, const struct past *past)
{
	(void)ctx;
	(void)past;
	return ERR_OK;
}

STAND_IN(adaptive_policy_read);
enum err __wrap_adaptive_policy_read(struct ctx *ctx, bool lock, struct adaptive_policy *out)
{
	(void)ctx;
	(void)lock;
	*out = (struct adaptive_policy){0};
	return ERR_OK;
}

STAND_IN(device_seen);
enum err __wrap_device_seen(struct ctx *ctx, const struct in *in, const struct uuid *id)
{
	(void)ctx;
	(void)in;
	(void)id;
	return ERR_OK;
}

STAND_IN(device_make);
enum err __wrap_device_make(struct ctx *ctx, const struct in *in, const struct uuid *user_id,
			    const uint8_t token_hash[32], struct uuid *out_id)
{
	(void)ctx;
	(void)in;
	(void)token_hash;
	*out_id = *user_id;
	return ERR_OK;
}

STAND_IN(session_open);
enum err __wrap_session_open(struct ctx *ctx, const struct user *user,
			     const struct session_where *where, struct uuid *out_id,
			     char out_cookie[SESSION_COOKIE_TEXT])
{
	(void)ctx;
	(void)where;
	*out_id = user->id;
	out_cookie[0] = 0;
	hall_count.let_in++;
	return ERR_OK;
}

STAND_IN(factor_standing_of);
enum err __wrap_factor_standing_of(struct ctx *ctx, const struct uuid *user_id,
				   struct factor_standing *out)
{
	(void)ctx;
	(void)user_id;
	*out = (struct factor_standing){0};
	return ERR_OK;
}

STAND_IN(password_renew);
void __wrap_password_renew(struct ctx *ctx, const struct uuid *user_id, const char *hash,
			   const struct secret *password)
{
	(void)ctx;
	(void)user_id;
	(void)hash;
	(void)password;
}

/* --- The hall --- */

void hall_open(struct hall_person *people, size_t count, uint64_t seed)
{
	struct arena *arena = arena_new((size_t)1 << 20);

	if (sodium_init() < 0 || !arena)
		abort();
	hall_count = (struct hall_count){0};
	hall.random = (struct rng){seed};
	hall.now = 0;
	hall.people = people;
	hall.count = count;
	hall.password = secret_new(HALL_PASSWORD);
	hall.lanes = calloc(LANES, sizeof(*hall.lanes));
	__wrap_sys_random(hall.lane_key, sizeof(hall.lane_key));
	ctx_init(&hall.ctx, arena);
	hall.ctx.conf = &conf;
	hall.ctx.watch = watch_new();
	if (!hall.password || !hall.lanes || !hall.ctx.watch)
		abort();
	for (uint32_t i = 0; i < count; i++) {
		people[i].id = (struct uuid){{7}};
		memcpy(people[i].id.b + 4, &i, sizeof(i));
		(void)snprintf(people[i].login, sizeof(people[i].login), "u%u", i);
	}
}

void hall_close(void)
{
	watch_free(hall.ctx.watch);
	arena_free(hall.ctx.arena);
	secret_free(hall.password);
	free(hall.lanes);
	hall.lanes = NULL;
}

void hall_clock(int64_t us)
{
	if (us > hall.now)
		hall.now = us;
}

void hall_code(const struct hall_person *person, char out[8])
{
	code_at(&person->id, __wrap_sys_real_us() / 1000000 / CODE_SECONDS, out);
}

bool hall_sign_in(const struct hall_try *attempt)
{
	const struct hall_person *device = attempt->device;
	const struct in in = {.peer = {(const uint8_t *)attempt->peer, strlen(attempt->peer)},
			      .device = {device ? device->id.b : NULL, device ? UUID_SIZE : 0},
			      .user_agent = "",
			      .languages = ""};
	struct signin_result result;
	const struct signin signin = {.login = attempt->login,
				      .code = attempt->code,
				      .password = hall.password,
				      .in = &in};

	memset(secret_data(hall.password), 0, HALL_PASSWORD);
	memcpy(secret_data(hall.password), attempt->password, strlen(attempt->password));
	enum err err = signin_run(&hall.ctx, &signin, &result);
	if (err != ERR_OK && err != ERR_UNAUTHENTICATED && err != ERR_LIMIT)
		abort();
	arena_reset(hall.ctx.arena);
	return err == ERR_OK;
}

struct watch_campaign hall_campaign(void)
{
	struct watch_news news;

	if (watch_news(hall.ctx.watch, mono_start + hall.now, &news))
		watch_told(hall.ctx.watch, &news);
	return news.campaign;
}
