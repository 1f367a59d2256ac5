/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who could have named a cgroup: see cgroupfs.h.
 */
#include "base/cgroupfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/each.h"
#include "base/text.h"

#define PLACE "/sys" /* whatever is mounted below it, root has mounted there */

/* One hierarchy, mounted with its top. */
typedef struct Mount {
	char *point;
	char **names; /* controllers, or "name=systemd"; NULL: the unified one */
} Mount;

struct NslCgroupfs {
	int place; /* the root directory that the mounts are below; AT_FDCWD: the caller's */
	GPtrArray *mounts;  /* Mount */
	GPtrArray *others;  /* char *: mount points below /sys that may wait for somebody */
	GHashTable *makers; /* gint64 by the hierarchy and the directory that is above */
};

static void mount_free(gpointer data)
{
	Mount *mount = data;

	g_strfreev(mount->names);
	g_free(mount->point);
	g_free(mount);
}

/*
 * The process whose mounts are looked at: whose root directory the procfs's is, else the caller.
 * The paths of cgroups are as the caller's cgroup namespace has them, so the mounts have to be of
 * that one, too. -1 or -errno: nobody's.
 */
static int open_who_has_mounts(const NslProcfs *procfs)
{
	g_auto(NslFd) self = procfs->real ? nsl_procfs_open_self(procfs) : -1;
	g_auto(NslFd) other = -1;
	guint64 own = 0;
	guint64 its = 0;

	if (self < 0 || procfs->root_pid == 0)
		return nsl_fd_steal(&self);
	other = nsl_procfs_open_process(procfs, procfs->root_pid);
	if (other >= 0 && nsl_process_read_ns(self, "cgroup", "cgroup", &own) == 0 &&
	    nsl_process_read_ns(other, "cgroup", "cgroup", &its) == 0 && own == its)
		return nsl_fd_steal(&other);
	return -1;
}

NslCgroupfs *nsl_cgroupfs_new(const NslProcfs *procfs)
{
	NslCgroupfs *cgroupfs = g_new0(NslCgroupfs, 1);
	g_auto(NslFd) whose = open_who_has_mounts(procfs);
	g_auto(NslFd) fd = whose >= 0 ? nsl_process_open_mountinfo(whose) : -1;

	cgroupfs->place = procfs->root_pid != 0 ? procfs->root : AT_FDCWD;
	cgroupfs->mounts = g_ptr_array_new_with_free_func(mount_free);
	cgroupfs->others = g_ptr_array_new_with_free_func(g_free);
	cgroupfs->makers = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, g_free);
	if (fd >= 0)
		nsl_mounts_read(fd, 0, nsl_cgroupfs_add_mount, cgroupfs);
	return cgroupfs;
}

void nsl_cgroupfs_free(NslCgroupfs *cgroupfs)
{
	g_ptr_array_unref(cgroupfs->mounts);
	g_ptr_array_unref(cgroupfs->others);
	g_hash_table_unref(cgroupfs->makers);
	g_free(cgroupfs);
}

static bool may_wait(const NslCgroupfs *cgroupfs, const char *point)
{
	NSL_EACH (const char, other, cgroupfs->others)
		if (nsl_path_is_below(point, other))
			return true;
	return false;
}

void nsl_cgroupfs_add_mount(gpointer data, const NslMount *found)
{
	static const char *const waits_for_nobody[] = {"sysfs", "tmpfs", "cgroup", "cgroup2", NULL};
	const NslCgroupfs *cgroupfs = data;
	Mount *mount;
	bool unified;

	if (!found || !nsl_path_is_below(found->path, PLACE))
		return;
	if (!g_strv_contains(waits_for_nobody, found->type)) {
		g_ptr_array_add(cgroupfs->others, g_strdup(found->path));
		return;
	}
	unified = strcmp(found->type, "cgroup2") == 0;
	if ((!unified && strcmp(found->type, "cgroup") != 0) || strcmp(found->root, "/") != 0)
		return;
	mount = g_new(Mount, 1);
	mount->point = g_strdup(found->path);
	mount->names = unified ? NULL : g_strsplit(found->options, ",", -1);
	g_ptr_array_add(cgroupfs->mounts, mount);
}

/* Whether the mount is of the hierarchy that /proc/PID/cgroup calls so. */
static bool is_mount_of(const Mount *mount, const char *hierarchy)
{
	g_auto(GStrv) names = g_strsplit(hierarchy, ",", -1);

	if (!hierarchy[0] || !mount->names)
		return !hierarchy[0] && !mount->names;
	for (char **name = names; *name; name++)
		if (!g_strv_contains((const char *const *)mount->names, *name))
			return false;
	return true;
}

static const Mount *find_mount(const NslCgroupfs *cgroupfs, const char *hierarchy)
{
	NSL_EACH (const Mount, mount, cgroupfs->mounts)
		if (is_mount_of(mount, hierarchy) && !may_wait(cgroupfs, mount->point))
			return mount;
	return NULL;
}

const char *nsl_cgroupfs_find(const NslCgroupfs *cgroupfs, const char *hierarchy)
{
	const Mount *mount = find_mount(cgroupfs, hierarchy);

	return mount ? mount->point : NULL;
}

/* What is below such a directory, those who may write to it could have made. */
static gint64 maker_of(const struct stat *directory)
{
	if (directory->st_mode & S_IWOTH ||
	    (directory->st_mode & S_IWGRP && directory->st_gid != 0))
		return NSL_MAKER_ANYBODY;
	return directory->st_uid;
}

static gint64 join(gint64 maker, gint64 other)
{
	if (maker == 0 || maker == other)
		return other;
	return other == 0 ? maker : NSL_MAKER_ANYBODY;
}

/* Whether the path leads out of the caller's cgroup namespace. */
static bool is_outside(const char *path)
{
	return path[0] != '/' || nsl_path_is_below(path, "/..");
}

gint64 nsl_cgroupfs_maker_below(int root, const char *path)
{
	g_autofree char *way = g_strdup_printf(".%s", path);
	char *last = strrchr(way, '/');
	gint64 maker = 0;

	if (is_outside(path) || !last)
		return NSL_MAKER_UNSEEN;
	/* Each directory above the last part, the top first. */
	for (char *end = strchr(way, '/');; end = strchr(end + 1, '/')) {
		struct stat directory;
		int result;

		*end = '\0';
		result = fstatat(root, way, &directory, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
		*end = '/';
		if (result < 0 || !S_ISDIR(directory.st_mode))
			return NSL_MAKER_UNSEEN;
		maker = join(maker, maker_of(&directory));
		if (end == last)
			return maker;
	}
}

/* The top directory of a hierarchy; -1: it cannot be opened, or is covered by something else. */
static int open_top(int place, const Mount *mount)
{
	int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	g_auto(NslFd) top = place == AT_FDCWD ? nsl_fd_openat(place, mount->point, flags)
					      : nsl_fd_openat_in_root(place, mount->point, flags);
	struct statfs system;

	if (top < 0 || fstatfs(top, &system) < 0 ||
	    system.f_type != (mount->names ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC))
		return -1;
	return nsl_fd_steal(&top);
}

gint64 nsl_cgroupfs_maker(NslCgroupfs *cgroupfs, const char *hierarchy, const char *path)
{
	g_autofree char *above = g_path_get_dirname(path);
	g_autofree char *key = g_strconcat(hierarchy, ":", above, NULL);
	gint64 *maker = g_hash_table_lookup(cgroupfs->makers, key);
	const Mount *mount;
	g_auto(NslFd) top = -1;

	if (is_outside(path))
		return NSL_MAKER_UNSEEN;
	if (maker)
		return *maker;
	mount = find_mount(cgroupfs, hierarchy);
	top = mount ? open_top(cgroupfs->place, mount) : -1;
	maker = g_new(gint64, 1);
	*maker = top < 0 ? NSL_MAKER_UNSEEN : nsl_cgroupfs_maker_below(top, path);
	g_hash_table_insert(cgroupfs->makers, g_steal_pointer(&key), maker);
	return *maker;
}
