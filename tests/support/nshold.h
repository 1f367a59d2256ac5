/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What the files of nshold have in common: making namespaces of which nothing is left but a
 * descriptor, processes that go on holding something, and the account of what holds what. For
 * nshold alone; like nsmake it takes nothing from nslist, so that a test compares two answers.
 */

#include "nsinfo.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NSL_HOLD_NUMBERS 4

/*
 * What a process that nsl_hold_start() starts says: numbers, and descriptors to look at, which in
 * the receiver are numbers of its own and the receiver's to close. error is a positive errno.
 */
typedef struct NslHoldReport {
	int error;
	char what[80];
	int number[NSL_HOLD_NUMBERS];
	int n_fds;
	int fd[NSL_NSINFO_FDS];
} NslHoldReport;

typedef struct NslHolding {
	const char *kind; /* as in nslist's JSON */
	pid_t pid;	  /* 0: has none */
	pid_t tid;	  /* 0: has none */
	int fd;		  /* -1: has none */
	char *path;	  /* NULL: has none */
	uint64_t mnt_ns;
	int ns; /* index of another namespace, -1: has none */
} NslHolding;

/* A namespace of the account: what its ioctls tell (0 or -1: nothing), and who holds it. */
typedef struct NslHeld {
	NslNsinfoType type;
	uint64_t inode;
	uint64_t nsid;
	uint64_t owner;
	uint64_t parent;
	int64_t owner_uid;
	pid_t member; /* 0: it has none */
	bool covered; /* no path that can be walked leads to where it is mounted */
	int n_holders;
	NslHolding *holder;
} NslHeld;

typedef struct NslHold {
	const char *argument; /* behind the case's name; NULL: there is none */
	int keep;	      /* when it closes, all others end: -1 in these */
	int life;
	char dir[32]; /* a directory for mounts, gone in the end */
	uint64_t mnt_ns;
	NslHeld *held;
	int n_held;
	pid_t *pids; /* all processes that stay */
	int n_pids;
} NslHold;

/* A case: it fills in the account. */
typedef void NslHoldCase(NslHold *hold);

/*
 * Starts a process that does fn(data) and then stays, or ends. Fn fills in the report, and its
 * fd[], which are closed in that process when they are sent. Returns its PID, and the report; ends
 * nshold where fn has failed.
 */
typedef void NslHoldFunc(NslHold *hold, void *data, NslHoldReport *report);
#define NSL_HOLD_FUNC(name)                                                                        \
	static void name(__attribute__((unused)) NslHold *hold,                                    \
			 __attribute__((unused)) void *data,                                       \
			 __attribute__((unused)) NslHoldReport *report)

pid_t nsl_hold_stay(NslHold *hold, NslHoldFunc *fn, void *data, NslHoldReport *ret_report);
void nsl_hold_do(NslHold *hold, NslHoldFunc *fn, void *data, NslHoldReport *ret_report);

/* In a thread with a table of open files of its own: closes its copy of what reports go through. */
void nsl_hold_forget_report(void);

/* In fn: says that `what` has failed with errno, and ends. */
_Noreturn void nsl_hold_fail(const char *what);

/* In fn: as nsl_nsinfo_unshare() and nsl_nsinfo_open(), and as unshare(2) for a thread; but fail.
 */
void nsl_hold_unshare(NslNsinfoType type);
int nsl_hold_open(const char *link);

/*
 * A descriptor of a new namespace that nobody is in, owned by the user namespace `user`, -1: the
 * own one.
 */
int nsl_hold_make(NslHold *hold, NslNsinfoType type, int user);

/* The same, of the type that the case's argument names, or else a net namespace. Adds it. */
int nsl_hold_make_named(NslHold *hold, int *ret_fd);

/* A process that has this descriptor, which is closed in the caller, and no other of nsfs. */
pid_t nsl_hold_keep(NslHold *hold, int fd);

/* The same: it holds the namespace. */
void nsl_hold_by_keeper(NslHold *hold, int held, int fd);

/* A process that is in the namespace, whose descriptor is left as it is. */
pid_t nsl_hold_populate(NslHold *hold, int fd);

/* Puts a namespace in the account, by a descriptor, and closes that. Its index. */
int nsl_hold_add(NslHold *hold, NslNsinfoType type, int fd);

/*
 * As nsl_hold_stay(), of a mount namespace that the process enters, and whose descriptor is the
 * first that it reports: its index.
 */
int nsl_hold_add_mnt(NslHold *hold, NslHoldFunc *fn, void *data);

/*
 * Who holds it. Names are of files in hold->dir, and mnt the index of the mount namespace, -1: the
 * own one. `other` is the index of the namespace that `held` is above.
 */
void nsl_hold_by_fd(NslHold *hold, int held, const char *kind, pid_t pid, pid_t tid, int fd);
void nsl_hold_by_thread(NslHold *hold, int held, const char *kind, pid_t pid, pid_t tid);
void nsl_hold_by_mount(NslHold *hold, int held, const char *name, int mnt);
void nsl_hold_by_relation(NslHold *hold, int held, const char *kind, int other);

/* The path of a file in hold->dir. In fn: the namespace is mounted at such a file, which is made.
 */
void nsl_hold_path(const NslHold *hold, const char *name, char ret_path[PATH_MAX]);
void nsl_hold_mount_at(const NslHold *hold, const char *name, int fd);

/*
 * In fn: enters a mount namespace of its own, in which hold->dir is an empty file system that
 * nobody else has.
 */
void nsl_hold_enter_mnt(NslHold *hold);
void nsl_hold_fill_dir(const NslHold *hold);

NslHoldCase nsl_hold_fd, nsl_hold_fd_path, nsl_hold_fd_passed, nsl_hold_socket;
NslHoldCase nsl_hold_socket_shared, nsl_hold_tun, nsl_hold_tun_bare, nsl_hold_thread;
NslHoldCase nsl_hold_thread_fd, nsl_hold_flight, nsl_hold_many_fds;
NslHoldCase nsl_hold_mount, nsl_hold_mount_private, nsl_hold_mount_fd, nsl_hold_chrooted;
NslHoldCase nsl_hold_chain_mounts, nsl_hold_many_mounts, nsl_hold_odd_path;
NslHoldCase nsl_hold_mount_often, nsl_hold_long_path, nsl_hold_mount_thread, nsl_hold_thread_socket;
NslHoldCase nsl_hold_thread_children, nsl_hold_fd_place, nsl_hold_inotify, nsl_hold_open_tree;
NslHoldCase nsl_hold_owner, nsl_hold_chain_owners, nsl_hold_usertree, nsl_hold_parent_pid;
NslHoldCase nsl_hold_uid65534, nsl_hold_swapped;
NslHoldCase nsl_hold_dead_fuse;

/* The case's argument, a number up to max; where there is none, `otherwise`. */
int nsl_hold_number(const NslHold *hold, int otherwise, int max);
