#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes auth/place_table.h: for each country the towns that the tz database names its time zones after.

    auth/places.py [/usr/share/zoneinfo/zone.tab] > auth/place_table.h

zone.tab is in the public domain. Not run by the build: a newer tz database need not change the table.
"""
import re
import sys


def hundredths(text):
    """+DDMM, +DDDMM or with seconds, as hundredths of a degree."""
    digits = text[1:]
    degrees = 2 if len(digits) in (4, 6) else 3
    seconds = int(digits[:degrees]) * 3600 + int(digits[degrees:degrees + 2]) * 60 + int(digits[degrees + 2:] or 0)
    return (-1 if text[0] == "-" else 1) * round(seconds / 36)


def towns(path):
    for line in open(path, encoding="utf-8"):
        if not line.startswith("#"):
            country, where = line.split("\t")[:2]
            match = re.fullmatch(r"([+-]\d{4,6})([+-]\d{5,7})", where)
            yield country, hundredths(match[1]), hundredths(match[2])


def main(path="/usr/share/zoneinfo/zone.tab"):
    print("""/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Written by auth/places.py: change that. */
#ifndef AUTH_PLACE_TABLE_H
#define AUTH_PLACE_TABLE_H

#include <stdint.h>

/* clang-format off */
/* Hundredths of a degree, north and east. */
static const struct place {
	char country[3];
	int16_t north, east;
} places[] = {""")
    cells = ['{"%s", %d, %d},' % town for town in sorted(set(towns(path)))]
    for start in range(0, len(cells), 4):
        print("\t" + " ".join(cells[start:start + 4]))
    print("""};
/* clang-format on */

#endif""")


if __name__ == "__main__":
    main(*sys.argv[1:])
