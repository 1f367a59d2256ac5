/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files and JSON that somebody else wrote: see untrusted.h.
 */
#include "base/untrusted.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#include "base/sys.h"
#include "base/text.h"

#define MAX_LINKS 40  /* as in the kernel */
#define MAX_DIRS  128 /* kept open */

struct NslFiles {
	int root;
	GHashTable *dirs; /* "UID PATH" to Dir */
};

/* A directory that is kept open. */
typedef struct Dir {
	NslFd fd;   /* -errno: it cannot be opened */
	char *path; /* where it is, without links */
} Dir;

static void free_dir(gpointer data)
{
	Dir *dir = data;

	nsl_fd_close(dir->fd);
	g_free(dir->path);
	g_free(dir);
}

NslFiles *nsl_files_new(int root)
{
	NslFiles *files = g_new(NslFiles, 1);

	files->root = root;
	files->dirs = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, free_dir);
	return files;
}

void nsl_files_free(NslFiles *files)
{
	g_hash_table_destroy(files->dirs);
	g_free(files);
}

void nsl_file_clear(NslFile *file)
{
	g_free(file->bytes);
	*file = (NslFile){0};
}

/* Opens what has this name as a location, whatever it is. >= 0 or -errno. */
static int open_location(int parent, const char *name, struct stat *ret_found)
{
	g_auto(NslFd) fd = nsl_fd_openat(parent, name, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_found) < 0)
		return -errno;
	return nsl_fd_steal(&fd);
}

/* Opens a directory on the way, if it may be passed. >= 0; -ELOOP: it is a link; or -errno. */
static int open_dir(int parent, const char *name, guint32 uid)
{
	struct stat found;
	struct statfs system;
	g_auto(NslFd) fd = open_location(parent, name, &found);

	if (fd < 0)
		return fd;
	if (S_ISLNK(found.st_mode))
		return -ELOOP;
	if (!S_ISDIR(found.st_mode))
		return -ENOTDIR;
	if ((found.st_uid != 0 && found.st_uid != uid) ||
	    ((found.st_mode & S_IWOTH) != 0 && (found.st_mode & S_ISVTX) == 0))
		return -EPERM;
	if (fstatfs(fd, &system) < 0)
		return -errno;
	return system.f_type == AUTOFS_SUPER_MAGIC ? -EREMOTE : nsl_fd_steal(&fd);
}

/* Where a link in the directory leads, if nobody but root can have made it. 0 or -errno. */
static int read_link(const Dir *dir, const char *name, char **ret_path)
{
	char target[PATH_MAX];
	struct stat found;
	ssize_t size;

	if (fstat(dir->fd, &found) < 0)
		return -errno;
	if (found.st_uid != 0 || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -ELOOP;
	size = readlinkat(dir->fd, name, target, sizeof(target));
	if (size < 0)
		return -errno;
	if ((gsize)size == sizeof(target))
		return -ENAMETOOLONG;
	target[size] = '\0';
	*ret_path = g_canonicalize_filename(target, dir->path);
	return 0;
}

static const Dir *get_dir(NslFiles *files, const char *path, guint32 uid, guint n_links);

/* Opens the directory: from the one above it, or where a link of root's leads. */
static Dir open_path(NslFiles *files, const char *path, guint32 uid, guint n_links)
{
	const char *name = strrchr(path, '/') + 1;
	g_autofree char *above = g_path_get_dirname(path);
	g_autofree char *target = NULL;
	const Dir *dir;
	int fd;

	if (strlen(path) >= PATH_MAX)
		return (Dir){-ENAMETOOLONG, NULL};
	if (*name == '\0')
		return (Dir){nsl_fd_openat(files->root, ".", O_PATH | O_DIRECTORY), g_strdup(path)};
	dir = get_dir(files, above, uid, n_links);
	if (dir->fd < 0)
		return (Dir){dir->fd, NULL};
	fd = open_dir(dir->fd, name, uid);
	if (fd != -ELOOP)
		return (Dir){fd, g_build_filename(dir->path, name, NULL)};
	fd = n_links < MAX_LINKS ? read_link(dir, name, &target) : -ELOOP;
	if (fd < 0)
		return (Dir){fd, NULL};
	dir = get_dir(files, target, uid, n_links + 1);
	fd = dir->fd < 0 ? dir->fd : nsl_fd_openat(dir->fd, ".", O_PATH | O_DIRECTORY);
	return (Dir){fd, g_strdup(dir->path)};
}

/*
 * The directory with this path, which begins with a slash and has no "." and "..", opened now or
 * before. What cannot be opened is remembered, too. `n_links`: that were followed on the way.
 */
static const Dir *get_dir(NslFiles *files, const char *path, guint32 uid, guint n_links)
{
	g_autofree char *key = g_strdup_printf("%u %s", uid, path);
	Dir *dir = g_hash_table_lookup(files->dirs, key);

	if (dir)
		return dir;
	dir = g_new(Dir, 1);
	*dir = open_path(files, path, uid, n_links);
	g_hash_table_insert(files->dirs, g_steal_pointer(&key), dir);
	return dir;
}

/* >= 0, which stays open until the next call; or -errno. */
static int find_dir(NslFiles *files, const char *path, guint32 uid)
{
	g_autofree char *whole = path[0] == '/' ? g_canonicalize_filename(path, "/") : NULL;

	if (g_hash_table_size(files->dirs) >= MAX_DIRS)
		g_hash_table_remove_all(files->dirs);
	return whole ? get_dir(files, whole, uid, 0)->fd : -EINVAL;
}

static int check_file(const struct stat *found, guint32 uid, gsize limit)
{
	if (S_ISLNK(found->st_mode))
		return -ELOOP;
	if (S_ISDIR(found->st_mode))
		return -EISDIR;
	if (!S_ISREG(found->st_mode))
		return -EMEDIUMTYPE;
	if ((found->st_uid != 0 && found->st_uid != uid) || (found->st_mode & S_IWOTH) != 0)
		return -EPERM;
	return (guint64)found->st_size > limit ? -EFBIG : 0;
}

/*
 * The file is looked at before it is opened for reading: opening a pipe or a device could wait, or
 * set something off.
 */
static int read_at(int dir, const char *name, guint32 uid, gsize limit, NslFile *ret_file)
{
	struct stat found;
	struct stat opened;
	g_auto(NslFd) location = open_location(dir, name, &found);
	g_auto(NslFd) fd = -1;
	g_autofree char *bytes = NULL;
	ssize_t got;
	int result = location < 0 ? location : check_file(&found, uid, limit);

	if (result < 0)
		return result;
	fd = nsl_fd_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &opened) < 0)
		return -errno;
	if (opened.st_dev != found.st_dev || opened.st_ino != found.st_ino)
		return -EAGAIN;
	result = check_file(&opened, uid, limit);
	if (result < 0)
		return result;
	bytes = g_try_malloc((gsize)opened.st_size + 1);
	got = bytes ? nsl_fd_read(fd, bytes, (gsize)opened.st_size + 1) : -ENOMEM;
	if (got < 0 || got > opened.st_size)
		return got < 0 ? (int)got : -EAGAIN;
	bytes[got] = '\0';
	*ret_file = (NslFile){
		.bytes = g_steal_pointer(&bytes),
		.size = (gsize)got,
		.owner = opened.st_uid,
		.written = opened.st_mtim.tv_sec * G_USEC_PER_SEC + opened.st_mtim.tv_nsec / 1000,
	};
	return 0;
}

int nsl_files_read(NslFiles *files, const char *dir, const char *path, guint32 uid, gsize limit,
		   NslFile *ret_file)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	g_auto(NslFd) below = -1;
	int here = find_dir(files, dir, uid);

	for (char **part = parts; here >= 0; part++) {
		if (!*part || (*part)[0] == '\0' || strcmp(*part, "..") == 0)
			return -EINVAL;
		if (!part[1])
			return read_at(here, *part, uid, limit, ret_file);
		here = open_dir(here, *part, uid);
		nsl_fd_close(below);
		below = here;
	}
	return here;
}

int nsl_files_list(NslFiles *files, const char *dir, guint32 uid, guint limit, GPtrArray *names)
{
	int fd = find_dir(files, dir, uid);

	return fd < 0 ? fd : nsl_fd_list(fd, limit, names);
}

#define NO_CHANGE ((uid_t)-1) /* setfsuid(2) fails with this, and says what the ID is */

/* Any change of these IDs makes the kernel forget both (prctl(2)). */
static void protect(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void nsl_rights_give_back(void)
{
	setfsuid(0);
	setfsgid(0);
	protect();
}

int nsl_rights_take(guint32 uid, guint32 gid)
{
	if (uid == 0 || (getgroups(0, NULL) > 0 && setgroups(0, NULL) < 0))
		return -EPERM;
	/* The group first: afterwards the right to change it is gone. */
	setfsgid(gid);
	setfsuid(uid);
	protect();
	if ((guint32)setfsgid(NO_CHANGE) == gid && (guint32)setfsuid(NO_CHANGE) == uid)
		return 0;
	nsl_rights_give_back();
	return -EPERM;
}

/* U+FFFD, the replacement character, stands for bytes that are no text. */
#define REPLACED      "\\ufffd"
#define REPLACED_UTF8 "\xef\xbf\xbd"
#define ESCAPED_NUL   "\\u0000"

/*
 * Appends the same JSON in ASCII alone, without what one version of json-c takes and another
 * refuses: 0.16 takes every byte in a string; 0.18 refuses control characters and bytes above 127.
 * Both take single quotes even when strict; these are refused. Counts the values on the way: each
 * is the first of all, or follows a bracket or a comma. 0 or -errno.
 */
static int simplify(const char *bytes, gsize size, GString *text)
{
	g_autofree char *valid = g_utf8_make_valid(bytes, (gssize)size);
	bool in_string = false;
	guint values = 1;

	if (memchr(bytes, '\0', size))
		return -EBADMSG;
	for (const char *at = valid; *at;) {
		gsize plain = 1;

		if (*at == '"')
			in_string = !in_string;
		else if (in_string ? (guchar)*at < ' ' || (*at == '\\' && (guchar)at[1] >= 0x80)
				   : *at == '\'')
			return -EBADMSG;
		else if (!in_string && strchr("[{,", *at) && ++values > NSL_JSON_MAX_VALUES)
			return -EFBIG;
		if (g_str_has_prefix(at, ESCAPED_NUL)) {
			g_string_append(text, REPLACED);
			at += strlen(ESCAPED_NUL);
		} else if ((guchar)*at >= 0x80) {
			nsl_text_escape_json(text, g_utf8_get_char(at));
			at = g_utf8_next_char(at);
		} else {
			plain += *at == '\\' && at[1] != '\0';
			while (g_ascii_isalnum(at[plain]))
				plain++;
			g_string_append_len(text, at, (gssize)plain);
			at += plain;
		}
	}
	return 0;
}

NslJson *nsl_json_parse(const char *bytes, gsize size, json_type type, int *result)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(NslJson) parsed = NULL;
	struct json_tokener *tokener;
	enum json_tokener_error error;

	*result = size > NSL_JSON_MAX_SIZE ? -EFBIG : simplify(bytes, size, text);
	if (*result < 0)
		return NULL;
	/* White space after it is no part of the value; json-c refuses it when strict. */
	while (text->len > 0 && g_ascii_isspace(text->str[text->len - 1]))
		g_string_truncate(text, text->len - 1);
	tokener = json_tokener_new_ex(NSL_JSON_MAX_DEPTH);
	if (!tokener) {
		*result = -ENOMEM;
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	parsed = json_tokener_parse_ex(tokener, text->str, (int)text->len);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success && json_object_is_type(parsed, type))
		return g_steal_pointer(&parsed);
	*result = error == json_tokener_error_depth ? -EFBIG : -EBADMSG;
	return NULL;
}

NslJson *nsl_json_member(NslJson *object, const char *path, json_type type, int *result)
{
	g_auto(GStrv) keys = g_strsplit(path ? path : "", ".", -1);
	NslJson *member = path ? object : NULL;

	for (char **key = keys; *key && member; key++) {
		if (!json_object_object_get_ex(member, *key, &member) || !member)
			return NULL;
		if (!json_object_is_type(member, key[1] ? json_type_object : type)) {
			*result = -EBADMSG;
			return NULL;
		}
	}
	return member;
}

const char *nsl_json_as_string(NslJson *string, int *result)
{
	const char *text;

	if (!string)
		return NULL;
	text = json_object_is_type(string, json_type_string) ? json_object_get_string(string)
							     : NULL;
	if (text && !strstr(text, REPLACED_UTF8))
		return text;
	*result = -EBADMSG;
	return NULL;
}

const char *nsl_json_string(NslJson *object, const char *path, int *result)
{
	return nsl_json_as_string(nsl_json_member(object, path, json_type_string, result), result);
}

gint64 nsl_json_number(NslJson *object, const char *path, gint64 max, int *result)
{
	NslJson *member = nsl_json_member(object, path, json_type_int, result);
	gint64 number = member ? json_object_get_int64(member) : 0;

	if (number >= 0 && number <= max)
		return number;
	*result = -EBADMSG;
	return 0;
}

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
