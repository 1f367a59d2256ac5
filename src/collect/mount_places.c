/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the paths of mounts lead: see collect.h.
 */
#include "collect/collect.h"

#include <fcntl.h>
#include <string.h>

#include "base/nsfs.h"
#include "base/sys.h"
#include "base/text.h"

struct NslMountPlaces {
	int root;
	dev_t nsfs;
	GString *dir_name; /* the directory of the mount before … */
	NslFd dir;	   /* … is open: many are in the same */
	guint64 dir_mount; /* … and in this mount; 0: not known */
	GHashTable *known; /* Place, by the path */
};

/*
 * Found once for each path: there may be a stack of thousands of mounts, through all of which each
 * look goes.
 */
typedef struct Place {
	int result;    /* 0, or -errno: it could not be opened */
	guint64 inode; /* of the namespace there; 0: none */
} Place;

NslMountPlaces *nsl_mount_places_new(int root, dev_t nsfs)
{
	NslMountPlaces *places = g_new(NslMountPlaces, 1);

	*places = (NslMountPlaces){
		.root = root,
		.nsfs = nsfs,
		.dir_name = g_string_new(NULL),
		.dir = -1,
		.known = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, g_free),
	};
	return places;
}

void nsl_mount_places_free(NslMountPlaces *places)
{
	if (!places)
		return;
	nsl_fd_close(places->dir);
	g_string_free(places->dir_name, TRUE);
	g_hash_table_unref(places->known);
	g_free(places);
}

bool nsl_directory_stat(int fd, struct statx *ret_found)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, NSL_DIRECTORY_MASK, ret_found) ==
		       0 &&
	       ret_found->stx_mask & STATX_MNT_ID;
}

/*
 * Of a path that is not in the cache, as the way to a mount is: unless its file system wants to be
 * asked, another one is in the way.
 */
static bool is_covered(const NslMountPlaces *places, const char *path, guint64 parent)
{
	g_autoptr(GString) above = g_string_new(path);
	g_auto(NslFd) dir = -EAGAIN;
	struct statx found;

	while (dir < 0 && above->len > 1) {
		const char *slash = strrchr(above->str, '/');

		g_string_truncate(above, MAX((gsize)(slash - above->str), 1));
		dir = nsl_fd_open_below(places->root, above->str, false);
	}
	return dir >= 0 && parent != 0 && nsl_directory_stat(dir, &found) &&
	       found.stx_mnt_id != parent;
}

/* Opens the directory that a mount is in; `size`: of its path with the slash. */
static void open_dir(NslMountPlaces *places, const NslMount *mount, gsize size)
{
	struct statx found;

	g_string_truncate(places->dir_name, 0);
	g_string_append_len(places->dir_name, mount->path, (gssize)size);
	g_string_append_c(places->dir_name, '.'); /* it must be allowed to look into it, too */
	nsl_fd_close(nsl_fd_steal(&places->dir));
	places->dir = nsl_fd_open_below(places->root, places->dir_name->str, false);
	/* Of the caller's own, paths may be told of from another root: that of a chroot. */
	places->dir_mount = mount->bare && places->root == AT_FDCWD && places->dir >= 0 &&
					    nsl_directory_stat(places->dir, &found)
				    ? found.stx_mnt_id
				    : 0;
}

/* `name`: what follows the open directory in the path. */
static const Place *look(NslMountPlaces *places, const char *path, const char *name)
{
	Place *place = g_hash_table_lookup(places->known, path);
	g_auto(NslFd) fd = -1;

	if (place)
		return place;
	place = g_new0(Place, 1);
	fd = places->dir < 0 ? places->dir : nsl_fd_open_below(places->dir, name, false);
	place->result = fd < 0 ? fd : nsl_nsfs_inode(places->nsfs, fd, &place->inode);
	g_hash_table_insert(places->known, g_strdup(path), place);
	return place;
}

NslMountState nsl_mount_places_find(NslMountPlaces *places, const NslMount *mount, guint64 inode)
{
	const char *path = mount->path;
	const char *slash = strrchr(path, '/');
	gsize size = slash ? (gsize)(slash + 1 - path) : 0;
	const Place *place;

	if (places->nsfs == 0 || !slash || g_str_has_suffix(path, "//deleted"))
		return NSL_MOUNT_UNKNOWN;
	if (places->dir_name->len != size + 1 || strncmp(places->dir_name->str, path, size) != 0)
		open_dir(places, mount, size);
	if (mount->bare && places->dir_mount != 0 && mount->parent == places->dir_mount)
		return NSL_MOUNT_OPEN;
	place = look(places, path, slash + 1);
	switch (place->result) {
	case 0:
		return place->inode == inode ? NSL_MOUNT_OPEN : NSL_MOUNT_COVERED;
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
		return NSL_MOUNT_COVERED;
	case -EAGAIN:
		return is_covered(places, path, mount->parent) ? NSL_MOUNT_COVERED
							       : NSL_MOUNT_UNKNOWN;
	default:
		return NSL_MOUNT_UNKNOWN;
	}
}
