/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expendable workers: see worker.h. First what a worker does, then what its parent does.
 *
 * A run has three rounds: all items; then carefully those that nobody has tried, and then those
 * that have blocked or failed, for they may do so again. In each the workers claim items from a
 * shared counter. What a worker has made of its items stands in memory that it shares with the
 * parent until it is sent: so only the item that a worker is on is lost with it.
 */
#include "base/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/each.h"
#include "base/procfs.h"
#include "base/sys.h"
#include "base/worker_records.h"

/* What a worker may use. */
#define MEMORY_LIMIT	 (256u << 20) /* bytes beyond what is mapped at the fork */
#define CPU_LIMIT	 300	      /* seconds, in all */
#define SPIN_US		 250000	      /* of CPU: an item that takes longer is heavy */
#define LIGHT_SPIN_US	 10000	      /* the same of light items */
#define SPINNING_US	 5000000      /* of CPU: all that heavy items of a round have */
#define DESCRIPTOR_LIMIT 1024
#define MAX_MAPPED	 (1ull << 40) /* of which a sanitizer maps more: then there is no limit */

/* Microseconds, as g_get_monotonic_time() counts. */
#define TICK_US	    2000   /* how often the parent looks at its workers */
#define MAX_STEP_US 10000  /* what counts of the time between two looks, and beyond it … */
#define MAX_MORE_US 40000  /* … an eighth of it, at most this */
#define LEFT_US	    10000  /* asleep this long on one item: left behind */
#define BUDGET_US   220000 /* of waiting for nothing but sleepers, in all runs together */
#define LEAST_US    15000  /* that a first round has: enough to leave somebody behind */
#define CAREFUL_US  100000 /* the same in a careful round, where only a busy machine makes wait */

#define MAX_WORKERS 8	/* that scan side by side where nobody sleeps */
#define MAX_ACTIVE  64	/* where somebody does */
#define MAX_STARTED 280 /* in a round */
#define FEW_ITEMS   200 /* so few that each further process costs more than it saves */

#define BUFFER_SIZE 32768 /* half a pipe: the parent reads while the worker goes on */

/* What one worker shares with its parent. */
typedef struct Shared {
	_Atomic guint64 turn; /* how often it has begun or gone on << 32 | its item + 1, or 0 */
	_Atomic guint64 kept; /* bytes that it has sent << 16 | bytes in `buffer`, to be sent */
	_Atomic int why;      /* NslWorkState: why it ends before its time */
	guint8 buffer[BUFFER_SIZE];
} Shared;

typedef struct Worker {
	pid_t pid;
	NslFd pipe;
	Shared *shared;
	NslStream stream;
	guint64 seen; /* the turn at the last look */
	gint64 slept; /* since then; from LEFT_US on it is left behind */
	bool asleep;  /* at the last look */
} Worker;

/* A run, while it lasts. */
typedef struct Run {
	const NslWorkSpec *spec;
	NslWork *work;
	NslProcfs *own; /* the caller's /proc; NULL: there is none to watch workers by */
	guint64 mapped; /* bytes in this process; 0: not known */
	gint64 waited;	/* for nothing but sleepers, by all runs */
	bool refused;	/* a process could not be started */

	/* The present round. */
	bool careful;
	bool untried;	      /* only what has not failed yet */
	NslWorkCounter *next; /* the item that nobody has begun yet */
	NslWorkCounter *spun; /* how often somebody went on with a heavy item */
	GPtrArray *workers;   /* that may still send something */
	guint n_started;
} Run;

/*
 * The worker's side. A worker owns nothing that anybody would miss: its standard descriptors are
 * /dev/null, so that no reader of nslist's output waits for it, and it dies with its parent.
 */

/* What this process does. NULL `out`: it is no worker. */
static struct {
	const Run *run;
	Shared *shared;
	int pipe;
	GByteArray *out;
	guint32 item;
	guint32 turn;
} self;

static void fail(NslWorkState why)
{
	atomic_store(&self.shared->why, why);
	_exit(1);
}

static void fail_memory(void)
{
	fail(NSL_WORK_TOO_LARGE);
}

static gint64 spin_us(const NslWorkSpec *spec)
{
	return spec->light ? LIGHT_SPIN_US : SPIN_US;
}

/* Each spin_us() of CPU, whatever of the item has been sent meanwhile. */
static void check_item_cpu(int number)
{
	static guint64 before = G_MAXUINT64;
	bool same = before == self.item;

	(void)number;
	before = self.item;
	if (same &&
	    (gint64)atomic_fetch_add(self.run->spun, 1) >= SPINNING_US / spin_us(self.run->spec))
		fail(NSL_WORK_BLOCKED);
}

static void lower_limit(int resource, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	limit.rlim_cur = MIN(limit.rlim_cur, most);
	limit.rlim_max = MIN(limit.rlim_max, most);
	setrlimit(resource, &limit);
}

static void set_limits(const NslWorkSpec *spec, guint64 mapped)
{
	const struct timeval each = {.tv_usec = spin_us(spec)};
	const struct itimerval spin = {.it_interval = each, .it_value = each};
	const struct sigaction action = {.sa_handler = check_item_cpu, .sa_flags = SA_RESTART};

	lower_limit(RLIMIT_CORE, 0);
	lower_limit(RLIMIT_CPU, CPU_LIMIT);
	lower_limit(RLIMIT_NOFILE, DESCRIPTOR_LIMIT);
	if (mapped > 0 && mapped < MAX_MAPPED)
		lower_limit(RLIMIT_AS, mapped + MEMORY_LIMIT);
	nsl_memory_on_failure(fail_memory);
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &spin, NULL);
}

static void cut_loose(const NslWorkSpec *spec, pid_t parent)
{
	const int keep[] = {spec->keep[0], spec->keep[1], self.pipe};
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_DFL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	nsl_fd_close_all_but(3, keep, G_N_ELEMENTS(keep));
}

/* The parent sees that this worker is on its item, or on none. */
static void publish(bool on)
{
	self.turn += on;
	atomic_store(&self.shared->turn, (guint64)self.turn << 32 | (on ? self.item + 1 : 0));
}

/* To the parent, now. */
static void send_bytes(const void *bytes, gsize size)
{
	if (nsl_fd_write(self.pipe, bytes, size) < 0)
		_exit(1);
	/* Only now, and in one step: the parent can see which bytes it has. */
	atomic_store(&self.shared->kept, ((atomic_load(&self.shared->kept) >> 16) + size) << 16);
}

static void send_buffer(void)
{
	send_bytes(self.shared->buffer, atomic_load(&self.shared->kept) & 0xffff);
}

/* To the parent, when there is more, or this worker ends. */
static void put(const void *bytes, gsize size)
{
	gsize have = atomic_load(&self.shared->kept) & 0xffff;

	if (have + size > BUFFER_SIZE) {
		send_buffer();
		have = 0;
	}
	if (size > BUFFER_SIZE) {
		send_bytes(bytes, size);
	} else if (size > 0) {
		memcpy(self.shared->buffer + have, bytes, size);
		atomic_fetch_add(&self.shared->kept, size);
	}
}

static void put_part(bool last)
{
	NslWorkHeader header = {.item = self.item,
				.size = self.out->len,
				.careful = self.run->careful,
				.last = last};

	put(&header, sizeof(header));
	put(self.out->data, self.out->len);
	g_byte_array_set_size(self.out, 0);
}

void nsl_work_stream(GByteArray *out)
{
	if (out != self.out)
		return;
	/* Who waits for the parent is on no item. */
	publish(false);
	put_part(false);
	publish(true);
}

/* Whether the item is one for the present round. */
static bool is_due(const Run *run, guint64 item)
{
	const NslRecord *record = &run->work->records[item];

	return record->kind < NSL_RECORD_CAREFUL &&
	       !(run->untried && record->failure != NSL_WORK_DONE);
}

static _Noreturn void live(const Run *run, Shared *shared, int pipe, pid_t parent)
{
	guint64 at;

	self.run = run;
	self.shared = shared;
	self.pipe = pipe;
	cut_loose(run->spec, parent);
	set_limits(run->spec, run->mapped);
	self.out = g_byte_array_sized_new(BUFFER_SIZE);
	while (at = atomic_fetch_add(run->next, 1), at < run->work->n_items) {
		if (!is_due(run, at))
			continue;
		self.item = (guint32)at;
		publish(true);
		run->spec->run(run->spec->data, self.item, run->careful, self.out);
		publish(false);
		put_part(true);
	}
	send_buffer();
	_exit(0);
}

/* The parent's side. */

static void *map_shared(gsize size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void worker_free(gpointer data)
{
	Worker *worker = data;

	nsl_fd_close(worker->pipe);
	nsl_stream_clear(&worker->stream);
	if (worker->shared)
		munmap(worker->shared, sizeof(*worker->shared));
	g_free(worker);
}

/* False: it cannot be. */
static bool start_worker(Run *run)
{
	Worker *worker = g_new0(Worker, 1);
	pid_t parent = getpid();
	int ends[2];

	nsl_stream_init(&worker->stream);
	worker->shared = map_shared(sizeof(*worker->shared));
	worker->pipe = -1;
	worker->pid = -1;
	if (worker->shared && pipe2(ends, O_CLOEXEC) == 0) {
		worker->pid = fork();
		if (worker->pid == 0)
			live(run, worker->shared, ends[1], parent);
		worker->pipe = ends[0];
		fcntl(worker->pipe, F_SETFL, O_NONBLOCK);
		nsl_fd_close(ends[1]);
	}
	if (worker->pid < 0) {
		worker_free(worker);
		return false;
	}
	g_ptr_array_add(run->workers, worker);
	run->n_started++;
	return true;
}

/* As many as that, where there is something left for them to do. */
static void start_workers(Run *run, guint n)
{
	while (n-- > 0 && atomic_load(run->next) < run->work->n_items &&
	       run->n_started < MAX_STARTED)
		if (!start_worker(run)) {
			run->refused = true;
			return;
		}
}

/* Takes what the pipe holds; false at its end. */
static bool drain(Run *run, Worker *worker)
{
	guint8 chunk[16384];

	for (;;) {
		ssize_t got = read(worker->pipe, chunk, sizeof(chunk));

		if (got > 0) {
			worker->slept = 0;
			if (!nsl_stream_feed(&worker->stream, run->work, chunk, (gsize)got))
				return false;
		} else if (got == 0) {
			return false;
		} else if (errno != EINTR) {
			return errno == EAGAIN;
		}
	}
}

/* Takes what a worker has sent, and what it has not yet sent. */
static void take_rest(Run *run, Worker *worker)
{
	guint64 kept = atomic_load(&worker->shared->kept);
	guint64 sent = kept >> 16;
	gsize size = MIN(kept & 0xffff, BUFFER_SIZE); /* whatever has become of the worker */
	g_autofree guint8 *rest = g_malloc(BUFFER_SIZE);
	guint64 received;
	bool valid;

	memcpy(rest, worker->shared->buffer, size);
	/* If not, it has sent them meanwhile. */
	valid = atomic_load(&worker->shared->kept) >> 16 == sent;
	drain(run, worker);
	received = worker->stream.received;
	if (valid && received >= sent && received < sent + size)
		nsl_stream_feed(&worker->stream, run->work, rest + (received - sent),
				sent + size - received);
}

/* The worker will do no more. The item that it is on, if any, has failed. */
static void end_worker(Run *run, Worker *worker, NslWorkState why)
{
	guint32 on;

	kill(worker->pid, SIGKILL);
	take_rest(run, worker);
	nsl_stream_end(&worker->stream, run->work);
	on = (guint32)atomic_load(&worker->shared->turn);
	if (on > 0 && on <= run->spec->n_items &&
	    run->work->records[on - 1].kind != NSL_RECORD_WHOLE)
		run->work->records[on - 1].failure = why;
	/* It may be stuck on the item. */
	while (waitpid(worker->pid, NULL, on > 0 ? WNOHANG : 0) < 0 && errno == EINTR)
		;
	g_ptr_array_remove(run->workers, worker);
}

/* A worker's pipe has ended: either all is claimed, or it died on something. */
static void replace_worker(Run *run, Worker *worker)
{
	int why = atomic_load(&worker->shared->why);
	/* One that ended before it did anything would be followed by others like it. */
	bool again = atomic_load(&worker->shared->turn) > 0 && worker->slept < LEFT_US;

	end_worker(run, worker, why ? (NslWorkState)why : NSL_WORK_CRASHED);
	if (again)
		start_workers(run, 1);
}

/* Finds out how a worker is; true where it is left behind just now. */
static bool look_at(const Run *run, Worker *worker, gint64 passed)
{
	guint64 turn = atomic_load(&worker->shared->turn);
	char state;

	if (turn != worker->seen) { /* it goes on, and may get stuck again */
		worker->seen = turn;
		worker->slept = 0;
		worker->asleep = false;
		return false;
	}
	if (worker->slept >= LEFT_US)
		return false;
	/* It neither uses a CPU nor waits for one. Without /proc the clock is all there is. */
	worker->asleep =
		!run->own || nsl_task_read_state(run->own, worker->pid, &state) < 0 || state != 'R';
	worker->slept += worker->asleep ? passed : 0;
	return worker->slept >= LEFT_US;
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
	NSL_EACH (Worker, worker, run->workers) {
		n_left += look_at(run, worker, passed);
		n_active += worker->slept < LEFT_US;
		waits = waits && worker->asleep;
	}
	run->waited += waits ? passed : 0;
	/* Twice as many each time: where there is one that blocks there may be a crowd. */
	if (n_left > 0)
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

		if (polls[i].revents != 0 && !drain(run, worker))
			replace_worker(run, worker);
	}
}

/* Does what has no record yet, until the budget is spent. */
static void do_round(Run *run, bool careful, gint64 budget)
{
	const NslWork *work = run->work;
	gint64 last = g_get_monotonic_time();
	gint64 end = run->waited + budget;

	run->careful = careful;
	run->n_started = 0;
	run->next = nsl_work_counter_new();
	run->spun = nsl_work_counter_new();
	start_workers(run, work->n_items - work->n_whole < FEW_ITEMS
				   ? 1
				   : CLAMP(g_get_num_processors(), 1, MAX_WORKERS));
	while (run->workers->len > 0 && work->n_whole < work->n_items && run->waited < end) {
		gint64 now;

		wait_for_workers(run);
		now = g_get_monotonic_time();
		if (now - last < TICK_US)
			continue;
		tick(run, now - last);
		nsl_progress_tell(run->spec->progress, run->spec->what, work->n_whole,
				  work->n_items, now);
		last = now;
	}
	while (run->workers->len > 0)
		end_worker(run, g_ptr_array_index(run->workers, run->workers->len - 1),
			   NSL_WORK_BLOCKED);
	nsl_work_counter_free(run->next);
	nsl_work_counter_free(run->spun);
}

/* What nobody has tried, and then what has failed, so that it keeps nobody else from being read. */
static void do_careful_rounds(Run *run)
{
	gint64 end = run->waited + CAREFUL_US;
	guint n_due[2] = {0, 0};

	for (guint i = 0; i < run->work->n_items; i++)
		if (is_due(run, i))
			n_due[run->work->records[i].failure != NSL_WORK_DONE]++;
	run->untried = true;
	if (n_due[0] > 0)
		do_round(run, true, CAREFUL_US);
	run->untried = false;
	if (n_due[1] > 0)
		do_round(run, true, MAX(end - run->waited, LEAST_US));
}

/*
 * What no process could be started for: carefully, in this one. What is left because too many
 * others block might block, too.
 */
static void do_here(Run *run)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	if (!run->refused)
		return;
	for (guint i = 0; i < run->spec->n_items; i++) {
		if (run->work->records[i].kind != NSL_RECORD_NONE ||
		    run->work->records[i].failure != NSL_WORK_DONE)
			continue;
		run->work->records[i].failure = NSL_WORK_NOBODY;
		g_byte_array_set_size(out, 0);
		run->spec->run(run->spec->data, i, true, out);
		nsl_records_take(run->work, i, NSL_RECORD_CAREFUL, out->data, out->len);
	}
}

/* What needs no worker. */
static void do_at_once(NslWork *work, const NslWorkSpec *spec)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	for (guint i = 0; i < spec->n_items; i++) {
		g_byte_array_set_size(out, 0);
		if (spec->at_once(spec->data, i, out))
			nsl_records_take(work, i, NSL_RECORD_WHOLE, out->data, out->len);
	}
}

NslWork *nsl_work_run(const NslWorkSpec *spec)
{
	NslWork *work = g_new0(NslWork, 1);
	Run run = {.spec = spec, .work = work, .waited = spec->waited ? *spec->waited : 0};

	nsl_records_init(work, spec->n_items);
	if (spec->at_once && spec->n_items < FEW_ITEMS)
		do_at_once(work, spec);
	if (work->n_whole == spec->n_items)
		return work;
	run.workers = g_ptr_array_new_with_free_func(worker_free);
	run.own = nsl_procfs_open(NULL, NULL);
	if (run.own && !run.own->local)
		g_clear_pointer(&run.own, nsl_procfs_free);
	if (run.own)
		run.mapped = nsl_procfs_own_size(run.own);
	/* Half of what is left, so that the runs after this one have some too. */
	do_round(&run, false, MAX((BUDGET_US - run.waited) / 2, LEAST_US));
	if (work->n_whole < spec->n_items)
		do_careful_rounds(&run);
	do_here(&run);
	nsl_procfs_free(run.own);
	g_ptr_array_unref(run.workers);
	if (spec->waited)
		*spec->waited = run.waited;
	return work;
}

NslWorkCounter *nsl_work_counter_new(void)
{
	NslWorkCounter *counter = map_shared(sizeof(*counter));

	if (!counter)
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
	static const int codes[] = {
		[NSL_WORK_BLOCKED] = -ETIMEDOUT, [NSL_WORK_SKIPPED] = -ETIMEDOUT,
		[NSL_WORK_CRASHED] = -ECHILD,	 [NSL_WORK_TOO_LARGE] = -ENOMEM,
		[NSL_WORK_NOBODY] = -EAGAIN,
	};

	return codes[state];
}

NslWorkItem nsl_work_get(const NslWork *work, guint item)
{
	const NslRecord *found = &work->records[item];
	NslWorkState state = found->failure;

	if (found->kind == NSL_RECORD_WHOLE)
		state = NSL_WORK_DONE;
	else if (state == NSL_WORK_DONE)
		state = NSL_WORK_SKIPPED;
	return (NslWorkItem){.state = state, .record = found->bytes, .size = found->size};
}

void nsl_work_drop(NslWork *work, guint item)
{
	NslRecord *record = &work->records[item];

	g_clear_pointer(&record->bytes, g_free);
	record->size = 0;
}

void nsl_work_free(NslWork *work)
{
	if (!work)
		return;
	nsl_records_clear(work);
	g_free(work);
}
