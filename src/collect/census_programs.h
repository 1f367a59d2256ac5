/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The programs of the census: what they read in the kernel's structures, and the records
 * that they send. For census.c and its tests.
 */
#pragma once

#include <glib.h>

#include "base/bpf.h"
#include "base/btf.h"
#include "collect/census.h"

/* Of each process; and of each other thread that may differ from it. Without holes. */
typedef struct NslTaskRecord {
	guint64 start; /* nanoseconds since boot */
	guint64 css_set;
	guint64 files;
	guint32 pid;
	guint32 tid;
	guint32 flags; /* PF_* of include/linux/sched.h */
	guint32 zero;  /* there must be no hole */
	guint32 ns[NSL_NSTYPE_COUNT];
	guint32 for_children[NSL_NSTYPE_COUNT];
	char comm[16];
} NslTaskRecord;

/* Of each open file that may hold a namespace. */
typedef struct NslFileRecord {
	guint32 pid;
	guint32 tid;
	guint32 fd;
	guint32 socket; /* 1: a socket or tun device; 0: the namespace's file */
	guint32 flag;	/* the type's, of CLONE_NEW* */
	guint32 inode;
	char comm[16];
} NslFileRecord;

/*
 * For the kernel that `btf` is of; NULL where its structures are not as expected. `types`: those
 * that it has namespaces of, all else is 0. Transfer full.
 */
NslBpf *nsl_census_task_program(const NslBtf *btf, NslNsTypes types);
NslBpf *nsl_census_file_program(const NslBtf *btf, NslNsTypes types);

/* What a record says. */
void nsl_census_decode_task(const NslTaskRecord *record, NslCensusTask *ret_task);
