/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Machines of systemd-machined, as systemd-nspawn registers them: /run/systemd/machines/NAME, lines
 * of KEY=VALUE, has the first process (LEADER).
 */
#include <errno.h>
#include <string.h>

#include "attribute/engine_readers.h"
#include "attribute/words.h"
#include "base/procfs.h"

/* A copy of a line's value, without quotes; NULL: there is none. */
static char *get_value(char **lines, const char *key)
{
	gsize size = strlen(key);

	for (char **line = lines; *line; line++) {
		char *value = *line + size;
		gsize end;

		if (!g_str_has_prefix(*line, key) || *value++ != '=')
			continue;
		end = strlen(value);
		if (end >= 2 && value[0] == '"' && value[end - 1] == '"')
			return g_strndup(value + 1, end - 2);
		return g_strdup(value);
	}
	return NULL;
}

int nsl_engine_machined(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_auto(NslFile) file = {0};
	g_auto(GStrv) lines = NULL;
	g_autofree char *leader = NULL;
	g_autofree char *name = NULL;
	guint64 pid;
	int result = nsl_files_read(engines->files, "/run/systemd/machines", query->id, 0,
				    NSL_ENGINE_FILE, &file);

	if (result < 0)
		return result;
	if (strlen(file.bytes) != file.size)
		return -EBADMSG;
	lines = g_strsplit(file.bytes, "\n", -1);
	leader = get_value(lines, "LEADER");
	name = get_value(lines, "NAME");
	if (!leader || !nsl_parse_number(leader, strlen(leader), NSL_PID_MAX, &pid))
		return -EBADMSG;
	if (name && strcmp(name, query->id) != 0)
		return -EBADMSG;
	record->identity.name = g_strdup(query->id);
	record->pid = (guint32)pid;
	record->owner = file.owner;
	record->written = file.written;
	return 0;
}
