/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What the helper programs of the tests share: reading one's own namespaces, printing them, and
 * living no longer than one's starter. It takes nothing from nslist on purpose, so that a test
 * compares two independent answers; it is not for nslist itself.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* The exit status with which a helper says that this system cannot do what was asked for. */
#define NSL_NSINFO_SKIP 77

#define NSL_NSINFO_FDS 4

typedef enum NslNsinfoType {
	NSL_NSINFO_CGROUP,
	NSL_NSINFO_IPC,
	NSL_NSINFO_MNT,
	NSL_NSINFO_NET,
	NSL_NSINFO_PID,
	NSL_NSINFO_TIME,
	NSL_NSINFO_USER,
	NSL_NSINFO_UTS,
	NSL_NSINFO_COUNT,
} NslNsinfoType;

/* The inode of each namespace; 0 where the kernel has no such type. */
typedef struct NslNsinfo {
	uint64_t inode[NSL_NSINFO_COUNT];
} NslNsinfo;

/* The name as in /proc/PID/ns, and the CLONE_NEW… flag. */
const char *nsl_nsinfo_name(NslNsinfoType type);
int nsl_nsinfo_flag(NslNsinfoType type);

/* The type called name, or -1. */
int nsl_nsinfo_find(const char *name);

/*
 * The namespaces of the calling thread, by stat(2) of what /proc/thread-self/ns leads to; 0, or -1
 * and errno.
 */
int nsl_nsinfo_read(NslNsinfo *ret_info);

/*
 * An open file and the inode of one entry of /proc/thread-self/ns, such as "net" or
 * "pid_for_children"; -1 and 0, and errno, where there is none.
 */
int nsl_nsinfo_open(const char *link);
uint64_t nsl_nsinfo_inode(const char *link);

/* Prints {"cgroup":4026531835,…} with all types; null where inode is 0. */
void nsl_nsinfo_print(FILE *file, const NslNsinfo *info);

/*
 * New namespaces for the calling process. A new user namespace maps the caller's user and group to
 * 0. On failure -1 and errno, and the type that was refused, else 0. As unshare(2), pid and time
 * take effect in the next child only.
 */
int nsl_nsinfo_unshare(NslNsinfoType type);
int nsl_nsinfo_unshare_mask(unsigned int mask, NslNsinfoType *ret_refused);

/*
 * Writes the ID maps of a user namespace that the caller has just been put in; uid and gid are
 * those outside.
 */
int nsl_nsinfo_map_ids(uid_t uid, gid_t gid);

/* Whether the caller may make namespaces other than user ones. */
bool nsl_nsinfo_is_capable(void);

/*
 * A bit per type to add to what an unprivileged caller unshares: that of user, or none for a
 * capable one.
 */
unsigned int nsl_nsinfo_needed_mask(void);

/*
 * Has the kernel kill the caller when its parent ends. To be called again after anything that
 * changes credentials, unshare(CLONE_NEWUSER) being one, since that turns it off.
 */
void nsl_nsinfo_die_with_parent(void);

/*
 * New namespaces of these types, as nsl_nsinfo_unshare_mask(), for a caller that then dies with its
 * parent, and ends at once where they are refused.
 */
void nsl_nsinfo_enter(unsigned int mask);

/*
 * The first thing in a process that another one starts: it ends with its parent, and has /dev/null
 * to talk to.
 */
void nsl_nsinfo_begin_child(void);

/* Returns when fd, a pipe or whatever, has reached its end. */
void nsl_nsinfo_wait_eof(int fd);

/* For when the line of JSON is complete: sends it, and stays as long as stdin does. */
void nsl_nsinfo_stay(void);

/*
 * Ends every child of the calling process, and those that come to it as a subreaper, and returns
 * when none is left.
 */
void nsl_nsinfo_end_children(void);

/*
 * Passes bytes and open files, NSL_NSINFO_FDS at most, through a socket of packets. The descriptors
 * that are received are the caller's, and closed on exec. 0 and the number of them, or -1 and
 * errno; where other than `size` bytes come, errno is ENODATA.
 */
int nsl_nsinfo_send(int socket, const void *data, size_t size, const int *fds, int n_fds);
int nsl_nsinfo_receive(int socket, void *ret_data, size_t size, int ret_fds[NSL_NSINFO_FDS]);

/* A number from 1 to max; with another one the program ends. */
int nsl_nsinfo_parse_number(const char *text, int max);

/* Where the only argument asks for it: prints the help, and ends. */
void nsl_nsinfo_help(int argc, char **argv, const char *help);

/*
 * Whether error means that the system has, or allows, no such thing, rather than that something
 * went wrong.
 */
bool nsl_nsinfo_is_refusal(int error);

/* "PROGRAM: MESSAGE[: error]" on stderr, and exits. error is a positive errno or 0. */
__attribute__((format(printf, 3, 4))) _Noreturn void nsl_nsinfo_die(int status, int error,
								    const char *format, ...);

/*
 * Ends with NSL_NSINFO_SKIP where nsl_nsinfo_is_refusal(error), else with 1, and says what is
 * missing for type.
 */
_Noreturn void nsl_nsinfo_die_refused(NslNsinfoType type, int error);
