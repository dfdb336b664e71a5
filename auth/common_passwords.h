/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_COMMON_PASSWORDS_H
#define AUTH_COMMON_PASSWORDS_H

#include <stdint.h>

/* The bytes of auth/common_passwords.txt, and how many they are. */
extern const char built_in_passwords[];
extern const uint64_t built_in_passwords_size;

#endif
