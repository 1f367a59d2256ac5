/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A large JSON document: see reader.h. json-c parses every value, from where it begins to where
 * json-c says that it ends; here is only what stands between the values of the outermost object and
 * of its lists.
 */
#include "store/reader.h"

#include <errno.h>
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

/* Makes sure that there is a byte; waits for whoever writes. False: it has ended, or an error. */
static bool fill(Document *document)
{
	struct pollfd ready = {.fd = document->fd, .events = POLLIN};
	ssize_t got;

	if (document->at < document->end)
		return true;
	if (document->ended || document->reader->error)
		return false;
	while (got = read(document->fd, document->buffer, PIECE), got < 0) {
		if (errno == EAGAIN)
			poll(&ready, 1, -1);
		else if (errno != EINTR)
			return nsl_fail(&document->reader->error, -errno, "cannot be read");
	}
	document->ended = got == 0;
	if (document->ended)
		return false;
	document->at = 0;
	document->end = (gsize)got;
	document->size += (guint64)got;
	return document->size <= NSL_DOCUMENT_MAX_SIZE || fail(document, TOO_LARGE);
}

/* The next byte that is no white space, which is left where it is. -1: it has ended, or an error.
 */
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
	gsize size = 0;
	guint n = 0;

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
		n += count_values(document->buffer + document->at, parsed);
		document->at += parsed;
		size += parsed;
		if (n > NSL_DOCUMENT_MAX_VALUES || size > NSL_DOCUMENT_MAX_PIECE)
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
