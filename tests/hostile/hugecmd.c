/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A process that takes no memory to speak of and whose command line is 64 GiB long, for the tests
 * of what bounds the reading of one. It is not stuck: each page of it reads at once.
 *
 * The kernel's conditions: PR_SET_MM_MAP takes any addresses of the caller's, in order; cmdline
 * then shows only anonymous memory (so no file can be mapped again and again), and stops at arg_end
 * only when the byte before it is zero. Pages never written to read as zeros, and cost nothing but
 * page tables, and those only once they are read.
 */

#define _GNU_SOURCE

#include "../support/argrange.h"
#include "../support/nsinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GIB_DEFAULT 64
#define GIB_MAX	    65536
#define TEXT	    "hugecmd"
/* How much of it is text, followed by empty arguments: more than any sane reader takes. */
#define TEXT_SIZE ((size_t)1 << 20)

static const char help[] =
	"Usage: hugecmd [GIB]\n"
	"A process in a new uts namespace whose /proc/PID/cmdline has GIB (default 64) GiB:\n"
	"\"hugecmd\", an argument of 1 MiB of \"A\", and empty arguments. Prints\n"
	"{\"pid\":PID,\"uts\":INODE} and stays until its stdin ends.\n"
	"Exit status: 0 done, 1 error, 77 this system does not allow it.\n";

int main(int argc, char **argv)
{
	size_t size = (size_t)GIB_DEFAULT << 30;
	char *text;

	nsl_nsinfo_help(argc, argv, help);
	if (argc > 2)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "too many arguments (see hugecmd --help)");
	if (argc == 2)
		size = (size_t)nsl_nsinfo_parse_number(argv[1], GIB_MAX) << 30;

	nsl_nsinfo_enter(nsl_nsinfo_needed_mask() | 1U << NSL_NSINFO_UTS);
	text = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (text == MAP_FAILED)
		nsl_nsinfo_die(
			NSL_NSINFO_SKIP, errno,
			"missing: address space or overcommit (/proc/sys/vm/overcommit_memory)");
	memset(text, 'A', TEXT_SIZE - 1);
	memcpy(text, TEXT, sizeof(TEXT));
	if (nsl_argrange_set(text, size) < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno,
			       "missing: PR_SET_MM_MAP (CONFIG_CHECKPOINT_RESTORE)");
	printf("{\"pid\":%d,\"uts\":%" PRIu64 "}\n", getpid(), nsl_nsinfo_inode("uts"));
	nsl_nsinfo_stay();
	return EXIT_SUCCESS;
}
