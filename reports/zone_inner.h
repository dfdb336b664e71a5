/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_ZONE_INNER_H
#define REPORTS_ZONE_INNER_H

#include "reports/zone.h"

const struct zone *zone_utc(void);

#endif
