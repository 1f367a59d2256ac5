/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading JSON: see jsonread.h.
 */
#include "base/jsonread.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* What stands for bytes that are no text: U+FFFD, the replacement character. */
#define REPLACED      "\\ufffd"
#define REPLACED_UTF8 "\xef\xbf\xbd"
#define ESCAPED_NUL   "\\u0000"

/* As an escape, which is a UTF-16 code unit. */
static void append_unit(GString *text, guint unit)
{
	static const char digits[] = "0123456789abcdef";
	const char escape[] = {'\\',
			       'u',
			       digits[unit >> 12 & 15],
			       digits[unit >> 8 & 15],
			       digits[unit >> 4 & 15],
			       digits[unit & 15]};

	g_string_append_len(text, escape, sizeof(escape));
}

static void append_character(GString *text, gunichar character)
{
	if (character >= 0x10000) {
		append_unit(text, 0xd7c0 + (character >> 10));
		append_unit(text, 0xdc00 + (character & 0x3ff));
	} else {
		append_unit(text, character);
	}
}

/* Appends the first character of what is left of a string; how many bytes that was. */
static gsize take_character(GString *text, const char *at, gsize left)
{
	gunichar character;

	if (*at == '\\' && left >= strlen(ESCAPED_NUL) &&
	    memcmp(at, ESCAPED_NUL, strlen(ESCAPED_NUL)) == 0) {
		g_string_append(text, REPLACED);
		return strlen(ESCAPED_NUL);
	}
	if (*at == '\\' || (guchar)*at < 0x80) {
		gsize size = *at == '\\' && left > 1 ? 2 : 1;

		g_string_append_len(text, at, (gssize)size);
		return size;
	}
	character = g_utf8_get_char_validated(at, (gssize)left);
	if (character >= (gunichar)-2) {
		g_string_append(text, REPLACED);
		return 1;
	}
	append_character(text, character);
	return (gsize)(g_utf8_next_char(at) - at);
}

/*
 * The same JSON in ASCII alone, with nothing in it that one version of json-c takes and another
 * refuses: 0.16 takes every byte in a string, 0.18 refuses control characters and bytes above 127.
 * Quotes are double ones: json-c takes single ones too, even when strict. On the way the values are
 * counted: each is the first of all, or follows a bracket or a comma. 0 or -errno.
 */
static int simplify(const char *bytes, gsize size, GString *text)
{
	bool in_string = false;
	guint values = 1;

	for (gsize i = 0; i < size;) {
		char c = bytes[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string ? (guchar)c < ' ' : c == '\'')
			return -EBADMSG;
		else if (!in_string && strchr("[{,", c) && c != '\0' &&
			 ++values > NSL_JSON_MAX_VALUES)
			return -EFBIG;
		if (in_string) {
			i += take_character(text, bytes + i, size - i);
		} else {
			g_string_append_c(text, c);
			i++;
		}
	}
	return 0;
}

NslJson *nsl_json_parse(const char *bytes, gsize size, guint depth, int *result)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct json_tokener *tokener = NULL;
	enum json_tokener_error error;
	NslJson *parsed = NULL;

	*result = size > NSL_JSON_MAX_SIZE ? -EFBIG : simplify(bytes, size, text);
	if (*result < 0)
		return NULL;
	/* White space after it is no part of the value; json-c refuses it when strict. */
	while (text->len > 0 && g_ascii_isspace(text->str[text->len - 1]))
		g_string_truncate(text, text->len - 1);
	tokener = json_tokener_new_ex((int)depth);
	if (!tokener) {
		*result = -ENOMEM;
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	parsed = json_tokener_parse_ex(tokener, text->str, (int)text->len);
	error = json_tokener_get_error(tokener);
	/* A NUL ends what json-c looks at: there must be none before the end. */
	if (text->len == 0 || error != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != text->len) {
		*result = error == json_tokener_error_depth ? -EFBIG : -EBADMSG;
		json_object_put(parsed);
		parsed = NULL;
	}
	json_tokener_free(tokener);
	return parsed;
}

NslJson *nsl_json_member(NslJson *object, const char *key, json_type type, int *result)
{
	NslJson *member;

	if (!object || !json_object_object_get_ex(object, key, &member) || !member)
		return NULL;
	if (json_object_is_type(member, type))
		return member;
	*result = -EBADMSG;
	return NULL;
}

const char *nsl_json_as_string(NslJson *string, int *result)
{
	const char *text;

	if (!string)
		return NULL;
	if (!json_object_is_type(string, json_type_string)) {
		*result = -EBADMSG;
		return NULL;
	}
	text = json_object_get_string(string);
	if (!strstr(text, REPLACED_UTF8))
		return text;
	*result = -EBADMSG;
	return NULL;
}

const char *nsl_json_string(NslJson *object, const char *key, int *result)
{
	return nsl_json_as_string(nsl_json_member(object, key, json_type_string, result), result);
}

gint64 nsl_json_number(NslJson *object, const char *key, gint64 max, int *result)
{
	NslJson *member = nsl_json_member(object, key, json_type_int, result);
	gint64 number = member ? json_object_get_int64(member) : 0;

	if (number >= 0 && number <= max)
		return number;
	*result = -EBADMSG;
	return 0;
}
