# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET base_process)
  sekisho_program(sekisho-forward SOURCES forward.c forward_link.c forward_sql.c
    LINKS audit_syslog sql base_process PkgConfig::libssl PkgConfig::libcrypto)
endif()
