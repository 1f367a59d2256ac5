/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Makes real namespaces for the tests, says on stdout which (one JSON object), and keeps them until
 * its stdin reaches its end. Every process concerned reads its own inodes and the kernel translates
 * its PID (SCM_CREDENTIALS), so that what is printed owes nothing to the code under test. Not a
 * tool to administer namespaces with.
 */

#define _GNU_SOURCE

#include "nsmake.h"

#include "nsinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: nsmake MODE [ARGS]\n"
	"Makes namespaces, prints what it made as one line of JSON, keeps it until its\n"
	"stdin ends. PIDs are those of the PID namespace that nsmake runs in; NS is\n"
	"{\"cgroup\":INODE,...} with all 8 types, null for one the kernel has not.\n"
	"\n"
	"  new TYPES [--count N] [--exec CMD ARGS...]\n"
	"      N processes (default 1) that share new namespaces of TYPES: out of cgroup,\n"
	"      ipc,mnt,net,pid,time,user,uts. With user, it needs no privileges. --exec:\n"
	"      the first one runs CMD (stdin is /dev/null, stdout is nsmake's stderr).\n"
	"      {\"pids\":[PID,...],\"ns\":NS of the first}\n"
	"  nested DEPTH pid|user|pid,user\n"
	"      A process in each of DEPTH levels of nesting; nspid is from the outside in.\n"
	"      {\"levels\":[{\"pid\":PID,\"nspid\":[N,...],\"ns\":NS},...]}\n"
	"  children pid|time [--forked]\n"
	"      A process that unshared pid or time and so stays outside itself; --forked:\n"
	"      with a child inside. for_children is null where it cannot be read, which\n"
	"      is so for pid before there is a child.\n"
	"      {\"pid\":PID,\"child\":PID|null,\"ns\":NS,\"for_children\":INODE|null}\n"
	"  thread cgroup|ipc|mnt|net|uts\n"
	"      A process with a second thread which alone unshared the type.\n"
	"      {\"pid\":PID,\"tid\":TID,\"ns\":NS,\"thread_ns\":NS}\n"
	"  name HEXNAME [HEX[*COUNT]...]\n"
	"      A process in a new uts namespace with the bytes HEXNAME as its comm and\n"
	"      each HEX, COUNT times over, as an argument. No HEX: cmdline is empty.\n"
	"      {\"pid\":PID,\"ns\":NS}\n"
	"  churn N SECONDS\n"
	"      About N processes at a time that live for 2 to 33 ms, each in new uts and\n"
	"      ipc namespaces; comm and command line are \"c\" and the last 8 digits of the\n"
	"      uts inode. Ends by itself after SECONDS.\n"
	"      {\"ready\":true}\n"
	"  fds TYPE\n"
	"      A process with an fd of a namespace of TYPE that has no member any more.\n"
	"      {\"pid\":PID,\"fd\":FD,\"ino\":INODE}\n"
	"  zombie\n"
	"      A dead process, not waited for, that was in a new uts namespace.\n"
	"      {\"pid\":PID,\"parent\":PID,\"uts\":INODE}\n"
	"\n"
	"All modes but new and nested make a user namespace too where the caller has no\n"
	"CAP_SYS_ADMIN. Exit status: 0 done, 1 error, 77 this system does not allow it.\n";

void nsl_nsmake_print_ns(const char *key, const NslNsinfo *ns)
{
	printf("\"%s\":", key);
	nsl_nsinfo_print(stdout, ns);
}

_Noreturn void nsl_nsmake_usage_error(const char *what, const char *text)
{
	nsl_nsinfo_die(EXIT_FAILURE, 0, "%s%s%s (see nsmake --help)", what,
		       text != NULL ? ": " : "", text != NULL ? text : "");
}

NslNsinfoType nsl_nsmake_parse_type(const char *text, unsigned int allowed)
{
	int type = nsl_nsinfo_find(text);

	if (type < 0 || !(allowed & 1U << type))
		nsl_nsmake_usage_error("not a type that is possible here", text);
	return (NslNsinfoType)type;
}

unsigned int nsl_nsmake_parse_types(const char *text, unsigned int allowed)
{
	char *copy = strdup(text);
	unsigned int mask = 0;
	char *state = NULL;

	if (copy == NULL)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	for (char *word = strtok_r(copy, ",", &state); word != NULL;
	     word = strtok_r(NULL, ",", &state))
		mask |= 1U << nsl_nsmake_parse_type(word, allowed);
	free(copy);
	if (mask == 0)
		nsl_nsmake_usage_error("no types", NULL);
	return mask;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} modes[] = {
		{"new", nsl_nsmake_new},	   {"nested", nsl_nsmake_nested},
		{"children", nsl_nsmake_children}, {"thread", nsl_nsmake_thread},
		{"name", nsl_nsmake_name},	   {"churn", nsl_nsmake_churn},
		{"fds", nsl_nsmake_fds},	   {"zombie", nsl_nsmake_zombie},
	};
	const char *stage = getenv(NSL_NSMAKE_STAGE);

	if (stage != NULL)
		nsl_nsmake_name_stage(stage);
	if (argc < 2)
		nsl_nsmake_usage_error("no mode", NULL);
	nsl_nsinfo_help(argc, argv, help);
	nsl_nsinfo_die_with_parent();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run(argc - 2, argv + 2);
	nsl_nsmake_usage_error("no such mode", argv[1]);
}
