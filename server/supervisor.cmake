# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_program(sekishod
  SOURCES supervisor.c supervisor_data.c supervisor_proc.c supervisor_database.c supervisor_roles.c
  LINKS base_conf)
