/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_SERVICE_H
#define VAULT_SERVICE_H

#include <stdint.h>

#include "base/err.h"

/*
 * The keeper's work: one channel, one table of {message, allowed while sealed, handler}, one
 * thread. server/keeper.c starts and confines the process around it.
 */
struct keeper_service;

struct keeper_config {
	uint8_t provider; /* enum conf_provider */
	int rootkey_fd;	  /* sealed-file provider: read-write, or -1 */
	int state_fd;	  /* last checkpoint signed: read-write */
};

/* Warms up cryptography and locked memory; NULL when something essential is missing. Borrows the
 * descriptors. */
struct keeper_service *keeper_service_new(const struct keeper_config *config);
/* Wipes all keys. */
void keeper_service_free(struct keeper_service *service);

/* Answers until the peer is gone (ERR_OK). Anything malformed, unlisted or carrying the wrong
 * descriptors ends it with ERR_DENIED or ERR_INPUT: the only peer is authority, so it is a bug or
 * an attack. */
enum err keeper_service_serve(struct keeper_service *service, int channel_fd) ERR_CHECKED;

#endif
