/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening the procfs that is to be read.
 */
#pragma once

#include "base/procfs.h"

/*
 * As nsl_procfs_open(), but fails where `path`, which a user gave, leads into a mount that does not
 * answer. NULL is /proc. `waited` is that of NslWorkSpec.
 */
NslProcfs *nsl_collect_open(const char *path, gint64 *waited, GError **error);
