/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expendable workers: the parent's side. It starts workers, gathers their records, and decides
 * who sleeps, who takes over, and when to give up. What a worker does is in worker_child.c.
 */
#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "base/worker_child.h"

/* Microseconds, as g_get_monotonic_time() counts. */
#define TICK_US	     2000    /* how often sleepers are looked for */
#define MAX_STEP_US  5000    /* what counts of the time between two looks */
#define TAKE_OVER_US 20000   /* asleep this long on one item: others take over */
#define GRACE_US     220000  /* nothing but sleepers for this long in all: give up */
#define LAST_US	     50000   /* then, for the careful variants */
#define LAST_ROUNDS  3	     /* of these */
#define EXTRA_US     3000000 /* on a busy machine, for those who deserve it */
#define UNDESERVED   10	     /* looks in a row at which nobody does */

#define MAX_WORKERS 8	/* that scan side by side */
#define MAX_SPLIT   16	/* helpers that share what sleepers left */
#define MAX_HELPERS 160 /* in a run; those that come then leave out what may block */
#define FEW_ITEMS   200 /* so few that a second worker costs more than it saves */
#define MAX_BLOCK   16	/* items that a worker claims at once */
#define MAX_RECORD  (16u << 20)
#define N_SLOTS	    (MAX_HELPERS + 8 * MAX_WORKERS)

typedef enum Has {
	HAS_NOTHING,
	HAS_CAREFUL,
	HAS_ALL,
} Has;

typedef struct Item {
	guint8 *record;
	gsize size;
	Has has;
	NslWorkState state;
	bool hopeless; /* it blocks even who is careful */
} Item;

typedef struct Worker {
	pid_t pid;
	NslFd pipe; /* -1: nothing more will come */
	NslWorkSlot *slot;
	GByteArray *input; /* what came and is no whole record yet */
	GArray *todo;	   /* NslWorkTodo: what it was started for */
	bool relieved;	   /* others have taken over */
	guint64 seen_now;  /* what the slot and schedstat said at the last tick */
	guint64 seen_runs;
	gint64 slept; /* on its present item; 0: not asleep at the last tick */
} Worker;

struct NslWork {
	Item *items;
	guint n_items;
};

/* A run, while it lasts. */
typedef struct Run {
	const NslWorkSpec *spec;
	NslWork *work;
	guint n_whole; /* items that have all */
	NslWorkShared *shared;
	GPtrArray *workers; /* all that were ever started */
	NslProcfs *own;	    /* the caller's /proc; NULL: there is none to watch workers by */
	guint cpus;
	gint64 idle;	  /* nothing but sleepers, in all */
	gint64 extra;	  /* that was given beyond the grace */
	guint undeserved; /* how often in a row nobody was seen who deserves it */
	bool given_up;
} Run;

static void worker_free(gpointer data)
{
	Worker *worker = data;

	nsl_fd_close(worker->pipe);
	g_byte_array_unref(worker->input);
	g_array_unref(worker->todo);
	g_free(worker);
}

static void close_pipe(Worker *worker)
{
	nsl_fd_close(nsl_fd_steal(&worker->pipe));
}

/* Starts a worker for `todo` (transfer full) and then whatever nobody has claimed. */
static bool start_worker(Run *run, GArray *todo)
{
	pid_t parent = getpid();
	int ends[2] = {-1, -1};
	Worker *worker = g_new0(Worker, 1);

	worker->pipe = -1;
	worker->input = g_byte_array_new();
	worker->todo = todo;
	if (run->workers->len < N_SLOTS && pipe2(ends, O_CLOEXEC) == 0) {
		worker->slot = &run->shared->slots[run->workers->len];
		worker->pid = fork();
		if (worker->pid == 0)
			nsl_work_child(run->spec, run->shared, worker->slot, ends[1], parent, todo);
		nsl_fd_close(ends[1]);
		worker->pipe = ends[0];
	}
	if (ends[0] < 0 || worker->pid < 0) {
		worker_free(worker);
		return false;
	}
	fcntl(worker->pipe, F_SETFL, O_NONBLOCK);
	g_ptr_array_add(run->workers, worker);
	return true;
}

static void take_record(Run *run, guint index, bool careful, const guint8 *record, gsize size)
{
	Item *item = &run->work->items[index];
	Has has = careful ? HAS_CAREFUL : HAS_ALL;

	if (has <= item->has) /* a sleeper and whoever took over from it may both deliver */
		return;
	g_free(item->record);
	item->record = g_malloc(size + 1);
	if (size > 0)
		memcpy(item->record, record, size);
	item->size = size;
	item->has = has;
	if (has == HAS_ALL) {
		item->state = NSL_WORK_DONE;
		run->n_whole++;
	} else if (item->state == NSL_WORK_DONE) {
		item->state = NSL_WORK_SKIPPED;
	}
}

/* Takes the whole records out of what came; false where it makes no sense. */
static bool take_records(Run *run, Worker *worker)
{
	const GByteArray *input = worker->input;
	NslWorkHeader header;
	gsize at = 0;

	while (input->len - at >= sizeof(header)) {
		memcpy(&header, input->data + at, sizeof(header));
		if (header.item >= run->work->n_items || header.size > MAX_RECORD)
			return false;
		if (input->len - at - sizeof(header) < header.size)
			break;
		take_record(run, header.item, header.careful, input->data + at + sizeof(header),
			    header.size);
		at += sizeof(header) + header.size;
	}
	g_byte_array_remove_range(worker->input, 0, (guint)at);
	return true;
}

/* Takes what the pipe holds; false at its end. */
static bool drain(Run *run, Worker *worker)
{
	guint8 chunk[65536];

	for (;;) {
		ssize_t got = read(worker->pipe, chunk, sizeof(chunk));

		if (got > 0) {
			g_byte_array_append(worker->input, chunk, (guint)got);
			if (!take_records(run, worker))
				return false;
		} else if (got == 0) {
			return false;
		} else if (errno != EINTR) {
			return errno == EAGAIN;
		}
	}
}

/* The item that a worker is on, or G_MAXUINT. */
static guint current_item(const Run *run, const Worker *worker)
{
	guint32 item = (guint32)atomic_load(&worker->slot->now);

	return item > 0 && item <= run->work->n_items ? item - 1 : G_MAXUINT;
}

/*
 * What a worker was to do and has not delivered (NslWorkTodo, transfer full). The item that it
 * is on becomes `state` and comes first, to be done carefully, if that has not been tried yet.
 */
static GArray *left_by(Run *run, const Worker *worker, NslWorkState state)
{
	GArray *left = g_array_new(FALSE, FALSE, sizeof(NslWorkTodo));
	guint32 end = atomic_load(&worker->slot->end);
	guint current = current_item(run, worker);
	bool tried = false;

	for (guint i = 0; i < worker->todo->len; i++) {
		NslWorkTodo todo = g_array_index(worker->todo, NslWorkTodo, i);

		if (todo.item == current)
			tried = todo.careful;
		else if (run->work->items[todo.item].has == HAS_NOTHING)
			g_array_append_val(left, todo);
	}
	for (guint32 i = atomic_load(&worker->slot->first); i < end; i++) {
		NslWorkTodo todo = {.item = i};

		if (i != current && run->work->items[i].has == HAS_NOTHING)
			g_array_append_val(left, todo);
	}
	if (current != G_MAXUINT && run->work->items[current].has != HAS_ALL) {
		NslWorkTodo todo = {.item = current, .careful = true};

		run->work->items[current].state = state;
		if (!tried && run->work->items[current].has == HAS_NOTHING)
			g_array_prepend_val(left, todo);
	}
	return left;
}

/* Without any process to do it: carefully, here. */
static void do_here(Run *run, const GArray *left)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	for (guint i = 0; i < left->len; i++) {
		guint item = g_array_index(left, NslWorkTodo, i).item;

		if (run->work->items[item].state == NSL_WORK_CRASHED)
			continue; /* it might end this process too */
		g_byte_array_set_size(out, 0);
		run->spec->run(run->spec->data, item, true, out);
		if (run->work->items[item].state == NSL_WORK_DONE)
			run->work->items[item].state = run->workers->len < MAX_HELPERS
							       ? NSL_WORK_NOBODY
							       : NSL_WORK_SKIPPED;
		take_record(run, item, true, out->data, out->len);
	}
}

/* Has `left` (transfer full), and what nobody has claimed, done by up to `parts` new workers. */
static void hand_over(Run *run, GArray *left, guint parts)
{
	bool unclaimed = atomic_load(&run->shared->next) < run->work->n_items;

	if (left->len == 0 && !unclaimed) {
		g_array_unref(left);
		return;
	}
	parts = CLAMP(parts, 1, MAX(left->len, 1));
	if (run->workers->len >= MAX_HELPERS) {
		atomic_store(&run->shared->careful, true);
		parts = 1;
	}
	for (guint part = 0; part < parts; part++) {
		GArray *share = g_array_new(FALSE, FALSE, sizeof(NslWorkTodo));

		for (guint i = part; i < left->len; i += parts)
			g_array_append_val(share, g_array_index(left, NslWorkTodo, i));
		g_array_ref(share);
		if (!start_worker(run, share))
			do_here(run, share);
		g_array_unref(share);
	}
	g_array_unref(left);
}

/* A worker's pipe has ended: either all is done, or it died on something. */
static void finish(Run *run, Worker *worker)
{
	close_pipe(worker);
	if (!worker->relieved)
		hand_over(run, left_by(run, worker, NSL_WORK_CRASHED), 1);
}

/* How many are at work and not asleep. */
static guint count_active(const Run *run)
{
	guint active = 0;

	for (guint i = 0; i < run->workers->len; i++) {
		const Worker *worker = g_ptr_array_index(run->workers, i);

		active += worker->pipe >= 0 && !worker->relieved && worker->slept == 0;
	}
	return active;
}

/* Others take over from a sleeper: what it left is added to `left`. */
static void relieve(Run *run, Worker *worker, GArray *left)
{
	g_autoptr(GArray) its = NULL;

	if (!drain(run, worker)) {
		finish(run, worker);
		return;
	}
	worker->relieved = true;
	its = left_by(run, worker, NSL_WORK_BLOCKED);
	g_array_append_vals(left, its->data, its->len);
}

/* Ends all who sleep; what they left is done carefully. The second time, ends everybody. */
static void give_up(Run *run)
{
	GArray *left = g_array_new(FALSE, FALSE, sizeof(NslWorkTodo));
	guint claimed = MIN(atomic_load(&run->shared->next), run->work->n_items);
	bool first = !run->given_up;

	run->given_up = true;
	atomic_store(&run->shared->careful, true);
	for (guint i = 0; i < run->workers->len; i++) {
		Worker *worker = g_ptr_array_index(run->workers, i);

		if (worker->pipe < 0)
			continue;
		drain(run, worker);
		g_array_unref(left_by(run, worker, NSL_WORK_BLOCKED)); /* for the state it sets */
		if (!first && current_item(run, worker) != G_MAXUINT)
			run->work->items[current_item(run, worker)].hopeless = true;
		kill(worker->pid, SIGKILL);
		close_pipe(worker);
	}
	/* Nobody is left: whoever had it, what has been claimed and did not come is to be done. */
	for (guint i = 0; i < claimed; i++)
		if (run->work->items[i].has == HAS_NOTHING)
			g_array_append_val(left, ((NslWorkTodo){.item = i, .careful = true}));
	if (first)
		hand_over(run, left, 1);
	else
		g_array_unref(left);
}

/* How long the worker has slept on its present item. */
static gint64 sleep_of(const Run *run, Worker *worker, gint64 passed)
{
	guint64 now = atomic_load(&worker->slot->now);
	bool same = now != 0 && now == worker->seen_now;
	NslTaskState task = {.state = 'S'};

	worker->seen_now = now;
	if (!same) {
		worker->seen_runs = 0;
		worker->relieved = false; /* it goes on, and may be stuck again */
		return 0;
	}
	if (run->own && nsl_task_read_state(run->own, worker->pid, &task) < 0)
		return 0; /* its pipe will tell that it has ended */
	same = worker->seen_runs == 0 || worker->seen_runs == task.runs;
	worker->seen_runs = task.runs;
	if (task.state == 'R' || !same)
		return 0;
	/* Without /proc the clock is all there is: then only a long time counts. */
	return worker->slept + (run->own ? passed : passed / 4);
}

/* Whether somebody who is not to blame is waited for: it may just not have been its turn. */
static bool is_deserved(const Run *run)
{
	for (guint i = 0; i < run->workers->len; i++) {
		const Worker *worker = g_ptr_array_index(run->workers, i);
		guint item = worker->pipe < 0 ? G_MAXUINT : current_item(run, worker);

		if (item != G_MAXUINT && run->spec->deserves_time(run->spec->data, item))
			return true;
	}
	return false;
}

/*
 * On a busy machine those who are not to blame get more time. Whoever holds a lock may be asleep
 * just now, waiting for it in his turn: only when that is seen again and again it is his fault.
 */
static bool deserves_time(Run *run)
{
	if (!run->spec->deserves_time || !run->own || run->extra >= EXTRA_US ||
	    nsl_procfs_runnable(run->own) <= run->cpus + 1)
		return false;
	run->undeserved = is_deserved(run) ? 0 : run->undeserved + 1;
	return run->undeserved < UNDESERVED;
}

/* Relieves those that have slept for long; true if nobody is awake. */
static bool look_for_sleepers(Run *run, gint64 passed)
{
	GArray *left = g_array_new(FALSE, FALSE, sizeof(NslWorkTodo));
	guint n_before = run->workers->len;
	guint relieved = 0;
	bool all_asleep = true;

	for (guint i = 0; i < n_before; i++) {
		Worker *worker = g_ptr_array_index(run->workers, i);

		if (worker->pipe < 0)
			continue;
		worker->slept = sleep_of(run, worker, passed);
		all_asleep = all_asleep && worker->slept > 0;
		if (worker->slept >= TAKE_OVER_US && !worker->relieved) {
			relieve(run, worker, left);
			relieved++;
		}
	}
	/* Twice as many each time: where there is one sleeper there may be a crowd. */
	if (relieved > 0)
		hand_over(run, left,
			  MIN(2 * relieved, MAX_SPLIT - MIN(count_active(run), MAX_SPLIT)));
	else
		g_array_unref(left);
	return all_asleep;
}

static void tick(Run *run, gint64 passed)
{
	/*
	 * Whatever else this process was kept from (a stop, a busy machine) counts for little, but
	 * not for nothing: the end must come.
	 */
	passed = MIN(passed, MAX_STEP_US + MIN(passed / 20, TAKE_OVER_US));
	if (!look_for_sleepers(run, passed))
		return;
	run->idle += passed;
	if (run->idle < GRACE_US + (run->given_up ? LAST_US : 0))
		return;
	if (!run->given_up && deserves_time(run))
		run->extra += passed;
	else
		give_up(run);
}

/* Waits for records or the next tick; false when no worker is left. */
static bool wait_for_workers(Run *run)
{
	g_autofree struct pollfd *polls = g_new0(struct pollfd, run->workers->len);
	guint n_before = run->workers->len;
	guint live = 0;

	for (guint i = 0; i < n_before; i++) {
		const Worker *worker = g_ptr_array_index(run->workers, i);

		polls[i].fd = worker->pipe; /* poll(2) passes over negative ones */
		polls[i].events = POLLIN;
		live += worker->pipe >= 0;
	}
	if (live == 0)
		return false;
	if (poll(polls, n_before, TICK_US / 1000) <= 0)
		return true;
	for (guint i = 0; i < n_before; i++) {
		Worker *worker = g_ptr_array_index(run->workers, i);

		if (worker->pipe >= 0 && polls[i].revents != 0 && !drain(run, worker))
			finish(run, worker);
	}
	return true;
}

/* Nobody who may be stuck is waited for. */
static void end_workers(Run *run)
{
	for (guint i = 0; i < run->workers->len; i++) {
		Worker *worker = g_ptr_array_index(run->workers, i);
		bool idle = atomic_load(&worker->slot->now) == 0;

		if (worker->pipe >= 0)
			kill(worker->pid, SIGKILL);
		while (waitpid(worker->pid, NULL, idle ? 0 : WNOHANG) < 0 && errno == EINTR)
			;
	}
}

static guint count_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (guint)CPU_COUNT(&set) : 1;
}

/* Waits until all is done, or nobody is at work any more. */
static void attend(Run *run)
{
	guint n_items = run->work->n_items;
	gint64 last = g_get_monotonic_time();

	while (run->n_whole < n_items && wait_for_workers(run)) {
		gint64 now = g_get_monotonic_time();

		if (now - last < TICK_US)
			continue;
		tick(run, now - last);
		nsl_progress_tell(run->spec->progress, run->spec->what, run->n_whole, n_items, now);
		last = now;
	}
}

/*
 * Who was ended may have claimed a block just then, and who was to do things carefully may have
 * been kept from it by a busy machine: what has no record is tried again, but for what blocks even
 * so.
 */
static void attend_to_lost(Run *run)
{
	for (guint round = 0; run->given_up && round < LAST_ROUNDS; round++) {
		GArray *left = g_array_new(FALSE, FALSE, sizeof(NslWorkTodo));

		for (guint i = 0; i < run->work->n_items; i++) {
			const Item *item = &run->work->items[i];

			if (item->has == HAS_NOTHING && !item->hopeless &&
			    item->state != NSL_WORK_CRASHED)
				g_array_append_val(left,
						   ((NslWorkTodo){.item = i, .careful = true}));
		}
		run->idle = MIN(run->idle, GRACE_US);
		hand_over(run, left, 1);
		attend(run);
	}
}

static void run_all(Run *run)
{
	guint n_items = run->work->n_items;
	guint n_workers = n_items < FEW_ITEMS ? 1 : CLAMP(run->cpus, 1, MAX_WORKERS);
	g_autoptr(GArray) missed = g_array_new(FALSE, FALSE, sizeof(NslWorkTodo));

	run->shared->block = CLAMP(n_items / (n_workers * 8), 1, MAX_BLOCK);
	for (guint i = 0; i < n_workers; i++)
		start_worker(run, g_array_new(FALSE, FALSE, sizeof(NslWorkTodo)));
	attend(run);
	attend_to_lost(run);
	end_workers(run);
	/* Where no worker could be made, or none that lived. */
	for (guint i = 0; i < n_items; i++)
		if (run->work->items[i].has == HAS_NOTHING &&
		    run->work->items[i].state == NSL_WORK_DONE && !run->given_up)
			g_array_append_val(missed, ((NslWorkTodo){.item = i}));
	do_here(run, missed);
}

NslWork *nsl_work_run(const NslWorkSpec *spec)
{
	gsize shared_size = sizeof(NslWorkShared) + N_SLOTS * sizeof(NslWorkSlot);
	NslWork *work = g_new0(NslWork, 1);
	Run run = {.spec = spec, .work = work};

	work->n_items = spec->n_items;
	work->items = g_new0(Item, spec->n_items);
	if (spec->n_items == 0)
		return work;
	run.shared =
		mmap(NULL, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.shared == MAP_FAILED)
		g_error("out of memory"); /* as GLib's own allocation does */
	/* However much others have waited: enough to see who sleeps, and to be relieved once. */
	run.idle = spec->waited ? MIN(*spec->waited, GRACE_US - LAST_US) : 0;
	run.workers = g_ptr_array_new_with_free_func(worker_free);
	run.cpus = count_cpus();
	run.own = nsl_procfs_open(NULL, NULL);
	if (run.own && !run.own->local)
		g_clear_pointer(&run.own, nsl_procfs_free);
	run_all(&run);
	if (spec->waited)
		*spec->waited = MAX(*spec->waited, run.idle);
	nsl_procfs_free(run.own);
	g_ptr_array_unref(run.workers);
	munmap(run.shared, shared_size);
	return work;
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
	case NSL_WORK_NOBODY:
		return -EAGAIN;
	}
	return -EAGAIN;
}

NslWorkItem nsl_work_get(const NslWork *work, guint item)
{
	const Item *found = &work->items[item];
	NslWorkState state = found->state;

	if (state == NSL_WORK_DONE && found->has == HAS_NOTHING)
		state = NSL_WORK_SKIPPED;
	return (NslWorkItem){.state = state, .record = found->record, .size = found->size};
}

void nsl_work_free(NslWork *work)
{
	if (!work)
		return;
	for (guint i = 0; i < work->n_items; i++)
		g_free(work->items[i].record);
	g_free(work->items);
	g_free(work);
}
