/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Makes processes whose /proc/PID/cmdline (environ, smaps …) nobody can read without hanging, as a
 * process has that is stuck in a page fault on a dead file server. For the tests of what blocks a
 * scan. It is its own FUSE server: of one file, which it never hands out a page of. Not an example
 * of a file system.
 *
 * How it works: a page that is being read is locked until the server answers. mmap(2) of the same
 * file through a handle that the server calls direct (FOPEN_DIRECT_IO) first throws the cached
 * pages out, and waits for that lock, all the time holding the mmap lock of its process for
 * writing. Everything ends with the server: closing /dev/fuse fails the read. The file system is
 * never attached to a place in any mount namespace. The other ways are those of --help.
 */

#define _GNU_SOURCE

#include "../support/argrange.h"
#include "../support/nsfuse.h"
#include "../support/nsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/mount.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 10000
#define FILE_NAME "stuck"
#define FILE_SIZE NSL_FUSE_SIZE
/*
 * A reader that has slept this long in one read(2) of /proc is taken to be hanging, and is looked
 * at this often.
 */
#define PROOF_MS 150
#define TICK_MS	 10
/* When by then not every reader hangs, this kernel is not to be had that way. */
#define DEADLINE_MS 20000

#define BUSY_THREADS 4
#define BUSY_SIZE    (32UL << 20)

static const char help[] =
	"Usage: stuck [--spin] [--above] [COUNT]\n"
	"       stuck --busy-lock|--uffd|--mapped|--exec [COUNT]\n"
	"Starts COUNT (default 1) processes called \"stuck\", each in a new uts namespace,\n"
	"and prints {\"pids\":[PID,...],\"uts\":[INODE,...]} when it is proven that who reads\n"
	"/proc/PID/cmdline of any of them hangs. Keeps them until its stdin ends, and ends\n"
	"them all then, or when it is killed.\n"
	"\n"
	"WARNING: meanwhile ps, pgrep, pidof and the like hang on this machine.\n"
	"\n"
	"  --spin       each has threads that keep the CPUs busy\n"
	"  --above      they stay in the uts namespace that they are in, and are called\n"
	"               \"conmon\"; what is in a new one is a child of each, which does not\n"
	"               hang: {\"pids\":[PID,...],\"uts\":[...],\"above\":[PID,...]}\n"
	"  --busy-lock  processes that do not hang, but hold that same lock most of the\n"
	"               time: readers get through, some milliseconds late\n"
	"  --uffd       their arguments are a page that userfaultfd(2) never resolves\n"
	"  --mapped     their arguments are a page of a file that is never handed out.\n"
	"               Whether a reader of either hangs is the kernel's affair.\n"
	"  --exec       they execute a program, and close a file that is never flushed:\n"
	"               it is who reads /proc/PID/stat or a link in /proc/PID/ns that hangs:\n"
	"               {\"executing\":[PID,...],...} in place of \"pids\"\n"
	"\n"
	"Needs /dev/fuse, and CAP_SYS_ADMIN or user namespaces. Exit status: 0 done, 1\n"
	"error, 77 this system does not allow it.\n";

/* What a prober is doing, told to its parent through shared memory. */
enum {
	PROBE_STARTED,
	PROBE_READING,
	PROBE_READ,
};

typedef enum Kind {
	KIND_LOCK,
	KIND_BUSY_LOCK,
	KIND_UFFD,
	KIND_MAPPED,
	KIND_EXEC,
} Kind;

#define SPINNING_THREADS 4
#define ABOVE_NAME	 "conmon"

typedef struct Victim {
	pid_t pid;
	/* Of --above. */
	pid_t child;
	uint64_t uts;
	/*
	 * Who tries to read its command line, 0: nobody; and since when it was seen asleep in
	 * there, 0: it was not.
	 */
	pid_t prober;
	int64_t asleep_since;
	bool proven;
} Victim;

/* What a victim says when nothing is left to do but to become stuck. error: a positive errno. */
typedef struct Report {
	int index;
	int error;
	int refused;
	pid_t child;
	uint64_t uts;
} Report;

typedef struct Stuck {
	NslFuse fuse;
	int mount;
	int reports;
	int count;
	Kind kind;
	bool spin;
	bool above;
	Victim *victims;
	/* PROBE_…, one for each victim, shared with the probers. */
	atomic_int *probes;
} Stuck;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (int64_t)1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------------ the file server */

static int set_option(int context, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

/* Makes the file system, whose root is then only to be reached through stuck->mount. */
static void make_mount(Stuck *stuck)
{
	char fd[16];
	char uid[16];
	char gid[16];
	int context;

	stuck->fuse.device = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (stuck->fuse.device < 0)
		nsl_nsinfo_die(errno == EMFILE ? EXIT_FAILURE : NSL_NSINFO_SKIP, errno,
			       "missing: a /dev/fuse that this user may open");
	snprintf(fd, sizeof(fd), "%d", stuck->fuse.device);
	snprintf(uid, sizeof(uid), "%u", (unsigned int)geteuid());
	snprintf(gid, sizeof(gid), "%u", (unsigned int)getegid());
	context = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC);
	if (context < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno,
			       "missing: fsopen(2) of fuse (CAP_SYS_ADMIN, Linux 5.2)");
	if (set_option(context, "fd", fd) < 0 || set_option(context, "rootmode", "40000") < 0 ||
	    set_option(context, "user_id", uid) < 0 || set_option(context, "group_id", gid) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno,
			       "missing: the right to set up a fuse file system");
	stuck->mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (stuck->mount < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno,
			       "missing: the right to mount a fuse file system");
	close(context);
}

/* ---------------------------------------------------------------------------------- the victims */

/* Puts the caller into a new uts namespace and fills in what it then is to report. */
static void enter_uts(Report *report)
{
	report->refused = -1;
	if (nsl_nsinfo_unshare(NSL_NSINFO_UTS) < 0) {
		report->refused = NSL_NSINFO_UTS;
		report->error = errno;
		return;
	}
	prctl(PR_SET_NAME, "stuck");
	report->uts = nsl_nsinfo_inode("uts");
	if (report->uts == 0)
		report->error = errno;
}

/* A child in a new uts namespace, of a process whose own name is then that of an engine's. */
static void start_child(Report *report)
{
	int ready[2];

	if (pipe2(ready, O_CLOEXEC) < 0) {
		report->error = errno;
		return;
	}
	report->child = fork();
	if (report->child == 0) {
		Report own = *report;

		nsl_nsinfo_die_with_parent();
		enter_uts(&own);
		if (write(ready[1], &own, sizeof(own)) != sizeof(own))
			_exit(EXIT_FAILURE);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (report->child < 0) {
		report->error = errno;
	} else {
		pid_t child = report->child;

		if (read(ready[0], report, sizeof(*report)) != sizeof(*report))
			report->error = EIO;
		report->child = child;
	}
	close(ready[0]);
	prctl(PR_SET_NAME, ABOVE_NAME);
}

static void *spin(void *data)
{
	for (;;)
		;
	return data;
}

static void start_spinning(const Stuck *stuck, Report *report)
{
	pthread_t thread;

	for (int i = 0; stuck->spin && i < SPINNING_THREADS && report->error == 0; i++)
		report->error = pthread_create(&thread, NULL, spin, NULL);
}

/* A page that userfaultfd(2) is to fill, and never does. NULL and errno. */
static char *uffd_page(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	char *page;

	if (fd < 0)
		return NULL;
	page = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)page;
	range.range.len = FILE_SIZE;
	if (page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) < 0 ||
	    ioctl(fd, UFFDIO_REGISTER, &range) < 0)
		return NULL;
	return page;
}

static char *mapped_page(const Stuck *stuck)
{
	int fd = openat(stuck->mount, FILE_NAME, O_RDONLY | O_CLOEXEC);
	char *page =
		fd < 0 ? NULL : mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* Is told when nothing is left to do but to become stuck; the pipe is closed then. */
static void tell(int reports, const Report *report)
{
	if (write(reports, report, sizeof(*report)) != sizeof(*report) || report->error != 0)
		_exit(EXIT_FAILURE);
	close(reports);
}

static void become_page(const Stuck *stuck, Report *report, int reports)
{
	const char *page = stuck->kind == KIND_UFFD ? uffd_page() : mapped_page(stuck);

	if (report->error == 0 && (page == NULL || nsl_argrange_set(page, 100) < 0))
		report->error = errno;
	tell(reports, report);
	for (;;)
		pause();
}

static void become_locked(const Stuck *stuck, Report *report, int reports)
{
	int cached;
	int direct = -1;

	start_spinning(stuck, report);
	cached = openat(stuck->mount, FILE_NAME, O_RDONLY | O_CLOEXEC);
	if (cached >= 0)
		direct = openat(stuck->mount, FILE_NAME, O_RDWR | O_CLOEXEC);
	if (direct < 0 && report->error == 0)
		report->error = errno;
	close(stuck->mount);
	/* Asks for the page, or finds that somebody did, and does not wait for it. */
	if (report->error == 0)
		report->error = posix_fadvise(cached, 0, FILE_SIZE, POSIX_FADV_WILLNEED);
	tell(reports, report);
	(void)mmap(NULL, FILE_SIZE, PROT_READ, MAP_PRIVATE, direct, 0);
	/* Only the end of the server leads here. */
}

/*
 * The kernel closes what is to be closed by execve(2) after it has taken the lock that who asks for
 * the right to trace the process needs (exec_update_lock).
 */
static void become_executing(const Stuck *stuck, Report *report, int reports)
{
	if (openat(stuck->mount, FILE_NAME, O_RDONLY | O_CLOEXEC) < 0 && report->error == 0)
		report->error = errno;
	close(stuck->mount);
	tell(reports, report);
	execl("/bin/true", "true", (char *)NULL);
}

/* A thread that does nothing but change the memory map. */
static void *busy_thread(void *data)
{
	pthread_barrier_t *barrier = data;
	char *memory;
	bool writable = true;

	memory = mmap(NULL, BUSY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		_exit(EXIT_FAILURE);
	/* Small pages are more work, and all of it is done under the lock. */
	madvise(memory, BUSY_SIZE, MADV_NOHUGEPAGE);
	memset(memory, 1, BUSY_SIZE);
	pthread_barrier_wait(barrier);
	for (;;) {
		void *other;

		writable = !writable;
		mprotect(memory, BUSY_SIZE, PROT_READ | (writable ? PROT_WRITE : 0));
		other = mmap(NULL, FILE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (other != MAP_FAILED)
			munmap(other, FILE_SIZE);
	}
	return NULL;
}

static void become_busy(const Stuck *stuck, Report *report, int reports)
{
	pthread_barrier_t barrier;
	pthread_t thread;

	(void)stuck;
	if (report->error == 0)
		report->error = pthread_barrier_init(&barrier, NULL, BUSY_THREADS + 1);
	for (int i = 0; i < BUSY_THREADS && report->error == 0; i++)
		report->error = pthread_create(&thread, NULL, busy_thread, &barrier);
	if (report->error == 0)
		pthread_barrier_wait(&barrier);
	tell(reports, report);
	for (;;)
		pause();
}

static _Noreturn void victim(const Stuck *stuck, int index, int reports)
{
	static void (*const become[])(const Stuck *stuck, Report *report, int reports) = {
		[KIND_LOCK] = become_locked,	[KIND_BUSY_LOCK] = become_busy,
		[KIND_UFFD] = become_page,	[KIND_MAPPED] = become_page,
		[KIND_EXEC] = become_executing,
	};
	Report report = {.index = index};

	nsl_nsinfo_begin_child();
	/* With a copy of this the server could end without the file system noticing. */
	if (stuck->fuse.device >= 0)
		close(stuck->fuse.device);
	close(stuck->reports);
	if (stuck->above)
		start_child(&report);
	else
		enter_uts(&report);
	become[stuck->kind](stuck, &report, reports);
	_exit(EXIT_FAILURE);
}

/* ------------------------------------------------------------------------------------ the proof */

static _Noreturn void prober(const Stuck *stuck, int index)
{
	char path[64];
	char byte;
	int fd;

	nsl_nsinfo_begin_child();
	close(stuck->fuse.device);
	close(stuck->mount);
	snprintf(path, sizeof(path), "/proc/%d/%s", stuck->victims[index].pid,
		 stuck->kind == KIND_EXEC ? "stat" : "cmdline");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	atomic_store(&stuck->probes[index], PROBE_READING);
	if (fd >= 0 && read(fd, &byte, 1) >= 0)
		atomic_store(&stuck->probes[index], PROBE_READ);
	_exit(EXIT_SUCCESS);
}

/* The letter of a process's state, or 0. */
static char process_state(pid_t pid)
{
	char path[64];
	char text[512];
	const char *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	end = strrchr(text, ')');
	return (char)(end != NULL && end[1] == ' ' ? end[2] : 0);
}

/* Goes on with the proof for one victim, without waiting. */
static void probe(Stuck *stuck, int index)
{
	Victim *victim_to_probe = &stuck->victims[index];
	int64_t now = now_ms();
	char state;

	if (victim_to_probe->prober == 0) {
		atomic_store(&stuck->probes[index], PROBE_STARTED);
		victim_to_probe->asleep_since = 0;
		victim_to_probe->prober = fork();
		if (victim_to_probe->prober == 0)
			prober(stuck, index);
		if (victim_to_probe->prober < 0)
			victim_to_probe->prober = 0;
		return;
	}
	if (waitpid(victim_to_probe->prober, NULL, WNOHANG) != 0) {
		/* It could read, so the victim is still on its way. */
		victim_to_probe->prober = 0;
		return;
	}
	state = process_state(victim_to_probe->prober);
	if (atomic_load(&stuck->probes[index]) != PROBE_READING || (state != 'D' && state != 'S')) {
		victim_to_probe->asleep_since = 0;
	} else if (victim_to_probe->asleep_since == 0) {
		victim_to_probe->asleep_since = now;
	} else if (now - victim_to_probe->asleep_since >= PROOF_MS) {
		kill(victim_to_probe->prober, SIGKILL);
		waitpid(victim_to_probe->prober, NULL, 0);
		victim_to_probe->prober = 0;
		victim_to_probe->proven = true;
	}
}

static bool probe_all(Stuck *stuck)
{
	bool all = true;

	for (int i = 0; i < stuck->count; i++) {
		if (!stuck->victims[i].proven)
			probe(stuck, i);
		all = all && stuck->victims[i].proven;
	}
	return all;
}

/* -------------------------------------------------------------------------------- the main loop */

/*
 * Whatever is still there. The victims come free, and so can die, only when nobody has /dev/fuse
 * open any more.
 */
static void end_all(Stuck *stuck)
{
	if (stuck->fuse.device >= 0)
		close(stuck->fuse.device);
	if (stuck->mount >= 0)
		close(stuck->mount);
	stuck->fuse.device = -1;
	stuck->mount = -1;
	nsl_nsinfo_end_children();
}

/*
 * Waits for and does the next thing: a request, the end of stdin (then false), or, in timeout ms,
 * nothing.
 */
static bool step(Stuck *stuck, int timeout, bool *ret_report)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = stuck->fuse.device, .events = POLLIN},
			       {.fd = ret_report != NULL ? stuck->reports : -1, .events = POLLIN}};
	char buffer[256];

	if (poll(fds, 3, timeout) < 0)
		return true;
	if (fds[1].revents & POLLIN)
		nsl_fuse_serve(&stuck->fuse);
	if (ret_report != NULL)
		*ret_report = fds[2].revents != 0;
	return fds[0].revents == 0 || read(STDIN_FILENO, buffer, sizeof(buffer)) > 0;
}

static void take_report(Stuck *stuck)
{
	Report report;

	if (read(stuck->reports, &report, sizeof(report)) != sizeof(report)) {
		end_all(stuck);
		nsl_nsinfo_die(EXIT_FAILURE, 0, "a process ended before its report");
	}
	if (report.error != 0) {
		end_all(stuck);
		if (report.refused >= 0)
			nsl_nsinfo_die_refused((NslNsinfoType)report.refused, report.error);
		nsl_nsinfo_die(EXIT_FAILURE, report.error, "a process could not be prepared");
	}
	stuck->victims[report.index].uts = report.uts;
	stuck->victims[report.index].child = report.child;
}

/* Returns false when stdin ended meanwhile. */
static bool take_reports(Stuck *stuck)
{
	for (int n = 0; n < stuck->count;) {
		bool is_report = false;

		if (!step(stuck, -1, &is_report))
			return false;
		if (is_report) {
			take_report(stuck);
			n++;
		}
	}
	return true;
}

static bool prove(Stuck *stuck)
{
	int64_t deadline = now_ms() + DEADLINE_MS;

	while (!probe_all(stuck)) {
		if (!step(stuck, TICK_MS, NULL))
			return false;
		if (now_ms() > deadline) {
			end_all(stuck);
			nsl_nsinfo_die(
				NSL_NSINFO_SKIP, 0,
				stuck->kind == KIND_EXEC
					? "missing: a kernel whose /proc/PID/stat waits for "
					  "execve(2)"
					: "missing: a kernel whose mmap(2) waits for a page of a "
					  "fuse file");
		}
	}
	return true;
}

static void start(Stuck *stuck)
{
	int reports[2];

	if (pipe2(reports, O_CLOEXEC) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a pipe");
	stuck->reports = reports[0];
	for (int i = 0; i < stuck->count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			victim(stuck, i, reports[1]);
		if (pid < 0) {
			int error = errno;

			end_all(stuck);
			nsl_nsinfo_die(EXIT_FAILURE, error, "cannot fork");
		}
		stuck->victims[i].pid = pid;
	}
	close(reports[1]);
}

static void print_pids(const Stuck *stuck, const char *key, bool children)
{
	printf("\"%s\":[", key);
	for (int i = 0; i < stuck->count; i++)
		printf("%s%d", i == 0 ? "" : ",",
		       children ? stuck->victims[i].child : stuck->victims[i].pid);
	printf("],");
}

static void print(const Stuck *stuck)
{
	printf("{");
	/* Nobody who takes a process by its start is to wait for these. */
	print_pids(stuck, stuck->kind == KIND_EXEC ? "executing" : "pids", stuck->above);
	if (stuck->above)
		print_pids(stuck, "above", false);
	printf("\"uts\":[");
	for (int i = 0; i < stuck->count; i++)
		printf("%s%" PRIu64, i == 0 ? "" : ",", stuck->victims[i].uts);
	printf("]}\n");
	fflush(stdout);
}

static void parse(Stuck *stuck, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--busy-lock") == 0)
			stuck->kind = KIND_BUSY_LOCK;
		else if (strcmp(argv[i], "--uffd") == 0)
			stuck->kind = KIND_UFFD;
		else if (strcmp(argv[i], "--mapped") == 0)
			stuck->kind = KIND_MAPPED;
		else if (strcmp(argv[i], "--exec") == 0)
			stuck->kind = KIND_EXEC;
		else if (strcmp(argv[i], "--spin") == 0)
			stuck->spin = true;
		else if (strcmp(argv[i], "--above") == 0)
			stuck->above = true;
		else if (i == argc - 1)
			stuck->count = nsl_nsinfo_parse_number(argv[i], COUNT_MAX);
		else
			nsl_nsinfo_die(EXIT_FAILURE, 0, "too many arguments (see stuck --help)");
	}
}

int main(int argc, char **argv)
{
	Stuck stuck = {.fuse = {.device = -1, .file = FILE_NAME, .node = 2, .valid = UINT32_MAX},
		       .mount = -1,
		       .count = 1};
	unsigned int mask;
	bool proves;
	bool serves;

	nsl_nsinfo_help(argc, argv, help);
	parse(&stuck, argc, argv);
	/* This is it. */
	stuck.fuse.unanswered = NSL_FUSE_BIT(FUSE_READ);
	if (stuck.kind == KIND_EXEC)
		stuck.fuse.unanswered |= NSL_FUSE_BIT(FUSE_FLUSH);
	proves = stuck.kind == KIND_LOCK || stuck.kind == KIND_EXEC;
	serves = proves || stuck.kind == KIND_MAPPED;
	stuck.victims = calloc((size_t)stuck.count, sizeof(*stuck.victims));
	stuck.probes = mmap(NULL, (size_t)stuck.count * sizeof(*stuck.probes),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stuck.victims == NULL || stuck.probes == MAP_FAILED)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");

	/* To mount, a user namespace alone does not do: the mount namespace has to belong to it. */
	mask = nsl_nsinfo_needed_mask();
	if (mask != 0 && serves)
		mask |= 1U << NSL_NSINFO_MNT;
	nsl_nsinfo_enter(mask);
	if (serves)
		make_mount(&stuck);
	start(&stuck);
	if (take_reports(&stuck) && (!proves || prove(&stuck))) {
		print(&stuck);
		while (step(&stuck, -1, NULL))
			;
	}
	end_all(&stuck);
	free(stuck.victims);
	return EXIT_SUCCESS;
}
