# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET base_process)
  sekisho_program(sekisho-worker SOURCES worker.c worker_link.c worker_sql.c
    LINKS audit_sequencer audit_recording_chain sql base_process)
endif()
