/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's own lists, followed by BPF (base/bpf.h): its rings of namespaces, which have those
 * that nobody in reach holds, and the mounts of nsfs in all mount namespaces at once.
 *
 * What a ring has is believed where two walks, one before and one after the scan, agree about it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/btf.h"
#include "base/procfs.h"
#include "model/nstype.h"

/* A namespace as its ring has it. */
typedef struct NslRingEntry {
	NslNsType type;
	guint64 inode;
	guint64 at;    /* where it is in the kernel's memory */
	guint64 stamp; /* a number that no other namespace of its type has had; 0: not known */
	guint64 nsid;  /* the kernel's 64-bit id; 0: not known */
	/* Inodes; 0: it is at the top. The parent: of pid and user namespaces. */
	guint64 owner;
	guint64 parent;
	guint32 owner_uid; /* of a user namespace itself, else of its owner; the initial one counts
			    */
	guint32 n_mounts;  /* in a mount namespace; 0: not known */
} NslRingEntry;

typedef struct NslRings NslRings;

/*
 * Walks all rings that the kernel has: that of net namespaces, from Linux 6.18 on that of each
 * type. 0 and *ret_rings, or -errno; -EPERM: the caller may not; -EOPNOTSUPP: the structures are
 * not as expected. `btf` has to live until the end of the call. `n`: so many namespaces may be
 * there (a guess).
 */
int nsl_rings_new(const NslProcfs *procfs, NslBtf *btf, guint n, NslRings **ret_rings);
void nsl_rings_free(NslRings *rings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslRings, nsl_rings_free)

/*
 * For another scan: walks all of them anew, by the same program. 0 or -errno, after which there is
 * nothing in them.
 */
int nsl_rings_restart(NslRings *rings);

/* Walks again, and keeps what both walks have. Once: later calls return the same. 0 or -errno. */
int nsl_rings_settle(NslRings *rings);

/* The types whose rings the kernel has. */
NslNsTypes nsl_rings_types(const NslRings *rings);

/* NULL: there is none. Transfer none. */
const NslRingEntry *nsl_rings_find(const NslRings *rings, NslNsType type, guint64 inode);

/* All of them (NslRingEntry), in no order. Transfer none. */
const GArray *nsl_rings_entries(const NslRings *rings);

/*
 * All mounts of namespaces in all mount namespaces, about `n` of them (a guess): 0 and *ret_mounts,
 * from the inode of a mount namespace to what is mounted in it, a GArray of NslNsfsMount by id
 * (transfer full); or -errno as above, and -ESTALE: they change too fast. The first call loads the
 * program, which the rings keep.
 */
int nsl_rings_mounts(NslRings *rings, const NslProcfs *procfs, NslBtf *btf, guint n,
		     GHashTable **ret_mounts);

/* For the tests. */

/* What the program leaves of each object on a ring. */
typedef struct NslRingRecord {
	guint32 state;	/* 0: the next one was read */
	guint32 failed; /* not 0: something could not be read */
	guint64 at;
	guint64 ops;
	guint64 stamp;
	guint64 owner; /* pointers */
	guint64 parent;
	guint32 inode;
	guint32 owner_inode;
	guint32 owner_uid;
	guint32 parent_inode;
	guint32 uid;
	guint32 n_mounts;
	guint32 count; /* of references; read last */
	guint32 zero;
} NslRingRecord;

/*
 * What records of one walk are worth; `own`: the inode of the first one. Appends to `entries`. 0;
 * -EBADMSG: they are not what they should be, and none is appended.
 */
int nsl_rings_decode(const NslRingRecord *records, guint n, NslNsType type, guint64 own, bool ids,
		     GArray *entries);

/* Removes from `now` what `before` does not have. */
void nsl_rings_intersect(const GArray *before, GArray *now);
