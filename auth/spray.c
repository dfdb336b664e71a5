/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/spray.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/sketch.h"
#include "base/sys.h"

enum { WINDOWS = 2, DEPTH = 4, WIDTH_BITS = 12, WIDTH = 1 << WIDTH_BITS, FULL = WIDTH };
static const int64_t window_us = 3600 * INT64_C(1000000);

struct window {
	int64_t number; /* which hour of its own count; -1: not yet */
	uint32_t noted;
	struct hll cells[DEPTH][WIDTH];
};

struct spray {
	struct secret *keys; /* one of 32 bytes for each window */
	struct window windows[WINDOWS];
};

struct spray *spray_new(void)
{
	struct spray *spray = calloc(1, sizeof(*spray));

	if (!spray)
		return NULL;
	spray->keys = secret_new((size_t)WINDOWS * crypto_auth_hmacsha256_KEYBYTES);
	if (!spray->keys) {
		free(spray);
		return NULL;
	}
	for (int i = 0; i < WINDOWS; i++)
		spray->windows[i].number = -1;
	return spray;
}

void spray_free(struct spray *spray)
{
	if (!spray)
		return;
	secret_free(spray->keys);
	free(spray);
}

static uint8_t *key_of(const struct spray *spray, int at)
{
	return secret_data(spray->keys) + (size_t)at * crypto_auth_hmacsha256_KEYBYTES;
}

static void turn(struct spray *spray, int at, int64_t now)
{
	struct window *window = &spray->windows[at];
	int64_t number = (now + at * (window_us / WINDOWS)) / window_us;

	if (number == window->number)
		return;
	memset(window, 0, sizeof(*window));
	window->number = number;
	sys_random(key_of(spray, at), crypto_auth_hmacsha256_KEYBYTES);
}

/* All that is ever kept of a password. */
static uint32_t tag_of(const uint8_t *key, const struct secret *password)
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256(mac, secret_bytes(password), secret_len(password), key);
	uint32_t tag = (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2];
	wipe(mac, sizeof(mac));
	return tag;
}

/* One bijection of the 24 bits for each row. */
static size_t place_of(uint32_t tag, int row)
{
	static const uint32_t odd[DEPTH] = {0x9e3779, 0x85ebcb, 0xc2b2af, 0x27d4eb};

	return (tag * odd[row] & 0xffffff) >> (24 - WIDTH_BITS);
}

static uint32_t note_in(struct window *window, uint32_t tag, uint64_t user)
{
	uint32_t least = UINT32_MAX;

	for (int row = 0; row < DEPTH; row++) {
		struct hll *cell = &window->cells[row][place_of(tag, row)];
		hll_add(cell, user);
		uint32_t count = hll_count(cell);
		if (count < least)
			least = count;
	}
	return ++window->noted > FULL ? 0 : least;
}

uint32_t spray_count(struct spray *spray, const struct secret *password, uint64_t user, int64_t now)
{
	uint32_t most = 0;

	for (int i = 0; i < WINDOWS; i++) {
		turn(spray, i, now);
		uint32_t count =
			note_in(&spray->windows[i], tag_of(key_of(spray, i), password), user);
		if (count > most)
			most = count;
	}
	return most;
}
