/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sources that tell of namespaces, and the holders: who keeps a namespace alive beside its
 * members. One table has all that is known of a kind of holder but for how the namespace is opened
 * through it, which is in collect/open_ns.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct NslNamespace;
struct NslSnapshot;

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

/* Where the path of a mount leads, from the root of its mount namespace. */
typedef enum NslMountState {
	NSL_MOUNT_UNKNOWN,
	NSL_MOUNT_OPEN,	   /* to the namespace that is mounted there */
	NSL_MOUNT_COVERED, /* elsewhere, or nowhere: something is mounted over it */
} NslMountState;

typedef struct NslHolder {
	NslHolderKind kind;
	guint32 pid; /* MOUNT: somebody in that mount namespace; 0: not known, or nobody */
	/* Of the thread; FD, SOCKET: of one with a table of open files of its own; FOR_CHILDREN:
	 * of one that is not as its process. 0: it is the process. */
	guint32 tid;
	gint32 fd;
	char *comm;	/* of the process or thread: bytes; NULL: not known */
	char *path;	/* bytes; empty: out of reach */
	bool named;	/* an "ip netns" name stands for this mount */
	guint64 mnt_ns; /* the mount namespace in which `path` is seen; 0: not known */
	guint times;	/* MOUNT: that it was found by a list of mounts: more than 1, over itself */
	NslMountState state;
	bool at_root;		       /* the root of `pid` is that of the mount namespace */
	const struct NslNamespace *ns; /* that this one owns, or is the parent of */
} NslHolder;

/* An empty array of NslHolder, which owns their strings. Transfer full. */
GArray *nsl_holders_new(void);

/* Its strings are copied. A mount may be added again: nsl_snapshot_freeze() leaves it once. */
void nsl_namespace_add_holder(struct NslNamespace *ns, const NslHolder *holder);

/* Sorts them, and leaves one of each mount that was found more than once. */
void nsl_holders_sort(GArray *holders);

/*
 * Goes over the holders as people are told of them: *at is 0 at first. The next one, and in *ret_n
 * how many from it on are told of at once: mounts at one path in several mount namespaces. A parent
 * that has been told of as the owner is left out. NULL: there are no more.
 */
const NslHolder *nsl_holders_next(const struct NslNamespace *ns, guint *at, guint *ret_n);

/* Whether only root can mount anything in this mount namespace, or over anything. */
bool nsl_mnt_is_of_root(const struct NslSnapshot *snapshot, guint64 mnt_ns);

/*
 * A path by which the namespace is opened through the holder (bytes); NULL: there is none, or one
 * that somebody else than root could make lead elsewhere. Transfer full.
 */
char *nsl_holder_path(const struct NslSnapshot *snapshot, const struct NslNamespace *ns,
		      const NslHolder *holder);
