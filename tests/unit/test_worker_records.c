/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/worker_records: streams of records, cut at any byte, whole, broken off, and
 * senseless.
 */
#include "base/worker_records.h"

#include "fixture.h"

static void put(GByteArray *bytes, guint32 item, bool careful, bool last, const char *text)
{
	NslWorkHeader header = {
		.item = item, .size = (guint32)strlen(text), .careful = careful, .last = last};

	g_byte_array_append(bytes, (const guint8 *)&header, sizeof(header));
	g_byte_array_append(bytes, (const guint8 *)text, header.size);
}

static void check(const NslRecords *records, guint item, NslRecordKind kind, const char *text)
{
	const NslRecord *record = &records->records[item];

	g_assert_cmpint(record->kind, ==, kind);
	g_assert_cmpmem(record->bytes, record->size, text, strlen(text));
}

static void feed_in_steps(const GByteArray *bytes, gsize step)
{
	NslRecords records;
	NslStream stream;

	nsl_records_init(&records, 4);
	nsl_stream_init(&stream);
	for (gsize at = 0; at < bytes->len; at += step)
		g_assert_true(nsl_stream_feed(&stream, &records, bytes->data + at,
					      MIN(step, bytes->len - at)));
	nsl_stream_end(&stream, &records);
	check(&records, 0, NSL_RECORD_WHOLE, "onetwo");
	check(&records, 1, NSL_RECORD_WHOLE, "");
	check(&records, 2, NSL_RECORD_CAREFUL, "careful");
	check(&records, 3, NSL_RECORD_PARTIAL, "begun");
	g_assert_cmpuint(records.n_whole, ==, 2);
	nsl_stream_clear(&stream);
	nsl_records_clear(&records);
}

TEST(steps)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	put(bytes, 0, false, false, "one");
	put(bytes, 0, false, false, "");
	put(bytes, 0, false, true, "two");
	put(bytes, 2, true, true, "careful");
	put(bytes, 1, false, true, "");
	put(bytes, 3, false, false, "begun");
	put(bytes, 3, false, false, ""); /* and broken off */
	for (gsize step = 1; step <= bytes->len; step++)
		feed_in_steps(bytes, step);
}

/* The better record stays, whichever comes first. */
TEST(better)
{
	static const struct {
		NslRecordKind kind;
		NslRecordKind then;
		const char *text;
		const char *holds;
	} steps[] = {
		{NSL_RECORD_PARTIAL, NSL_RECORD_PARTIAL, "part", "part"},
		{NSL_RECORD_PARTIAL, NSL_RECORD_PARTIAL, "other", "part"},
		{NSL_RECORD_CAREFUL, NSL_RECORD_CAREFUL, "", "part"},
		{NSL_RECORD_PARTIAL, NSL_RECORD_CAREFUL, "late", "part"},
		{NSL_RECORD_WHOLE, NSL_RECORD_WHOLE, "all", "all"},
		{NSL_RECORD_CAREFUL, NSL_RECORD_WHOLE, "less", "all"},
		{NSL_RECORD_WHOLE, NSL_RECORD_WHOLE, "again", "all"},
	};
	NslRecords records;

	nsl_records_init(&records, 1);
	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		nsl_records_take(&records, 0, steps[i].kind, (const guint8 *)steps[i].text,
				 strlen(steps[i].text));
		check(&records, 0, steps[i].then, steps[i].holds);
	}
	g_assert_cmpuint(records.n_whole, ==, 1);
	nsl_records_clear(&records);
}

static void check_refused(const NslWorkHeader *header)
{
	NslRecords records;
	NslStream stream;

	nsl_records_init(&records, 4);
	nsl_stream_init(&stream);
	g_assert_false(nsl_stream_feed(&stream, &records, (const guint8 *)header, sizeof(*header)));
	nsl_stream_end(&stream, &records);
	g_assert_cmpuint(records.n_whole, ==, 0);
	nsl_stream_clear(&stream);
	nsl_records_clear(&records);
}

TEST(senseless)
{
	check_refused(&(NslWorkHeader){.item = 4, .size = 1, .last = true});
	check_refused(&(NslWorkHeader){.item = G_MAXUINT32, .size = 0, .last = true});
	check_refused(&(NslWorkHeader){.item = 0, .size = G_MAXUINT32, .last = true});
	check_refused(&(NslWorkHeader){.item = 0, .size = (1u << 30) + 1, .last = true});
}
