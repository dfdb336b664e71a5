/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_REPLAY_H
#define SERVER_AUTHORITY_REPLAY_H

#include "server/authority_live.h"

/* Starts a confined process that decrypts one recording into a pipe; the read end is the body of
 * the answer. The audit event of the reading was committed by the operation before. */
void replay_start(struct authority *authority, const struct live_replay *want);
void replay_forget_chan(struct authority *authority, struct chan *chan);

#endif
