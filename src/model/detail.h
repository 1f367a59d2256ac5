/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Details: what a namespace is (its host name, its addresses, its maps …), by type. Not who is in
 * it, nor who owns it: that is in the snapshot.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/mounts.h"
#include "base/procfs_parse.h"
#include "base/netlink.h"
#include "model/snapshot.h"

/* In a saved document a byte that is no UTF-8 takes four: "\\x80". */
#define NSL_DETAIL_BYTES(n) (4 * (n) + 1)

/* A network interface. */
typedef struct NslInterface {
	char name[NSL_DETAIL_BYTES(15)];
	char kind[16]; /* empty: hardware, or not known */
	bool up;
	guint32 index;
	guint32 peer_index; /* of the other end of a veth or the like; 0: it has none */
	guint64 peer_ns;    /* the net namespace that this is in; 0: not known */
	guint32 n_addresses;
	const NslAddress *addresses; /* in those of the NslDetail */
} NslInterface;

typedef struct NslUtsDetail {
	char host[NSL_DETAIL_BYTES(64)];
	char domain[NSL_DETAIL_BYTES(64)]; /* NIS; empty: there is none */
} NslUtsDetail;

/* System V IPC, which ends with its namespace at the latest. */
typedef struct NslIpcDetail {
	guint64 shm; /* shared memory segments */
	guint64 sem; /* sets of semaphores */
	guint64 msg; /* message queues */
} NslIpcDetail;

typedef struct NslPidDetail {
	NslKnowledge has_init; /* NONE: nobody is PID 1 of it (any more) */
	guint32 init;
	char comm[80]; /* that one's name; empty: not known */
	gint32 depth;  /* how far below the root one it is, which is 0; -1: not known */
} NslPidDetail;

typedef struct NslNetDetail {
	guint32 n_interfaces;
	guint32 n_up;	     /* of them */
	guint32 n_addresses; /* of all of them */
} NslNetDetail;

typedef struct NslUserDetail {
	bool has_maps;
	guint32 n_uids;
	guint32 n_gids;
} NslUserDetail;

struct NslDetail {
	bool partial; /* something of it could not be learnt: what is empty or 0, and can't be */
	union {	      /* by the type of the namespace */
		NslUtsDetail uts;
		NslIpcDetail ipc;
		NslPidDetail pid;
		NslNetDetail net;
		NslUserDetail user;
		NslTimeOffsets time;
		NslMountSum mnt;
	};
	NslInterface *interfaces; /* net: as the kernel lists them */
	NslAddress *addresses;	  /* net: those of the first one, then those of the next */
	NslIdRange *uids;	  /* user */
	NslIdRange *gids;
	char *root; /* cgroup: where it begins, as the caller's cgroup namespace counts; bytes */
};

/*
 * A copy of `fixed`, whose pointers are replaced by what `rest` holds: the interfaces and then
 * their addresses, the ranges of UIDs and then of GIDs, or the root, as many as `fixed` and the
 * interfaces say. NULL where it holds more or less.
 * Transfer full.
 */
NslDetail *nsl_detail_new(NslNsType type, const NslDetail *fixed, const guint8 *rest, gsize size);
void nsl_detail_free(NslDetail *detail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslDetail, nsl_detail_free)

/* Of a net namespace: shares them out among the interfaces. False: the counts do not add up. */
bool nsl_detail_share_addresses(NslDetail *detail);
