/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, for people ("eth0@if7 10.0.0.2/24", "uid 0→100000 ×65536") and as JSON,
 * whose schema has the fields of each type. The words are short; JSON has everything.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

#include "base/text.h"
#include "model/snapshot.h"

#define NSL_DETAIL_FEW 4 /* interfaces or ranges, on one line */

/*
 * The parts, such as one for each interface: texts that are safe to print, unless they are to be
 * bytes. None where nothing is known. Of more than `limit` interfaces or ranges of IDs the last
 * part says how many more. Transfer full.
 */
GPtrArray *nsl_detail_parts(const NslNamespace *ns, guint limit, NslTextKind kind);

/* All on one line, a few of each kind. */
void nsl_detail_append(GString *text, const NslNamespace *ns, NslTextKind kind);

/* NULL, which is null: it was not asked for, or is not known. Transfer full. */
struct json_object *nsl_detail_json(const NslNamespace *ns);

/* It was asked for, and not all could be learnt. */
bool nsl_detail_is_missing(const NslNamespace *ns);
