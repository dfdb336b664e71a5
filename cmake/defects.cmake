# SPDX-License-Identifier: GPL-3.0-or-later
# SEKISHO_DEFECT=name plants one defect, so that tests/faults/defects.sh can see the tests of that control go red.
# Each line: name, the sources that change. The version says which defect a program has.
set(SEKISHO_DEFECT "" CACHE STRING "a planted defect, for tests only: see cmake/defects.cmake")
set(SEKISHO_DEFECTS
    skip_fsync=sessions/recording.c,vault/checkpoint_state.c
    skip_lease_check=server/authority_live_steps.c
    forward_before_recording=sessions/recording.c
    accept_replayed_grant=gateways/agent/policy.c
    accept_replayed_code=vault/totp.c
    lend_exclusive_twice=access/grant_leases.c
    end_anybodys_session=server/authority_live_steps.c
    believe_broken_keeper=vault/keeper_client.c
    forget_commit=sql/db.c)

function(sekisho_plant_defect)
  if(NOT SEKISHO_DEFECT)
    return()
  endif()
  foreach(row ${SEKISHO_DEFECTS})
    string(REGEX MATCH "^([^=]*)=(.*)$" whole "${row}")
    if(NOT CMAKE_MATCH_1 STREQUAL SEKISHO_DEFECT)
      continue()
    endif()
    string(TOUPPER "SEKISHO_DEFECT_${CMAKE_MATCH_1}" macro)
    string(REPLACE "," ";" files "${CMAKE_MATCH_2}")
    foreach(file ${files})
      string(REGEX MATCH "^[^/]*" folder "${file}")
      set_property(SOURCE "${CMAKE_SOURCE_DIR}/${file}" DIRECTORY "${CMAKE_SOURCE_DIR}/${folder}"
                   APPEND PROPERTY COMPILE_DEFINITIONS "${macro}")
    endforeach()
    message(WARNING "This build has a planted defect: ${SEKISHO_DEFECT}")
    return()
  endforeach()
  message(FATAL_ERROR "There is no defect ${SEKISHO_DEFECT}")
endfunction()
