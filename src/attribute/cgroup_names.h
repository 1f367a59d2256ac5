/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One part of a cgroup's path (a directory's name): what it says by itself, or by the directory
 * that it is in, to systemd and to container engines. How the parts of a path go together is
 * cgroup.c's.
 */
#pragma once

#include "attribute/cgroup.h"

/* Bytes of somebody else's text, without a NUL in them. */
typedef struct NslStrView {
	const char *at;
	gsize size;
} NslStrView;

#define NSL_LOWER  "abcdefghijklmnopqrstuvwxyz"
#define NSL_DIGITS "0123456789"
#define NSL_HEX	   NSL_DIGITS "abcdef"

bool nsl_view_is(NslStrView view, const char *text);
bool nsl_view_starts(NslStrView view, const char *prefix);
bool nsl_view_ends(NslStrView view, const char *suffix);

/* What is between a prefix and a suffix; false, and left alone, where it does not have both. */
bool nsl_view_strip(NslStrView view, const char *prefix, const char *suffix,
		    NslStrView *ret_middle);

/* How many bytes from the start are in the set; whether there are some, and all are. */
gsize nsl_view_span(NslStrView view, const char *set);
bool nsl_view_consists_of(NslStrView view, const char *set);

/* The first `size` bytes, and those after them. */
NslStrView nsl_view_first(NslStrView view, gsize size);
NslStrView nsl_view_after(NslStrView view, gsize size);

char *nsl_view_dup(NslStrView view);

/* 64 lower-case hexadecimal digits: an id of docker, podman, nerdctl and all of CRI. */
bool nsl_part_is_long_id(NslStrView part);

/* What ids of runc and containerd look like, or a host's name: starts with a letter or digit. */
bool nsl_part_is_word(NslStrView part);

/* The bytes that systemd's "\xHH" stand for (transfer full); NULL where one is broken. */
char *nsl_part_unescape(NslStrView part);

bool nsl_part_is_slice(NslStrView part);

/*
 * The unit (transfer full) of a kind that has cgroups and is not a slice, or NULL. A leading '_',
 * by which systemd tells a unit from the files of a cgroup, is taken off; "\x2d" is left, as
 * systemctl(1) leaves it.
 */
char *nsl_part_unit(NslStrView part);

/* "user@UID.service": that user's manager, with units of its own below. */
bool nsl_part_user_manager(NslStrView part, guint32 *ret_uid);

/*
 * The name (static) of a directory that engines keep containers in ("docker", "lxc"), as the
 * functions below want it; NULL: it is none.
 */
const char *nsl_part_group(NslStrView part);

/*
 * Whether the part names a container: by itself ("docker-ID.scope"), or as it is `level` (1:
 * directly) below a group (or NULL). Fills the runtime, and the id or name (transfer full).
 * `ret_sandbox`: it is an application's, which runs no systemd.
 */
bool nsl_part_container(NslStrView part, const char *group, guint level, NslIdentity *identity,
			bool *ret_sandbox);

/*
 * The same for "SLICE:PREFIX:ID", which an engine asks of systemd, and which a runtime that is not
 * told to use systemd takes for a directory's name.
 */
bool nsl_part_request(NslStrView part, NslStrView *ret_slice, NslIdentity *identity);

/* The pod's UID (transfer full) whose cgroup it is; NULL: it is none. `group` may be NULL. */
char *nsl_part_pod(NslStrView part, const char *group, guint level);

typedef enum NslPartMachine {
	NSL_PART_MACHINE_NONE,
	NSL_PART_MACHINE_CONTAINER, /* `container` is filled: nspawn's, or libvirt's */
	NSL_PART_MACHINE_OTHER,	    /* a virtual machine, or who keeps watch over a container */
} NslPartMachine;

/*
 * Whether the part, with the one after it (or an empty one), is that of a machine of
 * systemd-machined; `ret_name` (transfer full) where it is.
 */
NslPartMachine nsl_part_machine(NslStrView part, NslStrView next, NslCgroupContainer *container,
				char **ret_name);
