/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A large JSON document that somebody may have prepared: one object, which is read piece by piece,
 * and never held as a whole. What its members mean is not its business.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

/* Beyond this a document is refused. */
#define NSL_DOCUMENT_MAX_SIZE	(G_GUINT64_CONSTANT(256) << 20)
#define NSL_DOCUMENT_MAX_DEPTH	32
#define NSL_DOCUMENT_MAX_PIECE	(32 << 20)
#define NSL_DOCUMENT_MAX_VALUES (1 << 18) /* of one piece: each takes up to 800 bytes */

/*
 * Takes a member of the document. Of a list of objects it takes one element at a time, and `index`
 * is which; else `index` is -1. `value` may be NULL, which is null. False with `error` set ends it.
 */
typedef bool NslDocumentTake(gpointer data, const char *key, gssize index,
			     struct json_object *value, GError **error);

/*
 * Reads to the end of `fd`, which may be a pipe. False: it is no such document, or exceeds a limit;
 * the message does not name the file.
 */
bool nsl_document_read(int fd, NslDocumentTake *take, gpointer data, GError **error);
