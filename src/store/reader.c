/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Saved documents: see reader.h. First the members of objects, then the document: json-c parses
 * every value, from where it begins to where json-c says that it ends; here is only what stands
 * between the values of the outermost object and of its lists.
 */
#include "store/reader.h"

#include <poll.h>
#include <string.h>

#include "base/each.h"
#include "base/procfs_parse.h"
#include "base/sys.h"

void nsl_field_fail(NslReader *reader, const char *key, const char *problem)
{
	g_autoptr(GString) where = g_string_new(reader->list);

	if (reader->error)
		return;
	if (reader->index >= 0)
		g_string_append_printf(where, "[%" G_GSSIZE_FORMAT "]", reader->index);
	if (reader->part)
		g_string_append_printf(where, ".%s", reader->part);
	if (key)
		g_string_append_printf(where, ".%s", key);
	reader->error = g_error_new(NSL_ERROR, NSL_ERROR_SYSTEM, "%s %s", where->str, problem);
}

void nsl_reader_count(NslReader *reader)
{
	if (++reader->n_objects > NSL_DOCUMENT_MAX_OBJECTS)
		nsl_field_fail(reader, NULL, "are too many objects in one document");
}

NslJson *nsl_field_get(NslReader *reader, NslJson *object, const char *key, json_type type)
{
	NslJson *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	nsl_field_fail(reader, key, "is of the wrong type");
	return NULL;
}

static const char *text_of(NslReader *reader, NslJson *value, const char *key)
{
	const char *text = NULL;

	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (text && g_utf8_validate(text, json_object_get_string_len(value), NULL))
		return text;
	nsl_field_fail(reader, key, "is no text in UTF-8");
	return NULL;
}

const char *nsl_field_get_text(NslReader *reader, NslJson *object, const char *key)
{
	return text_of(reader, nsl_field_get(reader, object, key, json_type_string), key);
}

char *nsl_field_copy_text(NslReader *reader, NslJson *object, const char *key)
{
	return g_strdup(nsl_field_get_text(reader, object, key));
}

const char *nsl_field_need_text(NslReader *reader, NslJson *object, const char *key)
{
	const char *text = nsl_field_get_text(reader, object, key);

	if (!text)
		nsl_field_fail(reader, key, "is missing");
	return text ? text : "";
}

bool nsl_field_number_of(NslReader *reader, NslJson *value, const char *key, guint64 min,
			 guint64 max, guint64 *ret_number)
{
	guint64 number = json_object_get_uint64(value); /* 0 for NULL */
	bool valid = json_object_is_type(value, json_type_int) &&
		     json_object_get_int64(value) >= 0 && number >= min && number <= max;

	if (valid)
		*ret_number = number;
	else
		nsl_field_fail(reader, key, "is out of range");
	return valid;
}

bool nsl_field_get_number(NslReader *reader, NslJson *object, const char *key, guint64 min,
			  guint64 max, guint64 *ret_number)
{
	NslJson *value = nsl_field_get(reader, object, key, json_type_int);

	*ret_number = 0;
	return value && nsl_field_number_of(reader, value, key, min, max, ret_number);
}

guint64 nsl_field_get_known(NslReader *reader, NslJson *object, const char *key, guint64 max)
{
	guint64 number;

	nsl_field_get_number(reader, object, key, 0, max, &number);
	return number;
}

guint64 nsl_field_need_number(NslReader *reader, NslJson *object, const char *key, guint64 min,
			      guint64 max)
{
	guint64 number;

	if (!nsl_field_get_number(reader, object, key, min, max, &number))
		nsl_field_fail(reader, key, "is missing");
	return number;
}

guint32 nsl_field_need_pid(NslReader *reader, NslJson *object)
{
	return (guint32)nsl_field_need_number(reader, object, "pid", 1, NSL_PID_MAX);
}

bool nsl_field_is(NslReader *reader, NslJson *object, const char *key, bool that)
{
	NslJson *value = nsl_field_get(reader, object, key, json_type_boolean);

	return value && json_object_get_boolean(value) == that;
}

static guint length(NslJson *list)
{
	return list ? (guint)json_object_array_length(list) : 0;
}

void nsl_field_each(NslReader *reader, NslJson *object, const char *key, NslReadObject *read_object,
		    gpointer data)
{
	NslJson *list = nsl_field_get(reader, object, key, json_type_array);
	const char *part = reader->part;

	reader->part = part ? part : key;
	for (guint i = 0; i < length(list) && !reader->error; i++) {
		NslJson *one = json_object_array_get_idx(list, i);

		nsl_reader_count(reader);
		if (json_object_is_type(one, json_type_object))
			read_object(reader, one, data);
		else
			nsl_field_fail(reader, part ? key : NULL, "is of the wrong type");
	}
	reader->part = part;
}

bool nsl_field_is_unknown(NslReader *reader, const char *key)
{
	for (guint i = 0; i < length(reader->unknown); i++) {
		const char *unknown =
			text_of(reader, json_object_array_get_idx(reader->unknown, i), "unknown");

		if (unknown && strcmp(unknown, key) == 0)
			return true;
	}
	return false;
}

NslKnowledge nsl_field_know_number(NslReader *reader, NslJson *object, const char *key, guint64 min,
				   guint64 max, guint64 *ret_number)
{
	if (nsl_field_get_number(reader, object, key, min, max, ret_number))
		return NSL_KNOWN;
	return nsl_field_is_unknown(reader, key) ? NSL_UNSUPPORTED : NSL_NONE;
}

guint nsl_field_need_choice(NslReader *reader, NslJson *object, const char *key,
			    const char *const *names, guint n)
{
	const char *text = nsl_field_need_text(reader, object, key);

	for (guint i = 0; i < n; i++)
		if (g_strcmp0(names[i], text) == 0)
			return i;
	nsl_field_fail(reader, key, "is unknown to this version");
	return 0;
}

static NslNsType type_of(NslReader *reader, const char *name, const char *key)
{
	NslNsType type = nsl_nstype_find(name, strlen(name));

	if (type != NSL_NSTYPE_COUNT)
		return type;
	nsl_field_fail(reader, key, "is a type unknown to this version");
	return 0;
}

NslNsType nsl_field_need_type(NslReader *reader, NslJson *object)
{
	return type_of(reader, nsl_field_need_text(reader, object, "type"), "type");
}

NslNsTypes nsl_field_get_types(NslReader *reader, NslJson *object, const char *key)
{
	g_autoptr(GPtrArray) names = nsl_field_get_texts(reader, object, key);
	NslNsTypes types = 0;

	NSL_EACH (const char, name, names)
		types |= NSL_NSTYPE_BIT(type_of(reader, name, key));
	return types;
}

void nsl_field_get_pids(NslReader *reader, NslJson *object, const char *key, GArray *pids)
{
	NslJson *list = nsl_field_get(reader, object, key, json_type_array);

	for (guint i = 0; i < length(list); i++) {
		guint64 number = 0;
		guint32 pid;

		nsl_field_number_of(reader, json_object_array_get_idx(list, i), key, 1, NSL_PID_MAX,
				    &number);
		pid = (guint32)number;
		g_array_append_val(pids, pid);
	}
}

GPtrArray *nsl_field_get_texts(NslReader *reader, NslJson *object, const char *key)
{
	NslJson *list = nsl_field_get(reader, object, key, json_type_array);
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < length(list); i++) {
		const char *text = text_of(reader, json_object_array_get_idx(list, i), key);

		g_ptr_array_add(texts, g_strdup(text ? text : ""));
	}
	return texts;
}

gint64 nsl_field_time_of(NslReader *reader, NslJson *value, const char *key)
{
	const char *text = text_of(reader, value, key);
	g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

	if (text && !time)
		nsl_field_fail(reader, key, "is no time");
	return time ? g_date_time_to_unix(time) : 0;
}

#define PIECE	  65536
#define ESCAPE	  6  /* bytes: "\ud83d" */
#define PAIR	  12 /* "\ud83d\ude00" */
#define MALFORMED "is malformed JSON"
#define TOO_LARGE "is larger than 1 GiB"

typedef struct Document {
	NslReader *reader;
	int fd;
	char *buffer; /* PIECE bytes */
	gsize at;
	gsize end;
	gsize kept;   /* bytes behind `end`: the beginning of a pair of surrogates */
	guint64 size; /* that has been read, without those */
	bool ended;   /* nothing comes after that */
	struct json_tokener *tokener;
} Document;

/* The first problem counts. */
static bool fail(Document *document, const char *problem)
{
	if (!document->reader->error)
		document->reader->error = g_error_new_literal(NSL_ERROR, NSL_ERROR_SYSTEM, problem);
	return false;
}

/* The bytes before the next one. */
static guint64 position(const Document *document)
{
	return document->size - document->end + document->at;
}

static bool fail_at(Document *document, const char *problem)
{
	g_autofree char *text =
		g_strdup_printf("%s at byte %" G_GUINT64_FORMAT, problem, position(document));

	return fail(document, text);
}

static bool fail_ended(Document *document)
{
	return fail(document, document->size == 0 ? "is empty" : "ends in the middle");
}

/* The character beyond U+FFFF that a pair of surrogates stands for; 0: it is none. */
static gunichar parse_surrogates(const char *text, gsize size)
{
	guint32 halves[2] = {0, 0};

	for (gsize i = 0; i < PAIR; i++) {
		guint32 *half = &halves[i / ESCAPE];
		gsize at = i % ESCAPE;

		if (i >= size || (at == 0 && text[i] != '\\') || (at == 1 && text[i] != 'u') ||
		    (at > 1 && !g_ascii_isxdigit(text[i])))
			return 0;
		if (at > 1)
			*half = *half << 4 | (guint32)g_ascii_xdigit_value(text[i]);
	}
	if ((halves[0] & 0xfc00) != 0xd800 || (halves[1] & 0xfc00) != 0xdc00)
		return 0;
	return 0x10000 + ((halves[0] & 0x3ff) << 10) + (halves[1] & 0x3ff);
}

/*
 * Puts the characters themselves in the place of pairs of surrogates, in the `size` bytes of the
 * buffer: json-c 0.16 misreads one pair in 64, such as that of U+FD800, as U+FFFD. A pair that is
 * not whole at the end of the buffer is kept for the next time.
 */
static void join_surrogates(Document *document, gsize size)
{
	char *buffer = document->buffer;
	gsize from = 0;
	gsize to = 0;

	while (from < size) {
		const char *escape = memchr(buffer + from, '\\', size - from);
		gsize plain = escape ? (gsize)(escape - buffer) - from : size - from;
		gunichar character = 0;

		if (plain == 0 && size - from < PAIR && !document->ended)
			break;
		if (plain == 0) {
			character = parse_surrogates(escape, size - from);
			plain = MIN(2, size - from);
		}
		if (character != 0) {
			to += (gsize)g_unichar_to_utf8(character, buffer + to);
			from += PAIR;
			continue;
		}
		memmove(buffer + to, buffer + from, plain);
		to += plain;
		from += plain;
	}
	document->size += from;
	document->kept = size - from;
	memmove(buffer + to, buffer + from, document->kept);
	document->at = 0;
	document->end = to;
}

/* Makes sure that there is a byte; waits for whoever writes. False: it has ended, or an error. */
static bool fill(Document *document)
{
	struct pollfd ready = {.fd = document->fd, .events = POLLIN};

	while (document->at == document->end) {
		ssize_t got;

		if (document->ended || document->reader->error)
			return false;
		memmove(document->buffer, document->buffer + document->end, document->kept);
		document->at = document->end = 0;
		got = read(document->fd, document->buffer + document->kept, PIECE - document->kept);
		if (got < 0 && errno == EAGAIN)
			poll(&ready, 1, -1);
		else if (got < 0 && errno != EINTR)
			return nsl_fail(&document->reader->error, -errno, "cannot be read");
		if (got < 0)
			continue;
		document->ended = got == 0;
		join_surrogates(document, document->kept + (gsize)got);
		if (document->size > NSL_DOCUMENT_MAX_SIZE)
			return fail(document, TOO_LARGE);
	}
	return true;
}

/* The next byte that is no white space, left where it is. -1: it has ended, or an error. */
static int peek(Document *document)
{
	while (fill(document)) {
		guchar byte = (guchar)document->buffer[document->at];

		if (byte == '\0' || !strchr(" \t\r\n", byte))
			return byte;
		document->at++;
	}
	return -1;
}

/* Takes one of these bytes. -1: there is another one, or none. */
static int take_byte(Document *document, const char *bytes)
{
	int byte = peek(document);

	if (byte > 0 && strchr(bytes, byte)) {
		document->at++;
		return byte;
	}
	if (byte < 0)
		fail_ended(document);
	else if (position(document) == 0)
		fail(document, "is no document of nslist --json");
	else
		fail_at(document, MALFORMED);
	return -1;
}

/*
 * What this part of a value takes in memory, about: an empty object of two bytes has 800 in
 * json-c. In strings, whose text others choose, nothing counts but its size.
 */
static gsize weigh(bool *in_string, bool *escaped, const char *bytes, gsize size)
{
	gsize weight = size;

	for (gsize i = 0; i < size; i++) {
		bool was_escaped = *escaped;

		*escaped = *in_string && bytes[i] == '\\' && !was_escaped;
		if (bytes[i] == '"' && !was_escaped)
			*in_string = !*in_string;
		else if (!*in_string)
			weight += bytes[i] == ','		       ? 100
				  : bytes[i] == '[' || bytes[i] == '{' ? 800
								       : 0;
	}
	return weight;
}

/* Takes a value. NULL is null. */
static bool take_value(Document *document, NslJson **ret_value)
{
	enum json_tokener_error error = json_tokener_continue;
	gsize weight = 0;
	bool in_string = false;
	bool escaped = false;

	*ret_value = NULL;
	json_tokener_reset(document->tokener);
	while (error == json_tokener_continue) {
		gsize parsed;

		if (!fill(document))
			return fail_ended(document);
		*ret_value =
			json_tokener_parse_ex(document->tokener, document->buffer + document->at,
					      (int)(document->end - document->at));
		error = json_tokener_get_error(document->tokener);
		parsed = json_tokener_get_parse_end(document->tokener);
		weight += weigh(&in_string, &escaped, document->buffer + document->at, parsed);
		document->at += parsed;
		if (weight > NSL_DOCUMENT_MAX_PIECE)
			error = json_tokener_error_size;
	}
	return error == json_tokener_success ||
	       fail_at(document, error == json_tokener_error_size ? "has a value that is too large"
				 : error == json_tokener_error_depth ? "is nested too deep"
								     : MALFORMED);
}

static bool give(Document *document, const char *key, gssize index)
{
	g_autoptr(NslJson) value = NULL;

	if (take_value(document, &value))
		nsl_reader_take(document->reader, key, index, value);
	return !document->reader->error;
}

/* The elements of a list, which has begun. */
static bool give_list(Document *document, const char *key)
{
	gssize n = 0;

	if (peek(document) == ']')
		return take_byte(document, "]") == ']';
	while (give(document, key, n++))
		if (take_byte(document, ",]") == ']')
			return true;
	return false;
}

static bool give_member(Document *document)
{
	g_autoptr(NslJson) key = NULL;

	if (take_byte(document, "\"") < 0)
		return false;
	document->at--; /* the quote is a part of the key */
	if (!take_value(document, &key) || take_byte(document, ":") < 0)
		return false;
	if (peek(document) != '[')
		return give(document, json_object_get_string(key), -1);
	document->at++;
	return give_list(document, json_object_get_string(key));
}

static void give_all(Document *document)
{
	if (take_byte(document, "{") < 0)
		return;
	if (peek(document) == '}')
		document->at++;
	else
		while (give_member(document) && take_byte(document, ",}") == ',')
			;
	if (peek(document) >= 0)
		fail_at(document, "goes on after the document,");
}

void nsl_reader_read(NslReader *reader, int fd)
{
	g_autofree char *buffer = g_malloc0(PIECE);
	Document document = {.reader = reader, .fd = fd, .buffer = buffer};
	struct stat file;

	/* Of a regular file that is known without reading all of it. */
	if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
	    (guint64)file.st_size > NSL_DOCUMENT_MAX_SIZE) {
		fail(&document, TOO_LARGE);
		return;
	}
	/* Not strict: json-c 0.18 then refuses all that is not ASCII. */
	document.tokener = json_tokener_new_ex(NSL_DOCUMENT_MAX_DEPTH);
	if (!document.tokener) {
		nsl_fail(&reader->error, -ENOMEM, "cannot be read");
		return;
	}
	give_all(&document);
	json_tokener_free(document.tokener);
}
