/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the fuzz targets share. A target is one function, as libFuzzer calls it, in a file of its
 * own: it gives the bytes to one parser and asserts what has to hold whatever they are. The same
 * function is run over the seeds by replay.c, in the ordinary suite, with any compiler.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The target. */
void fuzz_one(const guint8 *data, gsize size);

/* entry.c: runs it, and aborts where that takes more than 5 s of CPU. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inputs that are cut into pieces from their start. */
typedef struct FuzzInput {
	const guint8 *at;
	gsize left;
} FuzzInput;

/* The next byte; 0 at the end. */
static inline guint8 fuzz_byte(FuzzInput *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

static inline guint32 fuzz_number(FuzzInput *input)
{
	guint32 number = 0;

	for (guint i = 0; i < 4; i++)
		number = number << 8 | fuzz_byte(input);
	return number;
}

/* What is left, up to its first NUL, in memory of just that size. Transfer full. */
static inline char *fuzz_text(const guint8 *data, gsize size)
{
	return g_strndup((const char *)data, size > 0 ? strnlen((const char *)data, size) : 0);
}

/* All of it, NUL bytes too, with a NUL behind it, as files are read. Transfer full. */
static inline char *fuzz_bytes(const guint8 *data, gsize size)
{
	char *bytes = g_malloc(size + 1);

	if (size > 0)
		memcpy(bytes, data, size);
	bytes[size] = '\0';
	return bytes;
}
