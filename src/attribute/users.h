/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users. Expendable workers ask the system's name service, since that may ask a server
 * that does not answer.
 */
#pragma once

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Names the user of each process and the owner of each user namespace, NULL where the UID has no
 * name. With the procfs of another system nothing is done: the source stays skipped. `waited` as in
 * NslWorkSpec.
 */
void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);
