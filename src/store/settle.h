/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a saved document does not say of holders, and what it says elsewhere tells: whose children a
 * namespace waits for, which mount a name of ip netns stands for, who is in its mount namespace.
 */
#pragma once

#include "model/snapshot.h"

/* Of a snapshot that has all its namespaces and processes. */
void nsl_settle_holders(const NslSnapshot *snapshot, NslNamespace *ns);
