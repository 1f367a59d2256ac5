/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What libFuzzer and replay.c call: one input, with a limit on the CPU time that it takes.
 * libFuzzer's own limit is of time that passes, in which a busy machine may have run something
 * else.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "fuzz.h"

#define MAX_SECONDS 5

static void give_up(int signal)
{
	(void)signal;
	abort(); /* so that libFuzzer keeps the input */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct itimerval none;
	static const struct itimerval limit = {.it_value.tv_sec = MAX_SECONDS};

	signal(SIGPROF, give_up);
	signal(SIGTRAP, give_up); /* of g_error() */
	setitimer(ITIMER_PROF, &limit, NULL);
	fuzz_one(data, size);
	setitimer(ITIMER_PROF, &none, NULL);
	return 0;
}
