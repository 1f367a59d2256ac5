/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What claims to watch over a container: whatever its arguments are, it starts a child in new uts
 * and ipc namespaces, prints {"pid":PID,"child":PID,"uts":INODE} and ends with its stdin. For the
 * tests, which give it the arguments of containerd-shim, conmon and the like.
 */

#define _GNU_SOURCE

#include "../support/nsinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	uint64_t uts = 0;
	int ready[2];
	pid_t child;

	if (pipe(ready) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a pipe");
	nsl_nsinfo_die_with_parent();
	child = fork();
	if (child == 0) {
		nsl_nsinfo_die_with_parent();
		if (unshare(CLONE_NEWUTS | CLONE_NEWIPC) < 0)
			_exit(EXIT_FAILURE);
		uts = nsl_nsinfo_inode("uts");
		if (write(ready[1], &uts, sizeof(uts)) != sizeof(uts))
			_exit(EXIT_FAILURE);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (child < 0 || read(ready[0], &uts, sizeof(uts)) != sizeof(uts))
		nsl_nsinfo_die(NSL_NSINFO_SKIP, 0, "missing: the right to make uts namespaces");
	printf("{\"pid\":%d,\"child\":%d,\"uts\":%" PRIu64 "}\n", getpid(), child, uts);
	nsl_nsinfo_stay();
	nsl_nsinfo_end_children();
	return EXIT_SUCCESS;
}
