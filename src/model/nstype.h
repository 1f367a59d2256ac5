/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The namespace types (namespaces(7)): the one table of them. In alphabetical order, which is
 * the order in which everything is listed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum NslNsType {
	NSL_NSTYPE_CGROUP,
	NSL_NSTYPE_IPC,
	NSL_NSTYPE_MNT,
	NSL_NSTYPE_NET,
	NSL_NSTYPE_PID,
	NSL_NSTYPE_TIME,
	NSL_NSTYPE_USER,
	NSL_NSTYPE_UTS,
	NSL_NSTYPE_COUNT,
} NslNsType;

/* A set of types, a bit each. */
typedef guint NslNsTypes;
#define NSL_NSTYPE_BIT(type) (1u << (type))
#define NSL_NSTYPES_ALL	     (NSL_NSTYPE_BIT(NSL_NSTYPE_COUNT) - 1)

/* `type` is each one of the set, in order. It breaks and continues as any other loop. */
#define NSL_EACH_TYPE(type, types)                                                                 \
	/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is declared */                           \
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)                                  \
		if (!((types)&NSL_NSTYPE_BIT(type)))                                               \
			continue;                                                                  \
		else

typedef struct NslNsTypeInfo {
	const char *name;	   /* of the link in /proc/PID/ns, and in its text: "net" */
	int flag;		   /* CLONE_NEWNET */
	const char *children_link; /* "pid_for_children"; NULL where there is none */
	/*
	 * The inode of the kernel's first namespace of this type (include/uapi/linux/nsfs.h from
	 * Linux 6.18, include/linux/proc_ns.h before). Older kernels give net and mnt others, and
	 * these numbers then to no namespace at all.
	 */
	guint64 initial_inode;
} NslNsTypeInfo;

extern const NslNsTypeInfo nsl_nstypes[NSL_NSTYPE_COUNT];

/* The type called so, NSL_NSTYPE_COUNT where there is none; `size` bytes. */
NslNsType nsl_nstype_find(const char *name, gsize size);

/* The type and the inode of "net:[4026532676]"; NSL_NSTYPE_COUNT where it is none of these. */
NslNsType nsl_nstype_parse_link(const char *link, guint64 *ret_inode);

/* The type with this CLONE_ flag, NSL_NSTYPE_COUNT where there is none. */
NslNsType nsl_nstype_by_flag(int flag);

/*
 * Which namespace of the type a process or thread is in, by its link (namespaces(7)): 0 and the
 * inode; 0 and 0 where there is no such link, as of a zombie or of a kernel without the type; or
 * -errno. `process`: as nsl_procfs_open_process() opens it.
 */
int nsl_nstype_read(int process, NslNsType type, guint64 *ret_inode);

/*
 * Which one its children will be in, where that is another (pid_for_children, time_for_children):
 * else 0, also between unshare(2) and the first fork(2), when there is no link.
 */
guint64 nsl_nstype_read_for_children(int process, NslNsType type, guint64 own);
