/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_ADDRESS_H
#define TARGETS_ADDRESS_H

#include <stdbool.h>

enum { ADDRESS_SIZE = 254, ADDRESSES_MAX = 8 };

/*
 * An IPv4 address in dotted decimals, an IPv6 address without zone, or a host name (RFC 1123:
 * labels of letters, digits and inner hyphens, 63 each, 253 in all; a last label of digits only is
 * a mistyped address). Writes the canonical form: lower case, IPv6 as RFC 5952, no dot at the end.
 */
bool address_normalise(const char *text, char out[ADDRESS_SIZE]);

#endif
