# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET ops)
  sekisho_program(sekishoctl SOURCES ctl.c ctl_client.c ctl_op.c LINKS ops rbac_core base)
endif()
