/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diff: what came, went or changed between two snapshots of one system, or of two. What is the
 * same is said in pairs.h. What a side cannot have seen has neither come nor gone: it is counted in
 * a note.
 */
#pragma once

#include "model/change.h"
#include "store/pairs.h"

/* `types`: that both sides know of. Transfer full. */
NslChanges *nsl_diff(const NslDiffSide *before, const NslDiffSide *after, NslNsTypes types);
