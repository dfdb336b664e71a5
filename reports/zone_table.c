/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "reports/zone.h"
#include "reports/zone_inner.h"

enum { NAME_MAX_SIZE = 64, PATH_SIZE = 512, FILE_MAX = 64 * 1024, DEPTH_MAX = 3, ZONES_MAX = 4096 };

struct entry {
	char name[NAME_MAX_SIZE];
	struct zone *zone;
};

/* Filled once, then only read. */
static struct {
	struct entry *entries;
	size_t count;
	bool loaded;
} table;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void add_file(const char *path, const char *name)
{
	uint8_t *data = NULL;
	size_t len = 0;
	if (table.count == ZONES_MAX || strlen(name) >= NAME_MAX_SIZE ||
	    sys_read_file(path, FILE_MAX, &data, &len) != ERR_OK)
		return;
	struct zone *zone = zone_parse(data, len);
	free(data);
	if (zone == NULL)
		return;
	struct entry *entry = &table.entries[table.count++];
	memcpy(entry->name, name, strlen(name) + 1);
	entry->zone = zone;
}

/* "posix" and "right" hold everything twice more, the latter with leap seconds. */
static bool is_skipped(const char *name)
{
	return name[0] == '.' || strcmp(name, "posix") == 0 || strcmp(name, "right") == 0;
}

static void add_folder(const char *folder, const char *prefix, int depth);

static void add_one(const char *folder, const char *prefix, const char *file, int depth)
{
	char path[PATH_SIZE], name[NAME_MAX_SIZE];
	struct stat st;
	int path_len = snprintf(path, sizeof(path), "%s/%s", folder, file);
	int name_len = snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] ? "/" : "", file);
	if (path_len < 0 || (size_t)path_len >= sizeof(path) || name_len < 0 ||
	    (size_t)name_len >= sizeof(name) || stat(path, &st) != 0)
		return;
	if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		add_folder(path, name, depth + 1);
	else if (S_ISREG(st.st_mode))
		add_file(path, name);
}

static void add_folder(const char *folder, const char *prefix, int depth)
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return;
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		if (!is_skipped(entry->d_name))
			add_one(folder, prefix, entry->d_name, depth);
	closedir(dir);
}

enum err zones_load(const char *folder)
{
	pthread_mutex_lock(&table_lock);
	if (!table.loaded) {
		table.entries = calloc(ZONES_MAX, sizeof(*table.entries));
		if (table.entries != NULL) {
			add_folder(folder, "", 0);
			qsort(table.entries, table.count, sizeof(*table.entries), compare);
			table.loaded = table.count > 0;
		}
		if (!table.loaded) {
			free(table.entries);
			table.entries = NULL;
		}
	}
	bool loaded = table.loaded;
	pthread_mutex_unlock(&table_lock);
	return loaded ? ERR_OK : ERR_NOT_FOUND;
}

const struct zone *zone_find(const char *name)
{
	struct entry key;
	if (strcmp(name, "UTC") == 0)
		return zone_utc();
	if (!table.loaded || strlen(name) >= sizeof(key.name))
		return NULL;
	memcpy(key.name, name, strlen(name) + 1);
	const struct entry *entry =
		bsearch(&key, table.entries, table.count, sizeof(*table.entries), compare);
	return entry != NULL ? entry->zone : NULL;
}
