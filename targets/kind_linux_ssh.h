/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_KIND_LINUX_SSH_H
#define TARGETS_KIND_LINUX_SSH_H

#include "targets/kind.h"

/* Linux and other Unix hosts by SSH, with a password or a private key. */
extern const struct target_kind target_kind_linux_ssh;

#endif
