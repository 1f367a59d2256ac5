/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/worker: items that answer, block, crash and dawdle, on a machine that may be busy.
 * Of the time it takes only a generous upper bound is asserted.
 */
#include "base/worker.h"

#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "fixture.h"

#define MOST_US G_GINT64_CONSTANT(30000000) /* what may pass where items block: it ends at all */

/* What the record of most items is. */
typedef struct Answer {
	guint32 item;
	guint32 careful;
} Answer;

static void answer(guint item, bool careful, GByteArray *out)
{
	Answer it = {.item = item, .careful = careful};

	g_byte_array_append(out, (const guint8 *)&it, sizeof(it));
}

/* That the item has a record, and that it is the one of this kind. */
static void check_answer(const NslWork *work, guint item, bool careful)
{
	NslWorkItem got = nsl_work_get(work, item);
	Answer it;

	g_assert_cmpuint(got.size, ==, sizeof(it));
	memcpy(&it, got.record, sizeof(it));
	g_assert_cmpuint(it.item, ==, item);
	g_assert_cmpuint(it.careful, ==, careful);
}

static void check_done(const NslWork *work, guint item)
{
	g_assert_cmpint(nsl_work_get(work, item).state, ==, NSL_WORK_DONE);
	check_answer(work, item, false);
}

/* Every child has ended or is about to: none is left that waits for anything. */
static void check_no_children(void)
{
	alarm(10);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	g_assert_cmpint(errno, ==, ECHILD);
	alarm(0);
}

static NslWork *run(NslWorkFunc *func, gpointer data, guint n_items)
{
	NslWorkSpec spec = {.n_items = n_items, .run = func, .data = data, .keep = {-1, -1}};
	guint before = fixture_count_fds();
	NslWork *work = nsl_work_run(&spec);

	g_assert_cmpuint(fixture_count_fds(), ==, before);
	return work;
}

/* The same, and it ends: on a busy machine everything takes longer. */
static NslWork *run_timed(NslWorkFunc *func, gpointer data, guint n_items)
{
	gint64 start = g_get_monotonic_time();
	NslWork *work = run(func, data, n_items);

	g_assert_cmpint(g_get_monotonic_time() - start, <, MOST_US);
	return work;
}

static void plain(gpointer data, guint item, bool careful, GByteArray *out)
{
	(void)data;
	answer(item, careful, out);
}

/* The record is the PID of who did the item. */
static void tell_pid(gpointer data, guint item, bool careful, GByteArray *out)
{
	pid_t pid = getpid();

	(void)data;
	(void)item;
	(void)careful;
	g_byte_array_append(out, (const guint8 *)&pid, sizeof(pid));
}

/* The odd ones; `data`: all of them. */
static bool tell_pid_at_once(gpointer data, guint item, GByteArray *out)
{
	if (!data && item % 2 == 0) {
		g_byte_array_append(out, (const guint8 *)"no", 2); /* is nobody's record */
		return false;
	}
	tell_pid(data, item, false, out);
	return true;
}

static pid_t who_did(const NslWork *work, guint item)
{
	NslWorkItem got = nsl_work_get(work, item);
	pid_t pid;

	g_assert_cmpint(got.state, ==, NSL_WORK_DONE);
	g_assert_cmpuint(got.size, ==, sizeof(pid));
	memcpy(&pid, got.record, sizeof(pid));
	return pid;
}

/* What is done at once has no worker; and where all is, there is none. */
TEST(at_once)
{
	NslWorkSpec spec = {
		.n_items = 9, .run = tell_pid, .at_once = tell_pid_at_once, .keep = {-1, -1}};
	g_autoptr(NslWork) some = nsl_work_run(&spec);
	g_autoptr(NslWork) all = NULL;
	guint before;

	for (guint i = 0; i < spec.n_items; i++)
		g_assert_cmpint(who_did(some, i) == getpid(), ==, i % 2 == 1);
	check_no_children();

	before = fixture_count_forks();
	spec.data = &spec;
	all = nsl_work_run(&spec);
	g_assert_cmpuint(fixture_count_forks(), ==, before);
	for (guint i = 0; i < spec.n_items; i++)
		g_assert_cmpint(who_did(all, i), ==, getpid());
}

TEST(numbers)
{
	static const guint numbers[] = {0, 1, 2, 199, 200, 201, 1000, 5000};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_autoptr(NslWork) work = run(plain, NULL, numbers[i]);

		g_assert_nonnull(work);
		for (guint item = 0; item < numbers[i]; item++)
			check_done(work, item);
	}
	check_no_children();
	nsl_work_free(NULL);
}

static const gsize sizes[] = {0,     1,	    15,	   4095,  4096,	  32767,
			      32768, 65535, 65536, 65537, 200000, 3u << 20};

static guint8 pattern(guint item, gsize at)
{
	return (guint8)((gsize)item * 7 + at + (at >> 8));
}

static void sized(gpointer data, guint item, bool careful, GByteArray *out)
{
	gsize size = sizes[item % G_N_ELEMENTS(sizes)];
	guint at = out->len;

	(void)data;
	(void)careful;
	g_byte_array_set_size(out, at + (guint)size);
	for (gsize i = 0; i < size; i++)
		out->data[at + i] = pattern(item, i);
}

TEST(sizes)
{
	const guint n_items = 60; /* each size several times */
	g_autoptr(NslWork) work = run(sized, NULL, n_items);

	for (guint item = 0; item < n_items; item++) {
		gsize size = sizes[item % G_N_ELEMENTS(sizes)];
		NslWorkItem got = nsl_work_get(work, item);

		g_assert_cmpint(got.state, ==, NSL_WORK_DONE);
		g_assert_cmpuint(got.size, ==, size);
		for (gsize i = 0; i < size; i++)
			if (got.record[i] != pattern(item, i))
				g_error("byte %zu of item %u", i, item);
		nsl_work_drop(work, item);
		g_assert_cmpuint(nsl_work_get(work, item).size, ==, 0);
	}
	check_no_children();
}

#define PARTS 40
#define PART  (1u << 20)

/* Forty times as much as a worker keeps. */
static void streamed(gpointer data, guint item, bool careful, GByteArray *out)
{
	(void)data;
	(void)careful;
	if (item % 2 == 0) {
		answer(item, careful, out);
		return;
	}
	for (guint part = 0; part < PARTS; part++) {
		guint at = out->len;

		g_byte_array_set_size(out, at + PART);
		memset(out->data + at, (int)(item + part), PART);
		nsl_work_stream(out);
		if (out->len > PART) /* it does not grow */
			_exit(1);
	}
	nsl_work_stream(out); /* nothing at all is a part too */
}

TEST(streamed)
{
	g_autoptr(NslWork) work = run(streamed, NULL, 6);

	for (guint item = 0; item < 6; item++) {
		NslWorkItem got = nsl_work_get(work, item);

		if (item % 2 == 0) {
			check_done(work, item);
			continue;
		}
		g_assert_cmpint(got.state, ==, NSL_WORK_DONE);
		g_assert_cmpuint(got.size, ==, (gsize)PARTS * PART);
		for (gsize at = 0; at < got.size; at += PART / 2)
			g_assert_cmpuint(got.record[at], ==, (guint8)(item + at / PART));
	}
	check_no_children();
}

#define MANY  110000
#define SMALL 160

/* As the threads of one process are sent. */
static void many_small(gpointer data, guint item, bool careful, GByteArray *out)
{
	guint8 small[SMALL];

	(void)data;
	(void)careful;
	for (guint i = 0; i < (item == 1 ? MANY : 1); i++) {
		memset(small, (int)(i % 251), sizeof(small));
		g_byte_array_append(out, small, sizeof(small));
		if (i % 256 == 255)
			nsl_work_stream(out);
	}
}

TEST(many_small)
{
	g_autoptr(NslWork) work = run(many_small, NULL, 3);

	for (guint item = 0; item < 3; item++) {
		NslWorkItem got = nsl_work_get(work, item);

		g_assert_cmpint(got.state, ==, NSL_WORK_DONE);
		g_assert_cmpuint(got.size, ==, (gsize)(item == 1 ? MANY : 1) * SMALL);
		for (gsize at = 0; at < got.size; at += SMALL)
			g_assert_cmpuint(got.record[at], ==, at / SMALL % 251);
	}
	check_no_children();
}

/* In no worker all stays where it is. */
TEST(stream_here)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)"abc", 3);
	nsl_work_stream(out);
	g_assert_cmpuint(out->len, ==, 3);
}

/* Which items misbehave, and whether their careful variants do too. */
typedef struct Which {
	guint first;
	guint step; /* from `first` on each so many; 0: that one alone */
	bool careful_too;
	int pipe; /* the reading end of one that nothing comes through; -1: pause() */
	void (*misbehave)(const struct Which *which);
} Which;

static bool is_one(const Which *which, guint item)
{
	if (which->step == 0)
		return item == which->first;
	return item >= which->first && (item - which->first) % which->step == 0;
}

static void some_misbehave(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Which *which = data;

	if (is_one(which, item) && (!careful || which->careful_too)) {
		/* What was written before is no record. */
		g_byte_array_append(out, (const guint8 *)"half", 4);
		which->misbehave(which);
	}
	answer(item, careful, out);
}

static void block(const Which *which)
{
	char byte;

	for (;;)
		if (which->pipe < 0)
			pause();
		else if (read(which->pipe, &byte, 1) != 1)
			_exit(1);
}

/* Those who misbehave have this state and the careful record, the others all. */
static void check_states(const NslWork *work, const Which *which, guint n_items, NslWorkState state)
{
	for (guint item = 0; item < n_items; item++) {
		NslWorkItem got = nsl_work_get(work, item);

		if (!is_one(which, item)) {
			check_done(work, item);
			continue;
		}
		g_assert_cmpint(got.state, ==, state);
		if (which->careful_too)
			g_assert_null(got.record);
		else
			check_answer(work, item, true);
	}
}

TEST(blocked)
{
	static const struct {
		guint item;
		guint n_items;
	} cases[] = {{0, 1},	 {0, 2},   {1, 2},	{7, 150},
		     {199, 200}, {0, 300}, {123, 5000}, {4999, 5000}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Which which = {.first = cases[i].item, .pipe = -1, .misbehave = block};
		g_autoptr(NslWork) work = run_timed(some_misbehave, &which, cases[i].n_items);

		check_states(work, &which, cases[i].n_items, NSL_WORK_BLOCKED);
	}
	check_no_children();
}

/* As a read that nobody answers blocks. */
TEST(blocked_read)
{
	int ends[2];
	Which which = {.first = 20, .misbehave = block};
	NslWorkSpec spec = {.n_items = 300, .run = some_misbehave, .data = &which};
	gint64 start = g_get_monotonic_time();

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	which.pipe = ends[0];
	spec.keep[0] = ends[0];
	spec.keep[1] = -1;
	{
		g_autoptr(NslWork) work = nsl_work_run(&spec);

		check_states(work, &which, 300, NSL_WORK_BLOCKED);
	}
	g_assert_cmpint(g_get_monotonic_time() - start, <, MOST_US);
	/* The worker with the end that is kept was killed: a write finds nobody but this process.
	 */
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	check_no_children();
	g_assert_cmpint(write(ends[1], "x", 1), ==, -1);
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
}

/* Of the blocks that items are claimed in, some have one and some have several. */
TEST(blocked_some)
{
	static const Which some[] = {
		{.first = 3, .step = 24, .pipe = -1, .misbehave = block},
		{.first = 470, .step = 1, .pipe = -1, .misbehave = block},
		{.first = 0, .step = 479, .pipe = -1, .misbehave = block},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(some); i++) {
		Which which = some[i];
		g_autoptr(NslWork) work = run_timed(some_misbehave, &which, 480);

		check_states(work, &which, 480, NSL_WORK_BLOCKED);
	}
	check_no_children();
}

/* Forty that block cost the others nothing. */
TEST(blocked_forty)
{
	Which which = {.first = 3, .step = 12, .pipe = -1, .misbehave = block};
	g_autoptr(NslWork) work = run_timed(some_misbehave, &which, 480);

	check_states(work, &which, 480, NSL_WORK_BLOCKED);
	check_no_children();
}

/* Blocked or, past the cap of helpers, skipped: each has what could be had without risk. */
static void check_all_careful(const NslWork *work, guint n_items)
{
	for (guint item = 0; item < n_items; item++) {
		NslWorkState state = nsl_work_get(work, item).state;

		g_assert_true(state == NSL_WORK_BLOCKED || state == NSL_WORK_SKIPPED);
		check_answer(work, item, true);
	}
}

TEST(blocked_all)
{
	static const guint numbers[] = {1, 30, 200, 5000};
	Which which = {.first = 0, .step = 1, .pipe = -1, .misbehave = block};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_autoptr(NslWork) work = run_timed(some_misbehave, &which, numbers[i]);

		check_all_careful(work, numbers[i]);
		/* The first to block was no victim of the cap. */
		g_assert_cmpint(nsl_work_get(work, 0).state, ==, NSL_WORK_BLOCKED);
	}
	check_no_children();
}

TEST(blocked_carefully)
{
	Which which = {
		.first = 5, .step = 100, .careful_too = true, .pipe = -1, .misbehave = block};
	g_autoptr(NslWork) work = run_timed(some_misbehave, &which, 300);

	check_states(work, &which, 300, NSL_WORK_BLOCKED);
	check_no_children();
}

static pid_t caller;

static void block_elsewhere(const Which *which)
{
	g_assert_cmpint(getpid(), !=, caller);
	block(which);
}

/* What too many leave over is left out: it would block whoever called, too. */
TEST(blocked_carefully_all)
{
	Which which = {.first = 0,
		       .step = 1,
		       .careful_too = true,
		       .pipe = -1,
		       .misbehave = block_elsewhere};
	g_autoptr(NslWork) work = NULL;
	guint n_skipped = 0;

	caller = getpid();
	work = run_timed(some_misbehave, &which, 2000);
	for (guint item = 0; item < 2000; item++) {
		NslWorkState state = nsl_work_get(work, item).state;

		n_skipped += state == NSL_WORK_SKIPPED;
		g_assert_true(state == NSL_WORK_SKIPPED || state == NSL_WORK_BLOCKED);
	}
	g_assert_cmpuint(n_skipped, >, 0);
	check_no_children();
}

/* As on a busy machine: what is done carefully sleeps too, but not for ever. */
static void slow_carefully(gpointer data, guint item, bool careful, GByteArray *out)
{
	if (!careful)
		block(data);
	g_usleep(item % 20 == 0 ? 30000 : 0);
	answer(item, careful, out);
}

TEST(blocked_on_a_busy_machine)
{
	Which which = {.pipe = -1};
	g_autoptr(NslWork) work = run_timed(slow_carefully, &which, 40);

	check_all_careful(work, 40);
	check_no_children();
}

static void no_core(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
}

static void end_by_abort(const Which *which)
{
	(void)which;
	no_core();
	abort();
}

static void end_by_kill(const Which *which)
{
	(void)which;
	kill(getpid(), SIGKILL);
	pause();
}

static void end_by_exit(const Which *which)
{
	(void)which;
	_exit(0); /* as if all were done */
}

static void (*const endings[])(const Which *which) = {end_by_abort, end_by_kill, end_by_exit};

TEST(crashed)
{
	static const guint numbers[] = {1, 2, 150, 600};

	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(numbers); j++) {
			Which which = {.first = numbers[j] / 2, .misbehave = endings[i]};
			g_autoptr(NslWork) work = run(some_misbehave, &which, numbers[j]);

			check_states(work, &which, numbers[j], NSL_WORK_CRASHED);
		}
	check_no_children();
}

TEST(crashed_some)
{
	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
		Which which = {.first = 0, .step = 30, .misbehave = endings[i]};
		g_autoptr(NslWork) work = run(some_misbehave, &which, 600);

		check_states(work, &which, 600, NSL_WORK_CRASHED);
	}
	check_no_children();
}

TEST(crashed_carefully)
{
	Which which = {.first = 3, .step = 40, .careful_too = true, .misbehave = end_by_kill};
	g_autoptr(NslWork) work = run(some_misbehave, &which, 300);

	check_states(work, &which, 300, NSL_WORK_CRASHED);
	check_no_children();
}

TEST(crashed_all)
{
	static const guint numbers[] = {1, 40, 2000};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		Which which = {.first = 0, .step = 1, .misbehave = end_by_exit};
		g_autoptr(NslWork) work = run(some_misbehave, &which, numbers[i]);

		for (guint item = 0; item < numbers[i]; item++) {
			NslWorkState state = nsl_work_get(work, item).state;

			g_assert_true(state == NSL_WORK_CRASHED || state == NSL_WORK_SKIPPED);
			check_answer(work, item, true);
		}
		g_assert_cmpint(nsl_work_get(work, 0).state, ==, NSL_WORK_CRASHED);
	}
	check_no_children();
}

/* Stopped from outside: as good as blocked, and ended all the same. */
static void stop(const Which *which)
{
	(void)which;
	kill(getpid(), SIGSTOP);
}

TEST(stopped)
{
	Which which = {.first = 9, .step = 200, .misbehave = stop};
	g_autoptr(NslWork) work = run_timed(some_misbehave, &which, 600);

	check_states(work, &which, 600, NSL_WORK_BLOCKED);
	check_no_children();
}

static void burn(double seconds)
{
	clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);

	while (clock() < end)
		;
}

static void busy(const Which *which)
{
	(void)which;
	burn(0.4);
}

/* What works is waited for, however long it takes. */
TEST(busy)
{
	static const guint numbers[] = {1, 10, 400};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		Which which = {.first = numbers[i] / 2, .misbehave = busy};
		g_autoptr(NslWork) work = run(some_misbehave, &which, numbers[i]);

		for (guint item = 0; item < numbers[i]; item++)
			if (!is_one(&which, item))
				check_done(work, item);
		g_assert_cmpint(nsl_work_get(work, which.first).state, ==, NSL_WORK_DONE);
	}
	check_no_children();
}

typedef struct Late {
	int pipe[2];
} Late;

/* Item 0 sleeps until item 1 is done, which only who goes on in its place can do. */
static void late(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Late *it = data;
	char byte;

	if (careful)
		_exit(1);
	if (item == 0 && read(it->pipe[0], &byte, 1) != 1)
		_exit(1);
	answer(item, careful, out);
	if (item == 1 && write(it->pipe[1], "x", 1) != 1)
		_exit(1);
}

/* A sleeper that wakes up before all is over delivers after all. */
TEST(late)
{
	Late it;
	NslWorkSpec spec = {.n_items = 2, .run = late, .data = &it};

	g_assert_cmpint(pipe2(it.pipe, O_CLOEXEC), ==, 0);
	spec.keep[0] = it.pipe[0];
	spec.keep[1] = it.pipe[1];
	{
		g_autoptr(NslWork) work = nsl_work_run(&spec);

		check_done(work, 0);
		check_done(work, 1);
	}
	close(it.pipe[0]);
	close(it.pipe[1]);
	check_no_children();
}

/* How long a run takes in which one item blocks. */
static gint64 time_blocked(gint64 *waited)
{
	Which which = {.first = 2, .pipe = -1, .misbehave = block};
	NslWorkSpec spec = {.n_items = 4,
			    .run = some_misbehave,
			    .data = &which,
			    .keep = {-1, -1},
			    .waited = waited};
	gint64 start = g_get_monotonic_time();
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	check_states(work, &which, 4, NSL_WORK_BLOCKED);
	return g_get_monotonic_time() - start;
}

/* All runs share one budget: what is counted in `waited` never exceeds it by much. */
TEST(budget)
{
	gint64 waited = 0;
	gint64 before = 0;

	for (guint i = 0; i < 6; i++) {
		time_blocked(&waited);
		g_assert_cmpint(waited, >, before);
		before = waited;
	}
	g_assert_cmpint(waited, <, 350000);
	/* A budget of its own each time is more. */
	for (guint i = 0; i < 6; i++)
		time_blocked(NULL);
	check_no_children();
}

/* Answers a little now and then: it never sleeps for long, and never ends. */
static void dribble(const Which *which)
{
	struct timespec little = {.tv_nsec = 1500000};

	(void)which;
	for (;;)
		nanosleep(&little, NULL);
}

TEST(dribble)
{
	Which which = {.first = 2, .step = 50, .misbehave = dribble};
	g_autoptr(NslWork) work = run_timed(some_misbehave, &which, 150);

	check_states(work, &which, 150, NSL_WORK_BLOCKED);
	check_no_children();
}

/* What was sent before an item fails is better than nothing, and worse than a careful record. */
static void fails_late(gpointer data, guint item, bool careful, GByteArray *out)
{
	bool has_careful = item % 2 == 0;

	(void)data;
	if (careful) {
		if (has_careful)
			answer(item, careful, out);
		return;
	}
	g_byte_array_append(out, (const guint8 *)"sent", 4);
	nsl_work_stream(out);
	g_byte_array_append(out, (const guint8 *)"kept", 4);
	_exit(1);
}

TEST(partial)
{
	g_autoptr(NslWork) work = run(fails_late, NULL, 10);

	for (guint item = 0; item < 10; item++) {
		NslWorkItem got = nsl_work_get(work, item);

		g_assert_cmpint(got.state, ==, NSL_WORK_CRASHED);
		if (item % 2 == 0) {
			check_answer(work, item, true);
			continue;
		}
		g_assert_cmpuint(got.size, ==, 4);
		g_assert_cmpmem(got.record, got.size, "sent", 4);
	}
	check_no_children();
}

#if !FIXTURE_SANITIZED /* then there is no limit on memory */
static void gorge(const Which *which)
{
	(void)which;
	for (gsize size = 1 << 20;; size *= 2)
		memset(g_malloc(size), 1, size); /* kept */
}

/* Who takes more memory than is his is ended, and the reason is told. */
TEST(memory)
{
	Which which = {.first = 1, .misbehave = gorge};
	g_autoptr(NslWork) work = run(some_misbehave, &which, 3);

	check_states(work, &which, 3, NSL_WORK_TOO_LARGE);
	g_assert_cmpint(nsl_work_errno(NSL_WORK_TOO_LARGE), ==, -EFBIG);
	check_no_children();
}
#endif

/* The limits that a worker finds. */
static void read_limits(gpointer data, guint item, bool careful, GByteArray *out)
{
	static const int resources[] = {RLIMIT_CORE, RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_AS};

	(void)data;
	(void)item;
	(void)careful;
	for (gsize i = 0; i < G_N_ELEMENTS(resources); i++) {
		struct rlimit limit;

		if (getrlimit(resources[i], &limit) < 0)
			_exit(1);
		g_byte_array_append(out, (const guint8 *)&limit, sizeof(limit));
	}
}

TEST(limits)
{
	g_autoptr(NslWork) work = run(read_limits, NULL, 1);
	NslWorkItem got = nsl_work_get(work, 0);
	struct rlimit limits[4];

	g_assert_cmpuint(got.size, ==, sizeof(limits));
	memcpy(limits, got.record, sizeof(limits));
	g_assert_cmpuint(limits[0].rlim_max, ==, 0);
	g_assert_cmpuint(limits[1].rlim_max, <=, 300);
	g_assert_cmpuint(limits[2].rlim_max, <=, 1024);
#if !FIXTURE_SANITIZED /* then there is no limit on memory */
	g_assert_cmpuint(limits[3].rlim_max, !=, RLIM_INFINITY);
#endif
}

/* What a worker finds: its descriptors, a line each, then its attributes. */
static void look_around(gpointer data, guint item, bool careful, GByteArray *out)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct sigaction action;
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int death = 0;

	(void)data;
	(void)item;
	(void)careful;
	while (dir && (entry = readdir(dir))) {
		g_autofree char *path = g_strdup_printf("/proc/self/fd/%s", entry->d_name);
		g_autofree char *target = g_file_read_link(path, NULL);

		if (target && atoi(entry->d_name) != dirfd(dir))
			g_string_append_printf(text, "%s %s\n", entry->d_name, target);
	}
	prctl(PR_GET_PDEATHSIG, &death);
	sigaction(SIGPIPE, NULL, &action);
	g_string_append_printf(text, "attributes %d %d %d\n", death, prctl(PR_GET_DUMPABLE),
			       action.sa_handler == SIG_DFL);
	g_byte_array_append(out, (const guint8 *)text->str, (guint)text->len);
	if (dir)
		closedir(dir);
}

static void check_surroundings(const NslWork *work, guint item, const char *kept)
{
	NslWorkItem got = nsl_work_get(work, item);
	g_autofree char *text = g_strndup((const char *)got.record, got.size);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint n_null = 0;
	guint n_kept = 0;
	guint n_pipes = 0;

	g_assert_cmpint(got.state, ==, NSL_WORK_DONE);
	for (char **line = lines; *line && **line; line++) {
		const char *target = strchr(*line, ' ') + 1;

		if (g_str_has_prefix(*line, "attributes")) {
			g_autofree char *expected = g_strdup_printf("attributes %d 0 1", SIGKILL);

			g_assert_cmpstr(*line, ==, expected);
		} else if (g_str_has_prefix(target, "pipe:")) {
			n_pipes++;
		} else if (strcmp(target, kept) == 0) {
			n_kept++;
		} else {
			g_assert_cmpstr(target, ==, "/dev/null");
			g_assert_true(**line >= '0' && **line <= '2');
			n_null++;
		}
	}
	g_assert_cmpuint(n_null, ==, 3);
	g_assert_cmpuint(n_kept, ==, 1);
	g_assert_cmpuint(n_pipes, ==, 1);
}

TEST(surroundings)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_auto(NslFd) kept = nsl_fd_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY);
	NslWorkSpec spec = {.n_items = 250, .run = look_around, .keep = {kept, -1}};
	int others[20];

	/* As whoever started nslist may have left them: to be inherited. */
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		others[i] = open(i % 2 ? "/dev/null" : "/proc/self/status", O_RDONLY);
	{
		g_autoptr(NslWork) work = nsl_work_run(&spec);

		for (guint item = 0; item < 250; item++)
			check_surroundings(work, item, dir);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		close(others[i]);
	check_no_children();
}

/* Two to keep, in any order, one of them a standard one: that becomes /dev/null all the same. */
TEST(keep)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_auto(NslFd) kept = nsl_fd_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY);
	const NslWorkSpec specs[] = {
		{.n_items = 1, .run = look_around, .keep = {-1, kept}},
		{.n_items = 1, .run = look_around, .keep = {1, kept}},
		{.n_items = 1, .run = look_around, .keep = {kept, kept}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(specs); i++) {
		g_autoptr(NslWork) work = nsl_work_run(&specs[i]);

		check_surroundings(work, 0, dir);
	}
}

static void no_fork_in_child(gpointer data)
{
	const struct rlimit none = {0, 0};
	guint n_items = GPOINTER_TO_UINT(data);
	NslWorkSpec spec = {.n_items = n_items, .run = plain, .keep = {-1, -1}};

	/* Root has no such limit. */
	g_assert_cmpint(setrlimit(RLIMIT_NPROC, &none), ==, 0);
	if (geteuid() == 0)
		g_assert_cmpint(setuid(65534), ==, 0);
	g_assert_cmpint(fork(), ==, -1);
	{
		g_autoptr(NslWork) work = nsl_work_run(&spec);

		for (guint item = 0; item < n_items; item++) {
			g_assert_cmpint(nsl_work_get(work, item).state, ==, NSL_WORK_NOBODY);
			check_answer(work, item, true);
		}
	}
}

TEST(no_fork)
{
	fixture_in_child(no_fork_in_child, GUINT_TO_POINTER(1));
	fixture_in_child(no_fork_in_child, GUINT_TO_POINTER(300));
}

static void no_fds_in_child(gpointer data)
{
	const struct rlimit few = {3, 3};
	NslWorkSpec spec = {.n_items = 50, .run = plain, .keep = {-1, -1}};

	(void)data;
	nsl_fd_close_all_but(3, NULL, 0);
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
	g_assert_cmpint(open("/dev/null", O_RDONLY), ==, -1);
	{
		g_autoptr(NslWork) work = nsl_work_run(&spec);

		for (guint item = 0; item < 50; item++)
			check_answer(work, item, true);
	}
}

TEST(no_fds)
{
	fixture_in_child(no_fds_in_child, NULL);
}

/* The workers' end is nothing that this process notices; what it had before stays. */
TEST(other_children)
{
	Which which = {.first = 4, .pipe = -1, .misbehave = block};
	int status;
	pid_t other = fork();

	if (other == 0)
		_exit(7);
	{
		g_autoptr(NslWork) work = run_timed(some_misbehave, &which, 20);

		check_states(work, &which, 20, NSL_WORK_BLOCKED);
	}
	g_assert_cmpint(waitpid(other, &status, 0), ==, other);
	g_assert_cmpint(WEXITSTATUS(status), ==, 7);
	check_no_children();
}

/* A worker dies with who started it. */
static void report_and_block(gpointer data, guint item, bool careful, GByteArray *out)
{
	const int *ends = data;

	(void)item;
	(void)careful;
	(void)out;
	if (write(ends[1], "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST(orphans)
{
	int ends[2];
	char byte;
	pid_t pid;

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	pid = fork();
	if (pid == 0) {
		NslWorkSpec spec = {
			.n_items = 3, .run = report_and_block, .data = ends, .keep = {ends[1], -1}};

		nsl_work_free(nsl_work_run(&spec));
		_exit(0);
	}
	close(ends[1]);
	g_assert_cmpint(read(ends[0], &byte, 1), ==, 1);
	kill(pid, SIGKILL);
	g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
	/* The pipe ends when the last of them has ended. */
	alarm(10);
	while (read(ends[0], &byte, 1) == 1)
		;
	alarm(0);
	close(ends[0]);
}

/* Takes three of the parent's looks at how far it is. */
static void slow(gpointer data, guint item, bool careful, GByteArray *out)
{
	gint64 end = g_get_monotonic_time() + 6000;

	(void)data;
	while (!careful && g_get_monotonic_time() < end)
		;
	answer(item, careful, out);
}

/* Whoever waits is told what for. */
TEST(progress)
{
	NslProgress progress;
	NslWorkSpec spec = {.n_items = 20,
			    .run = slow,
			    .keep = {-1, -1},
			    .progress = &progress,
			    .what = "items"};
	g_autoptr(NslWork) work = NULL;
	char shown[80] = "";
	int master;
	int slave;

	g_assert_cmpint(openpty(&master, &slave, NULL, NULL, NULL), ==, 0);
	nsl_progress_start(&progress, slave, 0); /* long ago */
	work = nsl_work_run(&spec);
	check_done(work, 19);
	g_assert_cmpint(read(master, shown, sizeof(shown) - 1), >, 0);
	g_assert_true(g_str_has_prefix(shown, "\rnslist: reading items "));
	g_assert_nonnull(strstr(shown, " of 20"));
	close(master);
	close(slave);
}
