/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_CTL_OP_H
#define SERVER_CTL_OP_H

/*
 * `sekishoctl op OPERATION name=value … [--if-match=VERSION] [--secret-stdin]`: runs one write
 * operation of the API from the owner's console. Values are written as text; lists are separated by
 * commas, rows as `a:b,a:b` in the order of their fields. With --secret-stdin the operation's
 * secret is read from standard input and travels by pipe; --if-match names the version that a
 * change starts from. Prints the result as name=value lines. Returns the exit status: 0, 1 refused
 * or failed (said on standard error), 2 usage.
 */
int ctl_op(int channel_fd, int argc, char **argv);

#endif
