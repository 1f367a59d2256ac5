/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Modes of nsmake that are about what a process shows of itself, its name and command line: name
 * and churn.
 */

#define _GNU_SOURCE

#include "argrange.h"
#include "family.h"
#include "nsinfo.h"
#include "nsmake.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ----------------------------------------------------------------------------------------- name */

/* The bytes of "6162" ("ab") or "61*3" ("aaa") as a string. */
static char *parse_hex(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");
	size_t size = digits / 2;
	size_t count = 1;
	char *bytes;

	if (text[digits] == '*')
		count = (size_t)nsl_nsinfo_parse_number(text + digits + 1, 128 * 1024);
	else if (text[digits] != '\0')
		nsl_nsmake_usage_error("name: not hexadecimal", text);
	if (digits % 2 != 0)
		nsl_nsmake_usage_error("name: half a byte", text);
	bytes = calloc(count * size + 1, 1);
	if (bytes == NULL)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	for (size_t i = 0; i < size; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

		bytes[i] = (char)strtoul(pair, NULL, 16);
		if (bytes[i] == '\0')
			nsl_nsmake_usage_error("name: a zero byte cannot be passed", text);
	}
	for (size_t i = 1; i < count; i++)
		memcpy(bytes + i * size, bytes, size);
	return bytes;
}

/* The process to be looked at, before it becomes another program with just these arguments. */
static _Noreturn void name_process(NslFamily *family, const char *hex_name, char **arguments)
{
	char *some_argument[] = {"", NULL};
	char *environment[] = {NULL, NULL};
	bool empty = arguments[0] == NULL;

	nsl_family_enter(family, nsl_nsinfo_needed_mask() | 1U << NSL_NSINFO_UTS);
	if (fcntl(family->report, F_SETFD, 0) < 0 || fcntl(family->life, F_SETFD, 0) < 0 ||
	    asprintf(&environment[0], NSL_NSMAKE_STAGE "=%d,%d,%d,%s", family->report, family->life,
		     empty, hex_name) < 0)
		nsl_family_send_failure(family, -1, errno);
	execve("/proc/self/exe", empty ? some_argument : arguments, environment);
	nsl_family_send_failure(family, -1, errno);
}

/* And after it has. */
_Noreturn void nsl_nsmake_name_stage(const char *stage)
{
	NslFamily family = {.reports = -1, .keep = -1};
	NslReport report = {0};
	int empty;
	int at;

	if (sscanf(stage, "%d,%d,%d,%n", &family.report, &family.life, &empty, &at) != 3)
		_exit(EXIT_FAILURE);
	prctl(PR_SET_NAME, parse_hex(stage + at));
	if (empty && nsl_argrange_set(stage, 0) < 0)
		nsl_family_send_failure(&family, -1, errno);
	nsl_family_send_self(&family, &report);
	nsl_family_stay(&family);
}

int nsl_nsmake_name(int argc, char **argv)
{
	char **arguments;
	NslReport report;
	NslFamily family;
	pid_t pid;

	if (argc < 1)
		nsl_nsmake_usage_error("name: no name", NULL);
	free(parse_hex(argv[0]));
	arguments = calloc((size_t)argc, sizeof(*arguments));
	if (arguments == NULL)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	for (int i = 1; i < argc; i++)
		arguments[i - 1] = parse_hex(argv[i]);

	if (nsl_family_start(&family))
		name_process(&family, argv[0], arguments);
	pid = nsl_family_receive(&family, &report);
	printf("{\"pid\":%d,", pid);
	nsl_nsmake_print_ns("ns", &report.ns);
	putchar('}');
	for (int i = 0; i < argc; i++)
		free(arguments[i]);
	free(arguments);
	return nsl_family_serve(&family);
}

/* ---------------------------------------------------------------------------------------- churn */

/*
 * Lives for 2 to 33 ms. Its text is on the stack, as argrange.h wants it. Reports only when
 * first, or failing while the first one's report is still awaited.
 */
static _Noreturn void churner(NslFamily *family, unsigned int seed, bool first)
{
	char text[32];
	struct timespec life = {.tv_nsec = 2000000L + (long)(seed * 2654435761U >> 27) * 1000000L};
	NslReport report = {0};

	nsl_family_begin_child(family);
	nsl_family_enter(family, 1U << NSL_NSINFO_UTS | 1U << NSL_NSINFO_IPC);
	snprintf(text, sizeof(text), "c%08" PRIu64, nsl_nsinfo_inode("uts") % 100000000);
	if (nsl_argrange_set(text, strlen(text) + 1) < 0)
		nsl_family_send_failure(family, -1, errno);
	/* Last, so that whoever has this name has the command line too. */
	prctl(PR_SET_NAME, text);
	if (first)
		nsl_family_send_self(family, &report);
	nanosleep(&life, NULL);
	_exit(EXIT_SUCCESS);
}

/*
 * Starts what is missing to count processes; what cannot be forked is tried again when the next one
 * has ended.
 */
static void churn_fill(NslFamily *family, int count, int *alive, unsigned int *seed)
{
	while (*alive < count) {
		bool first = (*seed)++ == 0;
		pid_t pid = fork();

		if (pid == 0)
			churner(family, *seed, first);
		if (pid < 0)
			return;
		(*alive)++;
	}
}

int nsl_nsmake_churn(int argc, char **argv)
{
	struct timespec now;
	unsigned int seed = 0;
	int alive = 0;
	bool ended = false;
	NslReport report;
	sigset_t signals;
	NslFamily family;
	int64_t until;
	int count;
	int fd;

	if (argc != 2)
		nsl_nsmake_usage_error("churn: takes a number and seconds", NULL);
	count = nsl_nsinfo_parse_number(argv[0], 100000);
	clock_gettime(CLOCK_MONOTONIC, &now);
	until = (now.tv_sec + (int64_t)nsl_nsinfo_parse_number(argv[1], 86400)) * 1000 +
		now.tv_nsec / 1000000;
	nsl_nsinfo_enter(nsl_nsinfo_needed_mask());
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot watch for children");

	nsl_family_open(&family);
	churn_fill(&family, count, &alive, &seed);
	nsl_family_receive(&family, &report);
	/* Nobody reads what the others say: with this closed it cannot fill up and block them. */
	nsl_family_close(&family.reports);
	printf("{\"ready\":true}\n");
	fflush(stdout);
	while (!ended) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
				       {.fd = fd, .events = POLLIN}};
		struct signalfd_siginfo info;
		char buffer[64];
		int64_t left;

		clock_gettime(CLOCK_MONOTONIC, &now);
		left = until - (now.tv_sec * 1000 + now.tv_nsec / 1000000);
		if (left <= 0 || poll(fds, 2, (int)left) <= 0)
			break;
		if (fds[0].revents != 0 && read(STDIN_FILENO, buffer, sizeof(buffer)) <= 0)
			ended = true;
		while (read(fd, &info, sizeof(info)) > 0)
			;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			alive--;
		churn_fill(&family, count, &alive, &seed);
	}
	nsl_family_end(&family);
	return EXIT_SUCCESS;
}
