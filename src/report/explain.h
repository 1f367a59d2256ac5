/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In words: why a namespace exists, and what a container is called. Bytes; who prints them escapes
 * them (label.h).
 */
#pragma once

#include <glib.h>

#include "model/snapshot.h"

/* Why a namespace exists, by one who holds it: "held by fd 7 of 1234 dnsmasq"; bytes, transfer
 * full. */
char *nsl_explain_holder(const NslSnapshot *snapshot, const NslHolder *holder);

/* The same by the first of its holders, and how many more there are; for one without a process. */
char *nsl_explain_namespace(const NslSnapshot *snapshot, const NslNamespace *ns);

/* Its name, or its id, short where it is a long number; bytes, NULL: it has neither. */
char *nsl_explain_which(const NslContainer *container);

/*
 * What a container is called: "docker:web", "docker:3f2ab81c9e7d", "bwrap", with "?" after it where
 * nothing confirms it; bytes.
 */
void nsl_explain_container(GString *name, const NslContainer *container);
