/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a unit test is written: TEST(name) { … } is run as /MODULE/name, in the order of the file.
 * main() is in main.c, once for all modules.
 */
#pragma once

#include <glib.h>

typedef struct UnitTest {
	const char *name;
	void (*run)(void);
	guint line;
} UnitTest;

/* For the macros below, before main(). */
void unit_add(const UnitTest *test);
void unit_need_root(const char *what);

#define TEST(title)                                                                                \
	static void test_##title(void);                                                            \
	__attribute__((constructor)) static void add_test_##title(void)                            \
	{                                                                                          \
		static const UnitTest test = {#title, test_##title, __LINE__};                     \
                                                                                                   \
		unit_add(&test);                                                                   \
	}                                                                                          \
	static void test_##title(void)

/* A test between set_up(Fixture *) and tear_down(Fixture *) of its file, with `Fixture *f`. */
#define TEST_WITH_FIXTURE(title)                                                                   \
	static void with_##title(Fixture *f);                                                      \
	TEST(title)                                                                                \
	{                                                                                          \
		Fixture fixture = {0};                                                             \
                                                                                                   \
		set_up(&fixture);                                                                  \
		with_##title(&fixture);                                                            \
		tear_down(&fixture);                                                               \
	}                                                                                          \
	static void with_##title(Fixture *f)

/* All of the module's tests are skipped for others: "only root can …". */
#define NEEDS_ROOT(what)                                                                           \
	__attribute__((constructor)) static void need_root(void)                                   \
	{                                                                                          \
		unit_need_root(what);                                                              \
	}
