/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_OP_H
#define RBAC_OP_H

#include "audit/event.h"
#include "base/codec.h"
#include "base/field.h"
#include "rbac/permission.h"

/*
 * An API operation: one row, the only place to look. The zero value refuses. Rows are pure data and
 * are linked by web (which matches, limits, authenticates, parses, and runs reads) and by authority
 * (which checks everything again and runs writes). Handlers are bound by id, in the same folder:
 * reads in <module>_http.c (web, SELECT only), writes in <module>_ops.c (authority, one transaction
 * with its audit event).
 */
enum op_auth {
	OP_AUTH_REFUSE = 0,
	OP_AUTH_PUBLIC,	 /* nobody needs to be signed in */
	OP_AUTH_SESSION, /* a live portal session */
	OP_AUTH_FRESH,	 /* a session authenticated in the last 15 minutes */
	OP_AUTH_METRICS, /* no person: the bearer token of metrics_token_file */
};

enum op_kind {
	OP_READ,	 /* web's handler, with web's SELECT-only account */
	OP_WRITE,	 /* authority's handler, in one transaction; web then renders `then`, or
			    authority's out fields */
	OP_READ_AUDITED, /* authority records the event first (durable), then web's handler runs */
	OP_UPGRADE,	 /* WebSocket: authority's handler receives the socket */
};

enum op_body {
	OP_BODY_NONE,
	OP_BODY_JSON,
	OP_BODY_FORM,	/* application/x-www-form-urlencoded in wiped memory: sign-in, enrolment */
	OP_BODY_OCTETS, /* application/octet-stream into struct secret: new secrets */
	OP_BODY_PKCS10, /* application/pkcs10 with HTTP Basic: EST enrolment (gateways/est.h) */
	OP_BODY_CSV,	/* text/csv into the one FIELD_ROWS field (server/web_csv.h) */
};

enum op_flag {
	OP_FLAG_IDEMPOTENT = 1, /* creation: honours Idempotency-Key */
	OP_FLAG_IF_MATCH = 2,	/* requires If-Match with the version */
	OP_FLAG_SECRET_FIELD =
		4,	  /* form field `password` (or body) travels as a pipe: in->secret_fd */
	OP_FLAG_SLOW = 8, /* deadline 30 s instead of 0.9 s (reports, exports, connection tests) */
	OP_FLAG_CREATED = 16,	       /* success is 201 with Location */
	OP_FLAG_SSE = 32,	       /* server-sent events stream, owned by web */
	OP_FLAG_SECRET_PAIR = 64,      /* with SECRET_FIELD: form fields `current_password` and
					  `password` travel as one pipe, joined by a NUL byte */
	OP_FLAG_SECRET_RECOVERY = 256, /* with SECRET_FIELD: form fields `recovery_code` and
					  `password` in the same way */
	OP_FLAG_OAUTH = 131072,	  /* with FORM and SECRET_FIELD: `client_secret`, or HTTP Basic;
				     RFC 6749's rules for parameters and answers */
	OP_FLAG_DEVICE = 65536,	  /* a proof of the device's key may come along */
	OP_FLAG_SELF = 128,	  /* answers from the principal alone */
	OP_FLAG_PAGE = 262144,	  /* a page for browsers without scripts (server/web_page.h): what a
				     read says becomes HTML; a form's field `form` stands for the
				     header X-Sekisho, and its answer is a redirect: to `then` or
				     the out text `location`, after a failure to the form */
	OP_FLAG_NAVIGATION = 512, /* a browser goes here: the answer is a redirect to the out text
				     `location`, a failure one to a page that says so */
	OP_FLAG_FOREIGN = 1024,	  /* another site sends it here, maybe with parameters that are
				     nobody's; its own proof is the flow cookie, or what it says
				     is signed. No session counts */
	/* What a sign-in below its person's factor floor may call; without one of these: nothing.
	 */
	OP_FLAG_WHILE_ENROL = 4096,	/* while a factor that counts must be set up */
	OP_FLAG_WHILE_PROVE = 8192,	/* while one that is set up must be shown */
	OP_FLAG_PASSWORD_FIRST = 16384, /* while one must be set up, but the password comes first */
};

struct op {
	const char *id; /* operationId in docs/openapi.yaml, unique: "requests.create" */
	const char *method;
	const char *path; /* "/api/v1/requests/{id}/approve"; {id} is a UUID field of the table with
			     FIELD_PATH */
	enum op_auth auth;
	enum permission permission; /* PERM_NONE with SESSION: any signed-in person acts on what is
				       their own */
	enum event_id event;	    /* required when it writes */
	enum op_kind kind;
	enum op_body body;
	unsigned flags;
	uint32_t max_body; /* bytes */
	const struct field *fields;
	const char *then; /* OP_WRITE: id of the read whose rendering is the answer, with out->id as
			     {id}; NULL: out's own fields */
	const char *media_type; /* of an answer that is a byte stream; NULL: octets. An out text
				   field `file_name` makes it a download */
};

/* Whether an API token with these permissions may call it. Refused: whatever asks for a fresh
 * sign-in, is about ways of signing in, streams or starts a session in a browser. What asks for no
 * permission, because it is about one's own, needs one of those named in op_token.c. */
bool op_open_to_token(const struct op *op, permission_set permissions);

/* A module's rows, ended by id NULL; all modules are listed in server/ops.c. */
const struct op *const *op_tables(void); /* NULL-ended */
/* The row of that id, or NULL. tables: op_tables(), or a module's own in tests. */
const struct op *op_by_id(const struct op *const *tables, const char *id);

/* Is the operation open to a sign-in whose second factor may be below its person's floor? */
struct principal;
bool op_open_to(const struct op *op, const struct principal *principal);

/* Input as a handler sees it: values in the order of op->fields. */
struct in {
	const struct op *op;
	struct value values[FIELDS_MAX];
	struct block peer;	 /* client address text, "192.0.2.1" */
	const char *user_agent;	 /* truncated to 255 bytes, printable; "" when absent */
	const char *languages;	 /* Accept-Language, the same */
	struct block device;	 /* 32 bytes of the device cookie, or empty */
	struct block device_key; /* of a device that has just proven it, or empty */
	struct block flow;	 /* 32 bytes of the cookie of a sign-in with a provider, or empty */
	int64_t if_match;	 /* version, or -1 */
	const char *idempotency_key; /* "" when absent */
	int secret_fd;		     /* pipe holding the secret, or -1; the runner closes it */
	int upgrade_fd;		     /* OP_UPGRADE: the browser's socket */
	struct block upgrade_extra;  /* bytes already read behind the upgrade request */
	struct block tls_exporter; /* 32 bytes, label "EXPORTER-Channel-Binding" (RFC 9266); may be
				      empty */
};

/* Values by their place in op->fields; absent and null ones give NULL or the fallback. */
const struct value *in_value(const struct in *in, unsigned index);
const char *in_text(const struct in *in, unsigned index, const char *fallback);
int64_t in_number(const struct in *in, unsigned index, int64_t fallback);
const struct uuid *in_id(const struct in *in, unsigned index);

/* What a write handler gives back; authority's runner acts on it after the commit. */
enum { OUT_FIELDS_MAX = 16, OUT_NOTIFY_MAX = 16, OUT_EFFECTS_MAX = 8 };
enum out_type {
	OUT_TEXT,
	OUT_INT,
	OUT_BOOL,
	OUT_UUID,
	OUT_TIME,
	OUT_JSON, /* text is one JSON value made by base/json (never foreign text) */
};
struct out_field {
	const char *name;
	enum out_type type;
	const char *text;
	int64_t number;
	struct uuid id;
};
enum out_effect_kind {
	OUT_EFFECT_NONE,
	OUT_EFFECT_CUT_LEASE,	 /* id: lease; end its live sessions with reason text */
	OUT_EFFECT_CUT_SESSION,	 /* id: privileged session */
	OUT_EFFECT_HOLD_SESSION, /* id: privileged session; number: its sign-in ended, so many
				    seconds are left (0: end it), or -1: it goes on */
	OUT_EFFECT_CUT_USER,	 /* id: user: all live sessions of that person */
	OUT_EFFECT_POLICY, /* gateways must get a new bundle (targets, addresses, groups changed) */
	OUT_EFFECT_GATEWAY_REVOKED, /* id: gateway: close its tunnels */
	OUT_EFFECT_START_SESSION,   /* id: privileged session row; upgrade_fd goes to its new broker
				     */
	OUT_EFFECT_TEST_TARGET, /* id: target; account id in other; the answer is delayed until the
				   job ends */
	OUT_EFFECT_READ_RECORDING, /* id: privileged session; answer carries a pipe (see sessions/)
				    */
};
struct out_effect {
	enum out_effect_kind kind;
	struct uuid id, other;
	int64_t number, number2, number3; /* READ_RECORDING: enum replay_mode, first chunk, chunk
					     count */
	const char *text;
};
struct out {
	struct uuid id;
	bool has_id;
	int64_t version;
	struct out_field fields[OUT_FIELDS_MAX];
	size_t field_count;
	struct {
		const char *topic;
		struct uuid id;
	} notify[OUT_NOTIFY_MAX]; /* topic: "requests", "sessions", "gateways", "targets", … */
	size_t notify_count;
	struct out_effect effects[OUT_EFFECTS_MAX];
	size_t effect_count;
	const char *set_session; /* 43-character base64url cookie value to set (sign-in); wiped
				    after sending */
	const char *set_device;
	bool clear_session;
	const char *set_flow; /* base64url cookie of a sign-in under way with a provider */
	bool flow_cross_site; /* it must come back with another site's form too */
	bool clear_flow;
	int secret_fd; /* pipe whose bytes are the answer body (octets, no-store); -1: none */
};
void out_text(struct out *out, const char *name, const char *text); /* borrowed: arena or static */
void out_int(struct out *out, const char *name, int64_t value);
void out_bool(struct out *out, const char *name, bool value);
void out_uuid(struct out *out, const char *name, const struct uuid *id);
void out_time(struct out *out, const char *name, int64_t real_us);
void out_json(struct out *out, const char *name, const char *json);
void out_id(struct out *out, const struct uuid *id, int64_t version);
void out_notify(struct out *out, const char *topic, const struct uuid *id);
void out_effect(struct out *out, enum out_effect_kind kind, const struct uuid *id,
		const char *text);

/* Authority's half: op id → handler. Ended by op NULL. */
typedef enum err op_write_fn(struct ctx *ctx, const struct in *in, struct out *out);
struct op_write {
	const char *op;
	op_write_fn *run;
};

/* Web's half for reads: writes one JSON value (object) to json. */
struct json;
struct reply {
	struct json *json;
	struct buf *body;
	const char
		*content_type; /* default application/json; reports may set text/csv; static text */
	const char *file_name; /* Content-Disposition: attachment when set */
	int status;	       /* 0: 200 */
	int64_t etag;	       /* version for ETag, -1: none */
	int stream_fd;	       /* -1, or a pipe whose bytes are the body */
};
typedef enum err op_read_fn(struct ctx *ctx, const struct in *in, struct reply *reply);
struct op_read {
	const char *op;
	op_read_fn *run;
};

#endif
