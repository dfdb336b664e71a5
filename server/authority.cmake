# SPDX-License-Identifier: GPL-3.0-or-later
set(authority_unit ${CMAKE_SOURCE_DIR}/tests/unit/server)

# Deciding, without channels: also what the tests drive.
sekisho_library(authority_runner
  SOURCES authority_runner.c authority_result.c authority_special.c authority_idempotency.c
          authority_pool.c authority_fair.c
  LINKS auth audit rbac_core sql base PkgConfig::libsodium Threads::Threads)
# Channels, live sessions, time.
set(authority_core_sources
    authority_task.c authority_execute.c authority_replay.c authority_live.c authority_broker.c
    authority_live_steps.c authority_live_sql.c authority_web.c authority_worker.c authority_mail.c
    authority_edge.c authority_lane.c authority_peers.c authority_tick.c authority_vault.c authority_ctl.c
    authority_clock.c authority_console.c authority_report.c authority_rotate.c authority_release.c authority_helper.c
    authority_hold.c authority_hold_sql.c authority_refresh.c)
sekisho_library(authority_core SOURCES ${authority_core_sources}
  LINKS authority_runner auth_ops access gateways_presence notify_server vault_client)

sekisho_program(sekisho-authority SOURCES authority.c authority_ops.c
  LINKS authority_core ops auth_ops rbac_ops targets_ops access_ops reports_ops sessions_ops gateways_ops
        audit_ops notify_ops notify base_process)

foreach(name test_signin test_factors test_policy test_federation test_meanwhile test_campaign test_device test_token test_program test_network_rules test_alike test_session_limit test_saml_keys)
  sekisho_db_test(${name}
    SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/${name}.c
            ${CMAKE_SOURCE_DIR}/tests/unit/auth/people.c
            ${CMAKE_SOURCE_DIR}/tests/support/device_key.c
            ${CMAKE_SOURCE_DIR}/tests/support/mmdb_write.c
            ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
    LINKS authority_runner auth_ops vault vault_client PkgConfig::libsodium PkgConfig::liboath PkgConfig::libcrypto)
  sekisho_label(${name} threads)
endforeach()
# With the real helper.
target_sources(test_saml_keys PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/helper_process.c)
add_dependencies(test_saml_keys sekisho-saml)
target_sources(test_alike PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/auth/alike_times.c)
target_link_libraries(test_alike PRIVATE m)
# It writes down what a sign-in does, by the names of what is called.
set(alike_wraps db_exec db_exec_many db_one db_query db_commit keeper_totp_check
    crypto_pwhash_argon2id_str_verify crypto_pwhash)
list(TRANSFORM alike_wraps PREPEND "-Wl,--wrap=")
target_link_options(test_alike PRIVATE ${alike_wraps})
sekisho_db_test(test_notify
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/notify/test_notify.c
          ${CMAKE_SOURCE_DIR}/tests/unit/auth/passkeys.c
          ${CMAKE_SOURCE_DIR}/tests/unit/auth/people.c
          ${CMAKE_SOURCE_DIR}/tests/support/device_key.c
          ${CMAKE_SOURCE_DIR}/tests/support/soft_key.c
          ${CMAKE_SOURCE_DIR}/tests/support/soft_maker.c
          ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
  LINKS authority_runner auth_ops notify notify_message vault vault_client PkgConfig::libsodium
        PkgConfig::liboath PkgConfig::libcrypto)
sekisho_long(test_signin 11)
foreach(name test_passkey test_floor test_adaptive test_break_glass test_past test_mail_code test_mail_sign_in)
  sekisho_db_test(${name}
    SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/${name}.c
            ${CMAKE_SOURCE_DIR}/tests/unit/auth/passkeys.c
            ${CMAKE_SOURCE_DIR}/tests/unit/auth/people.c
            ${CMAKE_SOURCE_DIR}/tests/support/device_key.c
            ${CMAKE_SOURCE_DIR}/tests/support/mmdb_write.c
            ${CMAKE_SOURCE_DIR}/tests/support/soft_key.c
            ${CMAKE_SOURCE_DIR}/tests/support/soft_maker.c
            ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
    LINKS authority_runner auth_ops notify vault vault_client PkgConfig::libsodium PkgConfig::liboath
          PkgConfig::libcrypto)
endforeach()
sekisho_label(test_passkey threads)
sekisho_label(test_floor threads)
sekisho_label(test_mail_code threads)
sekisho_label(test_mail_sign_in threads)
sekisho_label(test_break_glass threads)
sekisho_label(test_adaptive threads)
sekisho_label(test_past threads)
target_link_libraries(test_adaptive PRIVATE auth_http)
sekisho_test(test_password_list SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/test_password_list.c
             LINKS auth)
sekisho_test(test_password SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/test_password.c
             LINKS auth)

sekisho_test(test_fair SOURCES ${authority_unit}/test_fair.c authority_fair.c LINKS base)
sekisho_test(test_pool SOURCES ${authority_unit}/test_pool.c LINKS authority_runner)
sekisho_label(test_pool threads)
sekisho_test(test_gate SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/auth/test_gate.c LINKS auth)
target_link_options(test_gate PRIVATE -Wl,--wrap=pthread_cond_wait)
sekisho_label(test_gate threads)
sekisho_test(test_release SOURCES ${authority_unit}/test_release.c authority_release.c LINKS base)
sekisho_db_test(test_live
  SOURCES ${authority_unit}/test_live.c ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
          ${CMAKE_SOURCE_DIR}/tests/support/test_loan.c
  LINKS authority_core vault vault_client)
sekisho_label(test_live threads)
sekisho_long(test_live 7)
sekisho_db_test(test_clock SOURCES ${authority_unit}/test_clock.c LINKS authority_core)
sekisho_db_test(test_lane SOURCES ${authority_unit}/test_lane.c LINKS authority_core)
sekisho_label(test_lane threads)
# The same test against a build in which a secret leaves without its durable event: it must fail.
# Shows that the test would notice; nothing else links this library.
sekisho_library(authority_core_unaudited SOURCES ${authority_core_sources}
  LINKS authority_runner auth_ops access gateways_presence notify_server vault_client)
target_compile_definitions(authority_core_unaudited PRIVATE SEKISHO_TEST_RELEASE_WITHOUT_AUDIT)
sekisho_db_test(test_live_control_off
  SOURCES ${authority_unit}/test_live.c ${CMAKE_SOURCE_DIR}/tests/support/test_keeper.c
          ${CMAKE_SOURCE_DIR}/tests/support/test_loan.c
  LINKS authority_core_unaudited vault vault_client)
# Passes when exactly that test fails, for exactly that reason: a test that cannot start proves nothing.
set_tests_properties(test_live_control_off PROPERTIES PASS_REGULAR_EXPRESSION
  "17 bytes of the secret left without their event.*1 test.s., listed below:.*without_its_event_no_secret_leaves.* 1 FAILED TEST.S.")
