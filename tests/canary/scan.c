/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Looks for many byte strings in many files and in the memory of processes: canary_scan PATTERNS.
 * PATTERNS: lines "name encoding hex". Standard input: lines with a path, or mem:PID. Prints
 * "place offset name encoding" for each find, never the string itself. Ends with 1 when something
 * was found, 2 when a place could not be read, both as bits.
 */
enum { CHUNK = 1 << 20, LONGEST = 512, SHORTEST = 4, HEADS = 1 << 16 };

struct pattern {
	struct pattern *next; /* with the same head */
	char name[48], encoding[24];
	size_t len;
	uint8_t bytes[LONGEST];
};

static struct pattern *heads[HEADS];
static size_t longest;
static int result;

static unsigned head_of(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static size_t unhex(const char *text, uint8_t *out, size_t size)
{
	size_t len = strlen(text) / 2;

	for (size_t i = 0; i < len && i < size; i++) {
		const char pair[3] = {text[2 * i], text[2 * i + 1], 0};
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len;
}

static bool patterns_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char hex[2 * LONGEST + 1];
	bool good = file != NULL;

	while (good) {
		struct pattern *pattern = calloc(1, sizeof(*pattern));
		if (pattern == NULL ||
		    fscanf(file, "%47s %23s %1024s", pattern->name, pattern->encoding, hex) != 3) {
			free(pattern);
			break;
		}
		pattern->len = unhex(hex, pattern->bytes, LONGEST);
		good = pattern->len >= SHORTEST && pattern->len <= LONGEST;
		if (pattern->len > longest)
			longest = pattern->len;
		pattern->next = heads[head_of(pattern->bytes)];
		heads[head_of(pattern->bytes)] = pattern;
	}
	if (file != NULL)
		(void)fclose(file);
	return good && longest > 0;
}

/* Starts below limit are looked at; a string may go on to len. */
static void look(const uint8_t *data, size_t limit, size_t len, uint64_t offset, const char *place)
{
	for (size_t i = 0; i < limit && i + SHORTEST <= len; i++) {
		for (const struct pattern *p = heads[head_of(data + i)]; p != NULL; p = p->next) {
			if (p->len > len - i || memcmp(data + i, p->bytes, p->len) != 0)
				continue;
			(void)printf("%s\t%" PRIu64 "\t%s\t%s\n", place, offset + i, p->name,
				     p->encoding);
			result |= 1;
		}
	}
}

static void unreadable(const char *place)
{
	(void)fprintf(stderr, "%s: %s\n", place, strerror(errno));
	result |= 2;
}

/* What may be the beginning of a string at the end of a chunk waits for the next. */
static void scan(int fd, uint64_t at, uint64_t end, const char *place)
{
	static uint8_t data[LONGEST + CHUNK];
	size_t kept = 0;

	while (at < end) {
		size_t want = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
		ssize_t got = pread(fd, data + kept, want, (off_t)at);
		if (got < 0 && errno == EISDIR)
			unreadable(place);
		if (got <= 0)
			break;
		size_t len = kept + (size_t)got;
		size_t limit = len > longest ? len - longest : 0;
		look(data, limit, len, at - kept, place);
		at += (uint64_t)got;
		kept = len - limit;
		memmove(data, data + limit, kept);
	}
	look(data, kept, kept, at - kept, place);
}

static void scan_memory(long pid, const char *place)
{
	char path[64], line[512];
	unsigned long long from, to;

	(void)snprintf(path, sizeof(path), "/proc/%ld/maps", pid);
	FILE *maps = fopen(path, "re");
	(void)snprintf(path, sizeof(path), "/proc/%ld/mem", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (maps == NULL || fd < 0)
		unreadable(place);
	while (maps != NULL && fd >= 0 && fgets(line, sizeof(line), maps) != NULL)
		/* What is not readable, and what the kernel itself maps, is left out. */
		if (sscanf(line, "%llx-%llx r", &from, &to) == 2 && strstr(line, " r") != NULL &&
		    strstr(line, "[v") == NULL)
			scan(fd, from, to, place);
	if (maps != NULL)
		(void)fclose(maps);
	if (fd >= 0)
		close(fd);
}

static void scan_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		unreadable(path);
		return;
	}
	scan(fd, 0, UINT64_MAX, path);
	close(fd);
}

int main(int argc, char **argv)
{
	char place[4096];

	if (argc != 2 || !patterns_read(argv[1])) {
		(void)fprintf(stderr, "usage: canary_scan PATTERNS < places\n");
		return 4;
	}
	while (fgets(place, sizeof(place), stdin) != NULL) {
		place[strcspn(place, "\n")] = 0;
		if (strncmp(place, "mem:", 4) == 0)
			scan_memory(strtol(place + 4, NULL, 10), place);
		else
			scan_file(place);
	}
	return result;
}
