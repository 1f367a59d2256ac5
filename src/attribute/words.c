/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ids, names and paths: see words.h.
 */
#include "attribute/words.h"

#include <limits.h>
#include <string.h>

#define MAX_NAME 255

/* Beyond ASCII too: U+0080 to U+009F. */
static bool has_control(const char *text)
{
	for (const char *at = text; *at; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return true;
	return false;
}

bool nsl_word_is_id(const char *text)
{
	gsize size = 0;

	if (!g_ascii_isalnum(text[0]) && text[0] != '_')
		return false;
	while (size <= MAX_NAME && text[size])
		if (!g_ascii_isalnum(text[size]) && !strchr("_.+-:@", text[size]))
			return false;
		else
			size++;
	return size <= MAX_NAME;
}

bool nsl_word_is_name(const char *text)
{
	gsize size = strnlen(text, MAX_NAME + 1);

	return size > 0 && size <= MAX_NAME && g_utf8_validate(text, (gssize)size, NULL) &&
	       !strchr(text, '/') && !has_control(text) && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

bool nsl_word_is_path(const char *text)
{
	gsize size = strnlen(text, PATH_MAX);

	if (text[0] != '/' || size >= PATH_MAX)
		return false;
	for (const char *at = text; *at; at++)
		if ((guchar)*at < ' ' || *at == '\x7f')
			return false;
	return !strstr(text, "/../") && !g_str_has_suffix(text, "/..");
}

char *nsl_word_dup_id(const char *text)
{
	return text && nsl_word_is_id(text) ? g_strdup(text) : NULL;
}

char *nsl_word_dup_name(const char *text)
{
	return text && nsl_word_is_name(text) ? g_strdup(text) : NULL;
}

char *nsl_word_dup_path(const char *text)
{
	return text && nsl_word_is_path(text) ? g_strdup(text) : NULL;
}

char *nsl_word_last_part(const char *path)
{
	gsize end = strlen(path);
	gsize start;
	g_autofree char *part = NULL;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	part = g_strndup(path + start, end - start);
	return nsl_word_dup_name(part);
}

bool nsl_kube_name_parse(const char *text, NslKubeName *ret_name)
{
	g_auto(GStrv) parts = NULL;

	if (!g_str_has_prefix(text, "k8s_"))
		return false;
	parts = g_strsplit(text, "_", 7);
	if (g_strv_length(parts) != 6)
		return false;
	for (guint i = 1; i <= 4; i++)
		if (!nsl_word_is_id(parts[i]))
			return false;
	*ret_name = (NslKubeName){
		.container = g_strdup(parts[1]),
		.pod = g_strdup(parts[2]),
		.pod_namespace = g_strdup(parts[3]),
		.pod_uid = g_strdup(parts[4]),
		.sandbox = strcmp(parts[1], "POD") == 0,
	};
	return true;
}

void nsl_kube_name_clear(NslKubeName *name)
{
	g_free(name->container);
	g_free(name->pod);
	g_free(name->pod_namespace);
	g_free(name->pod_uid);
	*name = (NslKubeName){0};
}
