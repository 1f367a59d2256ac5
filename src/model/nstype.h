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

typedef struct NslNsTypeInfo {
	const char *name;	   /* as in the links: "net" */
	int flag;		   /* CLONE_NEWNET */
	const char *link;	   /* in /proc/PID/ns: "net" */
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

/* The type with this CLONE_ flag, NSL_NSTYPE_COUNT where there is none. */
NslNsType nsl_nstype_by_flag(int flag);

/* All names, "cgroup, ipc, …", for messages. Static. */
const char *nsl_nstype_names(void);
