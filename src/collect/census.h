/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The census: which task is in which namespaces, and which open files hold some, by the kernel's
 * BPF iterators over tasks and files (base/bpf.h) in place of /proc/PID/ns, /proc/PID/task and
 * /proc/PID/fd. It says the same, in a few milliseconds for thousands of processes, where the
 * kernel and the caller's rights allow it. Command lines and cgroups still come from the procfs.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bpf.h"
#include "collect/collect.h"

/*
 * The BPF programs (census_programs.c): what each sends of a task or of an open file, and where the
 * kernel has that.
 */

/* Where the kernel has a task's namespaces: members of struct nsproxy. */
typedef struct NslKernelNs {
	const char *member; /* NULL: elsewhere */
	const char *for_children;
	const char *structure; /* that the namespace is */
} NslKernelNs;

extern const NslKernelNs nsl_kernel_ns[NSL_NSTYPE_COUNT];

#define NSL_CENSUS_LEVELS 4 /* of PID namespaces in each other; few systems have more */

/* include/linux/sched.h: the same since Linux 1.0, and 2.6.27. */
#define NSL_TASK_ENDING	 0x4	    /* PF_EXITING: its exit has begun */
#define NSL_TASK_KTHREAD 0x00200000 /* PF_KTHREAD: it is the kernel's own */

typedef struct NslCensusTask {
	guint32 pid;
	guint32 tid;
	guint64 start;	    /* nanoseconds since boot */
	guint64 files;	    /* its table of open files; 0: none */
	guint64 cgroup_key; /* with the same one tasks are in the same cgroups; 0: not known */
	guint32 flags;	    /* NSL_TASK_*, among others */
	guint32 level; /* of its PID namespace: from NSL_CENSUS_LEVELS on `inner` has not all */
	guint32 ppid;
	guint32 uid;			      /* effective */
	guint32 inner[NSL_CENSUS_LEVELS - 1]; /* its PIDs in nested PID namespaces */
	char comm[16];
	/* What nsl_census_confirm() has found, beside the comm, parent and UID as they are then: */
	bool gone;	       /* it has ended */
	bool moved;	       /* to other cgroups */
	bool changed;	       /* it is in other namespaces than it was */
	const NslLinks *links; /* most tasks share theirs with others; transfer none */
} NslCensusTask;

/*
 * What the one program sends of each process, and of each other thread that may differ from it: up
 * to what is found out later. There must be no hole.
 */
typedef struct NslTaskRecord {
	guint32 ns[NSL_NSTYPE_COUNT];
	guint32 for_children[NSL_NSTYPE_COUNT];
	NslCensusTask task;
} NslTaskRecord;

#define NSL_TASK_RECORD_SIZE offsetof(NslTaskRecord, task.gone)

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
NslBpf *nsl_census_task_program(NslBtf *btf, NslNsTypes types);
NslBpf *nsl_census_file_program(NslBtf *btf, NslNsTypes types);

/* The census. */

struct NslCensus {
	GArray *processes; /* NslCensusTask, by PID */
	/* NslCensusTask: other threads that differ from their process in their namespaces, their
	 * table of open files, or both. */
	GArray *threads;
	bool own_clock;	     /* the caller's is the kernel's */
	GHashTable *links;   /* set of NslLinks: thousands of tasks have hundreds */
	GHashTable *cgroups; /* cgroup_key to what was read of them */
	const NslProcfs *procfs;
	NslBpf *task_program;
	NslBpf *file_program;
	guint32 task_function; /* the BTF ids of their iterators */
	guint32 file_function;
};

/*
 * Takes the census of the running system. NULL: it is not worth it, the kernel cannot, the caller
 * may not, or `when` is never. With NSL_CENSUS_BPF there is an error instead. `procfs` has to live
 * as long. *btf: that of the kernel, which is read where it is NULL (nsl_btf_open()). *census:
 * NULL, or an earlier one, which is taken anew by the same programs.
 */
bool nsl_census_take(const NslProcfs *procfs, NslCensusWhen when, NslBtf **btf, NslCensus **census,
		     GError **error);
void nsl_census_free(NslCensus *census);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslCensus, nsl_census_free)

/* Frees what is known of tasks, which is all that takes much memory. The programs stay. */
void nsl_census_forget(NslCensus *census);

/*
 * Takes the census once more: which of the processes are still there, and where they are. What was
 * read by the PID of one that is there, since the first census, was of that process. May be called
 * again. 0 or -errno.
 */
int nsl_census_confirm(NslCensus *census);

/* A process; NULL: there is none, or no census. Transfer none. */
const NslCensusTask *nsl_census_find(const NslCensus *census, guint32 pid);

/*
 * Whether it tells of a process all that its files "stat" and "status" are asked for
 * (NSL_FACT_STAT, NSL_FACT_STATUS). Of a kernel thread only they have the whole name, and where the
 * caller's clock is another than the kernel's (time_namespaces(7)) the start as it is seen here.
 */
bool nsl_census_tells_facts(const NslCensus *census, const NslCensusTask *task);

/* A table of open files that is not its process's. */
bool nsl_census_has_own_files(const NslCensus *census, const NslCensusTask *thread);

/*
 * Reads the cgroups (/proc/PID/cgroup) of the processes that `wants` them: once for all that share
 * them, since hundreds of processes have a handful. Whether what was read is the process's own, the
 * next confirmation tells; then this is to be called again: it forgets what was read of processes
 * that are gone, have moved to other cgroups or are ending (of those /proc/PID/cgroup may say the
 * root ones, cgroups(7)). `last`: nothing is read, since there will be no confirmation; processes
 * whose cgroups are not known count as changed. True: all were known already.
 */
typedef bool NslCensusWants(gconstpointer data, const NslCensusTask *task);
bool nsl_census_learn_cgroups(NslCensus *census, NslCensusWants *wants, gconstpointer data,
			      bool last);

/* The cgroups of a process (a GRefString, transfer full); NULL: they have not been learned. */
char *nsl_census_get_cgroups(const NslCensus *census, const NslCensusTask *task);

/* For the tests. */

/* The bytes are an NslTaskRecord, as it is sent. The task's links become `ret_links`. */
void nsl_census_decode_task(const guint8 *bytes, NslCensusTask *ret_task, NslLinks *ret_links);
