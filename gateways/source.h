/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_SOURCE_H
#define GATEWAYS_SOURCE_H

#include <stdbool.h>

#include "base/conf.h"

/* Where gateways may come from: the setting gateway_sources and, separated by commas, the ranges of
 * one gateway (NULL or "": any). conf may be NULL. A range that does not parse allows nothing. */
bool source_allowed(const struct conf *conf, const char *ranges, const char *peer);
/* Whether text is a range: "192.0.2.0/24", "2001:db8::/32", or one address. */
bool source_is_range(const char *text);

#endif
