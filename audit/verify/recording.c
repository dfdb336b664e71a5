/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "audit/recording_chain.h"
#include "audit/verify/verify.h"
#include "base/cleanup.h"
#include "base/text.h"

static enum verdict refuse(const char *path, const char *why)
{
	(void)printf("REFUSED %s: %s\n", path, why);
	return VERDICT_REFUSED;
}

/* The session id is read first, unverified, to find what the log says about it. */
static enum verdict read_session(const char *path, int fd, struct uuid *out)
{
	struct recording_chain chain;
	enum err err = recording_chain_open(&chain, fd, NULL);
	*out = chain.header.session_id;
	enum verdict verdict = VERDICT_OK;
	if (err == ERR_INTEGRITY)
		verdict = refuse(path, chain.text);
	else if (err != ERR_OK)
		verdict = VERDICT_USAGE;
	recording_chain_clear(&chain);
	if (verdict == VERDICT_OK && lseek(fd, 0, SEEK_SET) != 0)
		verdict = VERDICT_USAGE;
	return verdict;
}

static enum verdict cut(const char *path, const struct recording_check *check, const char *why)
{
	if (check->chunks == 0)
		(void)printf("CUT %s: verified the header only; cut\n", path);
	else
		(void)printf("CUT %s: verified up to chunk %" PRIu64 ", %" PRIu64 " bytes; cut\n",
			     path, check->chunks - 1, check->bytes);
	(void)printf("   %s\n", why);
	return VERDICT_CUT;
}

/* Whole chunks may be missing behind the last one: only the log can tell. */
static enum verdict unconfirmed(const char *path, const struct recording_check *check)
{
	(void)printf("UNCONFIRMED %s: %" PRIu64 " chunks, %" PRIu64
		     " bytes, chain and signatures hold\n"
		     "   the end is not confirmed: no session.end of it was given\n",
		     path, check->chunks, check->bytes);
	return VERDICT_CUT;
}

static enum verdict judge(const char *path, const struct recording_check *check,
			  const struct recording_facts *facts)
{
	char session[UUID_TEXT_SIZE];
	if (!check->ok)
		return refuse(path, check->text);
	if (!check->complete)
		return cut(path, check, "the file ends inside a chunk");
	if (facts->has_head && memcmp(facts->head, check->head, sizeof(check->head)) != 0)
		return cut(path, check,
			   "the audit log names a later chunk as the last one: the end is missing");
	if (!facts->has_head)
		return unconfirmed(path, check);
	uuid_format(&check->header.session_id, session);
	(void)printf("OK %s: %" PRIu64 " chunks, %" PRIu64 " bytes, chain and signatures hold\n"
		     "   session %s; ends where %s in the audit log says\n",
		     path, check->chunks, check->bytes, session, facts->ended_by);
	return VERDICT_OK;
}

static enum verdict check_file(const char *path, int fd, const struct recording_facts *facts)
{
	struct recording_check check;
	if (recording_chain_check(fd, facts->key, &check) != ERR_OK) {
		(void)fprintf(stderr, "sekisho-verify: %s cannot be read\n", path);
		return VERDICT_USAGE;
	}
	return judge(path, &check, facts);
}

static enum verdict usage(const char *why)
{
	(void)fprintf(stderr, "sekisho-verify: %s\n", why);
	return VERDICT_USAGE;
}

/* An intact recording of another session, under this one's name, must not pass. */
static enum verdict check_session(const struct recording_source *source, const struct uuid *id)
{
	struct uuid expected;
	if (source->session == NULL)
		return VERDICT_OK;
	if (!uuid_parse(source->session, &expected))
		return usage("--session needs a session's id");
	return uuid_equal(id, &expected) ? VERDICT_OK
					 : refuse(source->path, "header: it is another session's");
}

static enum verdict find_facts(const struct recording_source *source, struct recording_facts *facts)
{
	if (source->key_hex != NULL)
		return hex_decode(source->key_hex, facts->key, sizeof(facts->key))
			       ? VERDICT_OK
			       : usage("--key needs 64 hex digits");
	enum verdict verdict = verify_export(source->export_path, source->vkey, facts, true);
	if (verdict == VERDICT_OK && !facts->has_key)
		return refuse(source->path,
			      "header: the export has no session.start of this recording");
	return verdict;
}

enum verdict verify_recording(const struct recording_source *source)
{
	struct recording_facts facts = {0};
	scoped(fd_close_p) int fd = open(source->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		(void)fprintf(stderr, "sekisho-verify: %s cannot be opened\n", source->path);
		return VERDICT_USAGE;
	}
	enum verdict verdict = read_session(source->path, fd, &facts.session_id);
	if (verdict == VERDICT_OK)
		verdict = check_session(source, &facts.session_id);
	if (verdict == VERDICT_OK)
		verdict = find_facts(source, &facts);
	return verdict == VERDICT_OK ? check_file(source->path, fd, &facts) : verdict;
}
