/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Mounts file systems whose server never answers, as of a dead NFS server, over files and
 * directories. Who opens anything there sleeps until this program ends. For the tests of which
 * paths may keep nslist. To be started in a mount namespace of its own.
 */

#define _GNU_SOURCE

#include "../support/nsfuse.h"
#include "../support/nsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
	"Usage: deadfs [--open] PATH...\n"
	"Mounts a file system that never answers over each of the files and directories,\n"
	"and prints {\"pid\":PID}. Keeps them until its stdin ends.\n"
	"\n"
	"  --open  the directory itself can be opened, and tells what it is; nothing in\n"
	"          it can be listed or looked up\n";

#define PATHS_MAX 64

static int mount_at(const char *path)
{
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	char options[128];
	struct stat found;

	if (fuse < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno, "missing: /dev/fuse");
	if (stat(path, &found) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot look at what is to be covered");
	snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other",
		 fuse, found.st_mode & S_IFMT);
	if (mount("deadfs", path, "fuse", 0, options) < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno,
			       "missing: the right to mount a fuse file system");
	return fuse;
}

int main(int argc, char **argv)
{
	struct pollfd fds[PATHS_MAX + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	bool answers = argc > 1 && strcmp(argv[1], "--open") == 0;
	/* What is asked of the directory itself. */
	const uint64_t itself = NSL_FUSE_BIT(FUSE_INIT) | NSL_FUSE_BIT(FUSE_GETATTR) |
				NSL_FUSE_BIT(FUSE_STATFS) | NSL_FUSE_BIT(FUSE_OPENDIR);
	int first = answers ? 2 : 1;
	int count = argc - first;

	nsl_nsinfo_help(argc, argv, help);
	if (count < 1 || count > PATHS_MAX)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "how many paths? (see deadfs --help)");
	nsl_nsinfo_die_with_parent();
	for (int i = 0; i < count; i++)
		fds[i + 1] = (struct pollfd){.fd = mount_at(argv[first + i]),
					     .events = (short)(answers ? POLLIN : 0)};
	printf("{\"pid\":%d}\n", getpid());
	fflush(stdout);
	for (;;) {
		char byte;

		if (poll(fds, (nfds_t)count + 1, -1) < 0)
			continue;
		for (int i = 1; answers && i <= count; i++)
			if (fds[i].revents & POLLIN)
				nsl_fuse_serve(
					&(NslFuse){.device = fds[i].fd, .unanswered = ~itself});
		if (fds[0].revents != 0 && read(STDIN_FILENO, &byte, 1) <= 0)
			return EXIT_SUCCESS;
	}
}
