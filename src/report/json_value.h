/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON values: how numbers, bytes and what is absent are written, the same in all JSON. NULL is
 * null. What is returned is owned by the caller, until it is added to another value, which owns it
 * then. Where there is no memory left these functions end the program, as GLib's do.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

#include "report/output.h"

struct json_object *nsl_json_new_object(void);
/* `size`: how many there will be, as far as is known. */
struct json_object *nsl_json_new_array(guint size);
struct json_object *nsl_json_new_number(guint64 value);
struct json_object *nsl_json_new_boolean(bool value);
struct json_object *nsl_json_new_integer(gint64 value);
/* Of any bytes; null for NULL. */
struct json_object *nsl_json_new_string(const char *bytes);
/* Seconds since the epoch; null for 0, which is unknown. */
struct json_object *nsl_json_new_time(gint64 seconds);

/* `key` is a literal, and is added once. */
void nsl_json_add(struct json_object *object, const char *key, struct json_object *value);
/* What is not known is null. */
void nsl_json_add_number(struct json_object *object, const char *key, bool known, guint64 value);
void nsl_json_add_boolean(struct json_object *object, const char *key, bool known, bool value);
/* Of any bytes; NULL is null. */
void nsl_json_add_string(struct json_object *object, const char *key, const char *bytes);
void nsl_json_append(struct json_object *array, struct json_object *value);

/* Writes a document of its own on a line of its own, safe to print. Takes `object`. */
void nsl_json_put_document(struct json_object *object, int flags, NslOutput *output);

/*
 * A document that is written as its parts are made: in the end it is the same, but for white space,
 * as if json-c had written it as a whole. Parts are within nsl_json_begin() and nsl_json_end().
 * `key` is a literal, and NULL in an array and of the outermost part.
 */
typedef struct NslJsonWriter {
	NslOutput *output;
	bool plain; /* all on one line; the rest is 0 at first */
	guint depth;
	bool empty; /* nothing is in the innermost part so far */
	/* What json-c writes all strings by, one after the other; NULL: not made yet. */
	struct json_object *string;
} NslJsonWriter;

void nsl_json_clear(NslJsonWriter *json);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslJsonWriter, nsl_json_clear)

void nsl_json_begin(NslJsonWriter *json, const char *key, char bracket); /* '{' or '[' */
void nsl_json_end(NslJsonWriter *json, char bracket);			 /* '}' or ']' */
/* Writes a value. Takes it; NULL is null. */
void nsl_json_put(NslJsonWriter *json, const char *key, struct json_object *value);
/* What is not known is null. */
void nsl_json_put_number(NslJsonWriter *json, const char *key, bool known, guint64 value);
void nsl_json_put_integer(NslJsonWriter *json, const char *key, bool known, gint64 value);
void nsl_json_put_boolean(NslJsonWriter *json, const char *key, bool known, bool value);
/* Of any bytes; NULL is null. */
void nsl_json_put_string(NslJsonWriter *json, const char *key, const char *bytes);
