/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_GATEWAYS_API_H
#define GATEWAYS_GATEWAYS_API_H

#include "rbac/op.h"

/* Operations on gateway groups, gateways and their enrolment; rows in gateways_api.c. */
const struct op *gateways_ops(void);
const struct op_write *gateways_writes(void); /* library gateways_ops */
const struct op_read *gateways_reads(void);   /* library gateways_http */

/* Places of the fields, per operation. */
enum { GG_LIST_Q, GG_LIST_LIMIT, GG_LIST_CURSOR, GG_LIST_ARCHIVED };
enum { GG_NAME, GG_DESCRIPTION, GG_ID /* not when created */ };
enum { GL_Q, GL_LIMIT, GL_CURSOR, GL_GROUP, GL_STATE };
enum { G_NAME, G_GROUP, G_KIND_OR_ID, G_SOURCES };
enum { GATEWAY_SOURCES_MAX = 16, GATEWAY_SOURCES_TEXT = 1000 };
/* est.simpleenroll; est.simplereenroll has a proof in place of the token, and the serial. */
enum { ENROL_TOKEN, ENROL_POINT, ENROL_BOUND, ENROL_SKEW, ENROL_SERIAL };
enum { ENROL_PROOF = ENROL_TOKEN, ENROL_PROOF_MAX = 128 };
enum { ENROL_POINT_SIZE = 65 };

#endif
