/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is accepted as an id, a name or a path: see validate.h.
 */
#include "attribute/validate.h"

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

bool nsl_is_id(const char *text)
{
	gsize size = 0;

	while (g_ascii_isalnum(text[size]) || (text[size] && strchr("_.+-:@", text[size])))
		size++;
	return (g_ascii_isalnum(text[0]) || text[0] == '_') && size <= MAX_NAME && !text[size];
}

bool nsl_is_name(const char *text)
{
	gsize size = strnlen(text, MAX_NAME + 1);

	return size > 0 && size <= MAX_NAME && g_utf8_validate(text, (gssize)size, NULL) &&
	       !strchr(text, '/') && !has_control(text) && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

bool nsl_is_path(const char *text)
{
	gsize size = strnlen(text, PATH_MAX);

	if (text[0] != '/' || size >= PATH_MAX)
		return false;
	for (const char *at = text; *at; at++)
		if ((guchar)*at < ' ' || *at == '\x7f')
			return false;
	return !strstr(text, "/../") && !g_str_has_suffix(text, "/..");
}

char *nsl_validate_id(const char *text)
{
	return text && nsl_is_id(text) ? g_strdup(text) : NULL;
}

char *nsl_validate_name(const char *text)
{
	return text && nsl_is_name(text) ? g_strdup(text) : NULL;
}

char *nsl_validate_path(const char *text)
{
	return text && nsl_is_path(text) ? g_strdup(text) : NULL;
}

char *nsl_validate_last_part(const char *path)
{
	g_autofree char *part = path && path[0] ? g_path_get_basename(path) : NULL;

	return nsl_validate_name(part);
}

bool nsl_identity_take_kube_name(NslIdentity *identity, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "_", 7);
	NslIdentity named;

	if (!g_str_has_prefix(text, "k8s_") || g_strv_length(parts) != 6)
		return false;
	for (guint i = 1; i <= 4; i++)
		if (!nsl_is_id(parts[i]))
			return false;
	named = (NslIdentity){
		.name = g_strdup(parts[1]),
		.pod = g_strdup(parts[2]),
		.pod_namespace = g_strdup(parts[3]),
		.pod_uid = g_strdup(parts[4]),
	};
	nsl_identity_update(identity, &named);
	return true;
}
