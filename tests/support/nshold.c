/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Makes namespaces that are held in one way only, and says in which, for the tests of what finds
 * hidden namespaces. Here: its table of cases, and the line of JSON that it prints. How each is
 * made is in the other files. It stays until its stdin ends, and leaves nothing behind.
 */

#define _GNU_SOURCE

#include "nshold.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	NslHoldCase *run;
	const char *help;
} cases[] = {
	{"mount", nsl_hold_mount, "a bind mount"},
	{"mount-private", nsl_hold_mount_private, "a bind mount in a process's mount namespace"},
	{"mount-fd", nsl_hold_mount_fd, "a bind mount in a mount namespace that an fd keeps"},
	{"chrooted", nsl_hold_chrooted, "a bind mount that a chroot hides from who has it"},
	{"chain-mounts", nsl_hold_chain_mounts, "a mount in a mount namespace mounted in another"},
	{"many-mounts", nsl_hold_many_mounts, "[N] uts namespaces, each mounted somewhere"},
	{"mount-often", nsl_hold_mount_often, "[N] mounts of a single namespace"},
	{"long-path", nsl_hold_long_path, "a mount deeper than a path may be long"},
	{"mount-thread", nsl_hold_mount_thread, "a mount in a mount namespace that a thread is in"},
	{"odd-path", nsl_hold_odd_path, "mounts at paths that are hard to read, or covered"},
	{"fd", nsl_hold_fd, "[TYPE] an open file (default: net)"},
	{"fd-path", nsl_hold_fd_path, "an open file of a mount that is no more"},
	{"fd-passed", nsl_hold_fd_passed, "an open file that was handed on"},
	{"fd-place", nsl_hold_fd_place, "a file opened with O_PATH"},
	{"many-fds", nsl_hold_many_fds, "[N] one of many open files"},
	{"socket", nsl_hold_socket, "a socket"},
	{"socket-shared", nsl_hold_socket_shared, "a socket that two processes have"},
	{"tun", nsl_hold_tun, "a tun device's open file"},
	{"tun-bare", nsl_hold_tun_bare, "an open /dev/net/tun without a device"},
	{"thread", nsl_hold_thread, "a thread of a process that is elsewhere"},
	{"thread-fd", nsl_hold_thread_fd, "an open file that only a thread has"},
	{"thread-socket", nsl_hold_thread_socket, "a socket that only a thread has"},
	{"thread-children", nsl_hold_thread_children, "a time namespace for a thread's children"},
	{"flight", nsl_hold_flight, "[TYPE] an open file on its way through a socket"},
	{"inotify", nsl_hold_inotify, "[TYPE] a watch for what happens to its file"},
	{"open-tree", nsl_hold_open_tree, "[TYPE] a mount in a tree that is mounted nowhere"},
	{"owner", nsl_hold_owner, "owning another one"},
	{"chain-owners", nsl_hold_chain_owners, "user namespaces, three deep, owning one"},
	{"usertree", nsl_hold_usertree, "a user namespace between two that have processes"},
	{"parent-pid", nsl_hold_parent_pid, "a pid namespace around one that an fd holds"},
	{"uid65534", nsl_hold_uid65534, "an fd; made by uid 65534"},
	{"swapped", nsl_hold_swapped,
	 "nobody's fd, which in turns is DIR/fifo, for nobody to open"},
	{"dead-fuse", nsl_hold_dead_fuse, "mounts beside and in a file system that hangs"},
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static void print_help(void)
{
	printf("Usage: nshold CASE [ARGUMENT]\n"
	       "Makes namespaces (net ones unless the case says otherwise) that nothing holds but\n"
	       "what CASE says, prints as a line of JSON which and who holds them, and keeps them\n"
	       "until its stdin ends. Cases:\n");
	for (size_t i = 0; i < N_CASES; i++)
		printf("  %-15s %s\n", cases[i].name, cases[i].help);
	printf("Needs root. Exit status: 0 done, 1 error, 77 this system does not allow it.\n");
}

static void print_string(const char *text)
{
	putchar('"');
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < ' ')
			printf("\\u%04x", *at);
		else
			putchar(*at);
	}
	putchar('"');
}

static void print_number(const char *key, int64_t value, int64_t none)
{
	if (value == none)
		printf(",\"%s\":null", key);
	else
		printf(",\"%s\":%" PRId64, key, value);
}

static void print_holding(const NslHold *hold, const NslHolding *holding)
{
	printf("{\"kind\":\"%s\"", holding->kind);
	if (holding->pid != 0)
		printf(",\"pid\":%d", holding->pid);
	if (holding->tid != 0)
		printf(",\"tid\":%d", holding->tid);
	if (holding->fd >= 0)
		printf(",\"fd\":%d", holding->fd);
	if (holding->path != NULL) {
		printf(",\"path\":");
		print_string(holding->path);
		printf(",\"mnt_ns\":%" PRIu64, holding->mnt_ns);
	}
	if (holding->ns >= 0)
		printf(",\"ns\":%" PRIu64 ",\"type\":\"%s\"", hold->held[holding->ns].inode,
		       nsl_nsinfo_name(hold->held[holding->ns].type));
	putchar('}');
}

static void print_held(const NslHold *hold, const NslHeld *held)
{
	printf("{\"type\":\"%s\",\"ns\":%" PRIu64, nsl_nsinfo_name(held->type), held->inode);
	print_number("nsid", (int64_t)held->nsid, 0);
	print_number("owner", (int64_t)held->owner, 0);
	print_number("parent", (int64_t)held->parent, 0);
	print_number("owner_uid", held->owner_uid, -1);
	printf(",\"covered\":%s,\"pids\":[", held->covered ? "true" : "false");
	if (held->member != 0)
		printf("%d", held->member);
	printf("],\"held_by\":[");
	for (int i = 0; i < held->n_holders; i++) {
		if (i > 0)
			putchar(',');
		print_holding(hold, &held->holder[i]);
	}
	printf("]}");
}

static void print(const char *name, const NslHold *hold)
{
	printf("{\"case\":\"%s\",\"dir\":", name);
	print_string(hold->dir);
	printf(",\"pids\":[");
	for (int i = 0; i < hold->n_pids; i++)
		printf("%s%d", i == 0 ? "" : ",", hold->pids[i]);
	printf("],\"namespaces\":[");
	for (int i = 0; i < hold->n_held; i++) {
		if (i > 0)
			putchar(',');
		print_held(hold, &hold->held[i]);
	}
	printf("]}\n");
}

/* Outlives nshold, however that ends, to remove what is in the file system. */
static void start_guard(NslHold *hold)
{
	pid_t pid;

	if (mkdtemp(hold->dir) == NULL)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a directory in /tmp");
	pid = fork();
	if (pid < 0) {
		rmdir(hold->dir);
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot fork");
	}
	if (pid > 0)
		return;
	setsid(); /* an interrupt from the keyboard is for nshold alone */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
	close(hold->keep);
	nsl_nsinfo_wait_eof(hold->life);
	while (umount2(hold->dir, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	rmdir(hold->dir);
	_exit(EXIT_SUCCESS);
}

static void start(NslHold *hold, const char *argument)
{
	int life[2];

	if (!nsl_nsinfo_is_capable())
		nsl_nsinfo_die(NSL_NSINFO_SKIP, 0, "missing: CAP_SYS_ADMIN");
	if (pipe2(life, O_CLOEXEC) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot start");
	*hold = (NslHold){.argument = argument,
			  .keep = life[1],
			  .life = life[0],
			  .mnt_ns = nsl_nsinfo_inode("mnt"),
			  .dir = "/tmp/nshold-XXXXXX"};
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	nsl_nsinfo_die_with_parent();
	start_guard(hold);
}

static void end(NslHold *hold)
{
	/* All others end by themselves when this closes, the guard among them. */
	close(hold->keep);
	while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR)
		;
	for (int i = 0; i < hold->n_held; i++) {
		for (int j = 0; j < hold->held[i].n_holders; j++)
			free(hold->held[i].holder[j].path);
		free(hold->held[i].holder);
	}
	free(hold->held);
	free(hold->pids);
}

int nsl_hold_number(const NslHold *hold, int otherwise, int max)
{
	return hold->argument ? nsl_nsinfo_parse_number(hold->argument, max) : otherwise;
}

int main(int argc, char **argv)
{
	NslHold hold;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help();
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (argc > 3)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "one argument at most (see nshold --help)");
	for (size_t i = 0; argc >= 2 && i < N_CASES; i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		start(&hold, argv[2]);
		cases[i].run(&hold);
		print(cases[i].name, &hold);
		nsl_nsinfo_stay();
		end(&hold);
		return EXIT_SUCCESS;
	}
	nsl_nsinfo_die(EXIT_FAILURE, 0, "which case? (see nshold --help)");
}
