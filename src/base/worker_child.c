/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expendable workers: the worker's side. It owns nothing that anybody would miss: its standard
 * descriptors are /dev/null, so that no reader of nslist's output waits for it, and it dies with
 * its parent.
 */
#include "base/worker_child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"

#define FLUSH_AT 32768 /* half a pipe: the parent reads while the worker goes on */

static void cut_loose(const NslWorkSpec *spec, int pipe, pid_t parent)
{
	int keep[G_N_ELEMENTS(spec->keep) + 1];
	gsize n_keep = 0;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_DFL);

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0)
			close(fd);
		else if (null != fd)
			dup2(null, fd);
	for (gsize i = 0; i < G_N_ELEMENTS(spec->keep); i++)
		if (spec->keep[i] > 2)
			keep[n_keep++] = spec->keep[i];
	keep[n_keep++] = pipe;
	nsl_fd_close_all_but(3, keep, n_keep);
}

static void flush(int pipe, GByteArray *out)
{
	if (out->len > 0 && nsl_fd_write(pipe, out->data, out->len) < 0)
		_exit(1);
	g_byte_array_set_size(out, 0);
}

static void do_item(const NslWorkSpec *spec, NslWorkSlot *slot, guint32 item, bool careful,
		    GByteArray *out)
{
	static guint32 count;
	NslWorkHeader header = {.item = item, .careful = careful};
	guint at = out->len;

	g_byte_array_append(out, (const guint8 *)&header, sizeof(header));
	atomic_store(&slot->now, (guint64)++count << 32 | (item + 1));
	spec->run(spec->data, item, careful, out);
	atomic_store(&slot->now, 0);
	header.size = out->len - at - (guint)sizeof(header);
	memcpy(out->data + at, &header, sizeof(header));
}

void nsl_work_child(const NslWorkSpec *spec, NslWorkShared *shared, NslWorkSlot *slot, int pipe,
		    pid_t parent, const GArray *todo)
{
	GByteArray *out = g_byte_array_sized_new(2 * FLUSH_AT);

	cut_loose(spec, pipe, parent);
	for (guint i = 0; i < todo->len; i++) {
		NslWorkTodo one = g_array_index(todo, NslWorkTodo, i);

		do_item(spec, slot, one.item, one.careful || atomic_load(&shared->careful), out);
		flush(pipe, out);
	}
	for (;;) {
		guint32 first = atomic_fetch_add(&shared->next, shared->block);
		guint32 end = MIN(first + shared->block, spec->n_items);

		if (first >= spec->n_items)
			break;
		/* The end last: a block is looked at only where it is not empty. */
		atomic_store(&slot->end, 0);
		atomic_store(&slot->first, first);
		atomic_store(&slot->end, end);
		for (guint32 item = first; item < end; item++) {
			do_item(spec, slot, item, atomic_load(&shared->careful), out);
			if (out->len >= FLUSH_AT)
				flush(pipe, out);
		}
		/* Nothing of an earlier block is ever unsent while there is a later one. */
		flush(pipe, out);
	}
	_exit(0);
}
