/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/messages.h"

static const struct codec_field msg_connection_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_connection, peer, MSG_PEER),
	CODEC_FIELD(CODEC_U32, struct msg_connection, peer_port, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_connection, tls_version, MSG_TEXT),
	CODEC_FIELD(CODEC_BLOCK, struct msg_connection, tls_exporter, 32),
};
const struct codec msg_connection_codec = CODEC("connection", msg_connection_fields);

static const struct codec_field msg_authenticate_fields[] = {
	CODEC_FIELD(CODEC_BLOCK, struct msg_authenticate, cookie, MSG_COOKIE),
	CODEC_FIELD(CODEC_U8, struct msg_authenticate, credential, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_authenticate, peer, MSG_PEER),
	CODEC_FIELD(CODEC_U8, struct msg_authenticate, use, 0),
};
const struct codec msg_authenticate_codec = CODEC("authenticate", msg_authenticate_fields);

static const struct codec_field msg_principal_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_principal, err, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_principal, reason, MSG_REASON),
	CODEC_FIELD(CODEC_UUID, struct msg_principal, user_id, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_principal, session_id, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_principal, token_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_principal, login, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_principal, display_name, 1024),
	CODEC_FIELD(CODEC_TEXT, struct msg_principal, language, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_principal, timezone, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_principal, theme, MSG_TEXT),
	CODEC_FIELD(CODEC_U64, struct msg_principal, permissions, 0),
	CODEC_FIELD(CODEC_U32, struct msg_principal, roles, 0),
	CODEC_FIELD(CODEC_U8, struct msg_principal, password_due, 0),
	CODEC_FIELD(CODEC_U8, struct msg_principal, factor_due, 0),
	CODEC_FIELD(CODEC_U8, struct msg_principal, factor_floor, 0),
	CODEC_FIELD(CODEC_I64, struct msg_principal, authenticated_at, 0),
	CODEC_FIELD(CODEC_I64, struct msg_principal, idle_expires_at, 0),
	CODEC_FIELD(CODEC_I64, struct msg_principal, expires_at, 0),
};
const struct codec msg_principal_codec = CODEC("principal", msg_principal_fields);

static const struct codec_field msg_execute_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_execute, op, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_execute, trace, MSG_REASON),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, cookie, MSG_COOKIE),
	CODEC_FIELD(CODEC_U8, struct msg_execute, credential, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, device, MSG_COOKIE),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, flow, MSG_COOKIE),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, device_proof, MSG_DEVICE_PROOF),
	CODEC_FIELD(CODEC_TEXT, struct msg_execute, peer, MSG_PEER),
	CODEC_FIELD(CODEC_TEXT, struct msg_execute, user_agent, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_execute, languages, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_execute, idempotency_key, MSG_TEXT),
	CODEC_FIELD(CODEC_I64, struct msg_execute, if_match, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, tls_exporter, 32),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, upgrade_extra, 4096),
	CODEC_FIELD(CODEC_BLOCK, struct msg_execute, values, MSG_VALUES_MAX),
};
const struct codec msg_execute_codec = CODEC("execute", msg_execute_fields);

static const struct codec_field msg_result_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_result, err, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_result, reason, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_result, field, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_result, text, 1024),
	CODEC_FIELD(CODEC_U8, struct msg_result, has_id, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_result, id, 0),
	CODEC_FIELD(CODEC_I64, struct msg_result, version, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_result, fields, 32 * 1024),
	CODEC_FIELD(CODEC_BLOCK, struct msg_result, set_session, 64),
	CODEC_FIELD(CODEC_BLOCK, struct msg_result, set_device, 64),
	CODEC_FIELD(CODEC_BLOCK, struct msg_result, set_flow, 64),
	CODEC_FIELD(CODEC_U8, struct msg_result, clear_session, 0),
	CODEC_FIELD(CODEC_U8, struct msg_result, flow, 0),
	CODEC_FIELD(CODEC_U8, struct msg_result, has_body, 0),
};
const struct codec msg_result_codec = CODEC("result", msg_result_fields);

static const struct codec_field msg_refused_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_refused, op, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_refused, trace, MSG_REASON),
	CODEC_FIELD(CODEC_BLOCK, struct msg_refused, cookie, MSG_COOKIE),
	CODEC_FIELD(CODEC_TEXT, struct msg_refused, peer, MSG_PEER),
	CODEC_FIELD(CODEC_U8, struct msg_refused, credential, 0),
	CODEC_FIELD(CODEC_U32, struct msg_refused, err, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_refused, reason, MSG_REASON),
};
const struct codec msg_refused_codec = CODEC("refused", msg_refused_fields);

static const struct codec_field msg_notify_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_notify, topic, MSG_TEXT),
	CODEC_FIELD(CODEC_UUID, struct msg_notify, id, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_notify, user_id, 0),
};
const struct codec msg_notify_codec = CODEC("notify", msg_notify_fields);

static const struct codec_field msg_server_certificate_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_server_certificate, kind, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_server_certificate, public_key, 1024),
};
const struct codec msg_server_certificate_codec =
	CODEC("server_certificate", msg_server_certificate_fields);

static const struct codec_field msg_server_certificate_issued_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_server_certificate_issued, err, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_server_certificate_issued, certificate, 4096),
	CODEC_FIELD(CODEC_BLOCK, struct msg_server_certificate_issued, ca, 4096),
	CODEC_FIELD(CODEC_I64, struct msg_server_certificate_issued, not_after, 0),
};
const struct codec msg_server_certificate_issued_codec =
	CODEC("server_certificate_issued", msg_server_certificate_issued_fields);

static const struct codec_field msg_gateway_attach_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_attach, gateway_id, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_attach, serial, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_gateway_attach, peer, MSG_PEER),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_attach, gateway_class, 0),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_attach, index, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_attach, boot_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_gateway_attach, version, MSG_TEXT),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_attach, protocol, 0),
	CODEC_FIELD(CODEC_I64, struct msg_gateway_attach, clock, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_attach, machine, 32),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_attach, chain, 32),
};
const struct codec msg_gateway_attach_codec = CODEC("gateway_attach", msg_gateway_attach_fields);

static const struct codec_field msg_gateway_verdict_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_gateway_verdict, verdict, 0),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_verdict, retry_after, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_gateway_verdict, text, MSG_TEXT),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_verdict, beat_seconds, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_verdict, chain, 32),
};
const struct codec msg_gateway_verdict_codec = CODEC("gateway_verdict", msg_gateway_verdict_fields);

static const struct codec_field msg_gateway_detached_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_detached, gateway_id, 0),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_detached, gateway_class, 0),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_detached, index, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_gateway_detached, reason, MSG_REASON),
};
const struct codec msg_gateway_detached_codec =
	CODEC("gateway_detached", msg_gateway_detached_fields);

static const struct codec_field msg_gateway_beat_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_beat, gateway_id, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_beat, record, 64 * 1024),
};
const struct codec msg_gateway_beat_codec = CODEC("gateway_beat", msg_gateway_beat_fields);

static const struct codec_field msg_gateway_witness_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_witness, gateway_id, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_witness, record, 600),
};
const struct codec msg_gateway_witness_codec = CODEC("gateway_witness", msg_gateway_witness_fields);

static const struct codec_field msg_gateway_checkpoint_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_checkpoint, gateway_id, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_checkpoint, handed, 4096),
};
const struct codec msg_gateway_checkpoint_codec =
	CODEC("gateway_checkpoint", msg_gateway_checkpoint_fields);

static const struct codec_field msg_witness_judged_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_witness_judged, gateway_id, 0),
	CODEC_FIELD(CODEC_U64, struct msg_witness_judged, size, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_witness_judged, root, 32),
	CODEC_FIELD(CODEC_U64, struct msg_witness_judged, own_size, 0),
	CODEC_FIELD(CODEC_U8, struct msg_witness_judged, lost, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_witness_judged, handed, 4096),
};
const struct codec msg_witness_judged_codec = CODEC("witness_judged", msg_witness_judged_fields);

static const struct codec_field msg_gateway_close_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_close, gateway_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_gateway_close, reason, MSG_REASON),
};
const struct codec msg_gateway_close_codec = CODEC("gateway_close", msg_gateway_close_fields);

static const struct codec_field msg_gateway_policy_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_policy, gateway_id, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_policy, bundle, 128 * 1024),
};
const struct codec msg_gateway_policy_codec = CODEC("gateway_policy", msg_gateway_policy_fields);

static const struct codec_field msg_gateway_policy_wanted_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_policy_wanted, gateway_id, 0),
};
const struct codec msg_gateway_policy_wanted_codec =
	CODEC("gateway_policy_wanted", msg_gateway_policy_wanted_fields);

static const struct codec_field msg_gateway_policy_part_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_gateway_policy_part, gateway_id, 0),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_policy_part, total, 0),
	CODEC_FIELD(CODEC_U32, struct msg_gateway_policy_part, offset, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_gateway_policy_part, bytes, MSG_POLICY_PART),
};
const struct codec msg_gateway_policy_part_codec =
	CODEC("gateway_policy_part", msg_gateway_policy_part_fields);

static const struct codec_field msg_dial_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_dial, gateway_id, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_dial, session_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_dial, authority, MSG_TEXT),
	CODEC_FIELD(CODEC_BLOCK, struct msg_dial, grant, 2048),
};
const struct codec msg_dial_codec = CODEC("dial", msg_dial_fields);

static const struct codec_field msg_dialled_fields[] = {
	CODEC_FIELD(CODEC_U8, struct msg_dialled, ok, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_dialled, hop, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_dialled, reason, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_dialled, text, MSG_TEXT),
	CODEC_FIELD(CODEC_U32, struct msg_dialled, rtt_us, 0),
};
const struct codec msg_dialled_codec = CODEC("dialled", msg_dialled_fields);

static const struct codec_field msg_broker_start_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_broker_start, kind, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_broker_start, session_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_start, trace, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_start, account_name, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_start, target_name, MSG_TEXT),
	CODEC_FIELD(CODEC_U32, struct msg_broker_start, secret_kind, 0),
	CODEC_FIELD(CODEC_I64, struct msg_broker_start, ends_at, 0),
	CODEC_FIELD(CODEC_U32, struct msg_broker_start, idle_seconds, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_start, banner, 4096),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_start, language, MSG_TEXT),
	CODEC_FIELD(CODEC_BLOCK, struct msg_broker_start, extra, 4096),
	CODEC_FIELD(CODEC_U8, struct msg_broker_start, has_user, 0),
	CODEC_FIELD(CODEC_U8, struct msg_broker_start, has_recording, 0),
};
const struct codec msg_broker_start_codec = CODEC("broker_start", msg_broker_start_fields);

static const struct codec_field msg_broker_ready_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_ready, session_id, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_broker_ready, recording_key, 32),
};
const struct codec msg_broker_ready_codec = CODEC("broker_ready", msg_broker_ready_fields);

static const struct codec_field msg_broker_dial_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_dial, session_id, 0),
};
const struct codec msg_broker_dial_codec = CODEC("broker_dial", msg_broker_dial_fields);

static const struct codec_field msg_broker_dialled_fields[] = {
	CODEC_FIELD(CODEC_U8, struct msg_broker_dialled, ok, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_dialled, hop, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_dialled, reason, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_dialled, text, MSG_TEXT),
};
const struct codec msg_broker_dialled_codec = CODEC("broker_dialled", msg_broker_dialled_fields);

static const struct codec_field msg_broker_host_key_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_host_key, session_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_host_key, type, MSG_TEXT),
	CODEC_FIELD(CODEC_FIXED, struct msg_broker_host_key, sha256, 32),
};
const struct codec msg_broker_host_key_codec = CODEC("broker_host_key", msg_broker_host_key_fields);

static const struct codec_field msg_broker_host_key_verdict_fields[] = {
	CODEC_FIELD(CODEC_U8, struct msg_broker_host_key_verdict, ok, 0),
	CODEC_FIELD(CODEC_U8, struct msg_broker_host_key_verdict, pinned_now, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_host_key_verdict, text, MSG_TEXT),
};
const struct codec msg_broker_host_key_verdict_codec =
	CODEC("broker_host_key_verdict", msg_broker_host_key_verdict_fields);

static const struct codec_field msg_broker_credential_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_credential, session_id, 0),
};
const struct codec msg_broker_credential_codec =
	CODEC("broker_credential", msg_broker_credential_fields);

static const struct codec_field msg_broker_credential_sent_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_broker_credential_sent, err, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_credential_sent, reason, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_credential_sent, text, MSG_TEXT),
};
const struct codec msg_broker_credential_sent_codec =
	CODEC("broker_credential_sent", msg_broker_credential_sent_fields);

static const struct codec_field msg_broker_connected_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_connected, session_id, 0),
	CODEC_FIELD(CODEC_U32, struct msg_broker_connected, dial_ms, 0),
	CODEC_FIELD(CODEC_U32, struct msg_broker_connected, key_exchange_ms, 0),
	CODEC_FIELD(CODEC_U32, struct msg_broker_connected, login_ms, 0),
};
const struct codec msg_broker_connected_codec =
	CODEC("broker_connected", msg_broker_connected_fields);

static const struct codec_field msg_broker_ended_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_ended, session_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_ended, hop, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_ended, reason, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_ended, text, 1024),
	CODEC_FIELD(CODEC_U64, struct msg_broker_ended, bytes_in, 0),
	CODEC_FIELD(CODEC_U64, struct msg_broker_ended, bytes_out, 0),
	CODEC_FIELD(CODEC_U64, struct msg_broker_ended, chunks, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_broker_ended, head, 32),
	CODEC_FIELD(CODEC_FIXED, struct msg_broker_ended, signature, 64),
	CODEC_FIELD(CODEC_U32, struct msg_broker_ended, commands, 0),
};
const struct codec msg_broker_ended_codec = CODEC("broker_ended", msg_broker_ended_fields);

static const struct codec_field msg_broker_activity_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_broker_activity, session_id, 0),
	CODEC_FIELD(CODEC_U64, struct msg_broker_activity, bytes_in, 0),
	CODEC_FIELD(CODEC_U64, struct msg_broker_activity, bytes_out, 0),
};
const struct codec msg_broker_activity_codec = CODEC("broker_activity", msg_broker_activity_fields);

static const struct codec_field msg_broker_end_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_end, reason, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_broker_end, text, MSG_TEXT),
};
const struct codec msg_broker_end_codec = CODEC("broker_end", msg_broker_end_fields);

static const struct codec_field msg_broker_hold_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_broker_hold, seconds, 0),
};
const struct codec msg_broker_hold_codec = CODEC("broker_hold", msg_broker_hold_fields);

static const struct codec_field msg_spawn_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_spawn, kind, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_spawn, session_id, 0),
};
const struct codec msg_spawn_codec = CODEC("spawn", msg_spawn_fields);

static const struct codec_field msg_spawned_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_spawned, err, 0),
	CODEC_FIELD(CODEC_I64, struct msg_spawned, pid, 0),
};
const struct codec msg_spawned_codec = CODEC("spawned", msg_spawned_fields);

static const struct codec_field msg_channel_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_channel, name, 24),
};
const struct codec msg_channel_codec = CODEC("channel", msg_channel_fields);

static const struct codec_field msg_role_report_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_role_report, role, 24),
	CODEC_FIELD(CODEC_U8, struct msg_role_report, landlock_abi, 0),
	CODEC_FIELD(CODEC_U8, struct msg_role_report, seccomp, 0),
	CODEC_FIELD(CODEC_U8, struct msg_role_report, identity, 0),
	CODEC_FIELD(CODEC_U8, struct msg_role_report, memory_locked, 0),
	CODEC_FIELD(CODEC_U32, struct msg_role_report, restarts, 0),
	CODEC_FIELD(CODEC_U64, struct msg_role_report, resident, 0),
};
const struct codec msg_role_report_codec = CODEC("role_report", msg_role_report_fields);

static const struct codec_field msg_sign_checkpoint_fields[] = {
	CODEC_FIELD(CODEC_U64, struct msg_sign_checkpoint, old_size, 0),
	CODEC_FIELD(CODEC_U64, struct msg_sign_checkpoint, size, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_sign_checkpoint, root, 32),
	CODEC_FIELD(CODEC_BLOCK, struct msg_sign_checkpoint, consistency, 64 * 32),
};
const struct codec msg_sign_checkpoint_codec = CODEC("sign_checkpoint", msg_sign_checkpoint_fields);

static const struct codec_field msg_checkpoint_signed_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_checkpoint_signed, err, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_checkpoint_signed, signature, 64),
	CODEC_FIELD(CODEC_FIXED, struct msg_checkpoint_signed, public_key, 32),
};
const struct codec msg_checkpoint_signed_codec =
	CODEC("checkpoint_signed", msg_checkpoint_signed_fields);

static const struct codec_field msg_last_checkpoint_fields[] = {
	CODEC_FIELD(CODEC_U8, struct msg_last_checkpoint, unused, 0),
};
const struct codec msg_last_checkpoint_codec = CODEC("last_checkpoint", msg_last_checkpoint_fields);

static const struct codec_field msg_checkpoint_last_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_checkpoint_last, err, 0),
	CODEC_FIELD(CODEC_U64, struct msg_checkpoint_last, size, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_checkpoint_last, root, 32),
	CODEC_FIELD(CODEC_FIXED, struct msg_checkpoint_last, public_key, 32),
};
const struct codec msg_checkpoint_last_codec = CODEC("checkpoint_last", msg_checkpoint_last_fields);

static const struct codec_field msg_recording_head_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_recording_head, session_id, 0),
	CODEC_FIELD(CODEC_U64, struct msg_recording_head, chunks, 0),
	CODEC_FIELD(CODEC_U64, struct msg_recording_head, bytes, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_recording_head, head, 32),
	CODEC_FIELD(CODEC_U8, struct msg_recording_head, verified, 0),
};
const struct codec msg_recording_head_codec = CODEC("recording_head", msg_recording_head_fields);

static const struct codec_field msg_command_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_command, name, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_command, argument, 1024),
};
const struct codec msg_command_codec = CODEC("command", msg_command_fields);

static const struct codec_field msg_command_result_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_command_result, err, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_command_result, text, 16 * 1024),
};
const struct codec msg_command_result_codec = CODEC("command_result", msg_command_result_fields);

static const struct codec_field msg_replay_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_replay, mode, 0),
	CODEC_FIELD(CODEC_UUID, struct msg_replay, session_id, 0),
	CODEC_FIELD(CODEC_FIXED, struct msg_replay, public_key, 32),
	CODEC_FIELD(CODEC_U64, struct msg_replay, first_chunk, 0),
	CODEC_FIELD(CODEC_U64, struct msg_replay, chunk_count, 0),
};
const struct codec msg_replay_codec = CODEC("replay", msg_replay_fields);

static const struct codec_field msg_saml_key_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_key, who, MSG_REASON),
};
const struct codec msg_saml_key_codec = CODEC("saml_key", msg_saml_key_fields);

static const struct codec_field msg_saml_certificate_fields[] = {
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_certificate, certificate, SAML_CERTIFICATE_MAX),
	CODEC_FIELD(CODEC_I64, struct msg_saml_certificate, expires_at, 0),
};
const struct codec msg_saml_certificate_codec =
	CODEC("saml_certificate", msg_saml_certificate_fields);

static const struct codec_field msg_saml_metadata_fields[] = {
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_metadata, xml, SAML_MESSAGE_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_metadata, entity, SAML_TEXT_MAX),
};
const struct codec msg_saml_metadata_codec = CODEC("saml_metadata", msg_saml_metadata_fields);

static const struct codec_field msg_saml_idp_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_idp, why, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_idp, entity, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_idp, sign_in, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_idp, sign_out, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_idp, certificates, SAML_KEYS_MAX),
	CODEC_FIELD(CODEC_I64, struct msg_saml_idp, valid_until, 0),
};
const struct codec msg_saml_idp_codec = CODEC("saml_idp", msg_saml_idp_fields);

static const struct codec_field msg_saml_request_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_request, id, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_request, entity, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_request, acs, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_request, address, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_request, relay, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_request, contexts, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_U8, struct msg_saml_request, force, 0),
};
const struct codec msg_saml_request_codec = CODEC("saml_request", msg_saml_request_fields);

static const struct codec_field msg_saml_url_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_url, url, SAML_ADDRESS_MAX),
};
const struct codec msg_saml_url_codec = CODEC("saml_url", msg_saml_url_fields);

static const struct codec_field msg_saml_response_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_response, entity, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_response, acs, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_response, issuer, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_response, request, MSG_TEXT),
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_response, certificates, SAML_KEYS_MAX),
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_response, message, SAML_MESSAGE_MAX),
};
const struct codec msg_saml_response_codec = CODEC("saml_response", msg_saml_response_fields);

static const struct codec_field msg_saml_verdict_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_verdict, why, MSG_REASON),
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_verdict, identity, SAML_IDENTITY_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_verdict, assertion_id, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_verdict, name_id, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_verdict, session_index, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_I64, struct msg_saml_verdict, expires_at, 0),
};
const struct codec msg_saml_verdict_codec = CODEC("saml_verdict", msg_saml_verdict_fields);

static const struct codec_field msg_mail_password_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct msg_mail_password, code, 0),
};
const struct codec msg_mail_password_codec = CODEC("mail_password", msg_mail_password_fields);

static const struct codec_field msg_mail_password_sent_fields[] = {
	CODEC_FIELD(CODEC_U32, struct msg_mail_password_sent, err, 0),
};
const struct codec msg_mail_password_sent_codec =
	CODEC("mail_password_sent", msg_mail_password_sent_fields);

static const struct codec_field msg_saml_sender_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_sender, message, SAML_LOGOUT_MAX),
	CODEC_FIELD(CODEC_U8, struct msg_saml_sender, packed, 0),
};
const struct codec msg_saml_sender_codec = CODEC("saml_sender", msg_saml_sender_fields);

static const struct codec_field msg_saml_sent_by_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_sent_by, why, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_sent_by, issuer, SAML_TEXT_MAX),
};
const struct codec msg_saml_sent_by_codec = CODEC("saml_sent_by", msg_saml_sent_by_fields);

static const struct codec_field msg_saml_logout_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, entity, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, address, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, issuer, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, request, MSG_TEXT),
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_logout, certificates, SAML_KEYS_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, message, SAML_LOGOUT_MAX),
	CODEC_FIELD(CODEC_U8, struct msg_saml_logout, packed, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, relay, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, algorithm, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logout, signature, SAML_TEXT_MAX * 2),
	CODEC_FIELD(CODEC_U8, struct msg_saml_logout, has_relay, 0),
};
const struct codec msg_saml_logout_codec = CODEC("saml_logout", msg_saml_logout_fields);

static const struct codec_field msg_saml_logged_out_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logged_out, why, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logged_out, id, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_logged_out, subject, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_BLOCK, struct msg_saml_logged_out, indexes, SAML_INDEXES_BYTES),
	CODEC_FIELD(CODEC_I64, struct msg_saml_logged_out, expires_at, 0),
};
const struct codec msg_saml_logged_out_codec = CODEC("saml_logged_out", msg_saml_logged_out_fields);

static const struct codec_field msg_saml_leave_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, id, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, entity, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, address, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, relay, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, answers, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, subject, SAML_TEXT_MAX),
	CODEC_FIELD(CODEC_TEXT, struct msg_saml_leave, index, MSG_TEXT),
	CODEC_FIELD(CODEC_U8, struct msg_saml_leave, has_relay, 0),
};
const struct codec msg_saml_leave_codec = CODEC("saml_leave", msg_saml_leave_fields);

static const struct codec_field msg_oidc_discover_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_discover, issuer, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_discover, addresses, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_discover, trust, OIDC_TRUST),
};
const struct codec msg_oidc_discover_codec = CODEC("oidc_discover", msg_oidc_discover_fields);

static const struct codec_field msg_oidc_discovered_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_discovered, reason, MSG_REASON),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_discovered, metadata, OIDC_METADATA),
};
const struct codec msg_oidc_discovered_codec = CODEC("oidc_discovered", msg_oidc_discovered_fields);

static const struct codec_field msg_oidc_redeem_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, issuer, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, addresses, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, trust, OIDC_TRUST),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, client_id, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, redirect_uri, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, code, OIDC_CODE),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, verifier, MSG_REASON),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeem, nonce, MSG_REASON),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_redeem, metadata, OIDC_METADATA),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_redeem, has_secret, 0),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_redeem, is_old, 0),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_redeem, may_refetch, 0),
	CODEC_FIELD(CODEC_I64, struct msg_oidc_redeem, max_age_s, 0),
};
const struct codec msg_oidc_redeem_codec = CODEC("oidc_redeem", msg_oidc_redeem_fields);

static const struct codec_field msg_oidc_redeemed_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_redeemed, reason, MSG_REASON),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_redeemed, broken, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_redeemed, identity, OIDC_IDENTITY),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_redeemed, metadata, OIDC_METADATA),
};
const struct codec msg_oidc_redeemed_codec = CODEC("oidc_redeemed", msg_oidc_redeemed_fields);

static const struct codec_field msg_oidc_logout_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logout, issuer, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logout, addresses, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logout, trust, OIDC_TRUST),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logout, client_id, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logout, token, OIDC_LOGOUT_TOKEN),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_logout, metadata, OIDC_METADATA),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_logout, is_old, 0),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_logout, may_refetch, 0),
};
const struct codec msg_oidc_logout_codec = CODEC("oidc_logout", msg_oidc_logout_fields);

static const struct codec_field msg_oidc_logged_out_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logged_out, reason, MSG_REASON),
	CODEC_FIELD(CODEC_U8, struct msg_oidc_logged_out, broken, 0),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logged_out, token_id, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logged_out, subject, MSG_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_logged_out, session, MSG_TEXT),
	CODEC_FIELD(CODEC_I64, struct msg_oidc_logged_out, expires_at, 0),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_logged_out, metadata, OIDC_METADATA),
};
const struct codec msg_oidc_logged_out_codec = CODEC("oidc_logged_out", msg_oidc_logged_out_fields);

static const struct codec_field msg_oidc_document_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_document, url, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_document, addresses, OIDC_TEXT),
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_document, trust, OIDC_TRUST),
};
const struct codec msg_oidc_document_codec = CODEC("oidc_document", msg_oidc_document_fields);

static const struct codec_field msg_oidc_fetched_fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct msg_oidc_fetched, reason, MSG_REASON),
	CODEC_FIELD(CODEC_BLOCK, struct msg_oidc_fetched, bytes, SAML_MESSAGE_MAX),
};
const struct codec msg_oidc_fetched_codec = CODEC("oidc_fetched", msg_oidc_fetched_fields);
