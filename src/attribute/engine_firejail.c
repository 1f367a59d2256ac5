/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firejail: /run/firejail/name/PID has the name that was given with --name, or that firejail chose
 * since that one was taken. PID is the process that keeps watch over the sandbox, and only
 * firejail, which is set-user-ID root, can have made the file: that is the agreement, as long as
 * the PID is not another process's by now.
 */
#include <errno.h>

#include "attribute/engine_readers.h"
#include "attribute/words.h"

int nsl_engine_firejail(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autofree char *path = g_strdup_printf("%u", query->monitor);
	g_auto(NslFile) file = {0};
	int result;

	if (query->monitor == 0)
		return -ENOENT;
	result = nsl_files_read(engines->files, "/run/firejail/name", path, 0, NSL_ENGINE_TINY,
				&file);
	if (result < 0)
		return result;
	g_strchomp(file.bytes);
	record->identity.name = nsl_word_dup_name(file.bytes);
	if (!record->identity.name)
		return -EBADMSG;
	record->owner = file.owner;
	record->written = file.written;
	record->pid = query->monitor;
	record->agrees = true;
	return 0;
}
