/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, for people ("eth0@if7 10.0.0.2/24", "uid 0→100000 ×65536") and as JSON,
 * whose schema has the fields of each type. The words are short; JSON has everything.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"
#include "model/detail.h"
#include "report/json_value.h"

#define NSL_DETAIL_FEW 4 /* interfaces, addresses of one, or ranges, on one line */
#define NSL_DETAIL_ALL G_MAXUINT

/*
 * The parts, such as one for each interface: texts that are safe to print, unless they are to be
 * bytes. None where nothing is known. Of more than `limit` interfaces or ranges of IDs the last
 * part says how many more; nor are all of an interface's addresses there, nor an interface that is
 * down, nor "lo" beside others. ALL leaves nothing out. Transfer full.
 */
GPtrArray *nsl_detail_parts(const NslNamespace *ns, guint limit, NslTextKind kind);

/* All on one line, a few of each kind. */
void nsl_detail_append(GString *text, const NslNamespace *ns, NslTextKind kind);

/* An object; null where it was not asked for, or is not known. */
void nsl_detail_put_json(NslJsonWriter *json, const char *key, const NslNamespace *ns);

/* It was asked for, and not all could be learnt. */
bool nsl_detail_is_missing(const NslNamespace *ns);
