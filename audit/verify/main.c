/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>

#include "audit/verify/verify.h"
#include "base/sys.h"

static const char usage[] =
	"usage: sekisho-verify export FILE [--vkey KEY | --vkey-file FILE]\n"
	"       sekisho-verify recording FILE.skr --export EXPORT.jsonl [--session ID]\n"
	"                      [--vkey KEY | --vkey-file FILE]\n"
	"       sekisho-verify recording FILE.skr --key HEX [--session ID]\n"
	"exit: 0 verified, 1 refused, 2 usage or unreadable file,\n"
	"      3 verified, but the end is missing or nothing confirms it\n";

struct arguments {
	const char *file, *vkey, *vkey_file, *export_path, *key, *session;
};

static bool parse(int argc, char **argv, struct arguments *out)
{
	const struct {
		const char *name;
		const char **into;
	} options[] = {
		{"--vkey", &out->vkey},		 {"--vkey-file", &out->vkey_file},
		{"--export", &out->export_path}, {"--key", &out->key},
		{"--session", &out->session},
	};
	const size_t count = sizeof(options) / sizeof(options[0]);
	out->file = argv[2];
	for (int i = 3; i < argc; i += 2) {
		size_t k = 0;
		while (k < count && strcmp(argv[i], options[k].name) != 0)
			k++;
		if (k == count || i + 1 == argc || *options[k].into != NULL)
			return false;
		*options[k].into = argv[i + 1];
	}
	return out->vkey == NULL || out->vkey_file == NULL;
}

static bool read_vkey(struct arguments *arguments, char *text, size_t size)
{
	uint8_t *data = NULL;
	size_t len = 0;
	if (arguments->vkey_file == NULL)
		return true;
	if (sys_read_file(arguments->vkey_file, size - 1, &data, &len) != ERR_OK) {
		(void)fprintf(stderr, "sekisho-verify: %s cannot be read\n", arguments->vkey_file);
		return false;
	}
	memcpy(text, data, len);
	free(data);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	text[len] = '\0';
	arguments->vkey = text;
	return true;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	char vkey[1024];
	if (argc < 3 || !parse(argc, argv, &arguments) || sodium_init() < 0) {
		(void)fputs(usage, stderr);
		return VERDICT_USAGE;
	}
	if (!read_vkey(&arguments, vkey, sizeof(vkey)))
		return VERDICT_USAGE;
	if (strcmp(argv[1], "export") == 0 && !arguments.export_path && !arguments.key &&
	    !arguments.session)
		return (int)verify_export(arguments.file, arguments.vkey, NULL, false);
	if (strcmp(argv[1], "recording") == 0 && !arguments.export_path != !arguments.key)
		return (int)verify_recording(&(struct recording_source){
			arguments.file, arguments.export_path, arguments.vkey, arguments.key,
			arguments.session});
	(void)fputs(usage, stderr);
	return VERDICT_USAGE;
}
