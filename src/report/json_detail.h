/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, as JSON. The object's fields depend on the namespace's type; the schema has
 * them.
 */
#pragma once

#include <json-c/json.h>

#include "model/snapshot.h"

/* NULL, which is null: it was not asked for, or is not known. Transfer full. */
struct json_object *nsl_json_detail(const NslNamespace *ns);

/* It was asked for, and not all could be learnt. */
bool nsl_json_detail_is_missing(const NslNamespace *ns);
