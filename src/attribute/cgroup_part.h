/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One part of a cgroup's path (a directory's name): taking it to pieces, and what it is to systemd.
 * What it is to container engines is cgroup_engines.h's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Bytes of somebody else's text, without a NUL in them. */
typedef struct NslPart {
	const char *at;
	gsize size;
} NslPart;

/* The longest name that a directory or a unit (systemd.unit(5)) has. */
#define NSL_PART_MAX 255

#define NSL_PART_LOWER	 "abcdefghijklmnopqrstuvwxyz"
#define NSL_PART_LETTERS NSL_PART_LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NSL_PART_DIGITS	 "0123456789"
#define NSL_PART_HEX	 NSL_PART_DIGITS "abcdef"

bool nsl_part_is(NslPart part, const char *text);
bool nsl_part_starts(NslPart part, const char *prefix);
bool nsl_part_ends(NslPart part, const char *suffix);

/* What is between a prefix and a suffix that the part has. */
bool nsl_part_strip(NslPart part, const char *prefix, const char *suffix, NslPart *ret_middle);

/* How many bytes from the start are in the set; whether there are some, and all are. */
gsize nsl_part_span(NslPart part, const char *set);
bool nsl_part_consists_of(NslPart part, const char *set);

/* The first `size` bytes, and those after them. */
NslPart nsl_part_first(NslPart part, gsize size);
NslPart nsl_part_after(NslPart part, gsize size);

char *nsl_part_dup(NslPart part);

/* 64 lower-case hexadecimal digits: what docker, podman, nerdctl and all of CRI call a container.
 */
#define NSL_PART_LONG_ID 64
bool nsl_part_is_long_id(NslPart part);

/* What ids of runc and containerd look like, or a host's name: starts with a letter or digit. */
bool nsl_part_is_word(NslPart part);

/* The bytes that systemd's "\xHH" stand for (transfer full); NULL where one is broken. */
char *nsl_part_unescape(NslPart part);

bool nsl_part_is_slice(NslPart part);

/*
 * The unit (transfer full) of a kind that has cgroups and is not a slice, or NULL. A leading '_',
 * by which systemd tells a unit from the files of a cgroup, is taken off; "\x2d" is left, as
 * systemctl(1) leaves it.
 */
char *nsl_part_unit(NslPart part);

/* "user@UID.service": that user's manager, with units of its own below. */
bool nsl_part_user_manager(NslPart part, guint32 *ret_uid);
