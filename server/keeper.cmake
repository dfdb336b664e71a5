# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET base_process)
  sekisho_program(sekisho-keeper SOURCES keeper.c LINKS vault base_process)
endif()
