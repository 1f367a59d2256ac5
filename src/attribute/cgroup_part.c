/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a cgroup's path, and systemd's names: see cgroup_part.h.
 */
#include "attribute/cgroup_part.h"

#include <string.h>

#include "base/procfs_parse.h"

#define WORD NSL_PART_LETTERS NSL_PART_DIGITS "-_.+"
#define UNIT NSL_PART_LETTERS NSL_PART_DIGITS "-_.:\\@"

bool nsl_part_is(NslPart part, const char *text)
{
	return part.size == strlen(text) && memcmp(part.at, text, part.size) == 0;
}

bool nsl_part_starts(NslPart part, const char *prefix)
{
	gsize size = strlen(prefix);

	return part.size >= size && memcmp(part.at, prefix, size) == 0;
}

bool nsl_part_ends(NslPart part, const char *suffix)
{
	gsize size = strlen(suffix);

	return part.size >= size && memcmp(part.at + part.size - size, suffix, size) == 0;
}

bool nsl_part_strip(NslPart part, const char *prefix, const char *suffix, NslPart *ret_middle)
{
	gsize before = strlen(prefix);
	gsize after = strlen(suffix);

	if (part.size < before + after || !nsl_part_starts(part, prefix) ||
	    !nsl_part_ends(part, suffix))
		return false;
	*ret_middle = (NslPart){part.at + before, part.size - before - after};
	return true;
}

gsize nsl_part_span(NslPart part, const char *set)
{
	gsize size = 0;

	while (size < part.size && strchr(set, part.at[size])) /* there is no NUL in it */
		size++;
	return size;
}

bool nsl_part_consists_of(NslPart part, const char *set)
{
	return part.size > 0 && nsl_part_span(part, set) == part.size;
}

NslPart nsl_part_first(NslPart part, gsize size)
{
	return (NslPart){part.at, MIN(size, part.size)};
}

NslPart nsl_part_after(NslPart part, gsize size)
{
	return (NslPart){part.at + MIN(size, part.size), part.size - MIN(size, part.size)};
}

char *nsl_part_dup(NslPart part)
{
	return g_strndup(part.at, part.size);
}

bool nsl_part_is_long_id(NslPart part)
{
	return part.size == NSL_PART_LONG_ID && nsl_part_consists_of(part, NSL_PART_HEX);
}

bool nsl_part_is_word(NslPart part)
{
	return part.size <= NSL_PART_MAX && nsl_part_consists_of(part, WORD) &&
	       g_ascii_isalnum(part.at[0]);
}

char *nsl_part_unescape(NslPart part)
{
	g_autoptr(GString) bytes = g_string_sized_new(part.size);

	for (gsize i = 0; i < part.size; i++) {
		int high;
		int low;

		if (part.at[i] != '\\') {
			g_string_append_c(bytes, part.at[i]);
			continue;
		}
		if (part.size - i < 4 || part.at[i + 1] != 'x')
			return NULL;
		high = g_ascii_xdigit_value(part.at[i + 2]);
		low = g_ascii_xdigit_value(part.at[i + 3]);
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		g_string_append_c(bytes, (char)(high * 16 + low));
		i += 3;
	}
	return g_string_free(g_steal_pointer(&bytes), FALSE);
}

/* Takes off what systemd puts before a name that would be one of a cgroup's own files. */
static NslPart cgroup_unescape(NslPart part)
{
	return nsl_part_starts(part, "_") ? nsl_part_after(part, 1) : part;
}

/* A unit's name, and not a template's; `suffix` with its '.'. */
static bool is_unit(NslPart part, const char *suffix)
{
	const char *at;
	NslPart stem;

	if (part.size > NSL_PART_MAX || !nsl_part_strip(part, "", suffix, &stem) ||
	    !nsl_part_consists_of(stem, UNIT))
		return false;
	at = memchr(stem.at, '@', stem.size);
	return !at || (at != stem.at && at + 1 != stem.at + stem.size);
}

bool nsl_part_is_slice(NslPart part)
{
	return is_unit(cgroup_unescape(part), ".slice");
}

char *nsl_part_unit(NslPart part)
{
	/* The kinds that processes are run in (systemd.kill(5)): the others have no cgroups. */
	static const char *const kinds[] = {".service", ".scope", ".socket", ".mount", ".swap"};
	NslPart name = cgroup_unescape(part);

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (is_unit(name, kinds[i]))
			return nsl_part_dup(name);
	return NULL;
}

bool nsl_part_user_manager(NslPart part, guint32 *ret_uid)
{
	guint64 uid;
	NslPart digits;

	/* The highest one is no user's (user_namespaces(7)). */
	if (!nsl_part_strip(part, "user@", ".service", &digits) ||
	    !nsl_parse_number(digits.at, digits.size, G_MAXUINT32 - 1, &uid))
		return false;
	*ret_uid = (guint32)uid;
	return true;
}
