/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The passes of the table in collect.c, one a source file. Each returns false only where
 * nothing at all can be listed.
 */
#pragma once

#include "collect/collect.h"

/* system.c: the host name and what else identifies the system and the moment. */
bool nsl_collect_system(NslCollect *collect, GError **error);

/* paths.c: what the selectors that are paths stand for. */
bool nsl_collect_paths(NslCollect *collect, GError **error);

/* members.c: every process, and the namespaces that it is in. */
bool nsl_collect_members(NslCollect *collect, GError **error);
