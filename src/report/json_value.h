/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON: how values are written, the same in all JSON, one after the other as they are made; but for
 * white space as json-c would write the whole.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/output.h"

/* Values are within nsl_json_begin() and nsl_json_end(), and safe to print. */
typedef struct NslJsonWriter {
	NslOutput *output;
	NslTextKind kind; /* not NSL_TEXT_BYTES */
	bool plain;	  /* all on one line; the rest is 0 at first */
	guint depth;
	bool empty; /* nothing is in the innermost part so far */
} NslJsonWriter;

/* `key` is a literal, and NULL in an array and of the outermost part. */
void nsl_json_begin(NslJsonWriter *json, const char *key, char bracket); /* '{' or '[' */
void nsl_json_end(NslJsonWriter *json, char bracket);			 /* '}' or ']' */
/* What is not known is null. */
void nsl_json_put_null(NslJsonWriter *json, const char *key);
void nsl_json_put_number(NslJsonWriter *json, const char *key, bool known, guint64 value);
void nsl_json_put_integer(NslJsonWriter *json, const char *key, bool known, gint64 value);
void nsl_json_put_boolean(NslJsonWriter *json, const char *key, bool known, bool value);
/* Of any bytes; NULL is null. */
void nsl_json_put_string(NslJsonWriter *json, const char *key, const char *bytes);
/* An array of such strings. */
void nsl_json_put_strings(NslJsonWriter *json, const char *key, const GPtrArray *strings);
/* Seconds since the epoch; null for 0, which is unknown. */
void nsl_json_put_time(NslJsonWriter *json, const char *key, gint64 seconds);
