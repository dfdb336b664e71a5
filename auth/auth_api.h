/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_AUTH_API_H
#define AUTH_AUTH_API_H

/* Places of the fields that handlers ask for by name; auth_api.c has the tables. */
enum { SECOND_LOGIN, SECOND_PASSKEY }; /* then enum passkey_field */
enum { ADD_TOKEN, ADD_CLIENT_DATA, ADD_ATTESTATION, ADD_TRANSPORTS, ADD_LABEL };
enum { RENAME_LABEL, RENAME_ID };
enum { RULES_LIST, RULES_LOCK_ME_OUT };
enum {
	RULE_ACTION,
	RULE_ENTRANCE,
	RULE_ROLE,
	RULE_USER,
	RULE_NETWORKS,
	RULE_COUNTRIES,
	RULE_ASNS,
	RULE_NOTE
};
enum { TOKEN_NAME, TOKEN_SCOPES, TOKEN_NETWORKS, TOKEN_DAYS };
enum { REMOVE_USER, REMOVE_FACTOR };
enum { FLOOR_ID, FLOOR_DEFAULT, FLOOR_GROUPS, FLOOR_BELOW, FLOOR_OWN };

#endif
