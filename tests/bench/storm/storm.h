/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_STORM_H
#define TESTS_STORM_H

#include <openssl/ssl.h>

#include "gateways/agent/state.h"

/*
 * Many gateways in one process. Their certificates are issued by the server itself; one key serves
 * all of them, which changes nothing for the server and saves the making of thousands.
 * In a folder: key.pem, and certificates-N.pem of each enrolling process.
 */

/* The server's address on the loop-back interface, and a source address for the n-th gateway:
 * edge bounds what one address may have open, web what it may ask. */
int storm_socket(unsigned n);
/* 127.0.0.1:port; 0 when it worked or is under way. */
int storm_connect(int fd, const struct state *server);

/* One token a line on standard input, `count` processes take every count-th. Exit status. */
int storm_enrol(struct state *server, const char *folder, unsigned part, unsigned parts);
/* Keeps all gateways of the folder connected until it is ended; prints, at each change but at most
 * twenty times a second: monotonic seconds, control connections that were admitted, others. */
int storm_run(struct state *server, const char *folder, unsigned count);

#endif
