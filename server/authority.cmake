# SPDX-License-Identifier: GPL-3.0-or-later
set(authority_unit ${CMAKE_SOURCE_DIR}/tests/unit/server)

# Deciding, without channels: also what the tests drive.
sekisho_library(authority_runner
  SOURCES authority_runner.c authority_result.c authority_special.c authority_idempotency.c
          authority_pool.c
  LINKS auth audit rbac_core sql base PkgConfig::libsodium Threads::Threads)

sekisho_db_test(test_signin
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/test_signin.c
          ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
  LINKS authority_runner auth_ops vault vault_client PkgConfig::libsodium PkgConfig::liboath)
sekisho_test(test_password SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/test_password.c
             LINKS auth)
