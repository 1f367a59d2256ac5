/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command line claims: of a shim, monitor or sandbox, which container is below it; of an
 * engine's daemon, where it keeps its files. Pure. A claim is well-formed (validate.h), not true:
 * anybody can start a program with any arguments. Programs that name no container, such as
 * unshare(1) and nsenter(1), make no claim.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

/* More of a command line is not looked at: what is of interest stands first. */
#define NSL_CMDLINE_MAX (16 << 10)

typedef enum NslClaimKind {
	NSL_CLAIM_NONE,
	NSL_CLAIM_MONITOR, /* its children are a container's first processes; it is outside */
	NSL_CLAIM_SANDBOX, /* it, or its children, are a sandbox */
	NSL_CLAIM_DAEMON,  /* an engine, which says where it keeps its files */
} NslClaimKind;

/* Strings are NULL where nothing is claimed. */
typedef struct NslClaim {
	NslClaimKind kind;
	/* What a program with such arguments is called, with '*' at the end for anything (static);
	 * NULL: it may be called anything. */
	const char *program;
	/*
	 * Runtimes are those of cgroup.h, and bwrap, firejail, chromium (and what is built with
	 * it), firefox. A containerd shim of a whole pod has the id of the pod's sandbox. Only
	 * CRI-O's conmon tells the pod.
	 */
	NslIdentity identity;
	char *containerd_ns;
	char *bundle; /* the OCI bundle */
	/* Directories: of all containers (lxcpath, podman's graphroot, nspawn's directory), … */
	char *root;
	char *state;  /* … of running ones (podman's runroot, containerd's state, runc's root) */
	char *config; /* the daemon's configuration file */
} NslClaim;

/*
 * `bytes` is the command line, with a NUL between or after the arguments (or the one string that
 * some programs put in their place). Fills `claim`, whatever the bytes are; the caller clears it.
 */
void nsl_cmdline_parse(const char *bytes, gsize size, NslClaim *claim);
void nsl_claim_clear(NslClaim *claim);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslClaim, nsl_claim_clear)

/* Whether it may claim anything, also with spaces in place of the NULs. False for most. */
bool nsl_cmdline_may_claim(const char *bytes, gsize size);

/* Whether a daemon is called so in /proc/PID/comm, which has the first 15 bytes of a name. */
bool nsl_cmdline_is_daemon(const char *comm);

/* Whether a program whose file is called `name` is the one that has such arguments. */
bool nsl_claim_is_of(const NslClaim *claim, const char *name);
