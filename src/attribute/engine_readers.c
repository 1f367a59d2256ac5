/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the readers of the engines' files share: see engine_readers.h. Which engine keeps what
 * where is not known here.
 */
#include "attribute/engine_readers.h"

#include <errno.h>
#include <string.h>

#include "attribute/words.h"
#include "base/procfs.h"

#define MAX_LISTED 512

NslPlaces *nsl_places_new(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

void nsl_places_add(NslPlaces *places, const char *path)
{
	if (!path || !nsl_word_is_path(path))
		return;
	for (guint i = 0; i < places->len; i++)
		if (strcmp(g_ptr_array_index(places, i), path) == 0)
			return;
	g_ptr_array_add(places, g_strdup(path));
}

void nsl_places_addf(NslPlaces *places, const char *format, ...)
{
	g_autofree char *path = NULL;
	va_list arguments;

	va_start(arguments, format);
	path = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	nsl_places_add(places, path);
}

int nsl_places_read(const NslPlaces *places, NslEngines *engines, const NslEngineQuery *query,
		    NslEngineRecord *record, NslPlaceReader *read)
{
	int result = -ENOENT;

	for (guint i = 0; i < places->len; i++) {
		const char *runtime = record->identity.runtime;
		int answer = read(engines, query, g_ptr_array_index(places, i), record);

		if (answer == 0)
			return 0;
		nsl_engine_record_clear(record);
		record->identity.runtime = runtime;
		if (result == -ENOENT)
			result = answer;
	}
	return result;
}

static char *setting_in_json(const NslFile *file, const char *key)
{
	int result;
	g_autoptr(NslJson) object =
		nsl_json_parse(file->bytes, file->size, json_type_object, &result);

	return g_strdup(nsl_json_string(object, key, &result));
}

/* `text` behind "key", up to the value in its quotes; NULL: it is something else. */
static char *setting_value(const char *text)
{
	const char *end;
	char quote;

	text += strspn(text, " \t");
	if (*text++ != '=')
		return NULL;
	text += strspn(text, " \t");
	quote = *text++;
	if (quote != '"' && quote != '\'')
		return NULL;
	end = strchr(text, quote);
	return end ? g_strndup(text, (gsize)(end - text)) : NULL;
}

char *nsl_engine_find_setting(const char *text, const char *section, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool here = section[0] == '\0';

	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		if ((*line)[0] == '[') {
			gsize size = strlen(section);

			here = size > 0 && g_str_has_prefix(*line + 1, section) &&
			       (*line)[1 + size] == ']';
		} else if (here && g_str_has_prefix(*line, key)) {
			char *value = setting_value(*line + strlen(key));

			if (value)
				return value;
		}
	}
	return NULL;
}

const char *nsl_engine_setting(NslEngines *engines, const char *path, guint32 uid,
			       const char *section, const char *key)
{
	g_autofree char *name = g_strdup_printf("%u %s %s", uid, key, path);
	g_autofree char *dir = NULL;
	g_autofree char *base = NULL;
	g_auto(NslFile) file = {0};
	char *value = NULL;
	gpointer known;

	if (g_hash_table_lookup_extended(engines->settings, name, NULL, &known))
		return known;
	dir = g_path_get_dirname(path);
	base = g_path_get_basename(path);
	/* That it cannot be read is no news: the default places are tried next. */
	if (nsl_files_read(engines->files, dir, base, uid, NSL_ENGINE_FILE, &file) == 0)
		value = section ? nsl_engine_find_setting(file.bytes, section, key)
				: setting_in_json(&file, key);
	g_hash_table_insert(engines->settings, g_steal_pointer(&name), value);
	return value;
}

void nsl_engine_list_free(NslEngineList *list)
{
	g_ptr_array_unref(list->names);
	g_free(list);
}

const NslEngineList *nsl_engine_list(NslEngines *engines, const char *dir, guint32 uid)
{
	g_autofree char *key = g_strdup_printf("%u %s", uid, dir);
	NslEngineList *list = g_hash_table_lookup(engines->lists, key);

	if (list)
		return list;
	list = g_new(NslEngineList, 1);
	list->names = g_ptr_array_new_with_free_func(g_free);
	list->result = nsl_files_list(engines->files, dir, uid, MAX_LISTED, list->names);
	g_hash_table_insert(engines->lists, g_steal_pointer(&key), list);
	return list;
}

int nsl_engine_read_json(NslEngines *engines, const char *dir, const char *path, guint32 uid,
			 NslJson **ret_object, NslEngineRecord *record)
{
	g_auto(NslFile) file = {0};
	g_autoptr(NslJson) object = NULL;
	int result = nsl_files_read(engines->files, dir, path, uid, NSL_ENGINE_FILE, &file);

	if (result < 0)
		return result;
	object = nsl_json_parse(file.bytes, file.size, json_type_object, &result);
	if (result < 0)
		return result;
	if (file.owner != 0)
		record->owner = file.owner;
	if (record->written == 0)
		record->written = file.written;
	*ret_object = g_steal_pointer(&object);
	return 0;
}

void nsl_engine_read_pid(NslEngines *engines, const char *dir, const char *path, guint32 uid,
			 NslEngineRecord *record)
{
	g_auto(NslFile) file = {0};
	guint64 pid;

	record->pid = 0;
	if (nsl_files_read(engines->files, dir, path, uid, NSL_ENGINE_TINY, &file) < 0)
		return;
	g_strstrip(file.bytes);
	if (!nsl_parse_number(file.bytes, strlen(file.bytes), NSL_PID_MAX, &pid))
		return;
	record->pid = (guint32)pid;
	record->written = file.written;
	if (file.owner != 0)
		record->owner = file.owner;
}
