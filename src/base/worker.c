/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expendable workers: the parent's side. It starts workers, gathers their records, leaves behind
 * those that do not answer, and kills them when the time for waiting is spent. What a worker does
 * is in worker_child.c.
 *
 * A run has three queues. All items are in the first. A worker that is left behind may have done
 * items whose records it has not sent yet: those are lost, and are the second queue. What failed,
 * and what was not tried since too much had failed, is the third, and is done carefully.
 */
#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "base/worker_child.h"
#include "base/worker_records.h"

/* Microseconds, as g_get_monotonic_time() counts. */
#define TICK_US	     2000     /* how often sleepers are looked for */
#define MAX_STEP_US  10000    /* what counts of the time between two looks, and beyond it … */
#define MAX_MORE_US  40000    /* … an eighth of it, at most this */
#define LEFT_US	     10000    /* asleep this long on one item: left behind */
#define BUDGET_US    220000   /* of waiting for nothing but sleepers, in all runs together */
#define LEAST_US     15000    /* that each run has: enough to leave somebody behind */
#define ITEM_LOOK_US 1000000  /* on one item for this long: */
#define ITEM_CPU_US  10000000 /* it may not use more of a CPU than this */

#define MAX_WORKERS 8	/* that scan side by side where nobody sleeps */
#define MAX_ACTIVE  64	/* where somebody does */
#define MAX_STARTED 280 /* in a run; then what is left is done carefully */
#define N_SLOTS	    (MAX_STARTED + MAX_WORKERS * NSL_QUEUE_COUNT)
#define FEW_ITEMS   200 /* so few that a second worker costs more than it saves */

typedef struct Worker {
	pid_t pid;
	NslFd pipe; /* -1: nothing more will come */
	NslWorkSlot *slot;
	NslStream stream;
	bool heard;    /* something has come since the last tick */
	bool useful;   /* something has ever come */
	bool left;     /* behind */
	guint64 seen;  /* what the slot said at the last tick */
	gint64 slept;  /* since then, on one item */
	gint64 worked; /* on it, asleep or not */
	bool dozes;    /* it was asleep at the last tick */
	gint64 cpu;    /* of the worker, when that was looked at first; 0: never */
} Worker;

struct NslWork {
	NslRecords records;
	NslWorkState *states; /* DONE: nothing is known against it */
};

/* A run, while it lasts. */
typedef struct Run {
	const NslWorkSpec *spec;
	NslWork *work;
	NslWorkShared *shared;
	NslWorkQueue queue; /* the present one … */
	const guint32 *items;
	guint n_queued;
	GPtrArray *workers; /* that may still send something */
	guint n_started;
	NslProcfs *own; /* the caller's /proc; NULL: there is none to watch workers by */
	guint64 mapped;
	gint64 waited; /* for nothing but sleepers, by all runs */
	gint64 budget; /* when `waited` is this much the queue ends */
} Run;

static void worker_free(gpointer data)
{
	Worker *worker = data;

	nsl_fd_close(worker->pipe);
	nsl_stream_clear(&worker->stream);
	g_free(worker);
}

static bool is_queue_empty(const Run *run)
{
	return atomic_load(&run->shared->next[run->queue]) >= run->n_queued;
}

/* Starts a worker for the present queue; false: it cannot be. */
static bool start_worker(Run *run)
{
	NslWorkOrder order = {
		.spec = run->spec,
		.shared = run->shared,
		.queue = run->queue,
		.items = run->items,
		.n_items = run->n_queued,
		.parent = getpid(),
		.mapped = run->mapped,
	};
	int ends[2];
	Worker *worker;
	pid_t pid;

	/* Each queue has some that those before it leave. */
	if (run->n_started >= MAX_STARTED + MAX_WORKERS * (run->queue + 1) ||
	    pipe2(ends, O_CLOEXEC) < 0)
		return false;
	order.slot = &run->shared->slots[run->n_started];
	order.pipe = ends[1];
	pid = fork();
	if (pid == 0)
		nsl_work_child(&order);
	nsl_fd_close(ends[1]);
	if (pid < 0) {
		nsl_fd_close(ends[0]);
		return false;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	worker = g_new0(Worker, 1);
	worker->pid = pid;
	worker->pipe = ends[0];
	worker->slot = order.slot;
	nsl_stream_init(&worker->stream);
	g_ptr_array_add(run->workers, worker);
	run->n_started++;
	return true;
}

/* As many as that; past the cap one more, and everybody is careful from now on. */
static void start_workers(Run *run, guint n)
{
	if (run->n_started + n > MAX_STARTED && run->queue == NSL_QUEUE_ALL) {
		atomic_store(&run->shared->careful, true);
		n = 1;
	}
	for (guint i = 0; i < n && start_worker(run); i++)
		;
}

/* Takes what the pipe holds; false at its end. */
static bool drain(Run *run, Worker *worker)
{
	guint8 chunk[16384];

	for (;;) {
		ssize_t got = read(worker->pipe, chunk, sizeof(chunk));

		if (got > 0) {
			worker->heard = worker->useful = true;
			if (!nsl_stream_feed(&worker->stream, &run->work->records, chunk,
					     (gsize)got))
				return false;
		} else if (got == 0) {
			return false;
		} else if (errno != EINTR) {
			return errno == EAGAIN;
		}
	}
}

/* The item that a worker is on, or G_MAXUINT. */
static guint item_of(const Run *run, const Worker *worker)
{
	guint32 item = (guint32)atomic_load(&worker->slot->now);

	return item > 0 && item <= run->spec->n_items ? item - 1 : G_MAXUINT;
}

/* A worker will send no more. The item that it is on, if any, has failed. */
static void close_worker(Run *run, Worker *worker, NslWorkState why)
{
	guint item = item_of(run, worker);

	nsl_stream_end(&worker->stream, &run->work->records);
	if (item != G_MAXUINT && run->work->records.records[item].kind < NSL_RECORD_WHOLE)
		run->work->states[item] = why;
	nsl_fd_close(nsl_fd_steal(&worker->pipe));
}

/* Waits for a worker that has ended, or been killed: not where it may be stuck on an item. */
static void reap(const Run *run, const Worker *worker)
{
	int options = item_of(run, worker) == G_MAXUINT && !worker->left ? 0 : WNOHANG;

	while (waitpid(worker->pid, NULL, options) < 0 && errno == EINTR)
		;
}

static void kill_worker(Run *run, Worker *worker)
{
	drain(run, worker);
	kill(worker->pid, SIGKILL);
	close_worker(run, worker, NSL_WORK_BLOCKED);
	reap(run, worker);
}

static void kill_workers(Run *run)
{
	for (guint i = 0; i < run->workers->len; i++)
		kill_worker(run, g_ptr_array_index(run->workers, i));
	g_ptr_array_set_size(run->workers, 0);
}

/* A worker's pipe has ended: either its queue is done, or it died on something. */
static void bury(Run *run, Worker *worker)
{
	bool no_memory = atomic_load(&worker->slot->no_memory);
	bool died = item_of(run, worker) != G_MAXUINT;

	/* Where the stream makes no sense it is still there. */
	kill(worker->pid, SIGKILL);
	close_worker(run, worker, no_memory ? NSL_WORK_TOO_LARGE : NSL_WORK_CRASHED);
	reap(run, worker);
	/* One that ended before it did anything would be followed by others like it. */
	if ((worker->useful || died) && !worker->left && !is_queue_empty(run))
		start_workers(run, 1);
}

/* Microseconds of CPU that the worker has used; 0: that cannot be told. */
static gint64 cpu_of(const Worker *worker)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(worker->pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return 0;
	return (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

/* Whether it has used more of a CPU for its item than any needs. */
static bool is_insatiable(Worker *worker)
{
	if (worker->worked < ITEM_LOOK_US)
		return false;
	if (worker->cpu == 0)
		worker->cpu = cpu_of(worker);
	return worker->cpu != 0 && cpu_of(worker) - worker->cpu > ITEM_CPU_US;
}

/* Whether a worker, on the same item as before, does anything but use a CPU or wait for one. */
static bool is_asleep(const Run *run, const Worker *worker)
{
	char state;

	/* Without /proc the clock is all there is. */
	return !run->own || nsl_task_read_state(run->own, worker->pid, &state) < 0 || state != 'R';
}

/* Finds out how a worker is; true where it is left behind just now. */
static bool look_at(const Run *run, Worker *worker, gint64 passed)
{
	guint64 now = atomic_load(&worker->slot->now);

	if (now != worker->seen || worker->heard) { /* it goes on, and may get stuck again */
		worker->seen = now;
		worker->heard = false;
		worker->slept = worker->worked = worker->cpu = 0;
		worker->left = worker->dozes = false;
		return false;
	}
	worker->worked += passed;
	if (worker->left)
		return false;
	worker->dozes = is_asleep(run, worker);
	worker->slept += worker->dozes ? passed : 0;
	worker->left = worker->slept >= LEFT_US;
	return worker->left;
}

/* Looks at all of them; those that are left behind have others to go on. */
static void tick(Run *run, gint64 passed)
{
	guint n_left = 0;
	guint n_active = 0;
	bool waits = true;

	/*
	 * Whatever else this process was kept from (a stop, a busy machine) counts for little, but
	 * not for nothing: the end must come.
	 */
	passed = MIN(passed, MAX_STEP_US + MIN(passed / 8, MAX_MORE_US));
	for (guint i = run->workers->len; i-- > 0;) {
		Worker *worker = g_ptr_array_index(run->workers, i);

		n_left += look_at(run, worker, passed);
		n_active += !worker->left;
		waits = waits && (worker->left || worker->dozes);
		if (is_insatiable(worker)) {
			kill_worker(run, worker);
			g_ptr_array_remove_index_fast(run->workers, i);
			n_left++;
		}
	}
	run->waited += waits ? passed : 0;
	/* Twice as many each time: where there is one that blocks there may be a crowd. */
	if (n_left > 0 && !is_queue_empty(run))
		start_workers(run,
			      CLAMP(2 * n_left, 1, MAX_ACTIVE - MIN(n_active, MAX_ACTIVE - 1)));
}

/* Waits for records or the next tick, and takes what has come. */
static void wait_for_workers(Run *run)
{
	guint n = run->workers->len;
	g_autofree struct pollfd *polls = g_new0(struct pollfd, n);

	for (guint i = 0; i < n; i++)
		polls[i] = (struct pollfd){
			.fd = ((const Worker *)g_ptr_array_index(run->workers, i))->pipe,
			.events = POLLIN};
	if (poll(polls, n, TICK_US / 1000) < 0) {
		/* More than poll(2) takes, or no memory: then all are looked at, at leisure. */
		g_usleep(TICK_US);
		for (guint i = 0; i < n; i++)
			polls[i].revents = POLLIN;
	}
	for (guint i = n; i-- > 0;) {
		Worker *worker = g_ptr_array_index(run->workers, i);

		if (polls[i].revents == 0 || drain(run, worker))
			continue;
		bury(run, worker);
		g_ptr_array_remove_index(run->workers, i);
	}
}

/* Whether nobody is at work but those that are left behind. */
static bool is_settled(const Run *run)
{
	for (guint i = 0; i < run->workers->len; i++)
		if (!((const Worker *)g_ptr_array_index(run->workers, i))->left)
			return false;
	return true;
}

static bool is_done(const Run *run)
{
	return run->work->records.n_whole == run->spec->n_items;
}

/*
 * Attends to the workers until all is done, or the budget is spent, or nobody is there; with
 * `others`, until only those that are left behind are.
 */
static void attend(Run *run, bool others)
{
	gint64 last = g_get_monotonic_time();

	while (run->workers->len > 0 && !is_done(run) && run->waited < run->budget &&
	       !(others && is_settled(run) && is_queue_empty(run))) {
		gint64 now;

		wait_for_workers(run);
		now = g_get_monotonic_time();
		if (now - last < TICK_US)
			continue;
		tick(run, now - last);
		nsl_progress_tell(run->spec->progress, run->spec->what, run->work->records.n_whole,
				  run->spec->n_items, now);
		last = now;
	}
}

static bool is_held(const Run *run, guint item)
{
	for (guint i = 0; i < run->workers->len; i++)
		if (item_of(run, g_ptr_array_index(run->workers, i)) == item)
			return true;
	return false;
}

/* The items (guint32) that a queue after the first is for. Transfer full. */
static GArray *list_items(const Run *run, NslWorkQueue queue)
{
	GArray *items = g_array_new(FALSE, FALSE, sizeof(guint32));
	guint32 claimed = atomic_load(&run->shared->next[NSL_QUEUE_ALL]);

	for (guint32 i = 0; i < run->spec->n_items; i++) {
		NslRecordKind kind = run->work->records.records[i].kind;

		if (kind >= NSL_RECORD_CAREFUL)
			continue;
		if (queue == NSL_QUEUE_LOST &&
		    (i >= claimed || is_held(run, i) || run->work->states[i] != NSL_WORK_DONE))
			continue;
		g_array_append_val(items, i);
	}
	return items;
}

/* Starts workers for a queue, and attends to them. */
static void do_queue(Run *run, NslWorkQueue queue, const GArray *items)
{
	guint n = items ? items->len : run->spec->n_items;

	run->queue = queue;
	run->items = items ? (const guint32 *)(const void *)items->data : NULL;
	run->n_queued = n;
	if (n == 0)
		return;
	start_workers(run, n < FEW_ITEMS ? 1 : CLAMP(g_get_num_processors(), 1, MAX_WORKERS));
	attend(run, true);
}

/* What no process could be started for: carefully, in this one. */
static void do_here(Run *run)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	for (guint i = 0; i < run->spec->n_items; i++) {
		if (run->work->records.records[i].kind != NSL_RECORD_NONE ||
		    run->work->states[i] != NSL_WORK_DONE)
			continue;
		run->work->states[i] = NSL_WORK_NOBODY;
		g_byte_array_set_size(out, 0);
		run->spec->run(run->spec->data, i, true, out);
		nsl_records_take(&run->work->records, i, NSL_RECORD_CAREFUL, out->data, out->len);
	}
}

static void run_queues(Run *run)
{
	g_autoptr(GArray) lost = NULL;
	g_autoptr(GArray) rest = NULL;

	/* Half of what is left, so that the runs after this one have some too. */
	run->budget = run->waited + MAX((BUDGET_US - run->waited) / 2, LEAST_US);
	do_queue(run, NSL_QUEUE_ALL, NULL);
	lost = list_items(run, NSL_QUEUE_LOST);
	run->budget = MAX(run->budget, run->waited + LEAST_US);
	do_queue(run, NSL_QUEUE_LOST, lost);
	attend(run, false);
	kill_workers(run);
	if (is_done(run))
		return;
	rest = list_items(run, NSL_QUEUE_CAREFUL);
	run->budget = run->waited + LEAST_US;
	do_queue(run, NSL_QUEUE_CAREFUL, rest);
	attend(run, false);
	kill_workers(run);
}

NslWork *nsl_work_run(const NslWorkSpec *spec)
{
	gsize shared_size = sizeof(NslWorkShared) + N_SLOTS * sizeof(NslWorkSlot);
	NslWork *work = g_new0(NslWork, 1);
	Run run = {.spec = spec, .work = work, .waited = spec->waited ? *spec->waited : 0};

	nsl_records_init(&work->records, spec->n_items);
	work->states = g_new0(NslWorkState, spec->n_items);
	if (spec->n_items == 0)
		return work;
	run.shared =
		mmap(NULL, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.shared != MAP_FAILED) {
		run.workers = g_ptr_array_new_with_free_func(worker_free);
		run.own = nsl_procfs_open(NULL, NULL);
		if (run.own && !run.own->local)
			g_clear_pointer(&run.own, nsl_procfs_free);
		if (run.own)
			run.mapped = nsl_procfs_own_size(run.own);
		run_queues(&run);
		nsl_procfs_free(run.own);
		g_ptr_array_unref(run.workers);
		munmap(run.shared, shared_size);
	}
	do_here(&run);
	if (spec->waited)
		*spec->waited = run.waited;
	return work;
}

NslWorkCounter *nsl_work_counter_new(void)
{
	NslWorkCounter *counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (counter == MAP_FAILED)
		g_error("out of memory"); /* as GLib's own allocation does */
	return counter;
}

void nsl_work_counter_free(NslWorkCounter *counter)
{
	if (counter)
		munmap((gpointer)counter, sizeof(*counter));
}

int nsl_work_errno(NslWorkState state)
{
	switch (state) {
	case NSL_WORK_DONE:
		return 0;
	case NSL_WORK_BLOCKED:
	case NSL_WORK_SKIPPED:
		return -ETIMEDOUT;
	case NSL_WORK_CRASHED:
		return -ECHILD;
	case NSL_WORK_TOO_LARGE:
		return -EFBIG;
	case NSL_WORK_NOBODY:
		return -EAGAIN;
	}
	return -EAGAIN;
}

NslWorkItem nsl_work_get(const NslWork *work, guint item)
{
	const NslRecord *found = &work->records.records[item];
	NslWorkState state = work->states[item];

	if (found->kind == NSL_RECORD_WHOLE)
		state = NSL_WORK_DONE;
	else if (state == NSL_WORK_DONE)
		state = NSL_WORK_SKIPPED;
	return (NslWorkItem){.state = state, .record = found->bytes, .size = found->size};
}

void nsl_work_free(NslWork *work)
{
	if (!work)
		return;
	nsl_records_clear(&work->records);
	g_free(work->states);
	g_free(work);
}
