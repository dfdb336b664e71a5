/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "auth/federation_wire.h"
#include "auth/saml/key.h"
#include "auth/saml/logout.h"
#include "auth/saml/metadata.h"
#include "auth/saml/request.h"
#include "auth/saml/response.h"
#include "auth/saml/second.h"
#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "base/text.h"
#include "sessions/job.h"

/*
 * sekisho-saml: looks at one SAML message, or makes one, and ends. Descriptor: control. It reaches
 * nothing: no file, no socket, no database; and holds our key only when that message needs it.
 */
static const struct sandbox_spec spec = {.role = "saml"};

enum { KEY_MAX = 8192, KEY_MS = 5000 };

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static const char *text_of(struct ctx *ctx, struct block block)
{
	return arena_strndup(ctx->arena, (const char *)block.data, block.len);
}

/* Into the arena, which outlives the answer. */
static enum err keep(struct ctx *ctx, const struct buf *bytes, struct block *out)
{
	out->len = bytes->len;
	out->data = buf_failed(bytes) ? NULL : arena_memdup(ctx->arena, bytes->data, bytes->len);
	return out->data ? ERR_OK : buf_failed(bytes) ? buf_error(bytes) : ERR_MEMORY;
}

static bool keys_of(struct block bytes, struct saml_certificates *out)
{
	struct rd rd = rd_of(bytes.data, bytes.len);

	while (rd_left(&rd) > 0 && out->count < SAML_CERTIFICATES_MAX) {
		struct block *der = &out->der[out->count++];
		der->data = rd_block(&rd, SAML_CERTIFICATE_MAX, &der->len);
	}
	return rd_done(&rd) && out->count > 0;
}

/* ------------------------------------------------------------------ key */

static enum err make_key(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	const struct msg_saml_key *wish = message;
	struct msg_saml_certificate *made = answer;
	scoped(fd_close_p) int out = chan_take_fd(msg, 0);
	scoped(secret_free_p) struct secret *key = NULL;
	scoped(buf_clear) struct buf der;
	const char *who = text_of(ctx, wish->who);
	int64_t now = sys_real_us() / 1000000;

	buf_init(&der, SAML_CERTIFICATE_MAX);
	enum err err = who == NULL ? ERR_MEMORY : saml_key_make(ctx, who, now, &key, &der);
	made->expires_at = (now + (int64_t)SAML_KEY_DAYS * 86400) * 1000000;
	if (err == ERR_OK)
		err = secret_write_fd(key, out);
	return err == ERR_OK ? keep(ctx, &der, &made->certificate) : err;
}

/* ------------------------------------------------------------------ metadata */

static enum err read_metadata(struct ctx *ctx, struct chan_msg *msg, const void *message,
			      void *answer)
{
	const struct msg_saml_metadata *asked = message;
	struct msg_saml_idp *said = answer;
	scoped(buf_clear) struct buf keys;
	struct saml_idp idp;
	const char *entity = asked->entity.len ? text_of(ctx, asked->entity) : NULL;
	const char *why = saml_metadata_read(ctx, asked->xml, entity, sys_real_us(), &idp);

	(void)msg;
	said->why = text_block(why);
	if (why || arena_failed(ctx->arena))
		return arena_failed(ctx->arena) ? ERR_MEMORY : ERR_OK;
	buf_init(&keys, SAML_KEYS_MAX);
	for (size_t i = 0; i < idp.keys.count; i++)
		buf_put_block(&keys, idp.keys.der[i].data, idp.keys.der[i].len);
	said->entity = text_block(idp.entity);
	said->sign_in = text_block(idp.sign_in);
	said->sign_out = text_block(idp.sign_out);
	said->valid_until = idp.valid_until_us;
	return keep(ctx, &keys, &said->certificates);
}

/* ------------------------------------------------------------------ asking */

static enum err make_request(struct ctx *ctx, struct chan_msg *msg, const void *message,
			     void *answer)
{
	const struct msg_saml_request *asked = message;
	struct msg_saml_url *made = answer;
	scoped(secret_free_p) struct secret *key = NULL;
	scoped(buf_clear) struct buf url;
	struct saml_request request = {.id = text_of(ctx, asked->id),
				       .entity = text_of(ctx, asked->entity),
				       .acs = text_of(ctx, asked->acs),
				       .address = text_of(ctx, asked->address),
				       .relay = text_of(ctx, asked->relay),
				       .contexts = text_of(ctx, asked->contexts),
				       .force = asked->force != 0,
				       .now_us = sys_real_us()};
	enum err err = arena_failed(ctx->arena)
			       ? ERR_MEMORY
			       : secret_read_fd(msg->fds[0], KEY_MAX, KEY_MS, &key);

	buf_init(&url, SAML_ADDRESS_MAX);
	if (err != ERR_OK)
		return err;
	request.key = (struct block){secret_bytes(key), secret_len(key)};
	err = saml_request_url(ctx, &request, &url);
	return err == ERR_OK ? keep(ctx, &url, &made->url) : err;
}

/* ------------------------------------------------------------------ judging */

/* Base64 as forms carry it: with line breaks, sometimes. */
static struct block decoded(struct ctx *ctx, struct block text)
{
	char *dense = arena_alloc(ctx->arena, text.len + 1);
	uint8_t *out = arena_alloc(ctx->arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; dense && i < text.len; i++)
		if (text.data[i] != '\r' && text.data[i] != '\n')
			dense[len++] = (char)text.data[i];
	long got = dense && out ? base64_decode(dense, len, out, text.len) : -1;
	return (struct block){out, got > 0 ? (size_t)got : 0};
}

/* A name is one person's together with its format only; a transient one is nobody's tomorrow. */
static const char *subject_of(struct ctx *ctx, const char *format, const char *name_id)
{
	static const char transient[] = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

	if (strcmp(format, transient) == 0)
		return NULL;
	const char *subject = arena_printf(ctx->arena, "%s %s", format, name_id);
	return subject && strlen(subject) <= FEDERATED_SUBJECT_MAX ? subject : NULL;
}

static enum err put_identity(struct ctx *ctx, const struct saml_said *said, struct block *out)
{
	scoped(buf_clear) struct buf bytes;
	struct federated_attribute *attributes =
		arena_array(ctx->arena, struct federated_attribute, SAML_ATTRIBUTES_MAX);
	const struct federated_identity identity = {
		.subject = subject_of(ctx, said->name_format, said->name_id),
		.display = strlen(said->name_id) <= FEDERATED_NAME_MAX ? said->name_id : "",
		.attributes = attributes,
		.attribute_count = said->attribute_count,
		.contexts = &said->context,
		.context_count = said->context[0] != '\0',
		.session = strlen(said->session_index) <= FEDERATED_SESSION_MAX
				   ? said->session_index
				   : "",
		.authenticated_at = said->authenticated_us};

	for (size_t i = 0; attributes && i < said->attribute_count; i++) {
		const struct saml_attribute *from = &said->attributes[i];
		attributes[i] = (struct federated_attribute){from->name, from->values, from->count,
							     from->ambiguous};
	}
	if (!attributes)
		return ERR_MEMORY;
	buf_init(&bytes, SAML_IDENTITY_MAX);
	federated_identity_put(&bytes, &identity);
	return keep(ctx, &bytes, out);
}

static enum err judge(struct ctx *ctx, const struct msg_saml_response *asked, struct block key,
		      struct msg_saml_verdict *verdict)
{
	struct saml_said said;
	struct saml_expect expect = {.entity = text_of(ctx, asked->entity),
				     .acs = text_of(ctx, asked->acs),
				     .issuer = text_of(ctx, asked->issuer),
				     .request = asked->request.len ? text_of(ctx, asked->request)
								   : NULL,
				     .key = key,
				     .now_us = sys_real_us()};
	struct block message = decoded(ctx, asked->message);
	enum err err =
		keys_of(asked->certificates, &expect.keys) ? saml_signature_init(ctx) : ERR_INPUT;

	if (err != ERR_OK || arena_failed(ctx->arena))
		return err != ERR_OK ? err : ERR_MEMORY;
	const char *why = saml_response_check(ctx, &expect, message, &said);
	if (!why)
		why = saml_second_check(ctx, &expect, message, &said);
	if (!why && !subject_of(ctx, said.name_format, said.name_id))
		why = "saml.name_id";
	verdict->why = text_block(why);
	if (why || arena_failed(ctx->arena))
		return arena_failed(ctx->arena) ? ERR_MEMORY : ERR_OK;
	verdict->assertion_id = text_block(said.assertion_id);
	verdict->name_id = text_block(said.name_id);
	verdict->session_index = text_block(said.session_index);
	verdict->expires_at = said.expires_us + (int64_t)SAML_SKEW_S * 1000000;
	return put_identity(ctx, &said, &verdict->identity);
}

static enum err judge_open(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	(void)msg;
	return judge(ctx, message, (struct block){NULL, 0}, answer);
}

static enum err judge_sealed(struct ctx *ctx, struct chan_msg *msg, const void *message,
			     void *answer)
{
	scoped(secret_free_p) struct secret *key = NULL;
	enum err err = secret_read_fd(msg->fds[0], KEY_MAX, KEY_MS, &key);

	return err == ERR_OK ? judge(ctx, message,
				     (struct block){secret_bytes(key), secret_len(key)}, answer)
			     : err;
}

/* ------------------------------------------------------------------ logout */

/* The XML, however it travelled. */
static const char *unpacked(struct ctx *ctx, struct block message, bool packed, struct block *out)
{
	const char *text = text_of(ctx, message);

	if (packed)
		return text ? saml_redirect_read(ctx, text, out) : "saml.memory";
	*out = decoded(ctx, message);
	return NULL;
}

static enum err find_sender(struct ctx *ctx, struct chan_msg *msg, const void *message,
			    void *answer)
{
	const struct msg_saml_sender *asked = message;
	struct msg_saml_sent_by *said = answer;
	const char *issuer = NULL;
	struct block xml;
	const char *why = unpacked(ctx, asked->message, asked->packed != 0, &xml);

	(void)msg;
	if (!why)
		why = saml_logout_sender(ctx, xml, &issuer);
	said->why = text_block(why);
	said->issuer = text_block(why ? NULL : issuer);
	return arena_failed(ctx->arena) ? ERR_MEMORY : ERR_OK;
}

static enum err put_whom(struct ctx *ctx, const struct saml_logout *said,
			 struct msg_saml_logged_out *verdict)
{
	scoped(buf_clear) struct buf indexes;

	buf_init(&indexes, SAML_INDEXES_BYTES);
	for (size_t i = 0; i < said->index_count; i++)
		buf_put_block(&indexes, said->indexes[i], strlen(said->indexes[i]));
	verdict->id = text_block(said->id);
	verdict->subject = text_block(subject_of(ctx, said->name_format, said->name_id));
	verdict->expires_at = said->expires_us;
	if (verdict->subject.len == 0)
		verdict->why = text_block("saml.name_id");
	return said->index_count == 0 ? ERR_OK : keep(ctx, &indexes, &verdict->indexes);
}

static enum err judge_logout(struct ctx *ctx, struct chan_msg *msg, const void *message,
			     void *answer)
{
	const struct msg_saml_logout *asked = message;
	struct msg_saml_logged_out *verdict = answer;
	bool answers = asked->request.len > 0;
	struct saml_expect expect = {.entity = text_of(ctx, asked->entity),
				     .acs = text_of(ctx, asked->address),
				     .issuer = text_of(ctx, asked->issuer),
				     .request = text_of(ctx, asked->request),
				     .now_us = sys_real_us()};
	const struct saml_query query = {.parameter = answers ? "SAMLResponse" : "SAMLRequest",
					 .message = text_of(ctx, asked->message),
					 .relay = asked->has_relay ? text_of(ctx, asked->relay)
								   : NULL,
					 .algorithm = text_of(ctx, asked->algorithm),
					 .signature = text_of(ctx, asked->signature)};
	struct saml_arrival arrival = {.query = asked->packed ? &query : NULL};
	struct saml_logout said;
	enum err err =
		keys_of(asked->certificates, &expect.keys) ? saml_signature_init(ctx) : ERR_INPUT;

	(void)msg;
	if (err != ERR_OK || arena_failed(ctx->arena))
		return err != ERR_OK ? err : ERR_MEMORY;
	const char *why = unpacked(ctx, asked->message, asked->packed != 0, &arrival.message);
	if (!why && answers)
		why = saml_logout_check_response(ctx, &expect, &arrival);
	else if (!why)
		why = saml_logout_check(ctx, &expect, &arrival, &said);
	if (!why && !answers)
		why = saml_second_check_logout(ctx, &expect, arrival.message, &said);
	verdict->why = text_block(why);
	if (arena_failed(ctx->arena))
		return ERR_MEMORY;
	return why || answers ? ERR_OK : put_whom(ctx, &said, verdict);
}

/* A subject is the format, a blank, and the name. */
static enum err make_leave(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	const struct msg_saml_leave *asked = message;
	struct msg_saml_url *made = answer;
	scoped(secret_free_p) struct secret *key = NULL;
	scoped(buf_clear) struct buf url;
	char *format =
		arena_strndup(ctx->arena, (const char *)asked->subject.data, asked->subject.len);
	char *blank = format ? strchr(format, ' ') : NULL;
	enum err err = secret_read_fd(msg->fds[0], KEY_MAX, KEY_MS, &key);

	buf_init(&url, SAML_ADDRESS_MAX);
	if (err != ERR_OK)
		return err;
	if (blank)
		*blank = 0;
	const struct saml_leave leave = {
		.id = text_of(ctx, asked->id),
		.entity = text_of(ctx, asked->entity),
		.address = text_of(ctx, asked->address),
		.relay = asked->has_relay ? text_of(ctx, asked->relay) : NULL,
		.answers = asked->answers.len ? text_of(ctx, asked->answers) : NULL,
		.name_format = blank ? format : "",
		.name_id = blank ? blank + 1 : "",
		.index = text_of(ctx, asked->index),
		.now_us = sys_real_us(),
		.key = {secret_bytes(key), secret_len(key)}};
	if (arena_failed(ctx->arena))
		return ERR_MEMORY;
	err = saml_logout_url(ctx, &leave, &url);
	return err == ERR_OK ? keep(ctx, &url, &made->url) : err;
}

static const struct helper_row rows[] = {
	{MSG_SAML_KEY, &msg_saml_key_codec, sizeof(struct msg_saml_key), 1, MSG_SAML_CERTIFICATE,
	 &msg_saml_certificate_codec, make_key},
	{MSG_SAML_METADATA, &msg_saml_metadata_codec, sizeof(struct msg_saml_metadata), 0,
	 MSG_SAML_IDP, &msg_saml_idp_codec, read_metadata},
	{MSG_SAML_REQUEST, &msg_saml_request_codec, sizeof(struct msg_saml_request), 1,
	 MSG_SAML_URL, &msg_saml_url_codec, make_request},
	{MSG_SAML_RESPONSE, &msg_saml_response_codec, sizeof(struct msg_saml_response), 0,
	 MSG_SAML_VERDICT, &msg_saml_verdict_codec, judge_open},
	{MSG_SAML_SEALED, &msg_saml_response_codec, sizeof(struct msg_saml_response), 1,
	 MSG_SAML_VERDICT, &msg_saml_verdict_codec, judge_sealed},
	{MSG_SAML_SENDER, &msg_saml_sender_codec, sizeof(struct msg_saml_sender), 0,
	 MSG_SAML_SENT_BY, &msg_saml_sent_by_codec, find_sender},
	{MSG_SAML_LOGOUT, &msg_saml_logout_codec, sizeof(struct msg_saml_logout), 0,
	 MSG_SAML_LOGGED_OUT, &msg_saml_logged_out_codec, judge_logout},
	{MSG_SAML_LEAVE, &msg_saml_leave_codec, sizeof(struct msg_saml_leave), 1, MSG_SAML_URL,
	 &msg_saml_url_codec, make_leave},
};

int main(int argc, char **argv)
{
	int control = job_start("saml", argc, argv);

	job_confine(&spec);
	enum err err = helper_serve(control, rows, sizeof(rows) / sizeof(rows[0]));
	/* An asker who gave up is no fault. */
	if (err != ERR_OK && err != ERR_IO)
		log_event(LOG_LEVEL_ERROR, NULL, "saml_failed", "error", err_code(err), NULL);
	return err == ERR_OK ? 0 : 1;
}
