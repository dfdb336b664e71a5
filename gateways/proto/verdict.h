/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_VERDICT_H
#define GATEWAYS_PROTO_VERDICT_H

#include <stdint.h>

/* Names both ends agree on; X-macro rows: constant, wire name. Never renumbered, only added. */
#define GATEWAY_ALPN	     "sekisho-gw/1"
#define GATEWAY_EST_ALPN     "sekisho-est/1" /* HTTP/1.1, and the server asks for the certificate */
#define RENEW_LABEL	     "sekisho-renew/1" /* signed, its NUL included: label, exporter, point */
#define GATEWAY_IDLE_PING    10		       /* seconds of idle before a PING */
#define GATEWAY_SESSION_PING 5		       /* the same while a session is open */

enum gateway_class { GATEWAY_CONTROL = 1, GATEWAY_INTERACTIVE = 2, GATEWAY_CLASS__COUNT };
/* "control"; NULL / 0 when unknown. */
const char *gateway_class_name(uint32_t gateway_class);
uint32_t gateway_class_by_name(const char *name);

/*
 * What a gateway says of itself in its answer to GET /attach; who it is comes from its certificate.
 * gw-class, gw-index, gw-boot-id, gw-version, and:
 *   gw-protocol  number; absent: 0
 *   gw-clock     its wall clock, UTC microseconds
 *   gw-machine   hex SHA-256 of its machine's id (agent/identity.c)
 *   gw-chain     control only: base64url of the value the server gave it last; absent: none yet
 * The verdict of a control connection that may stay brings the next value: a copy of the gateway's
 * folder and its original cannot both hold the newest.
 */
enum { GATEWAY_PROTOCOL = 2, GATEWAY_PROTOCOL_MIN = 1, GATEWAY_CLOCK_SLACK_S = 300 };
/* From it on a gateway knows large bundles (bundle.h). PUT /policy then also brings an announcement
 * alone, which is answered with GATEWAY_BODY_WANTED unless the gateway holds the body of that. */
enum { GATEWAY_PROTOCOL_LARGE = 2, GATEWAY_BODY_WANTED = 409 };
enum { GATEWAY_CHAIN = 32, GATEWAY_MACHINE = 32 };

/* The server's answer to an attach: the gateway acts on it, a person reads it. Row: constant,
 * gw-verdict, gw-status (the HTTP status that says the same). */
#define GATEWAY_VERDICTS(V)                                                        \
	V(GATEWAY_GO, "go", 200)                                                   \
	V(GATEWAY_REVOKED, "revoked", 403)	 /* stop: needs a new enrolment */ \
	V(GATEWAY_SECOND, "second-machine", 409) /* the identity is in use */      \
	V(GATEWAY_TOO_OLD, "too-old", 426)	 /* update the agent */            \
	V(GATEWAY_BUSY, "busy", 503)		 /* retry after the time given */  \
	V(GATEWAY_REFUSED, "refused", 403)	 /* unknown, or disabled for now */

enum gateway_verdict {
	GATEWAY_VERDICT_NONE = 0,
#define V(constant, name, status) constant,
	GATEWAY_VERDICTS(V)
#undef V
		GATEWAY_VERDICT__COUNT
};
/* 0 when unknown. */
int gateway_verdict_status(uint32_t verdict);
const char *gateway_verdict_name(uint32_t verdict);
uint32_t gateway_verdict_by_name(const char *name);

/* Why a CONNECT was not answered with 200: row = constant, gw-reason, HTTP status, hop, text. */
#define GATEWAY_REASONS(R)                                                                         \
	R(GW_GRANT_MISSING, "grant.missing", 403, "gateway", "the request carries no grant")       \
	R(GW_GRANT_MALFORMED, "grant.malformed", 403, "gateway", "the grant does not parse")       \
	R(GW_GRANT_SIGNATURE, "grant.signature", 403, "gateway", "the grant is not signed by us")  \
	R(GW_GRANT_EXPIRED, "grant.expired", 403, "gateway", "the grant is out of its time")       \
	R(GW_GRANT_REPLAYED, "grant.replayed", 403, "gateway", "the grant was used before")        \
	R(GW_GRANT_FOREIGN, "grant.foreign", 403, "gateway", "the grant is for another gateway")   \
	R(GW_GRANT_MISMATCH, "grant.mismatch", 403, "gateway", "the grant names something else")   \
	R(GW_POLICY_MISSING, "policy.missing", 403, "gateway", "the gateway has no policy yet")    \
	R(GW_POLICY_EXPIRED, "policy.expired", 403, "gateway", "the gateway's policy expired")     \
	R(GW_POLICY_BEHIND, "policy.behind", 403, "gateway", "the gateway's policy is older")      \
	R(GW_ADDRESS_DENIED, "address.denied", 403, "gateway",                                     \
	  "the gateway is not allowed to dial that address")                                       \
	R(GW_LOCKED, "gateway.locked", 403, "gateway",                                             \
	  "the gateway is locked at the customer's side")                                          \
	R(GW_BUSY, "gateway.busy", 502, "gateway", "the gateway is out of resources")              \
	R(GW_TARGET_UNKNOWN, "target.unknown", 404, "gateway", "not in the gateway's policy")      \
	R(GW_TARGET_NAME, "target.name", 502, "target", "the target's name does not resolve")      \
	R(GW_TARGET_REFUSED, "target.refused", 502, "target", "the target refused the connection") \
	R(GW_TARGET_UNREACHABLE, "target.unreachable", 502, "target", "no route to the target")    \
	R(GW_TARGET_TIMEOUT, "target.timeout", 504, "target", "the target did not answer")         \
	R(GW_OFFLINE, "gateway.offline", 503, "gateway", "the gateway is not connected")           \
	R(GW_LOST, "gateway.lost", 502, "gateway", "the connection to the gateway was lost")       \
	R(GW_TIMEOUT, "gateway.timeout", 504, "gateway", "the gateway did not answer")             \
	R(GW_PROTOCOL, "gateway.protocol", 502, "gateway", "the gateway broke the protocol")

enum gateway_reason {
	GW_REASON_NONE = 0,
#define R(constant, name, status, hop, text) constant,
	GATEWAY_REASONS(R)
#undef R
		GW_REASON__COUNT
};
struct gateway_reason_row {
	const char *name;
	int status;
	const char *hop; /* "gateway" or "target" */
	const char *text;
};
const struct gateway_reason_row *gateway_reason_row(enum gateway_reason reason);
/* GW_PROTOCOL for a name that is not listed. */
enum gateway_reason gateway_reason_by_name(const char *name);

#endif
