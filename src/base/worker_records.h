/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The records that workers send, put together again from the bytes that come through their pipes.
 * Pure: it reads and writes nothing. who sends what, and when, is in worker.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/worker.h"

/* Stands before each part of a record. The parts of a record follow each other in one stream. */
typedef struct NslWorkHeader {
	guint32 item;
	guint32 size; /* bytes of the record that follow */
	guint16 careful;
	guint16 last; /* the record is whole then */
} NslWorkHeader;

/* How much of an item there is; later ones are better. */
typedef enum NslRecordKind {
	NSL_RECORD_NONE,
	NSL_RECORD_PARTIAL, /* what came before the worker failed */
	NSL_RECORD_CAREFUL,
	NSL_RECORD_WHOLE,
} NslRecordKind;

typedef struct NslRecord {
	NslRecordKind kind;
	NslWorkState failure; /* of the worker that was on the item; DONE: none failed */
	guint8 *bytes;
	gsize size;
} NslRecord;

/* The results of a run. */
typedef struct NslRecords {
	NslRecord *records; /* one for each item */
	guint n_items;
	guint n_whole;
} NslRecords;

void nsl_records_init(NslRecords *records, guint n_items);
void nsl_records_clear(NslRecords *records);

/* Copies the bytes, unless there is something as good. An empty careful one replaces no partial. */
void nsl_records_take(NslRecords *records, guint item, NslRecordKind kind, const guint8 *bytes,
		      gsize size);

/* What has come of one worker's stream. */
typedef struct NslStream {
	guint64 received;   /* bytes, all told */
	GByteArray *bytes;  /* of a part that is not whole yet */
	GByteArray *record; /* the whole parts of one that is not whole yet … */
	guint32 item;	    /* … which is this one's */
} NslStream;

void nsl_stream_init(NslStream *stream);
void nsl_stream_clear(NslStream *stream);

/* Takes the next bytes, cut anywhere. False: they make no sense; the stream is of no use then. */
bool nsl_stream_feed(NslStream *stream, NslRecords *records, const guint8 *bytes, gsize size);

/* The worker will send no more: the whole parts of a record are better than nothing. */
void nsl_stream_end(NslStream *stream, NslRecords *records);
