/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/replay/index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sys.h"
#include "base/text.h"
#include "sessions/replay/replay.h"
#include "sessions/replay/screen_watch.h"

/* Which screen the output of an entry is for; how the portal leaves out what a jump does not show.
 */
enum screen { SCREEN_NORMAL, SCREEN_ALTERNATE, SCREEN_SWITCHED };

struct entry {
	uint64_t seq, chunks, bytes;
	int64_t start_ms, end_ms;
	enum screen screen;
};

struct replay_index {
	const struct body_out *output;
	const struct recording_header *header;
	struct buf chunks, commands, idle, sizes; /* JSON array members, comma-ended */
	struct entry entry;			  /* being gathered; chunks 0: none */
	struct screen_watch watch;
	int64_t last_ms; /* of the last event */
	int64_t duration_ms;
	uint64_t total;
	bool truncated;
};

struct replay_index *replay_index_new(const struct body_out *output,
				      const struct recording_header *header)
{
	struct replay_index *index = calloc(1, sizeof(*index));

	if (index == NULL)
		return NULL;
	index->output = output;
	index->header = header;
	buf_init(&index->chunks, REPLAY_LIST_MAX);
	buf_init_wiped(&index->commands, REPLAY_LIST_MAX);
	buf_init(&index->idle, REPLAY_LIST_MAX);
	buf_init(&index->sizes, REPLAY_LIST_MAX);
	return index;
}

void replay_index_free(struct replay_index *index)
{
	if (index == NULL)
		return;
	buf_clear(&index->chunks);
	buf_clear(&index->commands);
	buf_clear(&index->idle);
	buf_clear(&index->sizes);
	free(index);
}

/* Room for one more member, or the list is cut here. */
static bool has_room(struct replay_index *index, const struct buf *list, size_t len)
{
	if (list->len + len + 64 <= REPLAY_LIST_MAX)
		return true;
	index->truncated = true;
	return false;
}

static void close_entry(struct replay_index *index)
{
	const struct entry *e = &index->entry;

	if (e->chunks > 0 && has_room(index, &index->chunks, 64))
		buf_printf(&index->chunks, "[%llu,%lld,%llu,%d],", (unsigned long long)e->seq,
			   (long long)e->start_ms, (unsigned long long)e->bytes, (int)e->screen);
	index->entry = (struct entry){.chunks = 0};
}

static void add_chunk(struct replay_index *index, const struct recording_chunk *chunk,
		      enum screen screen)
{
	struct entry *e = &index->entry;
	int64_t start = (int64_t)(chunk->start_us / 1000), end = (int64_t)(chunk->end_us / 1000);

	if (e->chunks > 0 &&
	    (e->bytes + chunk->plain_len > REPLAY_ENTRY_BYTES ||
	     end - e->start_ms > REPLAY_ENTRY_MS || e->chunks >= REPLAY_ENTRY_CHUNKS ||
	     screen == SCREEN_SWITCHED || screen != e->screen))
		close_entry(index);
	if (e->chunks == 0)
		*e = (struct entry){.seq = chunk->seq, .start_ms = start, .screen = screen};
	e->chunks++;
	e->bytes += chunk->plain_len;
	e->end_ms = end;
	index->duration_ms = end;
	index->total++;
}

#define SECONDS_MAX 1e9 /* longer than any session */

/* One JSON string as a recorder writes it. */
static bool is_json_text(const char *text, size_t len)
{
	if (len < 2 || text[0] != '"' || text[len - 1] != '"' || !text_is_utf8(text, len))
		return false;
	for (size_t i = 1; i < len - 1; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == '"')
			return false;
		if (text[i] != '\\')
			continue;
		size_t more = text[++i] == 'u' ? 4 : 0;
		if (i + more >= len - 1 || strchr("\"\\/bfnrtu", text[i]) == NULL ||
		    (more > 0 && (text[i + 1] != '0' || text[i + 2] != '0' ||
				  !isxdigit((unsigned char)text[i + 3]) ||
				  !isxdigit((unsigned char)text[i + 4]))))
			return false;
		i += more;
	}
	return true;
}

/* One line [seconds,"type","data"]: authenticated, but by a broker that a target may have taken
 * over: what is copied from it into JSON is JSON. */
static bool parse_line(const char *line, size_t len, int64_t *out_ms, char *out_type,
		       const char **out_data, size_t *out_len)
{
	char *end = NULL;
	const char *stop = line + len;
	double seconds;

	if (len < 8 || line[0] != '[' || stop[-1] != ']')
		return false;
	seconds = strtod(line + 1, &end);
	if (!(seconds >= 0 && seconds < SECONDS_MAX) || end + 5 >= stop || end[0] != ',' ||
	    end[1] != '"' || end[3] != '"' || end[4] != ',')
		return false;
	*out_ms = (int64_t)(seconds * 1000);
	*out_type = end[2];
	*out_data = end + 5;
	*out_len = (size_t)(stop - 1 - *out_data);
	return true;
}

/* "120x40" */
static void add_size(struct replay_index *index, int64_t ms, const char *data, size_t len)
{
	char text[16] = "", *end = NULL;

	if (len < 5 || len > sizeof(text) || !isdigit((unsigned char)data[1]))
		return;
	memcpy(text, data + 1, len - 2);
	unsigned long cols = strtoul(text, &end, 10);
	if (*end != 'x' || !isdigit((unsigned char)end[1]))
		return;
	unsigned long rows = strtoul(end + 1, &end, 10);
	if (*end == '\0' && cols <= UINT16_MAX && rows <= UINT16_MAX &&
	    has_room(index, &index->sizes, 64))
		buf_printf(&index->sizes, "[%lld,%lu,%lu],", (long long)ms, cols, rows);
}

static void add_line(struct replay_index *index, const char *line, size_t len)
{
	const char *data;
	size_t data_len;
	int64_t ms;
	char type;

	if (!parse_line(line, len, &ms, &type, &data, &data_len))
		return;
	if (type == 'm' && is_json_text(data, data_len) &&
	    has_room(index, &index->commands, data_len + 32)) {
		buf_printf(&index->commands, "[%lld,", (long long)ms);
		buf_put(&index->commands, data, data_len);
		buf_put_text(&index->commands, "],");
	}
	if (type == 'r')
		add_size(index, ms, data, data_len);
	if (type == 'o' && data_len >= 2)
		screen_watch_output(&index->watch, data + 1, data_len - 2);
	if (type != 'o' && type != 'i')
		return;
	if (ms - index->last_ms > REPLAY_IDLE_MS && has_room(index, &index->idle, 64))
		buf_printf(&index->idle, "[%lld,%lld],", (long long)index->last_ms, (long long)ms);
	index->last_ms = ms;
}

enum err replay_index_chunk(struct replay_index *index, const struct recording_chunk *chunk,
			    const char *plain, size_t len)
{
	enum screen screen = index->watch.alternate ? SCREEN_ALTERNATE : SCREEN_NORMAL;
	size_t at = 0;

	index->watch.switched = false;
	while (at < len) {
		const char *end = memchr(plain + at, '\n', len - at);
		size_t line = end != NULL ? (size_t)(end - plain) - at : len - at;
		add_line(index, plain + at, line);
		at += line + 1;
	}
	add_chunk(index, chunk, index->watch.switched ? SCREEN_SWITCHED : screen);
	if (buf_failed(&index->sizes) || buf_failed(&index->chunks) ||
	    buf_failed(&index->commands) || buf_failed(&index->idle))
		return ERR_MEMORY;
	return ERR_OK;
}

static enum err put_list(struct replay_index *index, const char *name, const struct buf *list)
{
	/* Without the last member's comma. */
	size_t len = list->len > 0 ? list->len - 1 : 0;
	char head[32];
	int head_len = snprintf(head, sizeof(head), ",\"%s\":[", name);

	if (body_put(index->output, head, (size_t)head_len) != ERR_OK ||
	    body_put(index->output, list->data, len) != ERR_OK ||
	    body_put(index->output, "]", 1) != ERR_OK)
		return ERR_IO;
	return ERR_OK;
}

enum err replay_index_end(struct replay_index *index, bool complete)
{
	char head[256];
	int len;
	enum err err;

	close_entry(index);
	len = snprintf(head, sizeof(head),
		       "{\"width\":%u,\"height\":%u,\"duration_ms\":%lld,\"total_chunks\":%llu,"
		       "\"complete\":%s,\"truncated\":%s",
		       index->header->cols, index->header->rows, (long long)index->duration_ms,
		       (unsigned long long)index->total, complete ? "true" : "false",
		       index->truncated ? "true" : "false");
	if (body_put(index->output, head, (size_t)len) != ERR_OK)
		return ERR_IO;
	err = put_list(index, "chunks", &index->chunks);
	if (err == ERR_OK)
		err = put_list(index, "commands", &index->commands);
	if (err == ERR_OK)
		err = put_list(index, "idle", &index->idle);
	if (err == ERR_OK)
		err = put_list(index, "sizes", &index->sizes);
	if (err == ERR_OK && body_put(index->output, "}", 1) != ERR_OK)
		err = ERR_IO;
	return err;
}
