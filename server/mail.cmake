# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET base_process)
  sekisho_program(sekisho-mail SOURCES mail.c mail_smtp.c mail_sql.c
    LINKS notify_message sql base_process PkgConfig::libcurl)
endif()
