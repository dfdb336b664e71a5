# SPDX-License-Identifier: GPL-3.0-or-later
# Edge: TLS and tunnels, and of HTTP only where a request ends; no database, no keeper.
sekisho_library(edge_request STRICT SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/edge_request.c LINKS base)
sekisho_test(test_edge_request
             SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/server/test_edge_request.c LINKS edge_request)
sekisho_library(edge_core
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/edge_run.c ${CMAKE_CURRENT_SOURCE_DIR}/edge_tls.c
          ${CMAKE_CURRENT_SOURCE_DIR}/edge_front.c ${CMAKE_CURRENT_SOURCE_DIR}/edge_address.c
          ${CMAKE_CURRENT_SOURCE_DIR}/edge_pump.c ${CMAKE_CURRENT_SOURCE_DIR}/edge_gateway.c
          ${CMAKE_CURRENT_SOURCE_DIR}/edge_policy.c
  LINKS edge_request gateways_stream)
sekisho_test(test_edge_policy
             SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/server/test_edge_policy.c LINKS edge_core)
sekisho_test(test_edge_address
             SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/server/test_edge_address.c LINKS edge_core)
if(TARGET base_process)
  sekisho_program(sekisho-edge SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/edge.c
                  LINKS edge_core base_process)
endif()

# Edge, the gateway and a real keeper over TLS on the loopback; web and authority are the test's.
if(TARGET sekisho-gateway AND TARGET base_process AND TARGET vault AND TARGET gateways_http)
  sekisho_test(test_tunnel
    SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/gateways/test_tunnel.c
            ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
    LINKS edge_core gateways_agent gateways_http vault vault_client base_process)
  add_dependencies(test_tunnel sekisho-gateway)
  sekisho_label(test_tunnel threads processes)
  sekisho_long(test_tunnel 40)
endif()
