/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_ASSET_H
#define SERVER_WEB_ASSET_H

#include <stdbool.h>
#include <stddef.h>

/* A file of the built portal, linked in by cmake/embed.py. Names without a C identifier of their
 * own: the table alone is exported. */
enum web_asset_form { ASSET_PLAIN, ASSET_GZIP, ASSET_BROTLI, ASSET_FORMS };

struct web_asset {
	const char *path; /* "/assets/index-abc.js" */
	const char *type;
	const char *etag; /* quoted, of the plain form */
	bool immutable;	  /* its name changes with its bytes */
	struct {
		const unsigned char *data; /* NULL: this form is not kept */
		size_t len;
	} forms[ASSET_FORMS];
};

/* Ended by path NULL. Empty when the portal was not built. */
extern const struct web_asset web_assets[];

#endif
