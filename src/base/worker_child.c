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
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/worker_records.h"

#define FLUSH_AT	 32768	      /* half a pipe: the parent reads while the worker goes on */
#define MEMORY_LIMIT	 (256u << 20) /* beyond what is mapped at the fork */
#define CPU_LIMIT	 300	      /* seconds in all; worker.c limits what one item takes */
#define DESCRIPTOR_LIMIT 1024

/* A sanitizer maps terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define LIMIT_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIMIT_MEMORY 0
#endif
#endif
#ifndef LIMIT_MEMORY
#define LIMIT_MEMORY 1
#endif

/* The item that this process does. NULL `out`: it is no worker. */
static struct {
	const NslWorkOrder *order;
	GByteArray *out;
	guint header; /* where in `out` the header of the present part is */
	guint32 item;
	bool careful;
	guint32 count; /* tells two turns on one item apart */
} current;

static void lower_limit(int resource, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	limit.rlim_cur = MIN(limit.rlim_cur, most);
	limit.rlim_max = MIN(limit.rlim_max, most);
	setrlimit(resource, &limit);
}

static void set_limits(const NslWorkOrder *order)
{
	lower_limit(RLIMIT_CORE, 0);
	lower_limit(RLIMIT_CPU, CPU_LIMIT);
	lower_limit(RLIMIT_NOFILE, DESCRIPTOR_LIMIT);
	if (LIMIT_MEMORY && order->mapped > 0)
		lower_limit(RLIMIT_AS, order->mapped + MEMORY_LIMIT);
}

static void cut_loose(const NslWorkOrder *order)
{
	const int *wanted = order->spec->keep;
	int keep[G_N_ELEMENTS(order->spec->keep) + 1];
	gsize n_keep = 0;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != order->parent)
		_exit(1);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_DFL);

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0)
			close(fd);
		else if (null != fd)
			dup2(null, fd);
	for (gsize i = 0; i < G_N_ELEMENTS(order->spec->keep); i++)
		if (wanted[i] > 2)
			keep[n_keep++] = wanted[i];
	keep[n_keep++] = order->pipe;
	nsl_fd_close_all_but(3, keep, n_keep);
	set_limits(order);
}

/* The parent is to know why. */
static void fail_memory(void)
{
	atomic_store(&current.order->slot->no_memory, true);
	_exit(1);
}

static void flush(void)
{
	GByteArray *out = current.out;

	if (out->len > 0 && nsl_fd_write(current.order->pipe, out->data, out->len) < 0)
		_exit(1);
	g_byte_array_set_size(out, 0);
}

/* The parent sees that it is on the item. While it writes to the parent it is on none. */
static void publish(bool on)
{
	guint64 now = on ? (guint64)++current.count << 32 | (current.item + 1) : 0;

	atomic_store(&current.order->slot->now, now);
}

static void begin_part(void)
{
	NslWorkHeader header = {.item = current.item, .careful = current.careful};

	current.header = current.out->len;
	g_byte_array_append(current.out, (const guint8 *)&header, sizeof(header));
}

static void end_part(bool last)
{
	NslWorkHeader header = {.item = current.item, .careful = current.careful, .last = last};

	header.size = current.out->len - current.header - (guint32)sizeof(header);
	memcpy(current.out->data + current.header, &header, sizeof(header));
}

void nsl_work_stream(GByteArray *out)
{
	if (out != current.out)
		return;
	publish(false);
	end_part(false);
	flush();
	begin_part();
	publish(true);
}

static void do_item(guint32 item)
{
	const NslWorkOrder *order = current.order;

	current.item = item;
	current.careful = order->queue == NSL_QUEUE_CAREFUL || atomic_load(&order->shared->careful);
	begin_part();
	publish(true);
	order->spec->run(order->spec->data, item, current.careful, current.out);
	publish(false);
	end_part(true);
}

void nsl_work_child(const NslWorkOrder *order)
{
	/* In the later queues what blocks is likely: no record waits for the next item. */
	gsize flush_at = order->queue == NSL_QUEUE_ALL ? FLUSH_AT : 0;

	current.order = order;
	cut_loose(order);
	nsl_memory_on_failure(fail_memory);
	current.out = g_byte_array_sized_new(2 * FLUSH_AT);
	for (;;) {
		guint32 at = atomic_fetch_add(&order->shared->next[order->queue], 1);

		if (at >= order->n_items)
			break;
		do_item(order->items ? order->items[at] : at);
		if (current.out->len >= flush_at)
			flush();
	}
	flush();
	_exit(0);
}
