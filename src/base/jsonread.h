/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading JSON that somebody else wrote: whole or not at all, no deeper than it is meant to be, and
 * every member with its type checked. Not for writing it.
 *
 * The functions for members set *result to -EBADMSG where a member is there and is not what it
 * ought to be, and otherwise leave it alone: one check after several of them will do. What is
 * missing, null or wrong is NULL or 0. `object` may be NULL, which has no members.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>

static inline void nsl_json_free(json_object *object)
{
	json_object_put(object);
}
typedef json_object NslJson;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslJson, nsl_json_free)

/*
 * How much is parsed at all: an empty object of two bytes takes 800 in memory, so the values are
 * counted too, before the first is made.
 */
#define NSL_JSON_MAX_SIZE   (1 << 20)
#define NSL_JSON_MAX_VALUES 65536

/*
 * Parses all of the bytes: one object or array, with the same answer from each version of json-c.
 * A byte in a string that is not UTF-8, and an escaped NUL, spoil that string alone. *result is 0;
 * else NULL, and it is -EBADMSG: they are malformed; -EFBIG: they are more than the limits, or
 * nested more than `depth` deep; or -ENOMEM. Transfer full.
 */
NslJson *nsl_json_parse(const char *bytes, gsize size, guint depth, int *result);

/* A member that has to be of this type. Transfer none. */
NslJson *nsl_json_member(NslJson *object, const char *key, json_type type, int *result);

/*
 * A string, which has to be UTF-8 without NUL, nor U+FFFD, which says that there was something
 * else. Transfer none.
 */
const char *nsl_json_string(NslJson *object, const char *key, int *result);

/* A string itself, such as a member of an array; likewise. */
const char *nsl_json_as_string(NslJson *string, int *result);

/* A whole number from 0 to `max`. */
gint64 nsl_json_number(NslJson *object, const char *key, gint64 max, int *result);
