/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Moves the memory that /proc/PID/cmdline of the calling process shows. For test programs that need
 * a command line which no execve(2) gives: empty, changed at once, or huge. Not for giving a
 * process a title.
 */

#include <stddef.h>

/*
 * Has cmdline show the size bytes from start on, by PR_SET_MM_MAP (Linux 3.18,
 * CONFIG_CHECKPOINT_RESTORE; no privilege needed). Size 0: cmdline is empty. The memory stays the
 * caller's, and has to be anonymous (stack, heap, not data or bss), since cmdline is empty for any
 * other. 0, or -1 and errno.
 */
int nsl_argrange_set(const void *start, size_t size);
