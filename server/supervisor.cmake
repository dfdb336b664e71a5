# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_program(sekishod
  SOURCES supervisor.c supervisor_data.c supervisor_proc.c supervisor_database.c supervisor_roles.c
  LINKS base_conf)

# The supervisor with stand-ins for the roles.
sekisho_program(sekisho-testrole SOURCES ${CMAKE_SOURCE_DIR}/tests/support/test_role.c
                LINKS base_process)
set_target_properties(sekisho-testrole PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                      ${CMAKE_BINARY_DIR}/tests)
add_test(NAME test_supervisor
         COMMAND ${CMAKE_SOURCE_DIR}/tests/unit/server/test_supervisor.sh ${CMAKE_BINARY_DIR}/bin
                 $<TARGET_FILE:sekisho-testrole>)
set_tests_properties(test_supervisor PROPERTIES TIMEOUT 180)
foreach(kind safe unsafe)
  add_test(NAME test_supervisor_socket_${kind}
           COMMAND ${CMAKE_SOURCE_DIR}/tests/support/mariadb.sh run
                   ${CMAKE_SOURCE_DIR}/tests/unit/server/test_supervisor_socket.sh
                   ${CMAKE_BINARY_DIR}/bin $<TARGET_FILE:sekisho-testrole> ${kind})
endforeach()
set_tests_properties(test_supervisor_socket_safe PROPERTIES TIMEOUT 120
                     ENVIRONMENT "SEKISHO_TEST_EMPTY=1;SEKISHO_TEST_CACHE=${CMAKE_BINARY_DIR}/tests")
set_tests_properties(test_supervisor_socket_unsafe PROPERTIES TIMEOUT 120
                     ENVIRONMENT "SEKISHO_TEST_EMPTY=1;SEKISHO_TEST_CACHE=${CMAKE_BINARY_DIR}/tests;SEKISHO_TEST_MARIADB_ARGS=--secure-timestamp=NO")
foreach(test test_supervisor test_supervisor_socket_safe test_supervisor_socket_unsafe)
  sekisho_label(${test} processes database)
endforeach()
# The whole of it on a server that is reached by TLS.
add_test(NAME test_database_host
         COMMAND ${CMAKE_SOURCE_DIR}/tests/unit/server/test_database_host.sh ${CMAKE_BINARY_DIR}/bin
                 ${CMAKE_SOURCE_DIR})
set_tests_properties(test_database_host PROPERTIES TIMEOUT 180 SKIP_RETURN_CODE 77
                     ENVIRONMENT SEKISHO_TEST_CACHE=${CMAKE_BINARY_DIR}/tests)
sekisho_label(test_database_host processes database)
sekisho_long(test_supervisor 16)
sekisho_long(test_database_host 7)
