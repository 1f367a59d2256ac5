/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the engines' readers have in common: a root directory in which they put the
 * engine's files, and asking for a container. As root: whose files they are is of the essence.
 */
#pragma once

#include "attribute/engine.h"
#include "attribute/engine_readers.h"
#include "fixture.h"

#define FIXTURE_ID "137e1715685b43870632b8d81e1679457902f257e8b0573953ec7468dc934b0e"

typedef struct EngineFixture {
	char *dir;
	int root;
	NslEngines *engines;
	GArray *pids;
	NslEngineQuery query;
	NslEngineRecord record;
} EngineFixture;

static inline void engine_set_up(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const guint32 pids[] = {40, 42, 4711};

	f->dir = fixture_directory();
	g_assert_cmpint(chmod(f->dir, 0755), ==, 0);
	f->root = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->engines = nsl_engines_new(f->root);
	f->pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	g_array_append_vals(f->pids, pids, G_N_ELEMENTS(pids));
	f->query = (NslEngineQuery){.id = FIXTURE_ID, .pids = f->pids};
	f->record = (NslEngineRecord){0};
}

static inline void engine_tear_down(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	nsl_engine_record_clear(&f->record);
	g_array_unref(f->pids);
	nsl_engines_free(f->engines);
	close(f->root);
	fixture_remove(f->dir);
}

/* Forgets what was read, and asks. */
static inline int engine_ask(EngineFixture *f)
{
	NslEngineRecord record = {0};
	int result;

	nsl_engine_record_clear(&f->record);
	nsl_engines_free(f->engines);
	f->engines = nsl_engines_new(f->root);
	result = nsl_engine_read(f->engines, &f->query, &record);
	/* What fails leaves nothing behind. */
	if (result < 0)
		g_assert_true(!record.identity.name && !record.cgroup && !record.identity.runtime);
	f->record = record;
	return result;
}

/* Every file and directory below belongs to this user. */
static inline void engine_give(const EngineFixture *f, const char *path, guint32 uid)
{
	g_autofree char *whole = g_build_filename(f->dir, path, NULL);
	g_autoptr(GDir) dir = g_dir_open(whole, 0, NULL);
	const char *name;

	g_assert_cmpint(lchown(whole, uid, (gid_t)-1), ==, 0);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		engine_give(f, below, uid);
	}
}

/* A file one byte below the limit, at it, and one above; and one that takes too much memory. */
static inline void engine_try_large(EngineFixture *f, const char *path, const char *good)
{
	g_autoptr(GString) many = g_string_new(good);

	for (gsize size = (1 << 20) - 1; size <= (1 << 20) + 1; size++) {
		g_autofree char *blanks = g_strnfill(size - strlen(good), ' ');
		g_autofree char *padded = g_strconcat(good, blanks, NULL);

		fixture_file(f->dir, path, padded, (gssize)size);
		g_assert_cmpint(engine_ask(f), ==, size <= 1 << 20 ? 0 : -EFBIG);
	}
	g_string_truncate(many, many->len - 1);
	g_string_append(many, ",\"x\":[1");
	for (guint i = 0; i < NSL_JSON_MAX_VALUES; i++)
		g_string_append(many, ",{}");
	g_string_append(many, "]}");
	fixture_file(f->dir, path, many->str, (gssize)many->len);
	g_assert_cmpint(engine_ask(f), ==, -EFBIG);
}

/*
 * The file is all that can be wrong with a file, in turn; `path` has to be what the container is
 * read from, `good` a JSON object that does.
 */
static inline void engine_try_malformed(EngineFixture *f, const char *path, const char *good)
{
	static const char *const malformed[] = {
		"", "{", "[]", "null", "\"x\"", "{\"a\":", "{} x", "\xff\xfe", "{\"a\":\"\x01"};
	g_autofree char *whole = g_build_filename(f->dir, path, NULL);
	g_autofree char *target = g_strdup_printf("%s.target", whole);
	g_autofree char *deep = g_strnfill(100000, '[');
	g_autofree char *nested = g_strdup_printf("{\"x\":%s", deep);
	g_auto(NslFd) fd = -1;

	for (gsize i = 0; i < G_N_ELEMENTS(malformed); i++) {
		fixture_file(f->dir, path, malformed[i], -1);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	for (gsize size = 1; size < strlen(good); size += 29) {
		fixture_file(f->dir, path, good, (gssize)size);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	fixture_file(f->dir, path, nested, -1);
	g_assert_cmpint(engine_ask(f), ==, -EFBIG);
	engine_try_large(f, path, good);
	fixture_file(f->dir, path, good, -1);
	g_assert_cmpint(lchown(whole, 1000, (gid_t)-1), ==, 0);
	g_assert_cmpint(engine_ask(f), ==, -EPERM);
	g_assert_cmpint(rename(whole, target), ==, 0);
	g_assert_cmpint(chown(target, 0, (gid_t)-1), ==, 0);
	g_assert_cmpint(symlink(target, whole), ==, 0);
	g_assert_cmpint(engine_ask(f), ==, -ELOOP);
	g_assert_cmpint(unlink(whole), ==, 0);
	g_assert_cmpint(mkfifo(whole, 0600), ==, 0);
	g_assert_cmpint(engine_ask(f), ==, -EMEDIUMTYPE);
	g_assert_cmpint(unlink(whole), ==, 0);
	g_assert_cmpint(mkdir(whole, 0700), ==, 0);
	g_assert_cmpint(engine_ask(f), ==, -EISDIR);
	g_assert_cmpint(rmdir(whole), ==, 0);
	fd = open(whole, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	g_assert_cmpint(ftruncate(fd, (off_t)100 << 20), ==, 0);
	g_assert_cmpint(engine_ask(f), ==, -EFBIG);
	g_assert_cmpint(unlink(whole), ==, 0);
	fixture_file(f->dir, path, good, -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
}

typedef struct EngineTest {
	const char *name;
	void (*run)(EngineFixture *f, gconstpointer data);
} EngineTest;

static inline int engine_main(int argc, char **argv, const EngineTest *tests, gsize n_tests)
{
	g_test_init(&argc, &argv, NULL);
	umask(022);
	if (getuid() != 0) {
		g_print("1..0 # SKIP only root can make files of root\n");
		return 77;
	}
	for (gsize i = 0; i < n_tests; i++)
		g_test_add(tests[i].name, EngineFixture, NULL, engine_set_up, tests[i].run,
			   engine_tear_down);
	return g_test_run();
}
