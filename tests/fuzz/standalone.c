/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Replays each file through the target: what ctest does with the seeds. */
static int replay(const char *path)
{
	enum { MAX = 1024 * 1024 };
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(MAX);

	if (file == NULL || data == NULL) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
	size_t size = fread(data, 1, MAX, file);
	fclose(file);
	/* a copy of exactly that size, so that a read beyond it is seen */
	uint8_t *exact = malloc(size > 0 ? size : 1);
	for (size_t i = 0; exact != NULL && i < size; i++)
		exact[i] = data[i];
	free(data);
	int result = exact != NULL ? LLVMFuzzerTestOneInput(exact, size) : 1;
	free(exact);
	return result;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = strrchr(argv[i], '/');

		if (replay(argv[i]) != 0)
			return 1;
		bool accepted = fuzz_was_accepted();
		if (name != NULL && strncmp(name, "/good", 5) == 0 && !accepted) {
			fprintf(stderr, "%s is not good any more\n", argv[i]);
			return 1;
		}
	}
	printf("%d seeds\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
