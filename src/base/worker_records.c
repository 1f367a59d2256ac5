/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The records of workers: see worker_records.h.
 */
#include "base/worker_records.h"

#include <string.h>

#define MAX_RECORD (1u << 30) /* more than a worker sends: its limits are far below */

void nsl_records_init(NslRecords *records, guint n_items)
{
	*records = (NslRecords){.records = g_new0(NslRecord, n_items), .n_items = n_items};
}

void nsl_records_clear(NslRecords *records)
{
	for (guint i = 0; i < records->n_items; i++)
		g_free(records->records[i].bytes);
	g_free(records->records);
	*records = (NslRecords){0};
}

void nsl_records_take(NslRecords *records, guint item, NslRecordKind kind, const guint8 *bytes,
		      gsize size)
{
	NslRecord *record = &records->records[item];

	/* A worker that is left behind and whoever did the item again may both deliver. */
	if (kind <= record->kind)
		return;
	if (size > 0 || kind == NSL_RECORD_WHOLE || record->kind == NSL_RECORD_NONE) {
		g_free(record->bytes);
		record->bytes = g_malloc(size + 1);
		if (size > 0)
			memcpy(record->bytes, bytes, size);
		record->size = size;
	}
	record->kind = kind;
	records->n_whole += kind == NSL_RECORD_WHOLE;
}

void nsl_stream_init(NslStream *stream)
{
	*stream = (NslStream){.bytes = g_byte_array_new(), .record = g_byte_array_new()};
}

void nsl_stream_clear(NslStream *stream)
{
	g_clear_pointer(&stream->bytes, g_byte_array_unref);
	g_clear_pointer(&stream->record, g_byte_array_unref);
}

bool nsl_stream_feed(NslStream *stream, NslRecords *records, const guint8 *bytes, gsize size)
{
	NslWorkHeader header;
	guint at = 0;

	stream->received += size;
	g_byte_array_append(stream->bytes, bytes, (guint)size);
	while (stream->bytes->len - at >= sizeof(header)) {
		memcpy(&header, stream->bytes->data + at, sizeof(header));
		if (header.item >= records->n_items ||
		    header.size > MAX_RECORD - stream->record->len)
			return false;
		if (header.size > stream->bytes->len - at - sizeof(header))
			break;
		at += (guint)sizeof(header);
		g_byte_array_append(stream->record, stream->bytes->data + at, header.size);
		at += header.size;
		stream->item = header.item;
		if (header.last) {
			nsl_records_take(records, header.item,
					 header.careful ? NSL_RECORD_CAREFUL : NSL_RECORD_WHOLE,
					 stream->record->data, stream->record->len);
			g_byte_array_set_size(stream->record, 0);
		}
	}
	g_byte_array_remove_range(stream->bytes, 0, at);
	return true;
}

void nsl_stream_end(NslStream *stream, NslRecords *records)
{
	if (stream->record->len > 0)
		nsl_records_take(records, stream->item, NSL_RECORD_PARTIAL, stream->record->data,
				 stream->record->len);
	g_byte_array_set_size(stream->record, 0);
}

void nsl_work_send(GByteArray *out, gconstpointer bytes, gsize size)
{
	g_byte_array_append(out, bytes, (guint)size);
}

bool nsl_work_take(NslWorkItem *item, gpointer ret_bytes, gsize size)
{
	if (item->size < size)
		return false;
	if (size > 0) /* else there may be neither */
		memcpy(ret_bytes, item->record, size);
	item->record += size;
	item->size -= size;
	return true;
}

char *nsl_work_take_text(NslWorkItem *item, gsize size)
{
	char *text;

	if (item->size < size)
		return NULL;
	text = g_malloc0(size + 1);
	nsl_work_take(item, text, size);
	return text;
}
