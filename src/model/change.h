/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes: what of namespaces, processes and containers differs between two snapshots. They refer
 * to what is in these, which must live as long. How two snapshots are compared is in store/diff.c.
 */
#pragma once

#include <glib.h>

#include "model/snapshot.h"

typedef enum NslChangeSign {
	NSL_CHANGE_CAME,
	NSL_CHANGE_WENT,
	NSL_CHANGE_CHANGED,
	NSL_CHANGE_SIGN_COUNT,
} NslChangeSign;

/* What a change is about. */
typedef enum NslSubject {
	NSL_SUBJECT_CONTAINER,
	NSL_SUBJECT_NAMESPACE,
	NSL_SUBJECT_PROCESS,
	NSL_SUBJECT_COUNT,
} NslSubject;

/* Of what is in both snapshots: which part differs, and what its items are. */
typedef enum NslField {
	NSL_FIELD_NONE,	      /* it came or went as a whole */
	NSL_FIELD_NAME,	      /* of a container, one: char * */
	NSL_FIELD_SHARES,     /* of a container: the names of types, char * */
	NSL_FIELD_PROCESSES,  /* of a container, none of which is in both: NslProcess */
	NSL_FIELD_NAMES,      /* ip netns' of a namespace: char * */
	NSL_FIELD_HELD_BY,    /* a namespace: NslHolder */
	NSL_FIELD_NAMESPACES, /* that a process is in: NslNamespace */
	NSL_FIELD_CONTAINER,  /* around a process: NslContainer, at most one */
	NSL_FIELD_COUNT,
} NslField;

typedef struct NslChange {
	NslChangeSign sign;
	NslSubject subject;
	NslField field;
	/* One of them, as it is later; as it was, where it went. */
	const NslContainer *container;
	const NslNamespace *ns;
	const NslProcess *process;
	/* CHANGED: the items (NslField), of the later snapshot and of the earlier one. */
	GPtrArray *came;
	GPtrArray *went;
	const struct NslChange *under; /* that says so already: its container came, too; or NULL */
} NslChange;

typedef struct NslChanges {
	GPtrArray *list;  /* NslChange: containers by key, namespaces, processes by PID */
	GPtrArray *notes; /* char *: what was not compared, and why; a sentence each */
} NslChanges;
