/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes base/worker_records: what comes through the pipes of a few workers becomes records. The
 * input is cut into pieces by its first bytes; in one run the same bytes come a piece at a time, in
 * the other all at once. What has to hold: both give the same records; none has more bytes than
 * came; as many are whole as are counted; what a worker says that makes no sense ends its stream,
 * and nobody else's.
 */
#include "fuzz.h"

#include "base/worker_records.h"

#define N_ITEMS	  5
#define N_WORKERS 3

typedef struct Run {
	NslRecords records;
	NslStream streams[N_WORKERS];
	bool ended[N_WORKERS];
} Run;

static void begin(Run *run)
{
	nsl_records_init(&run->records, N_ITEMS);
	for (guint i = 0; i < N_WORKERS; i++) {
		nsl_stream_init(&run->streams[i]);
		run->ended[i] = false;
	}
}

static void feed(Run *run, guint worker, const guint8 *bytes, gsize size)
{
	if (!run->ended[worker])
		run->ended[worker] =
			!nsl_stream_feed(&run->streams[worker], &run->records, bytes, size);
}

static void end(Run *run)
{
	for (guint i = 0; i < N_WORKERS; i++) {
		if (!run->ended[i])
			nsl_stream_end(&run->streams[i], &run->records);
		nsl_stream_clear(&run->streams[i]);
	}
}

static void check(const Run *run, gsize size)
{
	guint n_whole = 0;

	for (guint i = 0; i < N_ITEMS; i++) {
		const NslRecord *record = &run->records.records[i];
		guint sum = 0;

		g_assert_cmpuint(record->size, <=, size);
		g_assert_true(record->kind != NSL_RECORD_NONE || record->size == 0);
		for (gsize at = 0; at < record->size; at++)
			sum += record->bytes[at];
		n_whole += record->kind == NSL_RECORD_WHOLE && sum < G_MAXUINT;
	}
	g_assert_cmpuint(run->records.n_whole, ==, n_whole);
}

static void check_same(const Run *a, const Run *b)
{
	for (guint i = 0; i < N_ITEMS; i++) {
		const NslRecord *x = &a->records.records[i];
		const NslRecord *y = &b->records.records[i];

		g_assert_true(x->kind == y->kind);
		g_assert_cmpmem(x->bytes, x->size, y->bytes, y->size);
	}
}

/* Each piece: a byte whose low bits are the worker and whose other bits are the size. */
void fuzz_one(const guint8 *data, gsize size)
{
	FuzzInput input = {data, size};
	Run whole;
	Run cut;

	begin(&whole);
	begin(&cut);
	while (input.left > 0) {
		guint8 head = fuzz_byte(&input);
		guint worker = head % N_WORKERS;
		gsize length = MIN((gsize)head / N_WORKERS, input.left);

		feed(&whole, worker, input.at, length);
		for (gsize i = 0; i < length; i++)
			feed(&cut, worker, input.at + i, 1);
		input.at += length;
		input.left -= length;
	}
	end(&whole);
	end(&cut);
	check(&whole, size);
	check_same(&whole, &cut);
	nsl_records_clear(&whole.records);
	nsl_records_clear(&cut.records);
}
