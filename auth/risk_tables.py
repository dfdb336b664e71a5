#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes auth/risk_tables.h: logarithms and decay factors for the sign-in score, rounded to nearest.

    auth/risk_tables.py > auth/risk_tables.h         after a change here
    auth/risk_tables.py --check auth/risk_tables.h   fails when the file is not what this writes

Computed with decimals of 40 digits, so that every machine writes the same file.
"""
import decimal
import sys

decimal.getcontext().prec = 40
D = decimal.Decimal
STEPS = 256      # ln(1 + i/STEPS), i = 0 … STEPS
HALF_LIFE = 45   # days
MICRO = 1000000


def nearest(value):
    return int(value.to_integral_value(rounding=decimal.ROUND_HALF_EVEN))


def rows(values):
    text = ""
    for start in range(0, len(values), 8):
        text += "\t" + ", ".join(str(v) for v in values[start:start + 8]) + ",\n"
    return text


def header():
    logs = [nearest((1 + D(i) / STEPS).ln() * MICRO) for i in range(STEPS + 1)]
    decay = [nearest((-D(2).ln() * i / HALF_LIFE).exp() * 65536) for i in range(HALF_LIFE)]
    return f"""/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Written by auth/risk_tables.py: change that. */
#ifndef AUTH_RISK_TABLES_H
#define AUTH_RISK_TABLES_H

#include <stdint.h>

/* clang-format off */
enum {{ RISK_LN_STEPS = {STEPS}, RISK_LN_2 = {nearest(D(2).ln() * MICRO * 1000)}, RISK_HALF_LIFE = {HALF_LIFE} }};

/* RISK_LN_2 is in billionths; ln(1 + i / {STEPS}) in millionths. */
static const int32_t risk_ln_table[RISK_LN_STEPS + 1] = {{
{rows(logs)}}};

/* What is left of 65536 after i days. */
static const uint32_t risk_decay_table[RISK_HALF_LIFE] = {{
{rows(decay)}}};
/* clang-format on */

#endif
"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        if open(sys.argv[2], encoding="utf-8").read() != header():
            sys.exit(f"{sys.argv[2]} is not what {sys.argv[0]} writes")
    else:
        print(header(), end="")
