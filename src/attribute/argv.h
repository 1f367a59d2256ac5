/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the arguments of shims, monitors and sandboxes say about the containers that are theirs.
 * Pure. Not for engines' daemons: see argv_daemon.h.
 *
 * Arguments are a claim, no more: anybody can start a program with any arguments, or change its
 * own. What is given out here is well-formed (validate.h), not true. What anybody uses in daily
 * work and names no sandbox, as unshare(1) and nsenter(1), is not claimed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

/* More of a command line is not looked at. */
#define NSL_ARGV_MAX (128 << 10)

typedef enum NslClaimKind {
	NSL_CLAIM_NONE,
	NSL_CLAIM_MONITOR, /* its children are a container's first processes; itself it is outside
			    */
	NSL_CLAIM_SANDBOX, /* it, or its children, are a sandbox */
} NslClaimKind;

typedef struct NslClaim {
	NslClaimKind kind;
	/*
	 * What the program is called that has such arguments; with a '*' at its end: the start of
	 * that. Static; NULL: it may be called anything.
	 */
	const char *program;
	/*
	 * Runtimes are those of cgroup.h, and bwrap, firejail, chromium (and what is built with
	 * it), firefox. A containerd shim of Kubernetes' has the id of the pod's sandbox, and all
	 * containers of the pod as its children. The name of bwrap's is --hostname, else the
	 * program it runs. The pod is told by CRI-O's conmon alone.
	 */
	NslIdentity identity;
	char *containerd_ns; /* containerd's namespace, or NULL */
	char *bundle;	     /* the OCI bundle, or NULL */
	char *root;  /* where containers are kept (lxcpath, podman's graphroot, nspawn's directory)
		      */
	char *state; /* where running ones are (podman's runroot, containerd's state, runc's root)
		      */
} NslClaim;

/*
 * `bytes` is the command line with a NUL between or after the arguments (or the one string that
 * programs put in its place). Fills `claim`, whatever the bytes are; it is the caller's to clear.
 */
void nsl_argv_parse(const char *bytes, gsize size, NslClaim *claim);
void nsl_claim_clear(NslClaim *claim);

/* Whether who makes the claim runs the program that it is about: `name` is that of its file. */
bool nsl_claim_is_of(const NslClaim *claim, const char *name);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslClaim, nsl_claim_clear)
