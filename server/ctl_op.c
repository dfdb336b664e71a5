/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/ctl_op.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/text.h"
#include "rbac/op.h"

enum { ARENA_LIMIT = 1024 * 1024, REPLY_TIMEOUT_MS = 35000, MEMBERS_MAX = 200 };

/* Splits text at separator into arena copies; the count, or -1 when there are too many. */
static int split(struct ctx *ctx, const char *text, char separator, const char **out)
{
	int count = 0;

	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, (const char[]){separator, '\0'});
		if (count == MEMBERS_MAX)
			return -1;
		out[count++] = arena_strndup(ctx->arena, at, len);
		at += len + (at[len] != '\0');
	}
	return count;
}

static enum err parse_value(struct ctx *ctx, const struct field *field, const char *text,
			    struct value *out);

static enum err parse_uuids(struct ctx *ctx, const struct field *field, const char **texts,
			    int count, struct value *out)
{
	struct uuid *ids = arena_array(ctx->arena, struct uuid, (size_t)count);

	for (int i = 0; i < count; i++)
		if (!uuid_parse(texts[i], &ids[i]))
			return err_field(ctx, field->name, "format", "%s: '%s' is not an id",
					 field->name, texts[i]);
	out->ids = ids;
	return ERR_OK;
}

static enum err parse_row(struct ctx *ctx, const struct field *field, const char *text,
			  struct value **out)
{
	const char *cells[MEMBERS_MAX];
	int count = split(ctx, text, ':', cells);
	size_t width = fields_count(field->sub);
	struct value *row = arena_array(ctx->arena, struct value, width);

	if (count < 0 || (size_t)count > width)
		return err_field(ctx, field->name, "format", "%s: a row has too many parts",
				 field->name);
	for (int i = 0; i < count; i++) {
		enum err err = parse_value(ctx, &field->sub[i], cells[i], &row[i]);
		if (err != ERR_OK)
			return err;
	}
	*out = row;
	return ERR_OK;
}

static enum err parse_rows(struct ctx *ctx, const struct field *field, const char **texts,
			   int count, struct value *out)
{
	struct value **rows = arena_array(ctx->arena, struct value *, (size_t)count);

	for (int i = 0; i < count; i++) {
		enum err err = parse_row(ctx, field, texts[i], &rows[i]);
		if (err != ERR_OK)
			return err;
	}
	out->rows = rows;
	return ERR_OK;
}

static enum err parse_list(struct ctx *ctx, const struct field *field, const char *text,
			   struct value *out)
{
	const char **members = arena_array(ctx->arena, const char *, MEMBERS_MAX);
	int count = split(ctx, text, ',', members);
	enum err err = ERR_OK;

	if (count < 0)
		return err_field(ctx, field->name, "too_many", "%s has too many members",
				 field->name);
	*out = (struct value){.set = true, .number = count, .texts = members};
	if (field->type == FIELD_UUIDS)
		err = parse_uuids(ctx, field, members, count, out);
	else if (field->type == FIELD_ROWS)
		err = parse_rows(ctx, field, members, count, out);
	return err == ERR_OK ? field_check(ctx, field, out) : err;
}

static enum err parse_value(struct ctx *ctx, const struct field *field, const char *text,
			    struct value *out)
{
	bool list = field->type == FIELD_UUIDS || field->type == FIELD_TEXTS ||
		    field->type == FIELD_ROWS;

	return list ? parse_list(ctx, field, text, out) : field_from_text(ctx, field, text, out);
}

static enum err parse_argument(struct ctx *ctx, const struct op *op, const char *argument,
			       struct value *values)
{
	const char *equals = strchr(argument, '=');

	if (equals == NULL)
		return err_set(ctx, ERR_INPUT, "'%s' is not name=value", argument);
	for (size_t i = 0; op->fields != NULL && op->fields[i].name != NULL; i++) {
		const char *name = op->fields[i].name;
		if (strlen(name) == (size_t)(equals - argument) &&
		    strncmp(name, argument, strlen(name)) == 0)
			return parse_value(ctx, &op->fields[i], equals + 1, &values[i]);
	}
	return err_set(ctx, ERR_INPUT, "%s has no field '%.*s'", op->id, (int)(equals - argument),
		       argument);
}

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

static void print_escaped(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		putchar(data[i] < ' ' ? ' ' : data[i]);
}

/* One {type, name, value} of MSG_RESULT.fields as a line; false at the end. */
static bool print_field(struct rd *rd)
{
	size_t len;
	uint8_t type = rd_u8(rd);
	const uint8_t *name = rd_block(rd, 64, &len);
	struct uuid id;
	char text[64];

	if (rd->failed)
		return false;
	printf("%.*s=", (int)len, (const char *)name);
	if (type == OUT_TEXT || type == OUT_JSON) {
		const uint8_t *value = rd_u8(rd) ? rd_block(rd, 32 * 1024, &len) : NULL;
		if (value != NULL)
			print_escaped(value, len);
	} else if (type == OUT_BOOL) {
		printf("%s", rd_u8(rd) ? "true" : "false");
	} else if (type == OUT_UUID) {
		const uint8_t *bytes = rd_bytes(rd, UUID_SIZE);
		if (bytes != NULL) {
			memcpy(id.b, bytes, UUID_SIZE);
			uuid_format(&id, text);
			printf("%s", text);
		}
	} else if (type == OUT_TIME) {
		time_format((int64_t)rd_u64(rd), text);
		printf("%s", text);
	} else {
		printf("%" PRId64, (int64_t)rd_u64(rd));
	}
	putchar('\n');
	return rd_left(rd) > 0;
}

static int print_result(const struct msg_result *result)
{
	char id[UUID_TEXT_SIZE];

	if (result->err != ERR_OK) {
		fprintf(stderr, "sekishoctl: %s%s%.*s: %.*s\n", err_code(result->err),
			result->reason.len > 0 ? "/" : "", (int)result->reason.len,
			(const char *)result->reason.data, (int)result->text.len,
			(const char *)result->text.data);
		return 1;
	}
	if (result->has_id) {
		uuid_format(&result->id, id);
		printf("id=%s\nversion=%" PRId64 "\n", id, result->version);
	}
	struct rd rd = rd_of(result->fields.data, result->fields.len);
	while (rd_left(&rd) > 0 && print_field(&rd))
		continue;
	return 0;
}

/* Reads the secret from standard input into a pipe; -1 when it cannot. */
static int secret_from_stdin(void)
{
	scoped(secret_free_p) struct secret *secret = NULL;
	int fd = -1;

	if (secret_read_fd(STDIN_FILENO, SECRET_MAX - 1, 60000, &secret) != ERR_OK ||
	    secret_pipe(secret, &fd) != ERR_OK)
		return -1;
	return fd;
}

/* What the command line says beside the values. */
struct extra {
	int secret_fd;
	int64_t if_match;
};

static enum err exchange(struct ctx *ctx, int channel, const struct op *op,
			 const struct value *values, const struct extra *extra, int *out_status)
{
	scoped(buf_clear) struct buf fields, payload, scratch;
	struct msg_execute request = {
		.op = block_of(op->id), .trace = block_of(ctx->trace), .if_match = extra->if_match};
	struct msg_result result = {0};
	struct chan_msg reply;

	buf_init(&fields, 64 * 1024);
	buf_init(&payload, CHAN_PAYLOAD_MAX);
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	fields_put(&fields, op->fields, values);
	request.values = (struct block){fields.data, fields.len};
	codec_put(&payload, &msg_execute_codec, &request);
	if (buf_failed(&fields) || buf_failed(&payload))
		return err_set(ctx, ERR_TOO_LARGE, "the values are too large");
	enum err err = chan_send(channel, MSG_EXECUTE, 1, payload.data, payload.len,
				 &extra->secret_fd, extra->secret_fd >= 0, 5000);
	if (err == ERR_OK)
		err = chan_receive(channel, &scratch, &reply, REPLY_TIMEOUT_MS);
	if (err != ERR_OK)
		return err_set(ctx, err, "the server does not answer; see its log");
	chan_close_fds(&reply);
	if (reply.type != MSG_RESULT ||
	    codec_get(&msg_result_codec, reply.data, reply.len, &result) != ERR_OK)
		return err_set(ctx, ERR_BUG, "the server's answer does not decode");
	*out_status = print_result(&result);
	return ERR_OK;
}

static enum err parse_option(struct ctx *ctx, const char *argument, struct extra *extra)
{
	static const char version[] = "--if-match=";
	static const struct field field = {
		.name = "--if-match", .type = FIELD_INT, .min = 0, .max = INT64_MAX};
	struct value value = {0};

	if (strcmp(argument, "--secret-stdin") == 0) {
		extra->secret_fd = secret_from_stdin();
		return extra->secret_fd >= 0 ? ERR_OK
					     : err_set(ctx, ERR_IO, "the secret cannot be read");
	}
	if (strncmp(argument, version, sizeof(version) - 1) != 0)
		return err_set(ctx, ERR_INPUT, "unknown option '%s'", argument);
	enum err err = field_from_text(ctx, &field, argument + sizeof(version) - 1, &value);
	extra->if_match = value.number;
	return err;
}

static enum err run_op(struct ctx *ctx, int channel, int argc, char **argv, int *out_status)
{
	struct value values[FIELDS_MAX] = {0};
	struct extra extra = {.secret_fd = -1, .if_match = -1};
	const struct op *op = op_by_id(op_tables(), argv[0]);
	enum err err = ERR_OK;

	if (op == NULL || op->kind != OP_WRITE)
		return err_set(ctx, ERR_NOT_FOUND, "there is no operation '%s' that writes",
			       argv[0]);
	for (int i = 1; i < argc && err == ERR_OK; i++)
		err = strncmp(argv[i], "--", 2) == 0 ? parse_option(ctx, argv[i], &extra)
						     : parse_argument(ctx, op, argv[i], values);
	if (err == ERR_OK)
		err = exchange(ctx, channel, op, values, &extra, out_status);
	fd_close_p(&extra.secret_fd);
	return err;
}

int ctl_op(int channel_fd, int argc, char **argv)
{
	scoped(arena_free_p) struct arena *arena = arena_new(ARENA_LIMIT);
	struct ctx ctx;
	int status = 1;

	if (argc < 1) {
		fprintf(stderr, "usage: sekishoctl op OPERATION name=value … "
				"[--if-match=VERSION] [--secret-stdin]\n");
		return 2;
	}
	ctx_init(&ctx, arena);
	if (run_op(&ctx, channel_fd, argc, argv, &status) != ERR_OK)
		fprintf(stderr, "sekishoctl: %s\n", ctx.error.text);
	return status;
}
