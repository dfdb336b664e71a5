/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <jansson.h>

#include "audit/export_format.h"
#include "audit/verify/decision.h"
#include "audit/verify/verify.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "vault/checkpoint_text.h"

struct walk {
	const char *path;
	FILE *file;
	char *line; /* room for EXPORT_LINE_MAX bytes and one more */
	size_t len; /* of the current line, with its newline */
	uint64_t number;
	uint64_t n;    /* of the event at hand */
	bool in_event; /* n means something */
	uint64_t first, count, size;
	uint8_t root[32], public_key[32];
	struct recording_facts *facts;
	struct decisions decisions;
};

static enum verdict refuse(const struct walk *walk, const char *why)
{
	if (walk->in_event)
		(void)printf("REFUSED %s: line %" PRIu64 ", event n %" PRIu64 ": %s\n", walk->path,
			     walk->number, walk->n, why);
	else
		(void)printf("REFUSED %s: line %" PRIu64 ": %s\n", walk->path, walk->number, why);
	return VERDICT_REFUSED;
}

static void json_free_p(json_t **json)
{
	json_decref(*json);
}

/* Next line into walk->line; false at the end of the file. Of a line that is too long only the
 * beginning is read: a file without line ends does not fill the memory. */
static bool next_line(struct walk *walk)
{
	int c = 0;
	walk->number++;
	walk->len = 0;
	while (c != '\n' && walk->len <= EXPORT_LINE_MAX && (c = getc_unlocked(walk->file)) != EOF)
		walk->line[walk->len++] = (char)c;
	return walk->len > 0;
}

static json_t *parse_line(const struct walk *walk)
{
	if (walk->len > EXPORT_LINE_MAX)
		return NULL;
	return json_loadb(walk->line, walk->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
}

/* The one way to write these values must be the bytes that are there: nothing may hide in another
 * spelling. */
static bool is_exactly(const struct walk *walk, const struct buf *expected)
{
	return !buf_failed(expected) && expected->len == walk->len &&
	       memcmp(expected->data, walk->line, walk->len) == 0;
}

static const char *text_member(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static bool number_member(json_t *object, const char *name, uint64_t *out)
{
	json_t *value = json_object_get(object, name);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*out = (uint64_t)json_integer_value(value);
	return true;
}

static enum verdict check_header(struct walk *walk, const char *vkey)
{
	scoped(buf_clear) struct buf expected;
	char origin[CHECKPOINT_ORIGIN_SIZE];
	buf_init(&expected, EXPORT_LINE_MAX);
	if (!next_line(walk))
		return refuse(walk, "the file is empty");
	scoped(json_free_p) json_t *json = parse_line(walk);
	struct export_header header = {.origin = text_member(json, "origin"),
				       .vkey = text_member(json, "vkey"),
				       .note = text_member(json, "checkpoint")};
	if (!number_member(json, "first", &header.first) ||
	    !number_member(json, "count", &header.count))
		return refuse(walk, "the header is malformed");
	export_put_header(&expected, &header);
	if (!is_exactly(walk, &expected))
		return refuse(walk, "the header is not of format " EXPORT_FORMAT);
	if (vkey != NULL && strcmp(vkey, header.vkey) != 0)
		return refuse(walk, "the header names another key than the one given");
	if (!checkpoint_vkey_parse(header.vkey, walk->public_key))
		return refuse(walk, "the key in the header is malformed");
	checkpoint_origin(walk->public_key, origin);
	if (strcmp(origin, header.origin) != 0)
		return refuse(walk, "the origin does not belong to the key");
	if (!checkpoint_note_verify(header.note, strlen(header.note), walk->public_key, &walk->size,
				    walk->root))
		return refuse(walk, "the checkpoint's signature does not verify");
	if (header.count > walk->size || header.first > walk->size - header.count)
		return refuse(walk, "the range lies outside the signed tree");
	walk->first = header.first;
	walk->count = header.count;
	return VERDICT_OK;
}

static bool read_proof(json_t *array, struct merkle_proof *out)
{
	out->count = json_array_size(array);
	if (!json_is_array(array) || out->count > MERKLE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < out->count; i++) {
		const char *text = json_string_value(json_array_get(array, i));
		if (text == NULL ||
		    base64_decode(text, strlen(text), out->hash[i], MERKLE_HASH) != MERKLE_HASH)
			return false;
	}
	return true;
}

/* Remembers what the log says about the recording in question. */
static void note_facts(struct recording_facts *facts, const char *leaf, size_t len)
{
	scoped(json_free_p) json_t *json = json_loadb(leaf, len, 0, NULL);
	json_t *object = json_object_get(json, "object"), *data = json_object_get(json, "data");
	const char *event = text_member(json, "event");
	struct uuid id;
	if (!uuid_parse(text_member(object, "id"), &id) || !uuid_equal(&id, &facts->session_id))
		return;
	if (strcmp(event, "session.start") == 0 && !facts->has_key)
		facts->has_key = hex_decode(text_member(data, "recording_key"), facts->key, 32);
	bool ends = strcmp(event, "session.end") == 0 || strcmp(event, "session.broken") == 0 ||
		    strcmp(event, "session.failed") == 0;
	if (ends && !facts->has_head && hex_decode(text_member(data, "head"), facts->head, 32)) {
		facts->has_head = true;
		(void)snprintf(facts->ended_by, sizeof(facts->ended_by), "%s", event);
	}
}

static enum verdict check_event(struct walk *walk, uint64_t n)
{
	scoped(buf_clear) struct buf expected;
	struct merkle_proof proof = {0};
	uint8_t hash[MERKLE_HASH];
	buf_init(&expected, EXPORT_LINE_MAX);
	walk->n = n;
	walk->in_event = true;
	if (!next_line(walk))
		return refuse(walk, "the file ends here: events are missing");
	scoped(json_free_p) json_t *json = parse_line(walk);
	json_t *leaf = json_object_get(json, "leaf");
	uint64_t said;
	if (!number_member(json, "n", &said) || !json_is_string(leaf) ||
	    !read_proof(json_object_get(json, "proof"), &proof))
		return refuse(walk, "the line is no event");
	if (said != n)
		return refuse(walk, "the number is not the next one");
	export_put_event(&expected, n, json_string_value(leaf), json_string_length(leaf), &proof);
	if (!is_exactly(walk, &expected))
		return refuse(walk, "the line is not written in the one allowed way");
	merkle_leaf_hash(json_string_value(leaf), json_string_length(leaf), hash);
	if (!merkle_verify_inclusion(hash, n, walk->size, proof.hash[0], proof.count, walk->root))
		return refuse(walk, "the event is not in the signed tree: it was changed");
	if (!decision_check(json_string_value(leaf), json_string_length(leaf), &walk->decisions))
		return refuse(walk, "the decision of this sign-in is not what its numbers give");
	if (walk->facts != NULL)
		note_facts(walk->facts, json_string_value(leaf), json_string_length(leaf));
	return VERDICT_OK;
}

static enum verdict check_trailer(struct walk *walk)
{
	scoped(buf_clear) struct buf expected;
	buf_init(&expected, 64);
	walk->in_event = false;
	if (!next_line(walk))
		return refuse(walk, "the last line is missing");
	export_put_trailer(&expected, walk->count);
	if (!is_exactly(walk, &expected))
		return refuse(walk, "the last line does not name the count of the header");
	return next_line(walk) ? refuse(walk, "something follows the last line") : VERDICT_OK;
}

static enum verdict check(struct walk *walk, const char *vkey)
{
	enum verdict verdict = check_header(walk, vkey);
	for (uint64_t i = 0; verdict == VERDICT_OK && i < walk->count; i++)
		verdict = check_event(walk, walk->first + i);
	return verdict == VERDICT_OK ? check_trailer(walk) : verdict;
}

static void report(const struct walk *walk, bool trusted)
{
	char text[CHECKPOINT_VKEY_SIZE];
	if (walk->count > 0)
		(void)printf("OK %s: %" PRIu64 " events, n %" PRIu64 " to %" PRIu64
			     ", none missing\n",
			     walk->path, walk->count, walk->first, walk->first + walk->count - 1);
	else
		(void)printf("OK %s: no events\n", walk->path);
	if (walk->decisions.same || walk->decisions.other)
		(void)printf("   %" PRIu64 " decisions about sign-ins made again (%" PRIu64
			     " allow, %" PRIu64 " step up, %" PRIu64 " block), %" PRIu64
			     " of another model\n",
			     walk->decisions.same, walk->decisions.action[0],
			     walk->decisions.action[1], walk->decisions.action[2],
			     walk->decisions.other);
	checkpoint_vkey(walk->public_key, text);
	(void)printf("   tree of %" PRIu64 " events, signed by %s\n", walk->size, text);
	if (!trusted)
		(void)printf("   the key is the file's own: compare it with one you know "
			     "(--vkey)\n");
}

enum verdict verify_export(const char *path, const char *vkey, struct recording_facts *facts,
			   bool quiet)
{
	struct walk walk = {.path = path, .file = fopen(path, "rbe"), .facts = facts};
	walk.line = malloc(EXPORT_LINE_MAX + 1);
	if (walk.file == NULL || walk.line == NULL) {
		(void)fprintf(stderr, "sekisho-verify: %s cannot be opened\n", path);
		free(walk.line);
		if (walk.file != NULL)
			(void)fclose(walk.file);
		return VERDICT_USAGE;
	}
	enum verdict verdict = check(&walk, vkey);
	if (ferror(walk.file)) {
		(void)fprintf(stderr, "sekisho-verify: %s cannot be read\n", path);
		verdict = VERDICT_USAGE;
	}
	if (verdict == VERDICT_OK && !quiet)
		report(&walk, vkey != NULL);
	free(walk.line);
	(void)fclose(walk.file);
	return verdict;
}
