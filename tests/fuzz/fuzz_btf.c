/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes base/btf. The input is three sizes' worth of pieces: the types, the strings, and what is
 * asked for; the header is made here, or the input has one of its own. What has to hold: names,
 * sizes and offsets are within the limits that the header file gives; asking twice is answered the
 * same; nothing takes long, however types refer to each other.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/btf.h>

#include "base/btf.h"

static void ask(NslBtf *btf, const char *structure, const char *path, gsize size)
{
	int offset = nsl_btf_find_member(btf, structure, path, size);

	g_assert_true(offset == -ENOENT || (offset >= 0 && offset <= G_MAXINT16 * 8));
	g_assert_cmpint(offset, ==, nsl_btf_find_member(btf, structure, path, size));
	/* A size says more than none. */
	if (offset >= 0)
		g_assert_cmpint(offset, ==, nsl_btf_find_member(btf, structure, path, 0));
	nsl_btf_size_of(btf, structure);
}

static void check(const guint8 *bytes, gsize size, const char *question)
{
	static const gsize sizes[] = {0, 4, 8, 16};
	g_autoptr(NslBtf) btf = NULL;
	g_auto(GStrv) words = g_strsplit(question, " ", 3);
	const char *structure = words[0] ? words[0] : "";
	const char *path = words[0] && words[1] ? words[1] : "";
	const char *functions[] = {structure, path};
	guint32 ids[G_N_ELEMENTS(functions)];
	int result = nsl_btf_parse(bytes, size, &btf);

	g_assert_true(result == 0 ? btf != NULL : result == -EINVAL && !btf);
	if (result < 0)
		return;
	nsl_btf_find_functions(btf, functions, G_N_ELEMENTS(functions), ids);
	for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
		g_assert_cmpuint(ids[i], <=, size);
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		ask(btf, structure, path, sizes[i]);
}

void fuzz_one(const guint8 *data, gsize size)
{
	FuzzInput input = {data, size};
	gsize n_types = (gsize)fuzz_byte(&input) * 4;
	gsize n_strings = fuzz_byte(&input);
	struct btf_header header = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(header)};
	g_autoptr(GByteArray) blob = g_byte_array_new();
	g_autofree char *question = NULL;

	check(data, size, "outer a");
	if (n_types + n_strings > input.left)
		return;
	question = fuzz_text(input.at + n_types + n_strings, input.left - n_types - n_strings);
	header.type_len = header.str_off = (guint32)n_types;
	header.str_len = (guint32)n_strings;
	g_byte_array_append(blob, (const guint8 *)&header, sizeof(header));
	g_byte_array_append(blob, input.at, (guint)(n_types + n_strings));
	check(blob->data, blob->len, question);
}
