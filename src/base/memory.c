/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * No memory left: see memory.h.
 */
#include "base/memory.h"

#include <glib.h>
#include <signal.h>
#include <sys/mman.h>

#define PROBE	   (1 << 20) /* bytes: the least that malloc(3) maps where the heap cannot grow */
#define STACK_SIZE 16384     /* of the handlers, which run where the stack is full */

static NslMemoryFunc *on_failure;

static void take_log(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
	if (level & G_LOG_FLAG_FATAL)
		on_failure();
	if (!(level & G_LOG_LEVEL_DEBUG)) /* nobody reads those, of which the first one is ours */
		g_log_default_handler(domain, level, message, data);
}

/* Any other reason to crash crashes: only where memory cannot be had it is what this is about. */
static void take_crash(int number)
{
	if (mmap(NULL, PROBE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		on_failure();
	signal(number, SIG_DFL);
	raise(number);
}

static void handle(int number)
{
	struct sigaction old;
	struct sigaction action = {.sa_handler = take_crash, .sa_flags = SA_ONSTACK};

	/* A sanitizer's own handler stays. */
	if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(number, &action, NULL);
}

void nsl_memory_on_failure(NslMemoryFunc *func)
{
	static char stack[STACK_SIZE];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

	on_failure = func;
	sigaltstack(&alternate, NULL);
	handle(SIGABRT);
	handle(SIGSEGV);
	/*
	 * GLib's log, and the lock of GVariant's types, take memory when they are used for the
	 * first time: here there is some.
	 */
	g_variant_unref(g_variant_ref_sink(g_variant_new("(i)", 0)));
	g_log_set_default_handler(take_log, NULL);
	g_debug("%s", "");
}
