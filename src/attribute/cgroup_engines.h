/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How container engines name their cgroups: what one part of a path says by itself, or by the
 * directory that it is in. How the parts of a path go together is cgroup.c's.
 */
#pragma once

#include "attribute/cgroup.h"
#include "attribute/cgroup_part.h"

/*
 * Whether the part names a container by itself ("docker-ID.scope"); fills `container`'s runtime,
 * id and name (transfer full). `ret_sandbox`: it is an application's, which runs no systemd.
 */
bool nsl_part_container(NslPart part, NslCgroupContainer *container, bool *ret_sandbox);

/*
 * "SLICE:PREFIX:ID", which an engine asks of systemd, and which a runtime that is not told to use
 * systemd takes for a directory's name. Fills as nsl_part_container(), which does not know it.
 */
bool nsl_part_request(NslPart part, NslPart *ret_slice, NslCgroupContainer *container);

/*
 * The name (static) of a directory that engines keep containers in ("docker", "lxc"), as the two
 * below want it; NULL: it is none.
 */
const char *nsl_part_group(NslPart part);

/* As nsl_part_container(), for a part that is `level` (1: directly) below a group. */
bool nsl_part_member(NslPart part, const char *group, guint level, NslCgroupContainer *container);

/* The pod (transfer full; as NslCgroupContainer.pod_uid) whose cgroup it is; `group` may be NULL.
 */
char *nsl_part_pod(NslPart part, const char *group, guint level);

typedef enum NslPartMachine {
	NSL_PART_MACHINE_NONE,
	NSL_PART_MACHINE_CONTAINER, /* `container` is filled: nspawn's, or libvirt's */
	NSL_PART_MACHINE_OTHER,	    /* a virtual machine, or who keeps watch over a container */
} NslPartMachine;

/*
 * Whether the part, with the one after it (or an empty one), is that of a machine of
 * systemd-machined; `ret_name` (transfer full) where it is.
 */
NslPartMachine nsl_part_machine(NslPart part, NslPart next, NslCgroupContainer *container,
				char **ret_name);
