/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/oidc/metadata.h"
#include "base/messages.h"
#include "gateways/proto/witness.h"
#include "tests/fuzz/fuzz.h"
#include "vault/keeper_messages.h"

/* What one of our processes reads from another: every codec. A message has exactly one encoding.
 * Seeds begin with the place in this table: new ones go to its end. */
static const struct codec *const codecs[] = {
	&msg_connection_codec,
	&msg_authenticate_codec,
	&msg_principal_codec,
	&msg_execute_codec,
	&msg_result_codec,
	&msg_refused_codec,
	&msg_notify_codec,
	&msg_server_certificate_codec,
	&msg_server_certificate_issued_codec,
	&msg_gateway_attach_codec,
	&msg_gateway_verdict_codec,
	&msg_gateway_detached_codec,
	&msg_gateway_beat_codec,
	&msg_gateway_close_codec,
	&msg_gateway_policy_codec,
	&msg_dial_codec,
	&msg_dialled_codec,
	&msg_broker_start_codec,
	&msg_broker_ready_codec,
	&msg_broker_dial_codec,
	&msg_broker_dialled_codec,
	&msg_broker_host_key_codec,
	&msg_broker_host_key_verdict_codec,
	&msg_broker_credential_codec,
	&msg_broker_credential_sent_codec,
	&msg_broker_connected_codec,
	&msg_broker_ended_codec,
	&msg_broker_activity_codec,
	&msg_broker_end_codec,
	&msg_spawn_codec,
	&msg_spawned_codec,
	&msg_channel_codec,
	&msg_role_report_codec,
	&msg_sign_checkpoint_codec,
	&msg_checkpoint_signed_codec,
	&msg_last_checkpoint_codec,
	&msg_checkpoint_last_codec,
	&msg_recording_head_codec,
	&msg_command_codec,
	&msg_command_result_codec,
	&msg_replay_codec,
	&keeper_empty_codec,
	&keeper_unseal_codec,
	&keeper_seal_codec,
	&keeper_generate_codec,
	&keeper_open_codec,
	&keeper_totp_codec,
	&keeper_checkpoint_codec,
	&keeper_sign_codec,
	&keeper_issue_codec,
	&keeper_reply_codec,
	&msg_gateway_witness_codec,
	&msg_gateway_checkpoint_codec,
	&msg_witness_judged_codec,
	&witness_presented_codec, /* these two between gateway and server */
	&witness_handed_codec,
	&msg_gateway_policy_wanted_codec,
	&msg_gateway_policy_part_codec,
	&msg_saml_key_codec,
	&msg_saml_certificate_codec,
	&msg_saml_metadata_codec,
	&msg_saml_idp_codec,
	&msg_saml_request_codec,
	&msg_saml_url_codec,
	&msg_saml_response_codec,
	&msg_saml_verdict_codec,
	&msg_oidc_discover_codec,
	&msg_oidc_discovered_codec,
	&msg_oidc_redeem_codec,
	&msg_oidc_redeemed_codec,
	&msg_mail_password_codec,
	&msg_mail_password_sent_codec,
	&oidc_metadata_codec, /* kept in a row */
	&msg_oidc_logout_codec,
	&msg_oidc_logged_out_codec,
	&msg_saml_sender_codec,
	&msg_saml_sent_by_codec,
	&msg_saml_logout_codec,
	&msg_saml_logged_out_codec,
	&msg_saml_leave_codec,
	&msg_broker_hold_codec,
	&msg_oidc_document_codec,
	&msg_oidc_fetched_codec,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(16) uint8_t message[4096];
	struct buf again;

	if (size == 0 || data[0] >= sizeof(codecs) / sizeof(codecs[0]))
		return 0;
	memset(message, 0, sizeof(message));
	if (codec_get(codecs[data[0]], data + 1, size - 1, message) != ERR_OK)
		return 0;
	fuzz_accepted();
	buf_init(&again, 256 * 1024);
	codec_put(&again, codecs[data[0]], message);
	assert(!buf_failed(&again) && again.len == size - 1);
	assert(again.len == 0 || memcmp(again.data, data + 1, again.len) == 0);
	buf_clear(&again);
	return 0;
}
