/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Saved documents: what `nslist --json` wrote, data/nslist.schema.json, becomes a snapshot again.
 * Somebody may have prepared them; what is not as that schema has it is refused, and members that
 * it does not have are passed over.
 */
#pragma once

#include "model/snapshot.h"

/*
 * Reads a document; `path` is "-" for standard input. Its strings are as the document has them:
 * bytes that were no UTF-8 stay "\xHH". NULL: it cannot be read, is of another kind or a newer
 * version, or exceeds a limit (reader.h); the message begins with the path. Waits for whoever
 * writes into a pipe. Transfer full.
 */
NslSnapshot *nsl_snapfile_read(const char *path, GError **error);
