/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Force-included: calls that have a safer form here. The headers come first so that their own text
 * is not hit. rand is left out because <openssl/evp.h> names parameters so; srand is in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gmtime localtime ctime \
	asctime atoi atol srand system gets

#endif
