/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a saved document that somebody may have prepared: for the files of store/ alone.
 *
 * One object is read piece by piece, and never held as a whole. Its objects' members are read by
 * type: what is missing, of another type or out of range is told of once, by where it stands; what
 * is read after that does not matter.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/untrusted.h"
#include "model/snapshot.h"

/* Beyond this a document is refused. */
#define NSL_DOCUMENT_MAX_SIZE  (G_GUINT64_CONSTANT(1) << 30)
#define NSL_DOCUMENT_MAX_DEPTH 32
#define NSL_DOCUMENT_MAX_PIECE (256 << 20) /* what one piece takes in memory */
/* Namespaces, processes, containers, holders and the like: up to 600 bytes each. */
#define NSL_DOCUMENT_MAX_OBJECTS (1 << 20)

/* To a container, by its key, until all of them are known. */
typedef struct NslContainerRef {
	const char *list; /* that it is in */
	NslContainer **to;
	char *key;
} NslContainerRef;

/* What is being read. */
typedef struct NslReader {
	NslSnapshot *snapshot; /* that the document becomes */
	const char *list;      /* for messages: "namespaces", and which of them */
	gssize index;
	const char *part; /* "detail" within that; NULL: itself */
	NslJson *unknown; /* its list of what could not be learnt; or NULL */
	guint n_objects;
	guint64 schema;	    /* 0: it has none */
	GArray *references; /* NslContainerRef */
	GError *error;	    /* the first */
} NslReader;

/*
 * Takes a member of the document: snapfile.c. Of a list of objects it takes one element at a time,
 * and `index` is which; else `index` is -1. `value` may be NULL, which is null. An error ends it.
 */
void nsl_reader_take(NslReader *reader, const char *key, gssize index, NslJson *value);

/*
 * Reads to the end of `fd`, which may be a pipe. It is an error where it is no such document, or
 * exceeds a limit; the message does not name the file.
 */
void nsl_reader_read(NslReader *reader, int fd);

/* Once all of it is read: settles what refers to something else, and refuses circles. */
void nsl_reader_settle(NslReader *reader);

/* `key` may be NULL. */
void nsl_field_fail(NslReader *reader, const char *key, const char *problem);

/* Counts one of what there may be so many of (NSL_DOCUMENT_MAX_OBJECTS). */
void nsl_reader_count(NslReader *reader);

/* A member of that type; NULL: null, or none. `object` may be NULL, here and below. */
NslJson *nsl_field_get(NslReader *reader, NslJson *object, const char *key, json_type type);

/* Goes over a list of objects up to the first error. */
typedef void NslReadObject(NslReader *reader, NslJson *object, gpointer data);
void nsl_field_each(NslReader *reader, NslJson *object, const char *key, NslReadObject *read_object,
		    gpointer data);

/* Text that was written by nslist: UTF-8 without a NUL. NULL: there is none. Transfer none. */
const char *nsl_field_get_text(NslReader *reader, NslJson *object, const char *key);
const char *nsl_field_need_text(NslReader *reader, NslJson *object, const char *key);

/* Transfer full. */
char *nsl_field_copy_text(NslReader *reader, NslJson *object, const char *key);

/* A list of texts, empty where there is none: char *. Transfer full. */
GPtrArray *nsl_field_get_texts(NslReader *reader, NslJson *object, const char *key);

/* A whole number from `min` to `max`. */
bool nsl_field_number_of(NslReader *reader, NslJson *value, const char *key, guint64 min,
			 guint64 max, guint64 *ret_number);

/* False: it is null, or there is none, and *ret_number is 0. */
bool nsl_field_get_number(NslReader *reader, NslJson *object, const char *key, guint64 min,
			  guint64 max, guint64 *ret_number);

/* The same: of what is null, whether there is none. */
NslKnowledge nsl_field_know_number(NslReader *reader, NslJson *object, const char *key, guint64 min,
				   guint64 max, guint64 *ret_number);

/* The same of what is 0 where it is not known. */
guint64 nsl_field_get_known(NslReader *reader, NslJson *object, const char *key, guint64 max);
guint64 nsl_field_need_number(NslReader *reader, NslJson *object, const char *key, guint64 min,
			      guint64 max);
guint32 nsl_field_need_pid(NslReader *reader, NslJson *object);

/* Appends the PIDs (guint32). */
void nsl_field_get_pids(NslReader *reader, NslJson *object, const char *key, GArray *pids);

/* Whether it has a value, which is `that`. */
bool nsl_field_is(NslReader *reader, NslJson *object, const char *key, bool that);

/* Whether the key is in the list of what is unknown of the object that is read. */
bool nsl_field_is_unknown(NslReader *reader, const char *key);

/* Which of the names it is. */
guint nsl_field_need_choice(NslReader *reader, NslJson *object, const char *key,
			    const char *const *names, guint n);
NslNsType nsl_field_need_type(NslReader *reader, NslJson *object);
NslNsTypes nsl_field_get_types(NslReader *reader, NslJson *object, const char *key);

/* Seconds since the epoch; 0: not known. */
gint64 nsl_field_time_of(NslReader *reader, NslJson *value, const char *key);

/* Its member "detail", which is told of a namespace: reader_detail.c. */
void nsl_reader_read_detail(NslReader *reader, NslJson *object, NslNamespace *ns);
