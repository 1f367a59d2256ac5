/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, in words for people: "eth0@if7 10.0.0.2/24", "uid 0→100000 ×65536". Short:
 * JSON has all of it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"
#include "model/detail.h"

#define NSL_DETAIL_FEW 4 /* interfaces or ranges, on one line */

/*
 * The parts, such as one for each interface: texts that are safe to print, unless they are to be
 * bytes. None where nothing is known. Of more than `limit` interfaces or ranges of IDs the last
 * part says how many more. Transfer full.
 */
GPtrArray *nsl_detail_parts(const NslNamespace *ns, guint limit, NslTextKind kind);

/* All on one line, a few of each kind. */
void nsl_detail_append(GString *text, const NslNamespace *ns, NslTextKind kind);
