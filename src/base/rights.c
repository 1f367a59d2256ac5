/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A user's rights to files: see rights.h.
 */
#include "base/rights.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NO_CHANGE ((uid_t)-1) /* what setfsuid(2) fails with, and then it says what there is */

/* Any change of these IDs makes the kernel forget both (prctl(2)). */
static void protect(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void nsl_rights_give_back(void)
{
	setfsuid(0);
	setfsgid(0);
	protect();
}

int nsl_rights_take(guint32 uid, guint32 gid)
{
	if (uid == 0 || (getgroups(0, NULL) > 0 && setgroups(0, NULL) < 0))
		return -EPERM;
	/* The group first: afterwards there is no right to. */
	setfsgid(gid);
	setfsuid(uid);
	protect();
	if ((guint32)setfsgid(NO_CHANGE) == gid && (guint32)setfsuid(NO_CHANGE) == uid)
		return 0;
	nsl_rights_give_back();
	return -EPERM;
}
