/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts for static analysers, which see one file at a time: force-included by the analyzer preset
 * and by tests/style/lint.sh, never by a build that runs. */
#ifndef BASE_ANALYSIS_H
#define BASE_ANALYSIS_H

#include "base/ctx.h"

/* A recorded error is not ERR_OK: after `return err_set(…)` the caller's outputs are not read. */
static inline enum err err_recorded(enum err code)
{
	if (code == ERR_OK)
		__builtin_unreachable();
	return code;
}
#define err_record(...) err_recorded(err_record(__VA_ARGS__))

#endif
