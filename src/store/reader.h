/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a saved document that somebody may have prepared: for the files of store/ alone.
 *
 * One object is read piece by piece, and never held as a whole (reader_document.c). Its objects'
 * members are read by type (reader.c): what is missing, of another type or out of range is told of
 * once, by where it stands; what is read after that does not matter.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

#include "model/snapshot.h"

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

/* Of namespaces, processes, containers, holders and the like in a document: up to 600 bytes each.
 */
#define NSL_FIELDS_MAX_OBJECTS (1 << 20)

#define NSL_FIELDS_MAX_INODE G_MAXUINT32 /* of a namespace, as the kernel gives them */

/* What is being read. */
typedef struct NslFields {
	const char *list; /* for messages: "namespaces", and which of them */
	gssize index;
	const char *part;	     /* "detail" within that; NULL: itself */
	struct json_object *unknown; /* its list of what could not be learnt; or NULL */
	guint n_objects;
	GError *error; /* the first */
} NslFields;

/* `key` may be NULL. */
void nsl_field_fail(NslFields *fields, const char *key, const char *problem);

/* A member of that type; NULL: it is null, or there is none. */
struct json_object *nsl_field_get(NslFields *fields, struct json_object *object, const char *key,
				  json_type type);

/* Text that was written by nslist: UTF-8 without a NUL. NULL: there is none. Transfer none. */
const char *nsl_field_text_of(NslFields *fields, struct json_object *value, const char *key);
const char *nsl_field_get_text(NslFields *fields, struct json_object *object, const char *key);
const char *nsl_field_need_text(NslFields *fields, struct json_object *object, const char *key);

/* A whole number from `min` to `max`. */
bool nsl_field_number_of(NslFields *fields, struct json_object *value, const char *key, guint64 min,
			 guint64 max, guint64 *ret_number);

/* False: it is null, or there is none, and *ret_number is 0. */
bool nsl_field_get_number(NslFields *fields, struct json_object *object, const char *key,
			  guint64 min, guint64 max, guint64 *ret_number);

/* The same of what is 0 where it is not known. */
guint64 nsl_field_get_known(NslFields *fields, struct json_object *object, const char *key,
			    guint64 max);
guint64 nsl_field_need_number(NslFields *fields, struct json_object *object, const char *key,
			      guint64 min, guint64 max);
guint32 nsl_field_need_pid(NslFields *fields, struct json_object *object);
gint64 nsl_field_get_signed(NslFields *fields, struct json_object *object, const char *key);
bool nsl_field_is_true(NslFields *fields, struct json_object *object, const char *key);

/* Whether that was written about the object: it has a value that says so. */
bool nsl_field_is_false(NslFields *fields, struct json_object *object, const char *key);
guint nsl_field_length(struct json_object *list);
struct json_object *nsl_field_get_list(NslFields *fields, struct json_object *object,
				       const char *key);

/* An element of a list of objects; NULL: it is none. */
struct json_object *nsl_field_get_object(NslFields *fields, struct json_object *list,
					 const char *key, guint i);

/* Whether the key is in the list of what is unknown of the object that is read. */
bool nsl_field_is_unknown(NslFields *fields, const char *key);

/* Of what is null: whether there is none. */
NslKnowledge nsl_field_knowledge(NslFields *fields, const char *key, bool known);

/* Which of the names it is. */
guint nsl_field_need_choice(NslFields *fields, struct json_object *object, const char *key,
			    const char *const *names, guint n);
NslNsType nsl_field_type_of(NslFields *fields, const char *name, const char *key);
NslNsTypes nsl_field_get_types(NslFields *fields, struct json_object *object, const char *key);

/* Appends the numbers (guint32). */
void nsl_field_get_numbers(NslFields *fields, struct json_object *object, const char *key,
			   GArray *numbers);
void nsl_field_get_texts(NslFields *fields, struct json_object *object, const char *key,
			 GPtrArray *texts);

/* Seconds since the epoch; 0: not known. */
gint64 nsl_field_time_of(NslFields *fields, struct json_object *value, const char *key);

/* Its member "detail", which is told of a namespace: reader_detail.c. */
void nsl_fields_read_detail(NslFields *fields, struct json_object *object, NslNamespace *ns);

/*
 * What the document does not say of holders, and what it says elsewhere tells: whose children a
 * namespace waits for, which mount a name of ip netns stands for, who is in its mount namespace.
 * Of a snapshot that has all its namespaces and processes.
 */
void nsl_settle_holders(const NslSnapshot *snapshot, NslNamespace *ns);
