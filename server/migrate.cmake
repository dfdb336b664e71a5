# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_program(sekisho-migrate SOURCES migrate.c LINKS sql_migrate base_process)
