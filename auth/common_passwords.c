/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/common_passwords.h"

/* C17 has no other way to take in a file. COMMON_PASSWORDS: its path, from CMakeLists.txt. */
__asm__("	.pushsection .rodata\n"
	"	.globl built_in_passwords, built_in_passwords_size\n"
	"	.p2align 3\n"
	"built_in_passwords_size:\n"
	"	.quad 1f - built_in_passwords\n"
	"built_in_passwords:\n"
	"	.incbin \"" COMMON_PASSWORDS "\"\n"
	"1:	.byte 0\n"
	"	.popsection\n");
