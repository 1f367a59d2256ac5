/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users. Expendable workers ask the system's name service, since that may ask a server
 * that does not answer.
 */
#pragma once

#include <pwd.h>

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Names the user of each process and the owner of each user namespace, NULL where the UID has no
 * name. With the procfs of another system nothing is done: the source stays skipped. `waited` as in
 * NslWorkSpec.
 */
void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);

/*
 * getpwuid_r(3), of whose answers several mean that there is no such user: 0, and *ret_found is
 * NULL then; or -errno. It MAY BLOCK: for expendable workers only.
 */
int nsl_user_find(guint32 uid, struct passwd *entry, char *buffer, gsize size,
		  struct passwd **ret_found);
