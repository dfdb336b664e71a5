/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Force-included: calls that have a safer form here. The headers come first so that their own text
 * is not hit. A file that must include a foreign header whose macros use such names is built with
 * -DBASE_BANNED_LATER and includes this file again, after it, with BASE_BANNED_NOW defined.
 * `rand` is a parameter name in <openssl/evp.h>: clang-tidy (cert-msc30-c) looks for it. */
#if !defined(BASE_BANNED_H) && (!defined(BASE_BANNED_LATER) || defined(BASE_BANNED_NOW))
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang sees the fortified sprintf as a macro, and refuses to poison a macro that exists. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gmtime localtime ctime \
	asctime atoi atol srand system gets

#endif
