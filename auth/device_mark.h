/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_DEVICE_MARK_H
#define AUTH_DEVICE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/uuid.h"

/*
 * A device cookie is 8 bytes that all of one person's share (of an HMAC of the person's id), 8
 * random ones, and 16 of an HMAC-SHA-256 of these, under a key of this installation: it can be told
 * without asking the database that somebody signed in here with it once. That proves nothing about
 * who shows it (auth/device.h does); it gives a place in a queue that those who never signed in
 * cannot fill.
 */
enum { DEVICE_MARK_KEY = 32, DEVICE_TOKEN = 32 };

/* Once for the process, before anybody is asked; later calls change nothing. */
void device_mark_start(const uint8_t key[DEVICE_MARK_KEY]);
/* A new cookie; random throughout while the key is not known. */
void device_mark_make(const struct uuid *user_id, uint8_t out[DEVICE_TOKEN]);
/* False also before the key is known. Any thread. */
bool device_mark_holds(struct block token);

#endif
