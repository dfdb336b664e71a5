# SPDX-License-Identifier: GPL-3.0-or-later
# Edge: TLS and tunnels; no database, no HTTP, no keeper.
sekisho_library(edge_core
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/edge_run.c ${CMAKE_CURRENT_SOURCE_DIR}/edge_tls.c
          ${CMAKE_CURRENT_SOURCE_DIR}/edge_front.c ${CMAKE_CURRENT_SOURCE_DIR}/edge_address.c
          ${CMAKE_CURRENT_SOURCE_DIR}/edge_pump.c ${CMAKE_CURRENT_SOURCE_DIR}/edge_gateway.c
  LINKS gateways_stream)
if(TARGET base_process)
  sekisho_program(sekisho-edge SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/edge.c
                  LINKS edge_core base_process)
endif()
