/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cleanup.h"

#include <unistd.h>

void fd_close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
