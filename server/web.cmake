# SPDX-License-Identifier: GPL-3.0-or-later
include(${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
set(web_unit ${CMAKE_SOURCE_DIR}/tests/unit/server)

# Every operation row: linked by web and by authority.
sekisho_library(ops SOURCES ops.c system_api.c 
  LINKS access_api audit_api auth_api gateways_api notify_api rbac_api reports_api sessions_api targets_api base)

sekisho_library(web_csv SOURCES web_csv.c LINKS base)
sekisho_library(web_json SOURCES web_json.c LINKS base PkgConfig::jansson)
# base/json and jansson share three names: ours must not be seen by the shared library.
target_link_options(web_json INTERFACE -Wl,--exclude-libs,libbase.a)
sekisho_library(plain SOURCES plain.c plain_words.c LINKS auth_api reports_zone base PkgConfig::jansson)
target_link_options(plain INTERFACE -Wl,--exclude-libs,libbase.a)
sekisho_library(web_count SOURCES web_count.c LINKS base)
sekisho_library(web_core
  SOURCES web.c web_dispatch.c web_forwarded.c web_guard.c web_http.c web_link.c web_match.c web_oauth.c web_page.c web_parse.c web_pool.c
          web_rate.c web_render.c web_run.c web_sse.c web_static.c web_stream.c web_upgrade.c
          $<TARGET_OBJECTS:web_assets>
  LINKS plain token_text web_count web_json web_csv rbac_core sql base PkgConfig::libmicrohttpd PkgConfig::libcrypto)
sekisho_library(system_http SOURCES metrics.c metrics_sql.c system_http.c system_sql.c
  LINKS web_count audit sql base)
sekisho_library(web_reads SOURCES web_reads.c 
  LINKS access_http audit_http auth_http gateways_http notify_http rbac_http reports_http sessions_http targets_http system_http ops)

sekisho_program(sekisho-web SOURCES web_main.c LINKS web_core web_reads gateways_http base_process)

# The real process, confined, under connection churn.
sekisho_test(test_web_process
  SOURCES ${web_unit}/test_web_process.c ${web_unit}/fake_authority.c LINKS web_core base_conf)
add_dependencies(test_web_process sekisho-web)
sekisho_test(test_forwarded SOURCES ${web_unit}/test_forwarded.c web_forwarded.c LINKS base)
sekisho_test(test_web SOURCES ${web_unit}/test_web.c ${web_unit}/fake_authority.c LINKS web_core)
sekisho_test(test_plain SOURCES ${web_unit}/test_plain.c ${web_unit}/fake_authority.c LINKS web_core)
sekisho_test(test_web_static SOURCES ${web_unit}/test_web_static.c ${web_unit}/fake_authority.c
             LINKS web_core)
sekisho_label(test_web_process threads processes)
sekisho_long(test_web_process 10)
sekisho_label(test_web threads)
sekisho_label(test_plain threads)
sekisho_label(test_web_static threads)

sekisho_db_test(test_system SOURCES ${web_unit}/test_system.c LINKS system_http)
sekisho_test(test_routes
  SOURCES ${web_unit}/test_routes.c authority_ops.c
  LINKS web_reads auth_ops rbac_ops targets_ops access_ops sessions_ops gateways_ops audit_ops
        reports_ops notify_ops ops)
add_executable(ops_dump ${web_unit}/ops_dump.c)
sekisho_flags(ops_dump)
target_link_libraries(ops_dump PRIVATE ops rbac_core)
add_test(NAME openapi_agrees
         COMMAND ${Python3_EXECUTABLE} ${web_unit}/check_openapi.py
                 ${CMAKE_SOURCE_DIR}/docs/openapi.yaml $<TARGET_FILE:ops_dump>)
set_tests_properties(openapi_agrees PROPERTIES SKIP_RETURN_CODE 77)
