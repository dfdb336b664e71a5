# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET base_process)
  sekisho_program(sekisho-worker SOURCES worker.c worker_link.c worker_sql.c worker_witness.c
    LINKS gateways_proto audit_sequencer audit_recording_chain sql base_process)
  if(TARGET base_conf)
    sekisho_db_test(test_trust_roles
      SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/server/test_trust_roles.c
      LINKS audit audit_sequencer vault_client base_conf)
    add_dependencies(test_trust_roles sekisho-keeper sekisho-worker)
    sekisho_label(test_trust_roles processes)
  endif()
endif()
