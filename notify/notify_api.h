/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOTIFY_NOTIFY_API_H
#define NOTIFY_NOTIFY_API_H

#include "rbac/op.h"

/* Operations on the mail server and on notices; rows in notify_api.c. */
const struct op *notify_ops(void);
const struct op_write *notify_writes(void); /* library notify_ops */
const struct op_read *notify_reads(void);   /* library notify_http */

/* Places of mail.update's fields. */
enum { MAIL_HOST, MAIL_PORT, MAIL_SECURITY, MAIL_LOGIN, MAIL_SENDER, MAIL_CA };

#endif
