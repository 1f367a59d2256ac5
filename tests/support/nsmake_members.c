/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Modes of nsmake that make ordinary members of namespaces: new and nested. What has a namespace
 * without being its only or whole member is in nsmake_apart.c.
 */

#define _GNU_SOURCE

#include "family.h"
#include "nsinfo.h"
#include "nsmake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------ new */

typedef struct NewMember {
	NslFamily *family;
	int index;
	/*
	 * NULL: just stay. exec_result: where errno goes if execve(2) fails; it ends when that
	 * succeeds.
	 */
	char **command;
	int exec_result;
} NewMember;

static int new_member(void *data)
{
	NewMember *member = data;
	NslReport report = {.index = member->index};
	struct pollfd life = {.fd = member->family->life};

	nsl_family_begin_child(member->family);
	nsl_family_send_self(member->family, &report);
	if (member->command == NULL) {
		nsl_family_close(&member->exec_result);
		nsl_family_stay(member->family);
	}
	/* Nsmake may have ended before we asked to end with it. */
	if (poll(&life, 1, 0) != 0)
		_exit(EXIT_FAILURE);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(member->command[0], member->command);
	report.error = errno;
	_exit(write(member->exec_result, &report.error, sizeof(report.error)) < 0);
}

/*
 * Makes the namespaces, then the members as its own siblings, and leaves: for pid and time only a
 * child is inside, and for the others it would be a member that nobody was told of.
 */
static _Noreturn void new_leader(NslFamily *family, unsigned int mask, int count, char **command,
				 int exec_result)
{
	nsl_family_begin_child(family);
	nsl_family_enter(family, mask);
	for (int i = 0; i < count; i++) {
		NewMember member = {.family = family,
				    .index = i,
				    .command = i == 0 ? command : NULL,
				    .exec_result = exec_result};

		if (nsl_family_fork_with_flags(CLONE_PARENT, new_member, &member) < 0)
			nsl_family_send_failure(family, -1, errno);
	}
	_exit(EXIT_SUCCESS);
}

int nsl_nsmake_new(int argc, char **argv)
{
	unsigned int mask;
	char **command = NULL;
	int count = 1;
	int exec_result[2];
	int error = 0;
	NslNsinfo ns = {0};
	NslFamily family;
	pid_t leader;
	pid_t *pids;

	if (argc < 1)
		nsl_nsmake_usage_error("new: no types", NULL);
	mask = nsl_nsmake_parse_types(argv[0], UINT_MAX);
	for (int i = 1; i < argc && command == NULL; i++) {
		if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
			count = nsl_nsinfo_parse_number(argv[++i], 1000000);
		else if (strcmp(argv[i], "--exec") == 0 && i + 1 < argc)
			command = argv + i + 1;
		else
			nsl_nsmake_usage_error("new: what is this", argv[i]);
	}
	pids = calloc((size_t)count, sizeof(*pids));
	if (pids == NULL || pipe2(exec_result, O_CLOEXEC) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot start");

	nsl_family_open(&family);
	leader = fork();
	if (leader == 0) {
		close(exec_result[0]);
		new_leader(&family, mask, count, command, exec_result[1]);
	}
	if (leader < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot fork");
	close(exec_result[1]);
	nsl_family_started(&family);
	for (int i = 0; i < count; i++) {
		NslReport report;
		pid_t pid = nsl_family_receive(&family, &report);

		pids[report.index] = pid;
		if (report.index == 0)
			ns = report.ns;
	}
	waitpid(leader, NULL, 0);
	if (read(exec_result[0], &error, sizeof(error)) > 0) {
		nsl_family_end(&family);
		nsl_nsinfo_die(EXIT_FAILURE, error, "cannot execute %s",
			       command != NULL ? command[0] : "");
	}
	close(exec_result[0]);

	printf("{\"pids\":[");
	for (int i = 0; i < count; i++)
		printf("%s%d", i == 0 ? "" : ",", pids[i]);
	printf("],");
	nsl_nsmake_print_ns("ns", &ns);
	putchar('}');
	free(pids);
	return nsl_family_serve(&family);
}

/* --------------------------------------------------------------------------------------- nested */

typedef struct Level {
	NslFamily *family;
	int index;
	int depth;
	unsigned int mask;
	uid_t uid;
	gid_t gid;
} Level;

static int level_member(void *data);

static pid_t start_level(Level *level)
{
	int flags = 0;

	for (int i = 0; i < NSL_NSINFO_COUNT; i++)
		if (level->mask & 1U << i)
			flags |= nsl_nsinfo_flag((NslNsinfoType)i);
	level->uid = geteuid();
	level->gid = getegid();
	return nsl_family_fork_with_flags(flags, level_member, level);
}

static NslNsinfoType level_type(const Level *level)
{
	return level->mask & 1U << NSL_NSINFO_USER ? NSL_NSINFO_USER : NSL_NSINFO_PID;
}

static int level_member(void *data)
{
	Level level = *(Level *)data;
	NslReport report = {.index = level.index};
	int r = 0;

	if (level.mask & 1U << NSL_NSINFO_USER)
		r = nsl_nsinfo_map_ids(level.uid, level.gid);
	if (r < 0)
		nsl_family_send_failure(level.family, NSL_NSINFO_USER, errno);
	nsl_family_begin_child(level.family);
	nsl_family_send_self(level.family, &report);
	level.index++;
	if (level.index < level.depth && start_level(&level) < 0)
		nsl_family_send_failure(level.family, level_type(&level), errno);
	nsl_family_stay(level.family);
}

static void print_level(pid_t pid, const NslReport *report)
{
	printf("%s{\"pid\":%d,\"nspid\":[", report->index == 0 ? "" : ",", pid);
	for (int i = 0; i < report->n_nspid; i++)
		printf("%s%d", i == 0 ? "" : ",", report->nspid[i]);
	printf("],");
	nsl_nsmake_print_ns("ns", &report->ns);
	putchar('}');
}

int nsl_nsmake_nested(int argc, char **argv)
{
	NslFamily family;
	Level level = {.family = &family};
	NslReport reports[NSL_FAMILY_DEPTH_MAX];
	pid_t pids[NSL_FAMILY_DEPTH_MAX];

	if (argc != 2)
		nsl_nsmake_usage_error("nested: takes a depth and types", NULL);
	level.depth = nsl_nsinfo_parse_number(argv[0], NSL_FAMILY_DEPTH_MAX);
	level.mask = nsl_nsmake_parse_types(argv[1], 1U << NSL_NSINFO_PID | 1U << NSL_NSINFO_USER);

	nsl_family_open(&family);
	if (start_level(&level) < 0)
		nsl_nsinfo_die_refused(level_type(&level), errno);
	nsl_family_started(&family);
	for (int i = 0; i < level.depth; i++)
		pids[i] = nsl_family_receive(&family, &reports[i]);
	printf("{\"levels\":[");
	for (int i = 0; i < level.depth; i++)
		print_level(pids[i], &reports[i]);
	printf("]}");
	return nsl_family_serve(&family);
}
