# SPDX-License-Identifier: GPL-3.0-or-later
# web_assets: the built portal (portal/dist) as an object library; empty without it.
enable_language(ASM)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(assets ${CMAKE_CURRENT_BINARY_DIR}/web_assets)
set(dist ${CMAKE_SOURCE_DIR}/portal/dist)
if(NOT SEKISHO_PORTAL)
  set(dist ${CMAKE_CURRENT_BINARY_DIR}/no-portal)
endif()
# Runs in each build and writes only what changed: the portal's file names are not known in advance.
add_custom_target(web_assets_table
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed.py ${dist} ${assets}.c ${assets}.S
  BYPRODUCTS ${assets}.c ${assets}.S
  COMMENT "Embedding the portal")
add_library(web_assets OBJECT ${assets}.c ${assets}.S)
target_include_directories(web_assets PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(web_assets PRIVATE -fPIE)
add_dependencies(web_assets web_assets_table)

# The portal's own folder comes later: its target, when there is one, is built first.
function(web_assets_after_portal)
  if(SEKISHO_PORTAL AND TARGET portal)
    add_dependencies(web_assets_table portal)
  endif()
endfunction()
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL web_assets_after_portal)
