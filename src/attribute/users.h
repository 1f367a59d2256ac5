/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users. Expendable workers ask the system's name service, since that may ask a server
 * that does not answer. For users of a procfs with another root directory than the caller's they
 * read /etc/passwd there (passwd(5)): the caller's name service knows of the caller's users.
 */
#pragma once

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Names the user of each process and the owner of each user namespace, NULL where the UID has no
 * name. Where the root directory of the procfs's system cannot be had nothing is done: the source
 * stays skipped. `waited` as in NslWorkSpec.
 */
void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);

/* A user as passwd(5) has it. Both strings are NULL where there is no such user. */
typedef struct NslUser {
	char *name;
	char *home;
	guint32 gid;
} NslUser;

void nsl_user_clear(NslUser *user);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslUser, nsl_user_clear)

/* The user's line in the text of a passwd(5) file. False, and nothing set: there is none. */
bool nsl_passwd_find(const char *text, guint32 uid, NslUser *ret_user);

/*
 * A user of the procfs's system: by getpwuid_r(3), or, where its root directory is another one, by
 * etc/passwd there, whose text is kept in *text (NULL at first; the caller frees it). 0, or -errno
 * where neither answers. It MAY BLOCK: for expendable workers only.
 */
int nsl_user_find(const NslProcfs *procfs, guint32 uid, char **text, NslUser *ret_user);
