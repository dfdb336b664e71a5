/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/geo.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"

enum { FILE_MAX = 256 * 1024 * 1024 };

struct geo {
	MMDB_s country, asn;
	bool has_country, has_asn;
};

/* A copy in memory that nobody can change or cut under the library's mapping. */
static enum err copy_file(struct ctx *ctx, const char *path, int *out_fd)
{
	uint8_t *data = NULL;
	size_t len = 0;

	if (sys_read_file(path, FILE_MAX, &data, &len) != ERR_OK)
		return err_set(ctx, ERR_INPUT, "%s cannot be read, or is larger than 256 MiB.",
			       path);
	int fd = memfd_create("geo", MFD_CLOEXEC);
	bool whole = fd >= 0;
	for (size_t at = 0; whole && at < len;) {
		ssize_t some = write(fd, data + at, len - at);
		whole = some > 0;
		at += whole ? (size_t)some : 0;
	}
	free(data);
	if (whole) {
		*out_fd = fd;
		return ERR_OK;
	}
	fd_close_p(&fd);
	return err_set(ctx, ERR_MEMORY, "No memory for a copy of %s.", path);
}

static enum err open_one(struct ctx *ctx, const char *path, MMDB_s *out, bool *out_has)
{
	scoped(fd_close_p) int fd = -1;
	char name[64];

	if (!path || !*path)
		return ERR_OK;
	enum err err = copy_file(ctx, path, &fd);
	if (err != ERR_OK)
		return err;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	int status = MMDB_open(name, MMDB_MODE_MMAP, out);
	if (status != MMDB_SUCCESS)
		return err_set(ctx, ERR_INPUT, "%s is no MaxMind DB file: %s.", path,
			       MMDB_strerror(status));
	*out_has = true;
	return ERR_OK;
}

enum err geo_open(struct ctx *ctx, const char *country_file, const char *asn_file, struct geo **out)
{
	struct geo *geo = calloc(1, sizeof(*geo));

	if (!geo)
		return err_set(ctx, ERR_MEMORY, "No memory for the address databases.");
	enum err err = open_one(ctx, country_file, &geo->country, &geo->has_country);
	if (err == ERR_OK)
		err = open_one(ctx, asn_file, &geo->asn, &geo->has_asn);
	if (err != ERR_OK) {
		geo_free(geo);
		return err;
	}
	*out = geo;
	return ERR_OK;
}

void geo_free(struct geo *geo)
{
	if (!geo)
		return;
	if (geo->has_country)
		MMDB_close(&geo->country);
	if (geo->has_asn)
		MMDB_close(&geo->asn);
	free(geo);
}

bool geo_has_country(const struct geo *geo)
{
	return geo && geo->has_country;
}

bool geo_has_asn(const struct geo *geo)
{
	return geo && geo->has_asn;
}

static bool read_address(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (void *)out;
	struct sockaddr_in6 *six = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		return true;
	}
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
		return false;
	six->sin6_family = AF_INET6;
	if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
		struct in_addr inner;
		memcpy(&inner, six->sin6_addr.s6_addr + 12, sizeof(inner));
		memset(out, 0, sizeof(*out));
		four->sin_family = AF_INET;
		four->sin_addr = inner;
	}
	return true;
}

/* The first of these members that the record has. Publishers differ. */
static bool find_member(const MMDB_s *base, const struct sockaddr_storage *address,
			const char *const *const *paths, MMDB_entry_data_s *out)
{
	int status = MMDB_SUCCESS;
	MMDB_lookup_result_s found =
		MMDB_lookup_sockaddr(base, (const struct sockaddr *)address, &status);

	/* A file for IPv4 only says so of IPv6 addresses. */
	if (status != MMDB_SUCCESS || !found.found_entry)
		return false;
	for (; *paths; paths++) {
		if (MMDB_aget_value(&found.entry, out, *paths) == MMDB_SUCCESS && out->has_data)
			return true;
	}
	return false;
}

static void find_country(const struct geo *geo, const struct sockaddr_storage *address,
			 struct geo_place *out)
{
	static const char *const maxmind[] = {"country", "iso_code", NULL};
	static const char *const flat[] = {"country_code", NULL};
	static const char *const *const paths[] = {maxmind, flat, NULL};
	MMDB_entry_data_s data;

	if (!find_member(&geo->country, address, paths, &data) ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
		return;
	for (size_t i = 0; i < 2; i++)
		out->country[i] = (char)toupper((unsigned char)data.utf8_string[i]);
}

static void find_asn(const struct geo *geo, const struct sockaddr_storage *address,
		     struct geo_place *out)
{
	static const char *const number[] = {"autonomous_system_number", NULL};
	static const char *const *const paths[] = {number, NULL};
	MMDB_entry_data_s data;

	if (!find_member(&geo->asn, address, paths, &data))
		return;
	if (data.type == MMDB_DATA_TYPE_UINT32)
		out->asn = data.uint32;
	else if (data.type == MMDB_DATA_TYPE_UINT16)
		out->asn = data.uint16;
}

void geo_find(const struct geo *geo, const char *address, struct geo_place *out)
{
	struct sockaddr_storage parsed;

	*out = (struct geo_place){.asn = 0};
	if (!geo || !read_address(address, &parsed))
		return;
	if (geo->has_country)
		find_country(geo, &parsed, out);
	if (geo->has_asn)
		find_asn(geo, &parsed, out);
}
