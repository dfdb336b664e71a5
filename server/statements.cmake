# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_db_test(test_statements
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/server/test_statements.c statements.c worker_sql.c forward_sql.c mail_sql.c
  LINKS web_reads authority_core notify notify_message audit_tree audit_http sessions_ops targets_ops gateways_presence
        sql_migrate)
add_test(NAME statements_are_listed
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/unit/server/check_statements.py
                 ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/bin)
