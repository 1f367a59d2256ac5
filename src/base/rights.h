/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading files with a user's rights instead of root's. For expendable workers only: the
 * supplementary groups do not come back.
 */
#pragma once

#include <glib.h>

/*
 * From here on files are opened with the rights of this user (not root) and group, and of no
 * others. Real and saved UID stay 0, so that the user may not send a signal, and what the kernel
 * resets with the rights is set again: the user may not trace the process, and it still dies with
 * its parent. 0; -EPERM: the caller may not do this, and has the rights that it had.
 */
int nsl_rights_take(guint32 uid, guint32 gid);

/* Back to root's. */
void nsl_rights_give_back(void);
