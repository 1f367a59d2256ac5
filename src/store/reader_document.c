/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A large JSON document: see reader.h. json-c parses every value, from where it begins to where
 * json-c says that it ends; here is only what stands between the values of the outermost object and
 * of its lists.
 */
#include "store/reader.h"

#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/untrusted.h"

#define PIECE	  65536
#define MALFORMED "is malformed JSON"
#define TOO_LARGE "is larger than 256 MiB"

typedef struct Document {
	NslReader *reader;
	int fd;
	char *buffer; /* PIECE bytes */
	gsize at;
	gsize end;
	guint64 size; /* that has been read */
	bool ended;   /* nothing comes after that */
	struct json_tokener *tokener;
} Document;

static bool fail(Document *document, const char *problem)
{
	g_set_error_literal(&document->reader->error, NSL_ERROR, NSL_ERROR_SYSTEM, problem);
	return false;
}

/* The bytes before the next one. */
static guint64 position(const Document *document)
{
	return document->size - document->end + document->at;
}

static bool fail_at(Document *document, const char *problem)
{
	g_set_error(&document->reader->error, NSL_ERROR, NSL_ERROR_SYSTEM,
		    "%s at byte %" G_GUINT64_FORMAT, problem, position(document));
	return false;
}

static bool fail_ended(Document *document)
{
	return fail(document, document->size == 0 ? "is empty" : "ends in the middle");
}

/* Reads more, waiting for whoever writes. > 0; 0: that was all; or -errno. */
static ssize_t read_more(const Document *document)
{
	struct pollfd ready = {.fd = document->fd, .events = POLLIN};
	ssize_t got;

	do {
		got = read(document->fd, document->buffer, PIECE);
		if (got < 0)
			got = -errno;
		if (got == -EAGAIN)
			poll(&ready, 1, -1);
	} while (got == -EAGAIN || got == -EINTR);
	return got;
}

/* Makes sure that there is a byte. False: it has ended, or an error. */
static bool fill(Document *document)
{
	ssize_t got;

	if (document->at < document->end)
		return true;
	got = read_more(document);
	if (got < 0) {
		nsl_fail(&document->reader->error, (int)got, "cannot be read");
		return false;
	}
	document->ended = got == 0;
	if (document->ended)
		return false;
	document->at = 0;
	document->end = (gsize)got;
	document->size += (guint64)got;
	return document->size <= NSL_DOCUMENT_MAX_SIZE || fail(document, TOO_LARGE);
}

static bool skip_space(Document *document)
{
	while (fill(document)) {
		char byte = document->buffer[document->at];

		if (byte == '\0' || !strchr(" \t\r\n", byte))
			return true;
		document->at++;
	}
	return false;
}

/* The next byte that is no white space, which is left where it is. */
static bool peek(Document *document, char *ret_byte)
{
	if (!skip_space(document))
		return document->ended ? fail_ended(document) : false;
	*ret_byte = document->buffer[document->at];
	return true;
}

/* Takes one of these bytes. False: there is another one. */
static bool take_byte(Document *document, const char *bytes, char *ret_byte)
{
	if (!peek(document, ret_byte))
		return false;
	if (*ret_byte == '\0' || !strchr(bytes, *ret_byte))
		return position(document) == 0 ? fail(document, "is no document of nslist --json")
					       : fail_at(document, MALFORMED);
	document->at++;
	return true;
}

/* At least as many as there are in this part. */
static guint count_values(const char *bytes, gsize size)
{
	guint n = 0;

	for (gsize i = 0; i < size; i++)
		n += (guint)(bytes[i] == ',') + (bytes[i] == '[') + (bytes[i] == '{');
	return n;
}

/* Takes a value. NULL is null. */
static bool take_value(Document *document, struct json_object **ret_value)
{
	enum json_tokener_error error = json_tokener_continue;
	struct json_object *value = NULL;
	gsize size = 0;
	guint n = 0;

	json_tokener_reset(document->tokener);
	while (error == json_tokener_continue) {
		gsize parsed;

		if (!fill(document))
			return document->ended ? fail_ended(document) : false;
		value = json_tokener_parse_ex(document->tokener, document->buffer + document->at,
					      (int)(document->end - document->at));
		error = json_tokener_get_error(document->tokener);
		parsed = json_tokener_get_parse_end(document->tokener);
		n += count_values(document->buffer + document->at, parsed);
		document->at += parsed;
		size += parsed;
		if (n > NSL_DOCUMENT_MAX_VALUES || size > NSL_DOCUMENT_MAX_PIECE)
			error = json_tokener_error_size;
	}
	if (error == json_tokener_success) {
		*ret_value = value;
		return true;
	}
	json_object_put(value);
	return fail_at(document, error == json_tokener_error_size ? "has a value that is too large"
				 : error == json_tokener_error_depth ? "is nested too deep"
								     : MALFORMED);
}

static bool give(Document *document, const char *key, gssize index)
{
	struct json_object *value = NULL;

	if (!take_value(document, &value))
		return false;
	nsl_reader_take(document->reader, key, index, value);
	json_object_put(value);
	return !document->reader->error;
}

/* The elements of a list, which has begun. */
static bool give_list(Document *document, const char *key)
{
	char byte = '\0';

	if (!peek(document, &byte))
		return false;
	if (byte == ']')
		return take_byte(document, "]", &byte);
	for (gssize i = 0; byte != ']'; i++)
		if (!give(document, key, i) || !take_byte(document, ",]", &byte))
			return false;
	return true;
}

static bool give_member(Document *document)
{
	g_autoptr(NslJson) key = NULL;
	char byte;

	if (!peek(document, &byte))
		return false;
	if (byte != '"')
		return fail_at(document, MALFORMED);
	if (!take_value(document, &key) || !take_byte(document, ":", &byte) ||
	    !peek(document, &byte))
		return false;
	if (byte != '[')
		return give(document, json_object_get_string(key), -1);
	document->at++;
	return give_list(document, json_object_get_string(key));
}

static bool give_all(Document *document)
{
	char byte;

	if (!take_byte(document, "{", &byte) || !peek(document, &byte))
		return false;
	if (byte == '}')
		document->at++;
	while (byte != '}')
		if (!give_member(document) || !take_byte(document, ",}", &byte))
			return false;
	return !skip_space(document) || fail_at(document, "goes on after the document,");
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
