/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users. Looked up by the system's name service, which may ask a server that does not
 * answer: in expendable workers.
 */
#pragma once

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Gives each process its user's name. A UID without a name has none; names of this system do not
 * go with another one's procfs: then the source is left as skipped. `waited` is that of
 * NslWorkSpec.
 */
void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);
