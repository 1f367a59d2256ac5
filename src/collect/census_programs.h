/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The BPF programs of the census (base/bpf.h): what each sends of a task or of an open file, and
 * where the kernel has that.
 */
#pragma once

#include <glib.h>

#include "base/bpf.h"
#include "base/btf.h"
#include "model/nstype.h"

/* Where the kernel has a task's namespaces: members of struct nsproxy. */
typedef struct NslKernelNs {
	const char *member; /* NULL: elsewhere */
	const char *for_children;
	const char *structure; /* that the namespace is */
} NslKernelNs;

extern const NslKernelNs nsl_kernel_ns[NSL_NSTYPE_COUNT];

#define NSL_CENSUS_LEVELS 4 /* of PID namespaces in each other; few systems have more */

/* What the one program sends of each process, and of each other thread that may differ from it. */
typedef struct NslTaskRecord {
	guint64 start; /* nanoseconds since boot */
	guint64 css_set;
	guint64 files;
	guint32 pid;
	guint32 tid;
	guint32 flags; /* PF_* of include/linux/sched.h */
	guint32 level; /* of its PID namespace */
	guint32 ppid;
	guint32 uid;
	guint32 inner[NSL_CENSUS_LEVELS - 1]; /* of the levels from 1 to that */
	guint32 zero;			      /* there must be no hole */
	guint32 ns[NSL_NSTYPE_COUNT];
	guint32 for_children[NSL_NSTYPE_COUNT];
	char comm[16];
} NslTaskRecord;

/*
 * What the other one sends of each open file that may hold a namespace: the namespace's own file,
 * or a socket or tun device of another net namespace than its task's.
 */
typedef struct NslFileRecord {
	guint32 pid;
	guint32 tid; /* of one with a table of open files of its own; else the PID */
	guint32 fd;
	guint32 socket; /* 1: a socket or tun device; 0: the namespace's file */
	guint32 flag;	/* the type's, of CLONE_NEW* */
	guint32 inode;
	char comm[16];
} NslFileRecord;

/*
 * The programs for the kernel that `btf` is of; NULL where its structures are not as expected.
 * `types`: those that it has namespaces of, all else is 0. Transfer full.
 */
NslBpf *nsl_census_task_program(const NslBtf *btf, NslNsTypes types);
NslBpf *nsl_census_file_program(const NslBtf *btf, NslNsTypes types);
