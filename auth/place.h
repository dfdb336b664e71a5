/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PLACE_H
#define AUTH_PLACE_H

#include <stdbool.h>

#include "auth/geo.h"

/*
 * Whether two addresses are of one place on the network: of the same /24 (IPv6: /48), or one of
 * each kind, as a browser with both uses them in turn, unless geo (NULL: none) knows that their
 * providers differ. An address written as IPv6 that is IPv4 is IPv4. False where one is no address.
 */
bool place_is_same(const struct geo *geo, const char *one, const char *other);

#endif
