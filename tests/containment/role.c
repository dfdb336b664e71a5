/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/containment/attack.h"

/* One object per program: ATTACK_ROLE, ATTACK_OWN and ATTACK_MESSAGES come from CMake. */
const struct attacked attacked = {ATTACK_ROLE, ATTACK_OWN, ATTACK_MESSAGES};
