/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * To be preloaded (LD_PRELOAD): has the kernel refuse one system call, from main() on, to an
 * unchanged program and all that it starts. NSL_REFUSE=NUMBER:ERRNO says which call and with what.
 * What the loader and the C library do before main() is left alone. Or no memory: with
 * NSL_STARVE=N the first N pieces of it are given, in each process, and from then on none.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef int Main(int argc, char **argv, char **environment);
typedef int StartMain(Main *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*loader_fini)(void), void *stack_end);

StartMain __libc_start_main; /* NOLINT: the C library's name */

static Main *real_main;

static long pieces = -1; /* of memory, that will be given yet; negative: any number */

/* The C library's, under names that are not taken here. */
void *__libc_malloc(size_t size);		 /* NOLINT */
void *__libc_calloc(size_t count, size_t size);	 /* NOLINT */
void *__libc_realloc(void *memory, size_t size); /* NOLINT */

static bool is_starved(void)
{
	const struct rlimit none = {0};

	if (pieces < 0)
		return false;
	if (pieces-- > 0)
		return false;
	pieces = 0;
	setrlimit(RLIMIT_AS, &none); /* the kernel gives none either */
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_starved() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_starved() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return is_starved() ? NULL : __libc_realloc(memory, size);
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	_exit(77);
}

static int refusing_main(int argc, char **argv, char **environment)
{
	const char *text = getenv("NSL_REFUSE");
	char *rest = NULL;
	unsigned long call = text ? strtoul(text, &rest, 10) : 0;
	unsigned long code = rest && *rest == ':' ? strtoul(rest + 1, NULL, 10) : 0;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (__u32)code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	const char *starve = getenv("NSL_STARVE");

	pieces = starve ? strtol(starve, NULL, 10) : -1;
	unsetenv("LD_PRELOAD");
	unsetenv("NSL_REFUSE");
	unsetenv("NSL_STARVE");
	if (code != 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0))
		fail("missing: seccomp filters");
	return real_main(argc, argv, environment);
}

int __libc_start_main(Main *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*loader_fini)(void), void *stack_end)
{
	StartMain *start = NULL;

	*(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = main;
	return start(refusing_main, argc, argv, init, fini, loader_fini, stack_end);
}
