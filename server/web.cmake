# SPDX-License-Identifier: GPL-3.0-or-later
include(${CMAKE_SOURCE_DIR}/cmake/embed.cmake)

sekisho_library(web_json SOURCES web_json.c LINKS base PkgConfig::jansson)
sekisho_library(web_core
  SOURCES web.c web_dispatch.c web_guard.c web_http.c web_link.c web_match.c web_parse.c web_pool.c
          web_rate.c web_render.c web_run.c web_sse.c web_static.c web_stream.c web_upgrade.c
          $<TARGET_OBJECTS:web_assets>
  LINKS web_json rbac_core sql base PkgConfig::libmicrohttpd PkgConfig::libcrypto)
