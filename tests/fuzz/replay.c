/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target over files, instead of libFuzzer: the seeds, and what was found with them. Its
 * arguments are files and directories of files; each is named before it is run, so that the last
 * one named is the one that failed.
 */
#include <stdio.h>

#include "fuzz.h"

static guint replay_file(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *bytes = NULL;
	g_autofree guint8 *exact = NULL;
	gsize size;

	if (!g_file_get_contents(path, &bytes, &size, &error))
		g_error("%s", error->message);
	/* Without the NUL behind it, so that a sanitizer sees what reads too far. */
	exact = g_malloc(MAX(size, 1));
	memcpy(exact, bytes, size);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
	return 1;
}

static guint replay(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;
	guint n = 0;

	if (!dir)
		return replay_file(path);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		n += replay_file(file);
	}
	return n;
}

int main(int argc, char **argv)
{
	guint n = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("%u inputs\n", n);
	return n == 0;
}
