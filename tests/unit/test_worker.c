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

/* It ends, on a busy machine later, and leaves neither descriptors nor children behind. */
static NslWork *run_spec(const NslWorkSpec *spec)
{
	gint64 start = g_get_monotonic_time();
	guint before = fixture_count_fds();
	NslWork *work = nsl_work_run(spec);

	g_assert_cmpint(g_get_monotonic_time() - start, <, MOST_US);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	check_no_children();
	return work;
}

static NslWork *run(NslWorkFunc *func, gpointer data, guint n_items)
{
	return run_spec(
		&(NslWorkSpec){.n_items = n_items, .run = func, .data = data, .keep = {-1, -1}});
}

/* A NslWorkFunc, which need not look at all that it is given. */
#define WORK_FUNC(title)                                                                           \
	static void title(gpointer data G_GNUC_UNUSED, guint item G_GNUC_UNUSED,                   \
			  bool careful G_GNUC_UNUSED, GByteArray *out G_GNUC_UNUSED)

WORK_FUNC(plain)
{
	answer(item, careful, out);
}

/* The record is the PID of who did the item. */
WORK_FUNC(tell_pid)
{
	pid_t pid = getpid();

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
	g_autoptr(NslWork) some = run_spec(&spec);
	g_autoptr(NslWork) all = NULL;
	guint before;

	for (guint i = 0; i < spec.n_items; i++)
		g_assert_cmpint(who_did(some, i) == getpid(), ==, i % 2 == 1);
	before = fixture_count_forks();
	spec.data = &spec;
	all = run_spec(&spec);
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
	nsl_work_free(NULL);
}

/* Records that are put together from pieces, and sent each time that they make up a part. */
static const struct {
	gsize size;
	gsize piece;
	gsize part;
} records[] = {
	{0, 1, G_MAXSIZE},
	{1, 1, G_MAXSIZE},
	{15, 15, G_MAXSIZE},
	{4095, 4095, G_MAXSIZE},
	{4096, 4096, G_MAXSIZE},
	{32767, 32767, G_MAXSIZE},
	{32768, 32768, G_MAXSIZE},
	{65535, 65535, G_MAXSIZE},
	{65536, 65536, G_MAXSIZE},
	{65537, 65537, G_MAXSIZE},
	{200000, 200000, G_MAXSIZE},
	{3u << 20, 3u << 20, G_MAXSIZE},
	{40u << 20, 1u << 20, 1u << 20},	      /* forty times as much as a worker keeps */
	{(gsize)110000 * 160, 160, (gsize)256 * 160}, /* as the threads of one process are sent */
};

static guint8 pattern(guint item, gsize at)
{
	return (guint8)((gsize)item * 7 + at + (at >> 8));
}

WORK_FUNC(put_together)
{
	gsize size = records[item % G_N_ELEMENTS(records)].size;
	gsize piece = records[item % G_N_ELEMENTS(records)].piece;
	gsize part = records[item % G_N_ELEMENTS(records)].part;

	for (gsize at = 0; at < size; at += piece) {
		guint before = out->len;

		g_byte_array_set_size(out, before + (guint)piece);
		for (gsize i = 0; i < piece; i++)
			out->data[before + i] = pattern(item, at + i);
		if ((at + piece) % part == 0)
			nsl_work_stream(out);
		if (out->len > MIN(part, size)) /* it does not grow */
			_exit(1);
	}
	if (size % part == 0)
		nsl_work_stream(out); /* nothing at all is a part too */
}

TEST(sizes)
{
	const guint n_items = 2 * G_N_ELEMENTS(records);
	g_autoptr(NslWork) work = run(put_together, NULL, n_items);

	for (guint item = 0; item < n_items; item++) {
		NslWorkItem got = nsl_work_get(work, item);

		g_assert_cmpint(got.state, ==, NSL_WORK_DONE);
		g_assert_cmpuint(got.size, ==, records[item % G_N_ELEMENTS(records)].size);
		for (gsize i = 0; i < got.size; i++)
			if (got.record[i] != pattern(item, i))
				g_error("byte %zu of item %u", i, item);
		nsl_work_drop(work, item);
		g_assert_cmpuint(nsl_work_get(work, item).size, ==, 0);
	}
}

/* In no worker all stays where it is. */
TEST(stream_here)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)"abc", 3);
	nsl_work_stream(out);
	g_assert_cmpuint(out->len, ==, 3);
}

/* Which items misbehave, how, and whether their careful variants do too. */
typedef struct Which {
	void (*misbehave)(void);
	guint n_items;
	guint first;
	guint step; /* from `first` on each so many; 0: that one alone */
	bool careful_too;
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
		which->misbehave();
	}
	answer(item, careful, out);
}

static NslWork *run_which(const Which *which)
{
	return run(some_misbehave, (gpointer)which, which->n_items);
}

/* Those who misbehave have this state and the careful record, the others all. */
static void check_states(const NslWork *work, const Which *which, NslWorkState state)
{
	for (guint item = 0; item < which->n_items; item++) {
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

static void check_which(const Which *which, NslWorkState state)
{
	g_autoptr(NslWork) work = run_which(which);

	check_states(work, which, state);
}

static void block(void)
{
	for (;;)
		pause();
}

/* Stopped from outside: as good as blocked, and ended all the same. */
static void stop(void)
{
	kill(getpid(), SIGSTOP);
}

/* Answers a little now and then: it never sleeps for long, and never ends. */
static void dribble(void)
{
	struct timespec little = {.tv_nsec = 1500000};

	for (;;)
		nanosleep(&little, NULL);
}

TEST(blocked)
{
	static const Which cases[] = {
		{.misbehave = block, .n_items = 1, .first = 0},
		{.misbehave = block, .n_items = 2, .first = 0},
		{.misbehave = block, .n_items = 2, .first = 1},
		{.misbehave = block, .n_items = 150, .first = 7},
		{.misbehave = block, .n_items = 200, .first = 199},
		{.misbehave = block, .n_items = 300, .first = 0},
		{.misbehave = block, .n_items = 5000, .first = 123},
		{.misbehave = block, .n_items = 5000, .first = 4999},
		/* Of the blocks that items are claimed in, some have one and some have several. */
		{.misbehave = block, .n_items = 480, .first = 3, .step = 24},
		{.misbehave = block, .n_items = 480, .first = 470, .step = 1},
		{.misbehave = block, .n_items = 480, .first = 0, .step = 479},
		/* Forty that block cost the others nothing. */
		{.misbehave = block, .n_items = 480, .first = 3, .step = 12},
		{.misbehave = block, .n_items = 300, .first = 5, .step = 100, .careful_too = true},
		{.misbehave = stop, .n_items = 600, .first = 9, .step = 200},
		{.misbehave = dribble, .n_items = 150, .first = 2, .step = 50},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check_which(&cases[i], NSL_WORK_BLOCKED);
}

static int silent; /* the reading end of a pipe that nothing comes through */

static void block_reading(void)
{
	char byte;

	while (read(silent, &byte, 1) == 1)
		;
	_exit(1);
}

/* As a read that nobody answers blocks. */
TEST(blocked_read)
{
	int ends[2];
	Which which = {.misbehave = block_reading, .n_items = 300, .first = 20};
	NslWorkSpec spec = {.n_items = which.n_items, .run = some_misbehave, .data = &which};

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	silent = ends[0];
	spec.keep[0] = ends[0];
	spec.keep[1] = -1;
	{
		g_autoptr(NslWork) work = run_spec(&spec);

		check_states(work, &which, NSL_WORK_BLOCKED);
	}
	/* The worker with the end that is kept was killed: a write finds nobody but this process.
	 */
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	g_assert_cmpint(write(ends[1], "x", 1), ==, -1);
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
}

static pid_t caller;

static void block_elsewhere(void)
{
	g_assert_cmpint(getpid(), !=, caller);
	block();
}

/* What too many leave over is left out: it would block whoever called, too. */
TEST(blocked_carefully_all)
{
	const Which which = {
		.misbehave = block_elsewhere, .n_items = 2000, .step = 1, .careful_too = true};
	g_autoptr(NslWork) work = NULL;
	guint n_skipped = 0;

	caller = getpid();
	work = run_which(&which);
	for (guint item = 0; item < which.n_items; item++) {
		NslWorkState state = nsl_work_get(work, item).state;

		n_skipped += state == NSL_WORK_SKIPPED;
		g_assert_true(state == NSL_WORK_SKIPPED || state == NSL_WORK_BLOCKED);
	}
	g_assert_cmpuint(n_skipped, >, 0);
}

/* Of this state or, past the cap of helpers, skipped: each has what could be had without risk. */
static void check_all_careful(const NslWork *work, guint n_items, NslWorkState failed)
{
	for (guint item = 0; item < n_items; item++) {
		NslWorkState state = nsl_work_get(work, item).state;

		g_assert_true(state == failed || state == NSL_WORK_SKIPPED);
		check_answer(work, item, true);
	}
}

/* As on a busy machine: what is done carefully sleeps too, but not for ever. */
WORK_FUNC(slow_carefully)
{
	if (!careful)
		block();
	g_usleep(item % 20 == 0 ? 30000 : 0);
	answer(item, careful, out);
}

TEST(blocked_on_a_busy_machine)
{
	g_autoptr(NslWork) work = run(slow_carefully, NULL, 40);

	check_all_careful(work, 40, NSL_WORK_BLOCKED);
}

static void end_by_abort(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	abort();
}

static void end_by_kill(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

static void end_by_exit(void)
{
	_exit(0); /* as if all were done */
}

TEST(crashed)
{
	static void (*const endings[])(void) = {end_by_abort, end_by_kill, end_by_exit};
	static const Which cases[] = {
		{.n_items = 1, .first = 0},
		{.n_items = 2, .first = 1},
		{.n_items = 150, .first = 75},
		{.n_items = 600, .first = 300},
		{.n_items = 600, .first = 0, .step = 30},
		{.n_items = 300, .first = 3, .step = 40, .careful_too = true},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(cases); j++) {
			Which which = cases[j];

			which.misbehave = endings[i];
			check_which(&which, NSL_WORK_CRASHED);
		}
}

TEST(all_misbehave)
{
	static const struct {
		void (*misbehave)(void);
		NslWorkState state;
		guint n_items;
	} cases[] = {
		{block, NSL_WORK_BLOCKED, 1},	       {block, NSL_WORK_BLOCKED, 30},
		{block, NSL_WORK_BLOCKED, 200},	       {block, NSL_WORK_BLOCKED, 5000},
		{end_by_exit, NSL_WORK_CRASHED, 1},    {end_by_exit, NSL_WORK_CRASHED, 40},
		{end_by_exit, NSL_WORK_CRASHED, 2000},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Which which = {
			.misbehave = cases[i].misbehave, .n_items = cases[i].n_items, .step = 1};
		g_autoptr(NslWork) work = run_which(&which);

		check_all_careful(work, which.n_items, cases[i].state);
		/* The first one was no victim of the cap. */
		g_assert_cmpint(nsl_work_get(work, 0).state, ==, cases[i].state);
	}
}

static void busy(void)
{
	clock_t end = clock() + (clock_t)(0.4 * CLOCKS_PER_SEC);

	while (clock() < end)
		;
}

/* What works is waited for, however long it takes. */
TEST(busy)
{
	static const guint numbers[] = {1, 10, 400};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		const Which which = {
			.misbehave = busy, .n_items = numbers[i], .first = numbers[i] / 2};
		g_autoptr(NslWork) work = run_which(&which);

		for (guint item = 0; item < which.n_items; item++)
			if (!is_one(&which, item))
				check_done(work, item);
		g_assert_cmpint(nsl_work_get(work, which.first).state, ==, NSL_WORK_DONE);
	}
}

/*
 * Item 0 sleeps until item 1 is done, which only who goes on in its place can do. `data`: a pipe's
 * ends.
 */
static void late(gpointer data, guint item, bool careful, GByteArray *out)
{
	const int *ends = data;
	char byte;

	if (careful)
		_exit(1);
	if (item == 0 && read(ends[0], &byte, 1) != 1)
		_exit(1);
	answer(item, careful, out);
	if (item == 1 && write(ends[1], "x", 1) != 1)
		_exit(1);
}

/* A sleeper that wakes up before all is over delivers after all. */
TEST(late)
{
	NslWorkSpec spec = {.n_items = 2, .run = late};
	g_autoptr(NslWork) work = NULL;

	g_assert_cmpint(pipe2(spec.keep, O_CLOEXEC), ==, 0);
	spec.data = spec.keep;
	work = run_spec(&spec);
	check_done(work, 0);
	check_done(work, 1);
	close(spec.keep[0]);
	close(spec.keep[1]);
}

/* All runs share one budget: what is counted in `waited` never exceeds it by much. */
TEST(budget)
{
	Which which = {.misbehave = block, .n_items = 4, .first = 2};
	gint64 waited = 0;
	NslWorkSpec spec = {.n_items = which.n_items,
			    .run = some_misbehave,
			    .data = &which,
			    .keep = {-1, -1},
			    .waited = &waited};

	for (guint i = 0; i < 6; i++) {
		gint64 before = waited;
		g_autoptr(NslWork) work = run_spec(&spec);

		check_states(work, &which, NSL_WORK_BLOCKED);
		g_assert_cmpint(waited, >, before);
	}
	g_assert_cmpint(waited, <, 350000);
	/* A budget of its own each time is more. */
	for (guint i = 0; i < 6; i++)
		check_which(&which, NSL_WORK_BLOCKED);
}

/* What was sent before an item fails is better than nothing, and worse than a careful record. */
WORK_FUNC(fails_late)
{
	if (careful) {
		if (item % 2 == 0)
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
}

/* Kept busy by somebody for ever, whatever it sends. */
WORK_FUNC(spins)
{
	if (careful || item % 3 == 2) {
		answer(item, careful, out);
		return;
	}
	for (;;) {
		g_byte_array_append(out, (const guint8 *)"sent", 4);
		nsl_work_stream(out);
		for (guint64 start = (guint64)clock(); (guint64)clock() - start < 10000;)
			;
	}
}

static time_t cpu_of_children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
}

/* The time that such items have is one for all of them, not each one's. */
TEST(spinners)
{
	time_t before = cpu_of_children();
	g_autoptr(NslWork) work =
		nsl_work_run(&(NslWorkSpec){.n_items = 6, .run = spins, .keep = {-1, -1}});

	for (guint item = 0; item < 6; item++) {
		g_assert_cmpint(nsl_work_get(work, item).state, ==,
				item % 3 == 2 ? NSL_WORK_DONE : NSL_WORK_BLOCKED);
		check_answer(work, item, item % 3 != 2);
	}
	g_assert_cmpint(cpu_of_children() - before, <, 15);
}

/* A tenth of a second, which is less than what others are left alone for. */
WORK_FUNC(lingers)
{
	guint64 start = (guint64)clock();

	while (!careful && item % 3 != 2 && (guint64)clock() - start < CLOCKS_PER_SEC / 10)
		;
	answer(item, careful, out);
}

/* However many there are: what is light does not become heavy because somebody wants it to. */
TEST(lingerers)
{
	guint n_blocked = 0;
	g_autoptr(NslWork) work = nsl_work_run(
		&(NslWorkSpec){.n_items = 120, .run = lingers, .light = true, .keep = {-1, -1}});

	for (guint item = 0; item < 120; item++) {
		bool blocked = nsl_work_get(work, item).state == NSL_WORK_BLOCKED;

		g_assert_false(blocked && item % 3 == 2);
		check_answer(work, item, blocked);
		n_blocked += blocked;
	}
	g_assert_cmpuint(n_blocked, >, 5);
}

#if !FIXTURE_SANITIZED /* then there is no limit on memory */
static void gorge(void)
{
	for (gsize size = 1 << 20;; size *= 2)
		memset(g_malloc(size), 1, size); /* kept */
}

/* Who takes more memory than is his is ended, and the reason is told. */
TEST(memory)
{
	check_which(&(Which){.misbehave = gorge, .n_items = 3, .first = 1}, NSL_WORK_TOO_LARGE);
	g_assert_cmpint(nsl_work_errno(NSL_WORK_TOO_LARGE), ==, -ENOMEM);
}
#endif

/* The limits that a worker finds. */
WORK_FUNC(read_limits)
{
	static const int resources[] = {RLIMIT_CORE, RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_AS};

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
WORK_FUNC(look_around)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct sigaction action;
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int death = 0;

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
		g_autoptr(NslWork) work = run_spec(&spec);

		for (guint item = 0; item < 250; item++)
			check_surroundings(work, item, dir);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		close(others[i]);
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
		g_autoptr(NslWork) work = run_spec(&specs[i]);

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
	Which which = {.misbehave = block, .n_items = 20, .first = 4};
	NslWorkSpec spec = {.n_items = 20, .run = some_misbehave, .data = &which, .keep = {-1, -1}};
	g_autoptr(NslWork) work = NULL;
	pid_t other = fork();

	if (other == 0)
		_exit(7);
	work = nsl_work_run(&spec);
	check_states(work, &which, NSL_WORK_BLOCKED);
	fixture_wait(other, 7 << 8);
	check_no_children();
}

/* A worker dies with who started it. */
WORK_FUNC(report_and_block)
{
	const int *ends = data;

	if (write(ends[1], "x", 1) != 1)
		_exit(1);
	block();
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
	fixture_end(pid);
	/* The pipe ends when the last of them has ended. */
	alarm(10);
	while (read(ends[0], &byte, 1) == 1)
		;
	alarm(0);
	close(ends[0]);
}

/* Takes three of the parent's looks at how far it is. */
WORK_FUNC(slow)
{
	gint64 end = g_get_monotonic_time() + 6000;

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
