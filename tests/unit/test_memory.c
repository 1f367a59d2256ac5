/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/memory: what takes too much of it ends as was wanted, what crashes otherwise does
 * not. Where it fails at every single piece: hostile/deny.
 */
#include "base/memory.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "fixture.h"

#define WANTED 42

static void end(void)
{
	_exit(WANTED);
}

static void take_all(void)
{
	const struct rlimit none = {0};

	setrlimit(RLIMIT_AS, &none);
	for (;;)
		g_malloc(100);
}

static void abort_without_memory(void)
{
	const struct rlimit none = {0};

	setrlimit(RLIMIT_AS, &none);
	abort();
}

static void warn(void)
{
	g_debug("this is nothing to end for");
	_exit(7);
}

/* How a child ends that does this: a status of waitpid(2). */
static int run(void (*func)(void))
{
	const struct rlimit no_core = {0};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		nsl_memory_on_failure(end);
		func();
		_exit(1);
	}
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	return status;
}

static void crash(void)
{
	raise(SIGSEGV);
}

TEST(ends)
{
	int status;

	if (FIXTURE_SANITIZED) {
		g_test_skip("missing: a build without sanitizers, whose malloc(3) it is");
		return;
	}
	status = run(take_all);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == WANTED);
	status = run(abort_without_memory);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == WANTED);
}

TEST(other_reasons)
{
	int status = run(abort);

	g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	status = run(crash);
	g_assert_false(WIFEXITED(status) && WEXITSTATUS(status) == WANTED);
	status = run(warn);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
