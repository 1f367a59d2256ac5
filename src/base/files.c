/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files below a root directory: see files.h.
 */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/sys.h"

#define AUTOFS	  0x0187 /* AUTOFS_SUPER_MAGIC of linux/magic.h */
#define MAX_LINKS 40	 /* as in the kernel */
#define MAX_PARTS 256
#define MAX_DIRS  128 /* kept open */

/* A directory that is open. */
typedef struct Place {
	NslFd fd;
	dev_t device;
	bool links; /* who can make links in it is root alone */
} Place;

/* A directory that was asked for: where it is, or why that cannot be told. */
typedef struct Dir {
	char *path;
	guint32 uid;
	int result;
	Place place;
} Dir;

struct NslFiles {
	int root;
	GHashTable *dirs; /* set of Dir */
};

/* On the way to a directory. */
typedef struct Walk {
	guint32 uid;
	guint links;
	GArray *places; /* Place, the root directory first: what ".." leads back to */
	GString *rest;	/* of the path */
} Walk;

static void place_clear(gpointer data)
{
	nsl_fd_close(((Place *)data)->fd);
}

static guint dir_hash(gconstpointer key)
{
	const Dir *dir = key;

	return g_str_hash(dir->path) ^ dir->uid;
}

static gboolean dir_equal(gconstpointer a, gconstpointer b)
{
	const Dir *x = a;
	const Dir *y = b;

	return x->uid == y->uid && strcmp(x->path, y->path) == 0;
}

static void dir_free(gpointer data)
{
	Dir *dir = data;

	nsl_fd_close(dir->place.fd);
	g_free(dir->path);
	g_free(dir);
}

NslFiles *nsl_files_new(int root)
{
	NslFiles *files = g_new0(NslFiles, 1);

	files->root = root;
	files->dirs = g_hash_table_new_full(dir_hash, dir_equal, dir_free, NULL);
	return files;
}

void nsl_files_free(NslFiles *files)
{
	if (!files)
		return;
	g_hash_table_destroy(files->dirs);
	g_free(files);
}

void nsl_file_clear(NslFile *file)
{
	g_free(file->bytes);
	*file = (NslFile){0};
}

static bool is_links_place(const struct stat *found)
{
	return found->st_uid == 0 && (found->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Opens what has this name as a place, whatever it is. >= 0 or -errno. */
static int open_place(const Place *parent, const char *name, struct stat *ret_found)
{
	g_auto(NslFd) fd = nsl_fd_openat(parent->fd, name, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_found) < 0)
		return -errno;
	return nsl_fd_steal(&fd);
}

/* Whether a directory may be passed: 0 or -errno. */
static int check_dir(const Place *parent, int fd, const struct stat *found, guint32 uid)
{
	struct statfs system;

	if (!S_ISDIR(found->st_mode))
		return -ENOTDIR;
	if (found->st_uid != 0 && found->st_uid != uid)
		return -EPERM;
	if ((found->st_mode & S_IWOTH) != 0 && (found->st_mode & S_ISVTX) == 0)
		return -EPERM;
	if (found->st_dev == parent->device)
		return 0;
	if (fstatfs(fd, &system) < 0)
		return -errno;
	return system.f_type == AUTOFS ? -EREMOTE : 0;
}

/* Puts what a link says in front of the rest of the path. */
static int follow(Walk *walk, int link)
{
	const Place *here = &g_array_index(walk->places, Place, walk->places->len - 1);
	char target[PATH_MAX];
	ssize_t size;

	if (!here->links || ++walk->links > MAX_LINKS)
		return -ELOOP;
	size = readlinkat(link, "", target, sizeof(target));
	if (size < 0)
		return -errno;
	if (size == sizeof(target) || walk->rest->len + (gsize)size >= PATH_MAX)
		return -ENAMETOOLONG;
	if (size > 0 && target[0] == '/')
		g_array_set_size(walk->places, 1);
	g_string_prepend_c(walk->rest, '/');
	g_string_prepend_len(walk->rest, target, size);
	return 0;
}

/* One part of a path. 0 or -errno. */
static int step(Walk *walk, const char *name)
{
	const Place *here = &g_array_index(walk->places, Place, walk->places->len - 1);
	g_auto(NslFd) fd = -1;
	struct stat found;
	Place place;
	int result;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		/* No link is left in what was passed: the directory above is the one before. */
		if (walk->places->len > 1)
			g_array_set_size(walk->places, walk->places->len - 1);
		return 0;
	}
	fd = open_place(here, name, &found);
	if (fd < 0)
		return fd;
	if (S_ISLNK(found.st_mode))
		return follow(walk, fd);
	result = check_dir(here, fd, &found, walk->uid);
	if (result < 0)
		return result;
	if (walk->places->len >= MAX_PARTS)
		return -ENAMETOOLONG;
	place = (Place){nsl_fd_steal(&fd), found.st_dev, is_links_place(&found)};
	g_array_append_val(walk->places, place);
	return 0;
}

/* Takes the first part of the path off; false: there is none. */
static bool take_part(GString *rest, char *name, gsize size)
{
	gsize skip = strspn(rest->str, "/");
	gsize length = strcspn(rest->str + skip, "/");

	if (length == 0 || length >= size)
		return false;
	memcpy(name, rest->str + skip, length);
	name[length] = '\0';
	g_string_erase(rest, 0, (gssize)(skip + length));
	return true;
}

static int walk_dir(const NslFiles *files, const char *path, guint32 uid, Place *ret_place)
{
	g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
	g_autoptr(GString) rest = g_string_new(path);
	Walk walk = {.uid = uid, .places = places, .rest = rest};
	Place place = {.fd = nsl_fd_openat(files->root, ".", O_PATH | O_DIRECTORY)};
	char name[NAME_MAX + 1];
	struct stat found;
	int result = 0;

	if (place.fd < 0)
		return place.fd;
	g_array_set_clear_func(places, place_clear);
	g_array_append_val(places, place);
	if (fstat(place.fd, &found) < 0)
		return -errno;
	g_array_index(places, Place, 0).device = found.st_dev;
	g_array_index(places, Place, 0).links = is_links_place(&found);
	if (path[0] != '/')
		return -EINVAL;
	while (result == 0 && take_part(rest, name, sizeof(name)))
		result = step(&walk, name);
	if (result == 0 && strspn(rest->str, "/") != rest->len)
		result = -ENAMETOOLONG;
	if (result < 0)
		return result;
	*ret_place = g_array_index(places, Place, places->len - 1);
	g_array_index(places, Place, places->len - 1).fd = -1;
	return 0;
}

/* The directory, opened now or before; what is missing is remembered too. Transfer none. */
static const Dir *get_dir(NslFiles *files, const char *path, guint32 uid)
{
	Dir key = {.path = (char *)path, .uid = uid};
	Dir *dir = g_hash_table_lookup(files->dirs, &key);

	if (dir)
		return dir;
	if (g_hash_table_size(files->dirs) >= MAX_DIRS)
		g_hash_table_remove_all(files->dirs);
	dir = g_new0(Dir, 1);
	dir->path = g_strdup(path);
	dir->uid = uid;
	dir->place.fd = -1;
	dir->result = walk_dir(files, path, uid, &dir->place);
	g_hash_table_add(files->dirs, dir);
	return dir;
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

static int read_whole(int fd, const struct stat *found, NslFile *ret_file)
{
	gsize size = (gsize)found->st_size;
	g_autofree char *bytes = g_try_malloc(size + 1);
	ssize_t got;

	if (!bytes)
		return -ENOMEM;
	got = nsl_fd_read(fd, bytes, size + 1);
	if (got < 0)
		return (int)got;
	if ((gsize)got > size)
		return -EAGAIN;
	bytes[got] = '\0';
	*ret_file = (NslFile){
		.bytes = g_steal_pointer(&bytes),
		.size = (gsize)got,
		.owner = found->st_uid,
		.written = found->st_mtim.tv_sec * G_USEC_PER_SEC + found->st_mtim.tv_nsec / 1000,
	};
	return 0;
}

/*
 * Looked at as a place first: opening a pipe or a device for reading could wait, or set something
 * off.
 */
static int read_at(const Place *parent, const char *name, guint32 uid, gsize limit,
		   NslFile *ret_file)
{
	g_auto(NslFd) place = -1;
	g_auto(NslFd) fd = -1;
	struct stat found;
	struct stat opened;
	int result;

	place = open_place(parent, name, &found);
	if (place < 0)
		return place;
	result = check_file(&found, uid, limit);
	if (result < 0)
		return result;
	fd = nsl_fd_openat(parent->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &opened) < 0)
		return -errno;
	if (opened.st_dev != found.st_dev || opened.st_ino != found.st_ino)
		return -EAGAIN;
	result = check_file(&opened, uid, limit);
	return result < 0 ? result : read_whole(fd, &opened, ret_file);
}

int nsl_files_read(NslFiles *files, const char *dir, const char *path, guint32 uid, gsize limit,
		   NslFile *ret_file)
{
	const Dir *base = get_dir(files, dir, uid);
	g_auto(NslFd) fd = -1; /* of `here`, but for the first */
	g_autofree char *copy = g_strdup(path);
	char *name = copy;
	Place here = base->place;
	char *slash;

	if (base->result < 0)
		return base->result;
	while ((slash = strchr(name, '/'))) {
		int result;
		int next;
		struct stat found;

		*slash = '\0';
		if (name[0] == '\0' || strcmp(name, "..") == 0)
			return -EINVAL;
		next = open_place(&here, name, &found);
		if (next < 0)
			return next;
		result = S_ISLNK(found.st_mode) ? -ELOOP : check_dir(&here, next, &found, uid);
		nsl_fd_close(fd);
		fd = next;
		if (result < 0)
			return result;
		here = (Place){.fd = fd, .device = found.st_dev};
		name = slash + 1;
	}
	if (name[0] == '\0' || strcmp(name, "..") == 0)
		return -EINVAL;
	return read_at(&here, name, uid, limit, ret_file);
}

int nsl_files_list(NslFiles *files, const char *dir, guint32 uid, guint limit, GPtrArray *names)
{
	const Dir *base = get_dir(files, dir, uid);

	return base->result < 0 ? base->result : nsl_fd_list(base->place.fd, limit, names);
}
