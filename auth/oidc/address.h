/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_ADDRESS_H
#define AUTH_OIDC_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Where a provider may be: any public address, and of the others those that the administrator has
 * listed ("10.1.0.0/16 fd00::/8"; one address is a network too). A provider's name is foreign
 * input: without this it would reach our own network. */
bool oidc_address_allowed(const struct sockaddr *address, const char *listed);
/* The list itself is well formed. */
bool oidc_addresses_valid(const char *listed);

#endif
