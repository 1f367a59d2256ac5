/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * To be preloaded (LD_PRELOAD) where the tests are in a PID namespace of their own, as in a
 * container: an unchanged nslist takes no note of processes outside of NSL_OWN_SYSTEM, the inode of
 * that one; they are in none of the namespaces that the tests make. All else is as it is in there,
 * and in another PID namespace nothing changes. While it lists the processes, its own PID namespace
 * is shown to it as the initial one.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_ARGUMENTS 6
#define INITIAL	    "pid:[4026531836]"

static bool listing; /* since it looked itself up among all processes */
static int own = -1; /* its directory of namespace links, as long as that is open */

static void note_opened(const char *path, int fd)
{
	if (strcmp(path, "self") == 0)
		listing = true;
	else if (strcmp(path, "1/ns") == 0)
		listing = false;
	if (strcmp(path, "self/ns") == 0)
		own = fd;
	else if (own == fd)
		own = -1;
}

long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	void *arguments[N_ARGUMENTS]; /* as large as any number */
	va_list list;
	long result;

	va_start(list, number);
	for (int i = 0; i < N_ARGUMENTS; i++)
		arguments[i] = va_arg(list, void *);
	va_end(list);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	result = real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
		      arguments[5]);
	if (number == SYS_openat2 && result >= 0)
		note_opened(arguments[1], (int)result);
	return result;
}

ssize_t readlinkat(int directory, const char *path, char *buffer, size_t size)
{
	const char *inode = getenv("NSL_OWN_SYSTEM");
	long found = syscall(SYS_readlinkat, directory, path, buffer, size);
	char real[sizeof(INITIAL) + 16];

	if (!listing || directory != own || strcmp(path, "pid") != 0)
		return found;
	snprintf(real, sizeof(real), "pid:[%s]", inode ? inode : "");
	if (found != (long)strlen(real) || memcmp(buffer, real, (size_t)found) != 0 ||
	    size < strlen(INITIAL))
		return found;
	memcpy(buffer, INITIAL, strlen(INITIAL));
	return (ssize_t)strlen(INITIAL);
}
