/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_HANDLERS_H
#define GATEWAYS_HANDLERS_H

#include "rbac/op.h"

/* Write handlers, bound to their operations in gateways_ops.c. */
enum err gateway_group_create(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_group_update(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_group_archive(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_create(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_update(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_archive(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_token(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_revoke(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_release(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_renew(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;
enum err gateway_enrol(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;

#endif
