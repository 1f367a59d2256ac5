/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sources that tell of namespaces, and the holders: who keeps a namespace alive beside its
 * members. One table has all that is known of a kind of holder but for how the namespace is opened
 * through it, which is in collect/open_ns.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum NslSource {
	NSL_SOURCE_PROCESSES,
	NSL_SOURCE_NETNS,
	NSL_SOURCE_THREADS,
	NSL_SOURCE_FDS,
	NSL_SOURCE_MOUNTS,
	NSL_SOURCE_RELATIONS,
	NSL_SOURCE_KERNEL,
	NSL_SOURCE_CONTAINERS,
	NSL_SOURCE_USERS,
	NSL_SOURCE_DETAILS,
	NSL_SOURCE_COUNT,
} NslSource;

/* As JSON names them. */
extern const char *const nsl_source_names[NSL_SOURCE_COUNT];

/* In the order in which they are listed. */
typedef enum NslHolderKind {
	NSL_HOLDER_MOUNT,
	NSL_HOLDER_FD,	   /* an open file refers to the namespace */
	NSL_HOLDER_SOCKET, /* a socket or tun device belongs to it */
	NSL_HOLDER_THREAD, /* not the first thread of its process */
	NSL_HOLDER_FOR_CHILDREN,
	NSL_HOLDER_OWNER_OF, /* a user namespace that owns another namespace */
	NSL_HOLDER_PARENT_OF,
	NSL_HOLDER_KERNEL, /* the kernel lists the namespace, and nothing explains it */
	NSL_HOLDER_COUNT,
} NslHolderKind;

/* Which members of NslHolder a kind has. */
typedef enum NslHolderFields {
	NSL_HOLDER_HAS_PATH = 1 << 0, /* path, named, mnt_ns */
	NSL_HOLDER_HAS_TASK = 1 << 1, /* pid, tid, comm */
	NSL_HOLDER_HAS_FD = 1 << 2,   /* fd */
	NSL_HOLDER_HAS_NS = 1 << 3,   /* ns */
} NslHolderFields;

typedef struct NslHolderInfo {
	const char *name;   /* as JSON has it */
	NslSource source;   /* that finds holders of this kind */
	guint fields;	    /* NslHolderFields */
	const char *reason; /* the first words of why the namespace exists; its fields follow */
} NslHolderInfo;

extern const NslHolderInfo nsl_holders[NSL_HOLDER_COUNT];

typedef struct NslHolder {
	NslHolderKind kind;
	guint32 pid;
	guint32 tid; /* of the thread; FD, SOCKET: of one with a table of open files of its own */
	gint32 fd;
	char *comm;	/* of the process or thread: bytes; NULL: not known */
	char *path;	/* bytes; empty: out of reach */
	bool named;	/* an "ip netns" name stands for this mount */
	guint64 mnt_ns; /* the mount namespace in which `path` is seen; 0: not known */
	const struct NslNamespace *ns; /* that this one owns, or is the parent of */
} NslHolder;

/* An empty array of NslHolder, which owns their strings. Transfer full. */
GArray *nsl_holders_new(void);

/* Appends a copy. */
void nsl_holders_add(GArray *holders, const NslHolder *holder);

/* Sorts them, and leaves one of each mount that was found more than once. */
void nsl_holders_sort(GArray *holders);
