# SPDX-License-Identifier: GPL-3.0-or-later
# Short-lived processes that look at one foreign message each.
sekisho_program(sekisho-saml SOURCES saml.c LINKS saml federation_wire sessions_job base_process)
sekisho_program(sekisho-oidc SOURCES oidc.c LINKS oidc sessions_job base_process PkgConfig::libssl)
sekisho_test(test_helper SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/server/test_helper.c
                                 ${CMAKE_SOURCE_DIR}/tests/support/helper_process.c
             LINKS base PkgConfig::libcrypto)
add_dependencies(test_helper sekisho-saml)
sekisho_label(test_helper processes)
