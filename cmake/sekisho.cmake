# SPDX-License-Identifier: GPL-3.0-or-later
# sekisho_library(NAME SOURCES a.c … LINKS other …): one static library of our own code.
# sekisho_program(NAME SOURCES … LINKS …): one executable per role, in build/bin.
# sekisho_test(NAME SOURCES … LINKS …): a cmocka program, registered with ctest.
# sekisho_long(TEST SECONDS): about so long, so it starts before shorter ones: a fresh build folder has no times of
# its own yet, and a long one started last would run alone.
# sekisho_label(TEST LABEL…): labels of ctest, docs/TESTING.md lists them; the target tests_threads
# builds what the label "threads" needs.
function(sekisho_flags target)
  target_compile_options(${target} PRIVATE ${SEKISHO_C_FLAGS})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()

function(sekisho_test_flags target)
  sekisho_flags(${target})
  if(SEKISHO_EXTRA_C_FLAGS MATCHES "-fanalyzer")
    # The analyzer cannot know that cmocka's assertions do not return.
    target_compile_options(${target} PRIVATE -fno-analyzer)
  endif()
endfunction()

function(sekisho_library name)
  cmake_parse_arguments(A "STRICT" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  sekisho_flags(${name})
  if(A_STRICT)
    target_compile_options(${name} PRIVATE -Wconversion)
  endif()
  target_link_libraries(${name} PUBLIC ${A_LINKS})
endfunction()

function(sekisho_program name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  sekisho_flags(${name})
  target_link_libraries(${name} PRIVATE ${A_LINKS})
  # Our json_object() and jansson's are different functions: keep ours out of the dynamic symbols.
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin
                                           C_VISIBILITY_PRESET hidden)
endfunction()

add_custom_target(tests_threads)
function(sekisho_label test)
  set_property(TEST ${test} APPEND PROPERTY LABELS ${ARGN})
  if("threads" IN_LIST ARGN AND TARGET ${test})
    add_dependencies(tests_threads ${test})
  endif()
endfunction()

function(sekisho_long test seconds)
  set_tests_properties(${test} PROPERTIES COST ${seconds})
endfunction()

function(sekisho_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  add_executable(${name} ${A_SOURCES})
  sekisho_test_flags(${name})
  target_compile_definitions(${name} PRIVATE SEKISHO_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             SEKISHO_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${A_LINKS} cmocka)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
