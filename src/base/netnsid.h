/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The number that the caller's network namespace has for another one (rtnetlink(7), RTM_GETNSID,
 * include/uapi/linux/net_namespace.h): what `ip link` shows as link-netnsid.
 */
#pragma once

#include <glib.h>

/* 0: *ret_id is the number, or -1 where none was given; or -errno. `fd` is the other one's file. */
int nsl_netnsid_get(int fd, gint32 *ret_id);
