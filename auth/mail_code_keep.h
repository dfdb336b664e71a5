/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_MAIL_CODE_KEEP_H
#define AUTH_MAIL_CODE_KEEP_H

#include "auth/mail_code.h"

/* What of mailed codes is in this process's memory only: the key of their MACs, and the codes
 * themselves until they are too old (a newer one takes the place of the oldest when many are). */
enum { MAIL_CODE_MAC = 32 };

void mail_code_mac(const struct uuid *id, const char *digits, uint8_t out[MAIL_CODE_MAC]);
void mail_code_keep(const struct uuid *id, const char digits[MAIL_CODE_TEXT]);

#endif
