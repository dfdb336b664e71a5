/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_BROKER_BROKER_H
#define SESSIONS_BROKER_BROKER_H

#include "base/err.h"

/*
 * One privileged session (or one connection test): the browser's WebSocket on one side, an SSH
 * client over a gateway stream on the other, authority on the control channel. Single-threaded,
 * never blocks on any of the three.
 */

/* Draws randomness and loads every algorithm used later, before the process is confined. */
enum err broker_warm_up(void) ERR_CHECKED;
/* Runs until the session is over or authority is gone. control: channel to authority. */
enum err broker_run(int control) ERR_CHECKED;

#endif
