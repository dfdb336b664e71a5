/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_MESSAGES_H
#define BASE_MESSAGES_H

#include "base/codec.h"
#include "base/uuid.h"

/*
 * Every message between our processes, by channel (the keeper's are vault/'s own). A struct, its
 * codec in messages.c, a type number. "+fd" notes descriptors that ride along. Requests carry an id
 * that the reply repeats; notifications use id 0. Times are microseconds since 1970 UTC.
 */
enum message_type {
	/* edge -> web */
	MSG_CONNECTION = 0x0101, /* +fd: decrypted byte stream of one browser connection */
	/* web -> edge: none */

	/* web -> authority */
	MSG_AUTHENTICATE = 0x0201, /* -> MSG_PRINCIPAL */
	MSG_EXECUTE = 0x0202,	   /* +fd secret pipe or upgrade socket -> MSG_RESULT */
	MSG_REFUSED = 0x0203,	   /* notification: a request web refused; authority audits it */
	/* authority -> web */
	MSG_PRINCIPAL = 0x0211,
	MSG_RESULT = 0x0212, /* +fd: result stream (recording, secret pipe) */
	MSG_NOTIFY = 0x0213, /* something changed: for server-sent events */

	/* edge -> authority */
	MSG_SERVER_CERTIFICATE = 0x0301, /* -> MSG_SERVER_CERTIFICATE_ISSUED */
	MSG_GATEWAY_ATTACH = 0x0302,	 /* -> MSG_GATEWAY_VERDICT */
	MSG_GATEWAY_DETACHED = 0x0303,	 /* notification */
	MSG_GATEWAY_BEAT = 0x0304,	 /* notification: heartbeat record as sent by the gateway */
	MSG_DIALLED = 0x0305,		 /* reply to MSG_DIAL */
	MSG_GATEWAY_WITNESS = 0x0306,	 /* notification: the checkpoint that a gateway holds */
	MSG_GATEWAY_POLICY_WANTED = 0x0307, /* notification: it holds another body than was
					     * announced -> MSG_GATEWAY_POLICY_PART, all of it */
	/* authority -> edge */
	MSG_SERVER_CERTIFICATE_ISSUED = 0x0311,
	MSG_GATEWAY_VERDICT = 0x0312,
	MSG_GATEWAY_CLOSE = 0x0313,  /* notification: revoked, or other reason */
	MSG_GATEWAY_POLICY = 0x0314, /* notification: signed bundle for PUT /policy on its control
				      * connection, or the announcement of a large one */
	MSG_GATEWAY_POLICY_PART = 0x0317, /* notification: of a large one, in order, all parts of
					   * one gateway's without another's between them */
	MSG_GATEWAY_CHECKPOINT = 0x0316,  /* notification: for PUT /checkpoint there */
	MSG_DIAL = 0x0315, /* +fd: stream end to splice with a CONNECT -> MSG_DIALLED */

	/* broker -> authority */
	MSG_BROKER_READY = 0x0401,
	MSG_BROKER_DIAL = 0x0402,	/* -> MSG_BROKER_DIALLED +fd */
	MSG_BROKER_HOST_KEY = 0x0403,	/* -> MSG_BROKER_HOST_KEY_VERDICT */
	MSG_BROKER_CREDENTIAL = 0x0404, /* -> MSG_BROKER_CREDENTIAL_SENT */
	MSG_BROKER_CONNECTED = 0x0405,	/* notification: logged in */
	MSG_BROKER_ENDED = 0x0406,	/* notification: last message */
	MSG_BROKER_ACTIVITY = 0x0407,	/* notification, at most every 5 s */
	/* authority -> broker */
	MSG_BROKER_START =
		0x0411, /* +fds: user socket (or none), recording file, recording key pipe */
	MSG_BROKER_DIALLED = 0x0412,
	MSG_BROKER_HOST_KEY_VERDICT = 0x0413,
	MSG_BROKER_CREDENTIAL_SENT = 0x0414, /* +fd when ok: read end of the credential's pipe */
	MSG_BROKER_END = 0x0415,	     /* end now, with this reason */

	MSG_BROKER_HOLD = 0x0416, /* its sign-in ended; or it goes on */

	/* authority -> supervisor */
	MSG_SPAWN = 0x0501, /* +fd: control channel of the new broker, replay or helper process ->
			       MSG_SPAWNED */
	MSG_SPAWNED = 0x0511,
	/* supervisor -> any role */
	MSG_CHANNEL = 0x0512, /* +fd: new end of the channel to a sibling that was started again */
	MSG_ROLE_REPORT = 0x0513, /* what confines a role that became ready; to authority */

	/* worker -> authority */
	MSG_SIGN_CHECKPOINT = 0x0601, /* -> MSG_CHECKPOINT_SIGNED */
	MSG_LAST_CHECKPOINT = 0x0602, /* -> MSG_CHECKPOINT_LAST */
	MSG_RECORDING_HEAD = 0x0603,  /* notification: head found in a broken recording */
	MSG_WITNESS_JUDGED = 0x0604, /* notification: whether our tree holds what a gateway holds */
	MSG_CHECKPOINT_SIGNED = 0x0611,
	MSG_CHECKPOINT_LAST = 0x0612,

	/* command line -> authority (control socket) */
	MSG_COMMAND = 0x0701, /* [+fd passphrase pipe] -> MSG_COMMAND_RESULT */
	MSG_COMMAND_RESULT = 0x0711,

	/* authority -> replay process */
	MSG_REPLAY = 0x0801, /* +fds: recording file, key pipe, output pipe */

	/* authority -> saml helper, one question and its answer (base/helper.h) */
	MSG_SAML_KEY = 0x0901, /* +fd: pipe the new key is written to -> MSG_SAML_CERTIFICATE */
	MSG_SAML_METADATA = 0x0902, /* -> MSG_SAML_IDP */
	MSG_SAML_REQUEST = 0x0903,  /* +fd: pipe with our key -> MSG_SAML_URL */
	MSG_SAML_RESPONSE = 0x0904, /* -> MSG_SAML_VERDICT */
	MSG_SAML_SEALED = 0x0905,   /* the same, +fd: pipe with our key, for encrypted ones */
	MSG_SAML_SENDER = 0x0906,   /* -> MSG_SAML_SENT_BY */
	MSG_SAML_LOGOUT = 0x0907,   /* -> MSG_SAML_LOGGED_OUT */
	MSG_SAML_LEAVE = 0x0908,    /* +fd: pipe with our key -> MSG_SAML_URL */
	MSG_SAML_CERTIFICATE = 0x0911,
	MSG_SAML_IDP = 0x0912,
	MSG_SAML_URL = 0x0913,
	MSG_SAML_VERDICT = 0x0914,
	MSG_SAML_SENT_BY = 0x0915,
	MSG_SAML_LOGGED_OUT = 0x0916,

	/* mail -> authority */
	MSG_MAIL_PASSWORD = 0x0a01, /* -> MSG_MAIL_PASSWORD_SENT */
	/* authority -> mail */
	MSG_MAIL_PASSWORD_SENT = 0x0a11, /* +fd when ok: read end of the password's pipe */

	/* authority -> oidc helper, in the same way */
	MSG_OIDC_DISCOVER = 0x0B01, /* -> MSG_OIDC_DISCOVERED */
	MSG_OIDC_REDEEM = 0x0B02,   /* +fd: pipe with the client's secret -> MSG_OIDC_REDEEMED */
	MSG_OIDC_LOGOUT = 0x0B03,   /* -> MSG_OIDC_LOGGED_OUT */
	MSG_OIDC_DOCUMENT = 0x0B04, /* -> MSG_OIDC_FETCHED */
	MSG_OIDC_DISCOVERED = 0x0B11,
	MSG_OIDC_REDEEMED = 0x0B12,
	MSG_OIDC_LOGGED_OUT = 0x0B13,
	MSG_OIDC_FETCHED = 0x0B14,
};

enum { MSG_DEVICE_PROOF = 161 };
enum { MSG_TEXT = 255, MSG_REASON = 64, MSG_COOKIE = 32, MSG_PEER = 64 };
enum { MSG_POLICY_PART = 128 * 1024 };
/* The values of an operation in their message form; a CSV file of 96 KiB fits. */
enum { MSG_VALUES_MAX = 152 * 1024 };

struct msg_connection {
	struct block peer; /* text, "192.0.2.1" or "2001:db8::1" */
	uint32_t peer_port;
	struct block tls_version;  /* "TLSv1.3" */
	struct block tls_exporter; /* 32 bytes, RFC 9266 tls-exporter */
};

/* What the 32 bytes in `cookie` are. */
enum credential {
	CREDENTIAL_COOKIE, /* of a portal session */
	CREDENTIAL_TOKEN,  /* a person's API token: auth/token.h */
	CREDENTIAL_ACCESS, /* a program's access token: auth/program.h */
	CREDENTIAL_CLIENT, /* a program's client secret: good for getting those, nowhere else */
	CREDENTIAL__COUNT
};

/* What somebody's credential is shown for. */
enum credential_use {
	USE_LOOK,     /* a request that is no activity of the person */
	USE_ACTIVITY, /* any other request */
	USE_STREAM /* a stream opened with it earlier goes on: showing a former cookie is no theft
		    */
};
struct msg_authenticate {
	struct block cookie; /* 32 bytes, decoded */
	uint8_t credential;
	struct block peer;
	uint8_t use; /* enum credential_use */
};
struct msg_principal {
	uint32_t err; /* enum err; then the rest is empty */
	struct block reason;
	struct uuid user_id, session_id, token_id;
	struct block login, display_name, language, timezone, theme;
	uint64_t permissions;
	uint32_t roles;
	uint8_t password_due, factor_due, factor_floor;
	int64_t authenticated_at, idle_expires_at, expires_at;
};

struct msg_execute {
	struct block op; /* operation id */
	struct block trace;
	struct block cookie; /* empty: nobody */
	uint8_t credential;
	struct block device;	   /* 32 bytes or empty */
	struct block flow;	   /* the same: a sign-in with an identity provider under way */
	struct block device_proof; /* auth/device_key.h; empty: none */
	struct block peer;
	struct block user_agent;
	struct block languages; /* Accept-Language */
	struct block idempotency_key;
	int64_t if_match;
	struct block tls_exporter;
	struct block upgrade_extra; /* at most 4096 */
	struct block values;	    /* fields_put form */
};
/* What comes along as the answer's body. */
enum result_body {
	RESULT_NO_BODY,
	RESULT_BYTES, /* a descriptor that holds all of it already */
	RESULT_FRAMES /* one whose writer is at work: base/body.h */
};
/* Bits: what becomes of the cookie of a sign-in with an identity provider. */
enum result_flow { RESULT_FLOW_CLEAR = 1, RESULT_FLOW_CROSS_SITE = 2 };
struct msg_result {
	uint32_t err;
	struct block reason, field, text;
	uint8_t has_id;
	struct uuid id;
	int64_t version;
	struct block fields; /* repeated {u8 type, block name, value}: rendered by web as JSON */
	struct block set_session, set_device, set_flow; /* base64url cookie values or empty */
	uint8_t clear_session;
	uint8_t flow;	  /* enum result_flow */
	uint8_t has_body; /* enum result_body */
};
struct msg_refused {
	struct block op, trace, cookie, peer;
	uint8_t credential;
	uint32_t err;
	struct block reason;
};
struct msg_notify {
	struct block topic;
	struct uuid id;
	struct uuid user_id; /* nil: everybody allowed to see the topic; else only this person */
};

struct msg_server_certificate {
	uint32_t kind; /* keeper_cert_kind: SERVER_EC or SERVER_RSA */
	struct block public_key;
};
struct msg_server_certificate_issued {
	uint32_t err;
	struct block certificate; /* DER */
	struct block ca;	  /* DER */
	int64_t not_after;
};
struct msg_gateway_attach {
	struct uuid gateway_id;
	struct uuid serial; /* of its certificate */
	struct block peer;
	uint32_t gateway_class; /* enum gateway_class: control, interactive */
	uint32_t index;
	struct uuid boot_id;
	struct block version;
	uint32_t protocol;
	int64_t clock;	      /* the gateway's, UTC microseconds */
	struct block machine; /* 32 bytes or empty, as the next: gateways/proto/verdict.h */
	struct block chain;
};
struct msg_gateway_verdict {
	uint32_t verdict;     /* enum gateway_verdict of gateways/proto */
	uint32_t retry_after; /* seconds */
	struct block text;    /* reason code, empty with `go` */
	uint32_t beat_seconds;
	struct block chain; /* 32 bytes, the value to keep from now on; or empty */
};
struct msg_gateway_detached {
	struct uuid gateway_id;
	uint32_t gateway_class, index;
	struct block reason;
};
struct msg_gateway_beat {
	struct uuid gateway_id;
	struct block record; /* gateways/proto beat record, at most 64 KiB */
};
struct msg_gateway_witness {
	struct uuid gateway_id;
	struct block record; /* gateways/proto/witness.h, presented */
};
struct msg_gateway_close {
	struct uuid gateway_id;
	struct block reason;
};
struct msg_gateway_policy {
	struct uuid gateway_id;
	struct block bundle; /* signed, at most 128 KiB */
};
struct msg_gateway_policy_wanted {
	struct uuid gateway_id;
};
struct msg_gateway_policy_part {
	struct uuid gateway_id;
	uint32_t total, offset; /* of the bundle; 0 begins one */
	struct block bytes;	/* at most MSG_POLICY_PART, and not none */
};
struct msg_gateway_checkpoint {
	struct uuid gateway_id;
	struct block handed; /* gateways/proto/witness.h */
};
struct msg_dial {
	struct uuid gateway_id;
	struct uuid session_id;
	struct block authority; /* "<target uuid>.target:<port>" */
	struct block grant;	/* signed bytes */
};
struct msg_dialled {
	uint8_t ok;
	struct block hop;    /* "gateway" or "target" */
	struct block reason; /* gw-reason */
	struct block text;
	uint32_t rtt_us;
};

/* What a broker is told at birth. kind: enum broker_kind. */
enum broker_kind { BROKER_SSH_TERMINAL = 1, BROKER_TEST = 2 };
struct msg_broker_start {
	uint32_t kind;
	struct uuid session_id;
	struct block trace;
	struct block account_name; /* "root" */
	struct block target_name;
	uint32_t secret_kind; /* SECRET_PASSWORD or SECRET_SSH_KEY */
	int64_t ends_at;      /* hard deadline, UTC microseconds */
	uint32_t idle_seconds;
	struct block banner; /* shown first; may be empty */
	struct block language;
	struct block extra; /* bytes already read from the user's socket */
	uint8_t has_user;   /* fds: [user socket,] recording, key pipe */
	uint8_t has_recording;
};
struct msg_broker_ready {
	struct uuid session_id;
	uint8_t recording_key[32]; /* Ed25519 public key of this session, into session.start */
};
struct msg_broker_dial {
	struct uuid session_id;
};
struct msg_broker_dialled {
	uint8_t ok; /* then one descriptor: the stream to the target */
	struct block hop, reason, text;
};
struct msg_broker_host_key {
	struct uuid session_id;
	struct block type;  /* "ssh-ed25519" */
	uint8_t sha256[32]; /* of the public key blob */
};
struct msg_broker_host_key_verdict {
	uint8_t ok;
	uint8_t pinned_now;
	struct block text;
};
struct msg_broker_credential {
	struct uuid session_id;
};
struct msg_broker_credential_sent {
	uint32_t err;
	struct block reason, text;
};
struct msg_broker_connected {
	struct uuid session_id;
	uint32_t dial_ms, key_exchange_ms, login_ms;
};
struct msg_broker_ended {
	struct uuid session_id;
	struct block hop; /* "", or where it failed: "gateway", "target", "host_key", "credential",
			     "login", "recording" */
	struct block reason; /* stable code: "user", "target_closed", "lease_ended", "idle", … */
	struct block text;
	uint64_t bytes_in, bytes_out;
	uint64_t chunks;
	uint8_t head[32]; /* chain head of the recording */
	uint8_t signature[64];
	uint32_t commands;
};
struct msg_broker_activity {
	struct uuid session_id;
	uint64_t bytes_in, bytes_out;
};
struct msg_broker_end {
	struct block reason;
	struct block text;
};

struct msg_broker_hold {
	uint32_t seconds; /* it ends after them, and takes no input; 0: held no more */
};

struct msg_spawn {
	uint32_t kind;		/* 1: broker, 2: replay, then enum helper_kind */
	struct uuid session_id; /* nil: a helper has none */
};
struct msg_spawned {
	uint32_t err;
	int64_t pid;
};

struct msg_channel {
	struct block name; /* the sibling: "web", "edge", "worker" */
};
struct msg_role_report {
	struct block role;
	uint8_t landlock_abi; /* 0: none */
	uint8_t seccomp, identity, memory_locked;
	uint32_t restarts; /* since the supervisor's start */
	uint64_t resident; /* KiB */
};

struct msg_sign_checkpoint {
	uint64_t old_size, size;
	uint8_t root[32];
	struct block consistency;
};
struct msg_checkpoint_signed {
	uint32_t err;
	uint8_t signature[64];
	uint8_t public_key[32];
};
struct msg_last_checkpoint {
	uint8_t unused;
};
struct msg_checkpoint_last {
	uint32_t err;
	uint64_t size;
	uint8_t root[32];
	uint8_t public_key[32];
};
struct msg_recording_head {
	struct uuid session_id;
	uint64_t chunks;
	uint64_t bytes;
	uint8_t head[32];
	uint8_t verified;
};

struct msg_witness_judged {
	struct uuid gateway_id;
	uint64_t size;
	uint8_t root[32];
	uint64_t own_size;   /* of our tree */
	uint8_t lost;	     /* our tree is shorter, or has another root at that size */
	struct block handed; /* what to give it; empty: nothing */
};

struct msg_command {
	struct block name; /* "status", "unseal", "link", "clear-lanes", "seed" */
	struct block argument;
};
struct msg_command_result {
	uint32_t err;
	struct block text; /* for the terminal, at most 16 KiB */
};

enum replay_mode {
	REPLAY_EVENTS = 1,
	REPLAY_CAST = 2,
	REPLAY_VERIFY = 3,
	REPLAY_INDEX = 4,
	REPLAY_RAW = 5
};
struct msg_replay {
	uint32_t mode;
	struct uuid session_id;
	uint8_t public_key[32];
	uint64_t first_chunk, chunk_count; /* REPLAY_EVENTS */
};

enum { SAML_CERTIFICATE_MAX = 8192 };
struct msg_saml_key {
	struct block who; /* whom its certificate names */
};
struct msg_saml_certificate {
	struct block certificate; /* DER */
	int64_t expires_at;
};
enum {
	SAML_TEXT_MAX = 1024,
	SAML_MESSAGE_MAX = 128 * 1024,
	SAML_KEYS_MAX = 8 * (SAML_CERTIFICATE_MAX + 4),
	SAML_ADDRESS_MAX = 32 * 1024,
	SAML_IDENTITY_MAX = 96 * 1024,
};
struct msg_saml_metadata {
	struct block xml;
	struct block entity; /* which of several; empty: there is one */
};
struct msg_saml_idp {
	struct block why; /* reason that it cannot be used; then the rest is empty */
	struct block entity, sign_in, sign_out;
	struct block certificates; /* DER each, as buf_put_block has it */
	int64_t valid_until;	   /* 0: not said */
};
struct msg_saml_request {
	struct block id, entity, acs, address, relay, contexts;
	uint8_t force;
};
struct msg_saml_url {
	struct block url;
};
struct msg_saml_response {
	struct block entity, acs, issuer;
	struct block request;	   /* ID of ours; empty: nobody asked */
	struct block certificates; /* of its issuer, pinned */
	struct block message;	   /* base64, as it came */
};
struct msg_saml_verdict {
	struct block why;      /* reason of refusal; then the rest is empty */
	struct block identity; /* auth/federation_wire.h */
	struct block assertion_id, name_id, session_index;
	int64_t expires_at; /* refused anyway after that */
};

enum { SAML_LOGOUT_MAX = 64 * 1024, SAML_INDEXES_BYTES = 16 * 1024 };
/* Base64, as it came; packed: of the Redirect binding. */
struct msg_saml_sender {
	struct block message;
	uint8_t packed;
};
struct msg_saml_sent_by {
	struct block why;    /* reason of refusal */
	struct block issuer; /* as it says: nothing is verified */
};
struct msg_saml_logout {
	struct block entity, address; /* ours */
	struct block issuer;	      /* the identity provider's entity ID */
	struct block request;	      /* ID of ours: the message answers it; empty: it asks */
	struct block certificates;
	struct block message;
	uint8_t packed;				  /* then these count: */
	struct block relay, algorithm, signature; /* as they were before they were escaped */
	uint8_t has_relay;
};
struct msg_saml_logged_out {
	struct block why;     /* reason of refusal; then, and of an answer, the rest is empty */
	struct block id;      /* of the request */
	struct block subject; /* as an identity's */
	struct block indexes; /* its sessions, a block each; empty: all */
	int64_t expires_at;   /* refused anyway after that */
};
struct msg_saml_leave {
	struct block id, entity, address, relay;
	struct block answers;	     /* ID of a request; empty: ours is one */
	struct block subject, index; /* of a request; index may be empty */
	uint8_t has_relay;
};

enum {
	OIDC_TEXT = 1024,
	OIDC_CODE = 2048,
	OIDC_TRUST = 32 * 1024,
	OIDC_METADATA = 56 * 1024,
	OIDC_IDENTITY = 96 * 1024,
	OIDC_LOGOUT_TOKEN = 16 * 1024
};
struct msg_oidc_discover {
	struct block issuer, addresses;
	struct block trust; /* PEM; empty: the machine's own */
};
struct msg_oidc_discovered {
	struct block reason; /* empty: done */
	struct block metadata;
};
struct msg_oidc_redeem {
	struct block issuer, addresses, trust;
	struct block client_id, redirect_uri, code, verifier, nonce;
	struct block metadata;
	uint8_t has_secret; /* then the pipe holds it; else it is empty */
	uint8_t is_old, may_refetch;
	int64_t max_age_s; /* -1: any */
};
struct msg_oidc_redeemed {
	struct block reason;   /* empty: accepted */
	uint8_t broken;	       /* the provider could not be asked */
	struct block identity; /* auth/federation_wire.h */
	struct block metadata; /* new, or empty */
};
struct msg_oidc_logout {
	struct block issuer, addresses, trust;
	struct block client_id, token, metadata;
	uint8_t is_old, may_refetch;
};
struct msg_oidc_logged_out {
	struct block reason; /* empty: accepted */
	uint8_t broken;	     /* the provider could not be asked */
	struct block token_id, subject,
		session;       /* whom it is about: one of the last two, or both */
	int64_t expires_at;    /* refused anyway after that; microseconds */
	struct block metadata; /* new, or empty */
};
/* A document that another helper reads: metadata of SAML. */
struct msg_oidc_document {
	struct block url, addresses, trust;
};
struct msg_oidc_fetched {
	struct block reason; /* empty: done */
	struct block bytes;  /* as they came */
};

extern const struct codec msg_connection_codec, msg_authenticate_codec, msg_principal_codec,
	msg_execute_codec, msg_result_codec, msg_refused_codec, msg_notify_codec,
	msg_server_certificate_codec, msg_server_certificate_issued_codec, msg_gateway_attach_codec,
	msg_gateway_verdict_codec, msg_gateway_detached_codec, msg_gateway_beat_codec,
	msg_gateway_witness_codec, msg_gateway_checkpoint_codec, msg_witness_judged_codec,
	msg_gateway_close_codec, msg_gateway_policy_codec, msg_gateway_policy_wanted_codec,
	msg_gateway_policy_part_codec, msg_dial_codec, msg_dialled_codec, msg_broker_start_codec,
	msg_broker_ready_codec, msg_broker_dial_codec, msg_broker_dialled_codec,
	msg_broker_host_key_codec, msg_broker_host_key_verdict_codec, msg_broker_credential_codec,
	msg_broker_credential_sent_codec, msg_broker_connected_codec, msg_broker_ended_codec,
	msg_broker_activity_codec, msg_broker_end_codec, msg_broker_hold_codec, msg_spawn_codec,
	msg_spawned_codec, msg_channel_codec, msg_role_report_codec, msg_sign_checkpoint_codec,
	msg_checkpoint_signed_codec, msg_last_checkpoint_codec, msg_checkpoint_last_codec,
	msg_recording_head_codec, msg_command_codec, msg_command_result_codec, msg_replay_codec,
	msg_saml_key_codec, msg_saml_certificate_codec, msg_saml_metadata_codec, msg_saml_idp_codec,
	msg_saml_request_codec, msg_saml_url_codec, msg_saml_response_codec, msg_saml_verdict_codec,
	msg_oidc_discover_codec, msg_oidc_discovered_codec, msg_oidc_redeem_codec,
	msg_oidc_redeemed_codec, msg_oidc_logout_codec, msg_oidc_logged_out_codec,
	msg_saml_sender_codec, msg_saml_sent_by_codec, msg_saml_logout_codec,
	msg_saml_logged_out_codec, msg_saml_leave_codec, msg_oidc_document_codec,
	msg_oidc_fetched_codec;

/* nil: the password for the mail server; else the code that the notice of that id carries. */
struct msg_mail_password {
	struct uuid code;
};
struct msg_mail_password_sent {
	uint32_t err;
};
extern const struct codec msg_mail_password_codec, msg_mail_password_sent_codec;

#endif
