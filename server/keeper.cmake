# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET base_process)
  sekisho_program(sekisho-keeper SOURCES keeper.c LINKS vault base_process)
  # What holds the keys has no parser, no database and no network library beside it.
  if(NOT SEKISHO_SANITIZE)
    add_test(NAME keeper_links_exactly
             COMMAND ${CMAKE_SOURCE_DIR}/tests/unit/server/links_exactly.sh
                     $<TARGET_FILE:sekisho-keeper> libc libcrypto libsodium liboath)
  endif()
endif()
