/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/backup.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"

enum { EXIT_DAMAGED = 1, EXIT_USAGE = 64, EXIT_CONFIG = 78, VKEY_MAX = 127 };

static const char usage[] =
	"usage: sekisho-backup [--config FILE] make FOLDER\n"
	"       sekisho-backup verify FOLDER [--vkey-file FILE]\n"
	"       sekisho-backup [--config FILE] restore FOLDER [--vkey-file FILE]\n"
	"  make     copies the running installation into a new folder; never its root key\n"
	"  verify   every file against the signed manifest\n"
	"  restore  verifies, then fills the data_dir of the configuration, which must be empty\n"
	"  --vkey-file  the verification key of the audit log, kept outside the server\n";

struct options {
	const char *config, *command, *folder, *vkey_file;
};

static bool options_read(int argc, char **argv, struct options *out)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			out->config = argv[++i];
		else if (strcmp(argv[i], "--vkey-file") == 0 && i + 1 < argc)
			out->vkey_file = argv[++i];
		else if (argv[i][0] == '-' || out->folder != NULL)
			return false;
		else if (out->command == NULL)
			out->command = argv[i];
		else
			out->folder = argv[i];
	}
	return out->command != NULL && out->folder != NULL && out->folder[0] != '\0';
}

static enum err vkey_read(struct ctx *ctx, const char *path, char out[VKEY_MAX + 1],
			  const char **out_vkey)
{
	uint8_t *data = NULL;
	size_t len = 0;

	*out_vkey = NULL;
	if (path == NULL)
		return ERR_OK;
	if (sys_read_file(path, VKEY_MAX, &data, &len) != ERR_OK)
		return err_set(ctx, ERR_IO, "%s cannot be read", path);
	while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r'))
		len--;
	memcpy(out, data, len);
	out[len] = '\0';
	free(data);
	*out_vkey = out;
	return ERR_OK;
}

static enum err do_make(struct ctx *ctx, const struct conf *conf, const struct options *options,
			const char *vkey)
{
	(void)vkey;
	enum err err = backup_make(ctx, conf, options->config, options->folder);
	if (err == ERR_OK)
		printf("%s is whole and signed.\nThe root key is not in it: keep %s apart.\n",
		       options->folder,
		       conf->key_provider == CONF_PROVIDER_PASSPHRASE ? "the passphrase"
								      : "a copy of the key file");
	return err;
}

static enum err do_verify(struct ctx *ctx, const struct conf *conf, const struct options *options,
			  const char *vkey)
{
	struct backup_summary summary;
	(void)conf;
	enum err err = manifest_verify(ctx, options->folder, vkey, &summary);
	if (err == ERR_OK)
		printf("whole: %" PRIu64 " files, %" PRIu64 " bytes, made %s\n%s%s\n",
		       summary.files, summary.bytes, summary.made,
		       summary.key_given ? "signed by the given key "
					 : "signed by its own key; compare it with one kept "
					   "elsewhere (--vkey-file): ",
		       summary.vkey);
	return err;
}

static enum err do_restore(struct ctx *ctx, const struct conf *conf, const struct options *options,
			   const char *vkey)
{
	enum err err = backup_restore(ctx, conf, options->folder, vkey);
	if (err == ERR_OK)
		printf("%s is restored. Next: put the key file back (%s), or have the passphrase "
		       "ready, and start sekishod.\n",
		       conf->data_dir,
		       conf->key_file[0] != '\0' ? conf->key_file : "data_dir/keys/root.key");
	return err;
}

static const struct {
	const char *name;
	bool needs_conf;
	enum err (*run)(struct ctx *ctx, const struct conf *conf, const struct options *options,
			const char *vkey);
} commands[] = {
	{"make", true, do_make}, {"verify", false, do_verify}, {"restore", true, do_restore}};

int main(int argc, char **argv)
{
	struct options options = {NULL};
	struct conf *conf = NULL;
	char text[VKEY_MAX + 1];
	const char *vkey;
	struct ctx ctx;
	size_t at = 0, count = sizeof(commands) / sizeof(commands[0]);
	bool good = options_read(argc, argv, &options);

	while (good && at < count && strcmp(commands[at].name, options.command) != 0)
		at++;
	if (!good || at == count) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	ctx_init(&ctx, NULL);
	(void)umask(0077);
	if (sodium_init() < 0)
		return EXIT_DAMAGED;
	if (commands[at].needs_conf && conf_load(&ctx, options.config, &conf) != ERR_OK) {
		(void)fprintf(stderr, "sekisho-backup: %s\n", ctx.error.text);
		return EXIT_CONFIG;
	}
	enum err err = vkey_read(&ctx, options.vkey_file, text, &vkey);
	if (err == ERR_OK)
		err = commands[at].run(&ctx, conf, &options, vkey);
	if (err != ERR_OK)
		(void)fprintf(stderr, "sekisho-backup: %s\n", ctx.error.text);
	conf_free(conf);
	return err == ERR_OK ? 0 : EXIT_DAMAGED;
}
