/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Moves the memory that /proc/PID/cmdline of the calling process shows, see argrange.h.
 */

#define _GNU_SOURCE

#include "argrange.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Numbers of the fields of /proc/PID/stat, see proc_pid_stat(5). */
enum {
	FIRST_FIELD_AFTER_COMM = 3,
	FIELD_START_CODE = 26,
	FIELD_END_CODE = 27,
	FIELD_START_STACK = 28,
	FIELD_START_DATA = 45,
	FIELD_END_DATA = 46,
	FIELD_START_BRK = 47,
	FIELD_ENV_START = 50,
	FIELD_ENV_END = 51,
	FIELD_COUNT = 52,
};

/*
 * The kernel takes all of the memory map or nothing, so what is to stay as it is has to be told
 * again. 0, or -1 and errno.
 */
static int read_stat(uint64_t fields[FIELD_COUNT])
{
	char text[2048];
	size_t length;
	char *at;
	FILE *file = fopen("/proc/self/stat", "re");

	if (file == NULL)
		return -1;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';

	errno = EPROTO;
	at = strrchr(text, ')');
	/*
	 * The state, the one field that is no number, is skipped with the parenthesis and the blank
	 * before it.
	 */
	if (at == NULL || strlen(at) < 4)
		return -1;
	at += 3;
	for (int i = FIRST_FIELD_AFTER_COMM + 1; i < FIELD_COUNT; i++) {
		char *end;

		fields[i] = strtoull(at, &end, 10);
		if (end == at)
			return -1;
		at = end;
	}
	return 0;
}

int nsl_argrange_set(const void *start, size_t size)
{
	uint64_t fields[FIELD_COUNT] = {0};
	struct prctl_mm_map map = {0};

	if (read_stat(fields) < 0)
		return -1;
	map.start_code = fields[FIELD_START_CODE];
	map.end_code = fields[FIELD_END_CODE];
	map.start_data = fields[FIELD_START_DATA];
	map.end_data = fields[FIELD_END_DATA];
	map.start_brk = fields[FIELD_START_BRK];
	map.brk = (uint64_t)(uintptr_t)sbrk(0);
	map.start_stack = fields[FIELD_START_STACK];
	map.env_start = fields[FIELD_ENV_START];
	map.env_end = fields[FIELD_ENV_END];
	map.arg_start = (uint64_t)(uintptr_t)start;
	map.arg_end = map.arg_start + size;
	map.exe_fd = (uint32_t)-1;
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}
