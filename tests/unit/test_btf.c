/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/btf: on types made up here, and on the running kernel's where it has them.
 */
#include "base/btf.h"

#include "fixture.h"

/* What is being made up. */
typedef struct Blob {
	GArray *types; /* guint32 */
	GString *strings;
	guint32 last; /* id */
} Blob;

static guint32 name(Blob *blob, const char *text)
{
	guint32 at = (guint32)blob->strings->len;

	if (*text == '\0')
		return 0;
	g_string_append_len(blob->strings, text, (gssize)strlen(text) + 1);
	return at;
}

static void put(Blob *blob, guint32 word)
{
	g_array_append_val(blob->types, word);
}

static guint32 type(Blob *blob, const char *text, guint32 kind, guint32 count, guint32 last)
{
	put(blob, name(blob, text));
	put(blob, kind << 24 | count);
	put(blob, last);
	return ++blob->last;
}

static void member(Blob *blob, const char *text, guint32 id, guint32 offset)
{
	put(blob, name(blob, text));
	put(blob, id);
	put(blob, offset);
}

static guint8 *finish(Blob *blob, gsize *ret_size)
{
	struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = blob->types->len * 4,
		.str_off = blob->types->len * 4,
		.str_len = (guint32)blob->strings->len,
	};
	GByteArray *bytes = g_byte_array_new();

	g_byte_array_append(bytes, (const guint8 *)&header, sizeof(header));
	g_byte_array_append(bytes, (const guint8 *)blob->types->data, blob->types->len * 4);
	g_byte_array_append(bytes, (const guint8 *)blob->strings->str, (guint)blob->strings->len);
	g_array_unref(blob->types);
	g_string_free(blob->strings, TRUE);
	*ret_size = bytes->len;
	return g_byte_array_free(bytes, FALSE);
}

static Blob begin(void)
{
	Blob blob = {.types = g_array_new(FALSE, FALSE, 4), .strings = g_string_new(NULL)};

	g_string_append_len(blob.strings, "", 1);
	return blob;
}

/*
 * struct inner { int x; const word_t y; };                       16 bytes; word_t: 8
 * struct outer { int a; union { int b; struct { int c, d; }; }; struct inner in; int *p;
 *		  char text[16]; int bits : 3; int tail[]; };
 * void work(void);
 */
static guint8 *make(gsize *ret_size)
{
	Blob blob = begin();
	guint32 integer = type(&blob, "int", BTF_KIND_INT, 0, 4);
	put(&blob, 32);
	guint32 word = type(&blob, "long", BTF_KIND_INT, 0, 8);
	put(&blob, 64);
	guint32 character = type(&blob, "char", BTF_KIND_INT, 0, 1);
	put(&blob, 8);
	guint32 typed = type(&blob, "word_t", BTF_KIND_TYPEDEF, 0, word);
	guint32 constant = type(&blob, "", BTF_KIND_CONST, 0, typed);
	guint32 pointer = type(&blob, "", BTF_KIND_PTR, 0, integer);
	guint32 text = type(&blob, "", BTF_KIND_ARRAY, 0, 0);
	put(&blob, character);
	put(&blob, integer);
	put(&blob, 16);
	guint32 tail = type(&blob, "", BTF_KIND_ARRAY, 0, 0);
	put(&blob, integer);
	put(&blob, integer);
	put(&blob, 0);
	guint32 pair = type(&blob, "", BTF_KIND_STRUCT, 2, 8);
	member(&blob, "c", integer, 0);
	member(&blob, "d", integer, 32);
	guint32 either = type(&blob, "", BTF_KIND_UNION, 2, 8);
	member(&blob, "b", integer, 0);
	member(&blob, "", pair, 0);
	guint32 inner = type(&blob, "inner", BTF_KIND_STRUCT, 2, 16);
	member(&blob, "x", integer, 0);
	member(&blob, "y", constant, 64);
	type(&blob, "outer", BTF_KIND_STRUCT | 0x80, 7, 80); /* with bit fields */
	member(&blob, "a", integer, 0);
	member(&blob, "", either, 32);
	member(&blob, "in", inner, 128);
	member(&blob, "p", pointer, 256);
	member(&blob, "text", text, 320);
	member(&blob, "bits", integer, 3u << 24 | 448);
	member(&blob, "tail", tail, 480);
	guint32 proto = type(&blob, "", BTF_KIND_FUNC_PROTO, 0, 0);
	type(&blob, "work", BTF_KIND_FUNC, 0, proto);
	return finish(&blob, ret_size);
}

static guint32 find_function(NslBtf *btf, const char *name)
{
	guint32 id;

	nsl_btf_find_functions(btf, &name, 1, &id);
	return id;
}

TEST(members)
{
	static const char *const functions[] = {"inner", "work", "none"};
	guint32 ids[G_N_ELEMENTS(functions)];
	gsize size;
	g_autofree guint8 *bytes = make(&size);
	g_autoptr(NslBtf) btf = NULL;

	g_assert_cmpint(nsl_btf_parse(bytes, size, &btf), ==, 0);
	/* First: it goes past structures that are looked for after it. */
	nsl_btf_find_functions(btf, functions, G_N_ELEMENTS(functions), ids);
	g_assert_cmpuint(ids[0], ==, 0);
	g_assert_cmpuint(ids[1], ==, 14);
	g_assert_cmpuint(ids[2], ==, 0);
	g_assert_cmpuint(nsl_btf_size_of(btf, "inner"), ==, 16);
	g_assert_cmpuint(nsl_btf_size_of(btf, "none"), ==, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "a", 4), ==, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "b", 4), ==, 4);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "d", 4), ==, 8);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "in", 16), ==, 16);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "in.y", 8), ==, 24);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "p", sizeof(gpointer)), ==, 32);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "text", 16), ==, 40);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "tail", 0), ==, 60);
	/* Of another size, a bit field, not there, not a structure, half a name. */
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "a", 8), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "bits", 0), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "z", 0), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "a.x", 0), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "outer", "tex", 0), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "none", "a", 0), ==, -ENOENT);
}

static guint8 *copy(const guint8 *bytes, gsize size)
{
	guint8 *copied = g_malloc(size + 1);

	memcpy(copied, bytes, size);
	return copied;
}

/* Whatever is cut off or changed: an error or wrong offsets, but nothing is read beyond the end. */
TEST(malformed)
{
	gsize size;
	g_autofree guint8 *whole = make(&size);

	for (gsize length = 0; length < size; length++) {
		g_autofree guint8 *bytes = copy(whole, length);
		NslBtf *btf = NULL;

		g_assert_cmpint(nsl_btf_parse(bytes, length, &btf), ==, -EINVAL);
		g_assert_null(btf);
	}
	for (gsize at = 0; at < size; at++) {
		g_autofree guint8 *bytes = copy(whole, size);
		g_autoptr(NslBtf) btf = NULL;

		bytes[at] ^= 0xff;
		if (nsl_btf_parse(bytes, size, &btf) < 0)
			continue;
		nsl_btf_find_member(btf, "outer", "in.y", 8);
		nsl_btf_find_member(btf, "outer", "nothing", 8);
		find_function(btf, "work");
	}
}

/* A kernel newer than this may have types of a kind that is not known here. */
TEST(unknown)
{
	Blob blob = begin();
	guint32 integer = type(&blob, "int", BTF_KIND_INT, 0, 4);
	put(&blob, 32);
	gsize size;
	g_autofree guint8 *bytes = NULL;
	g_autoptr(NslBtf) btf = NULL;

	type(&blob, "early", BTF_KIND_STRUCT, 1, 4);
	member(&blob, "x", integer, 0);
	type(&blob, "new", 0x7f, 0, 0);
	type(&blob, "late", BTF_KIND_STRUCT, 1, 4);
	member(&blob, "x", integer, 0);
	bytes = finish(&blob, &size);
	g_assert_cmpint(nsl_btf_parse(bytes, size, &btf), ==, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "late", "x", 4), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "early", "x", 4), ==, 0);
	g_assert_cmpuint(find_function(btf, "late"), ==, 0);
}

/* Ids are found, and types end, wherever they are among those that are gone over at once. */
TEST(strides)
{
	static const guint32 befores[] = {1, 61, 62, 63, 64, 65, 127, 128, 129};
	const char *const work = "work";

	for (guint i = 0; i < G_N_ELEMENTS(befores) * 2; i++) {
		guint32 n = befores[i / 2];
		Blob blob = begin();
		g_autoptr(NslBtf) btf = NULL;
		g_autofree guint8 *bytes = NULL;
		guint32 function = 0;
		gsize size;

		for (guint j = 0; j < n; j++) {
			type(&blob, "", BTF_KIND_INT, 0, j + 1 == n ? 8 : 4);
			put(&blob, 32);
		}
		type(&blob, "found", BTF_KIND_STRUCT, 1, 12);
		member(&blob, "x", n, 32);
		type(&blob, "", BTF_KIND_FUNC_PROTO, 0, 0);
		type(&blob, "work", BTF_KIND_FUNC, 0, n + 2);
		type(&blob, "unknown", 30, 0, 0);
		type(&blob, "lost", BTF_KIND_STRUCT, 0, 4);
		bytes = finish(&blob, &size);
		g_assert_cmpint(nsl_btf_parse(bytes, size, &btf), ==, 0);
		if (i % 2 == 0)
			nsl_btf_find_functions(btf, &work, 1, &function);
		g_assert_cmpuint(nsl_btf_size_of(btf, "lost"), ==, 0);
		g_assert_cmpuint(nsl_btf_size_of(btf, "found"), ==, 12);
		g_assert_cmpint(nsl_btf_find_member(btf, "found", "x", 8), ==, 4);
		if (i % 2 != 0)
			nsl_btf_find_functions(btf, &work, 1, &function);
		g_assert_cmpuint(function, ==, n + 3);
	}
}

/* Of two structures of one name, the first counts, whatever was asked for before. */
TEST(same_name)
{
	for (guint i = 0; i < 2; i++) {
		Blob blob = begin();
		gsize size;
		g_autofree guint8 *bytes = NULL;
		g_autoptr(NslBtf) btf = NULL;

		type(&blob, "twice", BTF_KIND_STRUCT, 0, 4);
		type(&blob, "twice", BTF_KIND_STRUCT, 0, 8);
		bytes = finish(&blob, &size);
		g_assert_cmpint(nsl_btf_parse(bytes, size, &btf), ==, 0);
		if (i == 1)
			g_assert_cmpuint(nsl_btf_size_of(btf, "none"), ==, 0);
		g_assert_cmpuint(nsl_btf_size_of(btf, "twice"), ==, 4);
	}
}

TEST(itself)
{
	Blob blob = begin();
	gsize size;
	g_autofree guint8 *bytes = NULL;
	g_autoptr(NslBtf) btf = NULL;

	/* A typedef of itself, and a structure within itself. */
	type(&blob, "loop", BTF_KIND_TYPEDEF, 0, 1);
	type(&blob, "self", BTF_KIND_STRUCT, 2, 8);
	member(&blob, "", 2, 0);
	member(&blob, "end", 1, 0);
	bytes = finish(&blob, &size);
	g_assert_cmpint(nsl_btf_parse(bytes, size, &btf), ==, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "self", "missing", 0), ==, -ENOENT);
	g_assert_cmpint(nsl_btf_find_member(btf, "self", "end", 4), ==, -ENOENT);
}

/* A structure that is many times in itself: 60^16 ways to a member that is not there. */
TEST(many_ways)
{
	Blob blob = begin();
	gsize size;
	g_autofree guint8 *bytes = NULL;
	g_autoptr(NslBtf) btf = NULL;

	type(&blob, "self", BTF_KIND_STRUCT, 60, 8);
	for (guint i = 0; i < 60; i++)
		member(&blob, "", 1, 0);
	bytes = finish(&blob, &size);
	g_assert_cmpint(nsl_btf_parse(bytes, size, &btf), ==, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "self", "missing", 0), ==, -ENOENT);
}

/* What /proc says that is mapped, in pages. */
static guint64 count_pages(void)
{
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
	return g_ascii_strtoull(text, NULL, 10);
}

/* Each fork would take the longer for it. */
TEST(not_forked)
{
	g_autoptr(NslBtf) btf = NULL;
	guint64 before = count_pages();
	int result = nsl_btf_open(&btf);
	pid_t child;

	if (nsl_is_gone(result)) {
		g_test_skip("missing: /sys/kernel/btf/vmlinux");
		return;
	}
	g_assert_cmpint(result, ==, 0);
	g_assert_cmpuint(count_pages(), >, before + 200); /* a small kernel's */
	child = fork();
	if (child == 0)
		_exit(count_pages() < before + 200 ? 0 : 1);
	fixture_wait(child, 0);
}

TEST(kernel)
{
	g_autoptr(NslBtf) btf = NULL;
	int result = nsl_btf_open(&btf);

	if (nsl_is_gone(result)) {
		g_test_skip("missing: /sys/kernel/btf/vmlinux");
		return;
	}
	g_assert_cmpint(result, ==, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "task_struct", "comm", 16), >, 0);
	g_assert_cmpint(nsl_btf_find_member(btf, "task_struct", "tgid", 4), ==,
			nsl_btf_find_member(btf, "task_struct", "pid", 4) + 4);
	g_assert_cmpint(nsl_btf_find_member(btf, "task_struct", "no such member", 0), ==, -ENOENT);
	g_assert_cmpuint(nsl_btf_size_of(btf, "list_head"), ==, 2 * sizeof(gpointer));
	g_assert_cmpuint(find_function(btf, "no such function"), ==, 0);
}
