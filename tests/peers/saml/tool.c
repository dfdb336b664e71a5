/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks the real sekisho-saml, confined, what the tests with foreign identity providers want to
 * know. In the folder it is given: key (PKCS #8), certificate (DER), pinned (the certificates of a
 * provider). saml_tool FOLDER key                        makes both saml_tool FOLDER metadata < XML
 * keeps pinned; prints why, entity, sign_in, sign_out saml_tool FOLDER request ID ADDRESS ENTITY
 * ACS [force]  prints the address to go to saml_tool FOLDER check ID ENTITY ACS ISSUER <
 * SAMLResponse  prints why, subject, attributes … sealed …: the same with our key
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/federation_wire.h"
#include "base/arena.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/sys.h"
#include "tests/support/helper_process.h"

enum { WAIT_MS = 60000, FILE_MAX = 256 * 1024 };

static struct ctx ctx;
static const char *folder;

static void need(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "saml_tool: %s: %s\n", what, ctx.error.text);
	exit(1);
}

static struct block file(const char *name)
{
	struct block out = {NULL, 0};
	uint8_t *data = NULL;

	need(sys_read_file(arena_printf(ctx.arena, "%s/%s", folder, name), FILE_MAX, &data,
			   &out.len) == ERR_OK,
	     name);
	out.data = arena_memdup(ctx.arena, data, out.len);
	need(out.data, "memory");
	free(data);
	return out;
}

static void keep(const char *name, struct block block)
{
	need(sys_replace_file(arena_printf(ctx.arena, "%s/%s", folder, name), block.data, block.len,
			      0600) == ERR_OK,
	     name);
}

static struct block input(void)
{
	uint8_t *data = arena_alloc(ctx.arena, FILE_MAX);
	ssize_t len = sys_read_full(STDIN_FILENO, data, FILE_MAX);

	need(len >= 0, "input");
	while (len > 0 && data[len - 1] == '\n')
		len--;
	return (struct block){data, (size_t)len};
}

static struct block text(const char *of)
{
	return (struct block){(const uint8_t *)of, strlen(of)};
}

static void say(const char *name, struct block value)
{
	printf("%s=%.*s\n", name, (int)value.len, (const char *)value.data);
}

static void ask(uint32_t type, const struct codec *codec, const void *message, int fd,
		uint32_t answer_type, const struct codec *answer_codec, void *answer, size_t size)
{
	const struct helper_ask question = {HELPER_SAML, type,	  codec,       message,
					    {fd},	 fd >= 0, answer_type, answer_codec,
					    size,	 WAIT_MS};

	need(helper_call(&ctx, &question, answer) == ERR_OK, "helper");
	need(helper_process_status() == 0, "its end");
}

static int key_pipe(void)
{
	struct block key = file("key");
	struct secret *secret = secret_from(key.data, key.len);
	int fd = -1;

	need(secret_pipe(secret, &fd) == ERR_OK, "pipe");
	secret_free(secret);
	return fd;
}

static void make_key(char **arguments)
{
	const struct msg_saml_key wish = {.who = text("sekisho")};
	struct msg_saml_certificate made;
	struct secret *secret = NULL;
	int ends[2];

	(void)arguments;
	need(secret_pipe_empty(ends) == ERR_OK, "pipe");
	ask(MSG_SAML_KEY, &msg_saml_key_codec, &wish, ends[1], MSG_SAML_CERTIFICATE,
	    &msg_saml_certificate_codec, &made, sizeof(made));
	close(ends[1]);
	need(secret_read_fd(ends[0], SECRET_MAX, WAIT_MS, &secret) == ERR_OK, "key");
	keep("key", (struct block){secret_bytes(secret), secret_len(secret)});
	keep("certificate", made.certificate);
	secret_free(secret);
}

static void read_metadata(char **arguments)
{
	const struct msg_saml_metadata asked = {.xml = input()};
	struct msg_saml_idp idp;

	(void)arguments;
	ask(MSG_SAML_METADATA, &msg_saml_metadata_codec, &asked, -1, MSG_SAML_IDP,
	    &msg_saml_idp_codec, &idp, sizeof(idp));
	say("why", idp.why);
	say("entity", idp.entity);
	say("sign_in", idp.sign_in);
	say("sign_out", idp.sign_out);
	if (idp.why.len == 0)
		keep("pinned", idp.certificates);
}

static void make_request(char **arguments)
{
	const struct msg_saml_request asked = {.id = text(arguments[0]),
					       .address = text(arguments[1]),
					       .entity = text(arguments[2]),
					       .acs = text(arguments[3]),
					       .relay = text("state"),
					       .contexts = text(""),
					       .force = arguments[4] != NULL};
	struct msg_saml_url made;
	int key = key_pipe();

	ask(MSG_SAML_REQUEST, &msg_saml_request_codec, &asked, key, MSG_SAML_URL,
	    &msg_saml_url_codec, &made, sizeof(made));
	close(key);
	say("url", made.url);
}

static void show(struct block bytes)
{
	struct federated_identity identity;
	struct rd rd = rd_of(bytes.data, bytes.len);

	need(federated_identity_get(ctx.arena, &rd, &identity) && rd_done(&rd), "identity");
	printf("subject=%s\n", identity.subject);
	for (size_t i = 0; i < identity.context_count; i++)
		printf("context=%s\n", identity.contexts[i]);
	for (size_t i = 0; i < identity.attribute_count; i++)
		for (size_t j = 0; j < identity.attributes[i].count; j++)
			printf("%s=%s\n", identity.attributes[i].name,
			       identity.attributes[i].values[j]);
}

static void check(char **arguments, bool sealed)
{
	const struct msg_saml_response asked = {.request = text(arguments[0]),
						.entity = text(arguments[1]),
						.acs = text(arguments[2]),
						.issuer = text(arguments[3]),
						.certificates = file("pinned"),
						.message = input()};
	struct msg_saml_verdict verdict;
	int key = sealed ? key_pipe() : -1;

	ask(sealed ? MSG_SAML_SEALED : MSG_SAML_RESPONSE, &msg_saml_response_codec, &asked, key,
	    MSG_SAML_VERDICT, &msg_saml_verdict_codec, &verdict, sizeof(verdict));
	if (key >= 0)
		close(key);
	say("why", verdict.why);
	if (verdict.why.len > 0)
		return;
	say("session_index", verdict.session_index);
	show(verdict.identity);
}

static void check_open(char **arguments)
{
	check(arguments, false);
}

static void check_sealed(char **arguments)
{
	check(arguments, true);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		void (*run)(char **arguments);
	} commands[] = {{"key", 0, make_key},
			{"metadata", 0, read_metadata},
			{"request", 4, make_request},
			{"check", 4, check_open},
			{"sealed", 4, check_sealed}};
	static char program[] = "sekisho-saml";
	const struct helpers helpers = {helper_process, program};

	ctx_init(&ctx, arena_new(8 << 20));
	ctx.helpers = &helpers;
	for (size_t i = 0; argc >= 3 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[2], commands[i].name) != 0 || argc - 3 < commands[i].arguments)
			continue;
		folder = argv[1];
		commands[i].run(argv + 3);
		return 0;
	}
	(void)fputs("saml_tool FOLDER COMMAND …\n", stderr);
	return 2;
}
