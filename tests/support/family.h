/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * How nsmake is tied to the processes it starts: they send their reports over one socket, a pipe
 * that nobody but nsmake can write to tells them by its end to exit, and the kernel kills them when
 * their parent is killed. What they are to be is not known here.
 */

#include "nsinfo.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel nests PID and user namespaces no deeper, and the outermost is not of our making. */
#define NSL_FAMILY_DEPTH_MAX 33

/*
 * What a process says about itself. index is whatever the mode takes it for. With error (a positive
 * errno) set, refused is the type that could not be made, or -1.
 */
typedef struct NslReport {
	int index;
	int error;
	int refused;
	int tid;
	int fd;
	int n_nspid;
	int nspid[NSL_FAMILY_DEPTH_MAX];
	uint64_t inode;
	NslNsinfo ns;
} NslReport;

/*
 * reports and report are the receiving and sending end of the socket, keep and life those of the
 * pipe. An end that this process does not have is -1.
 */
typedef struct NslFamily {
	int reports;
	int report;
	int keep;
	int life;
} NslFamily;

/* Closes *fd where it is one, and makes it -1. */
void nsl_family_close(int *fd);

/*
 * In nsmake: opens; says that no further process will be started, so that their end shows; ends
 * them all; and, for when the line of JSON is complete but for its newline, sends it, stays as long
 * as stdin does, and ends them all. The last returns the exit status.
 */
void nsl_family_open(NslFamily *ret_family);
void nsl_family_started(NslFamily *family);
void nsl_family_end(NslFamily *family);
int nsl_family_serve(NslFamily *family);

/* Opens the family of one process. True in that one, which is not to return; false in nsmake. */
bool nsl_family_start(NslFamily *ret_family);

/*
 * In nsmake: the next report, and the PID of who sent it, as the kernel translates it to this
 * process's PID namespace. Ends nsmake when the report is a failure, or none can come any more.
 */
pid_t nsl_family_receive(NslFamily *family, NslReport *ret_report);

/*
 * In the others: fork(2), with nsl_family_begin_child() in the child; where it fails, that is sent.
 * And clone(2) with flags and without shared memory, whose fn begins itself and does not return; as
 * that one: a PID, or -1 and errno.
 */
pid_t nsl_family_fork(NslFamily *family);
pid_t nsl_family_fork_with_flags(int flags, int (*fn)(void *), void *data);

/* The first thing in every other process: it ends with its parent, and has /dev/null to talk to. */
void nsl_family_begin_child(NslFamily *family);

/* As nsl_nsinfo_enter(), but where that is refused it is sent. */
void nsl_family_enter(const NslFamily *family, unsigned int mask);

/* Waits for the end. Of the family's files only the pipe stays open: a socket is of a namespace. */
_Noreturn void nsl_family_stay(NslFamily *family);

/*
 * Sends a report; one of what the calling thread is in, which fills in tid, nspid and ns; one of a
 * failure, and exits.
 */
void nsl_family_send(const NslFamily *family, const NslReport *report);
void nsl_family_send_self(const NslFamily *family, NslReport *report);
_Noreturn void nsl_family_send_failure(const NslFamily *family, int refused, int error);
