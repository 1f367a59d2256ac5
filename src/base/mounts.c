/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mounts of namespace files: see mounts.h.
 */
#include "base/mounts.h"

#include <linux/magic.h>
#include <linux/types.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/procfs.h"
#include "base/sys.h"

/* include/uapi/linux/mount.h; the same numbers on every architecture. */
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#define ROOT_MOUNT     0xffffffffffffffffULL /* LSMT_ROOT: all of the namespace */
#define WANT_SB	       0x01ULL
#define WANT_BASIC     0x02ULL
#define WANT_MNT_ROOT  0x08ULL
#define WANT_MNT_POINT 0x10ULL
#define WANT_PLACE     (WANT_BASIC | WANT_MNT_POINT)
#define WANT_SOURCE    0x200ULL /* Linux 6.14 */

struct request {
	__u32 size;
	__u32 spare;
	__u64 mnt_id;
	__u64 param;
	__u64 mnt_ns_id; /* Linux 6.11 */
};

struct answer {
	__u32 size;
	__u32 mnt_opts;
	__u64 mask;
	__u32 sb_dev_major;
	__u32 sb_dev_minor;
	__u64 sb_magic;
	__u32 sb_flags;
	__u32 fs_type;
	__u64 mnt_id;
	__u64 mnt_parent_id;
	__u32 mnt_id_old;
	__u32 mnt_parent_id_old;
	__u64 mnt_attr;
	__u64 mnt_propagation;
	__u64 mnt_peer_group;
	__u64 mnt_master;
	__u64 propagate_from;
	__u32 mnt_root; /* offsets into the strings */
	__u32 mnt_point;
	__u64 mnt_ns_id;
	__u32 fs_subtype;
	__u32 sb_source;
	__u64 spare[48];
	char strings[];
};

#define BATCH	  512
#define MAX_BYTES (1 << 20)

static int stat_mount(const struct request *request, struct answer *answer, gsize size)
{
	return syscall(SYS_statmount, request, answer, size, 0) < 0 ? -errno : 0;
}

/* What the mounts of a mount namespace are reported to. */
typedef struct Sink {
	NslNsMountWants *wants; /* NULL: every mount is reported, whatever it is */
	NslMountFunc *func;
	gpointer data;
	struct answer *answer; /* of `size` bytes */
	gsize size;
	bool nsfs; /* the mount before was one of nsfs: then this one may well be */
} Sink;

static const NslMount nowhere = {.root = "", .path = "", .type = "", .source = "", .options = ""};

/* Asks for the strings in `wanted`, in as much memory as they take. 0 or -errno. */
static int stat_strings(struct request *request, guint64 wanted, Sink *sink)
{
	int result;

	request->param = WANT_SB | wanted;
	for (;;) {
		if (!sink->answer)
			sink->answer = g_malloc(sink->size);
		result = stat_mount(request, sink->answer, sink->size);
		if (result != -EOVERFLOW || sink->size >= MAX_BYTES)
			return result;
		g_clear_pointer(&sink->answer, g_free);
		sink->size *= 4;
	}
}

/*
 * Likewise, but without the path of a mount that is longer than there is memory for: one mount is
 * not to hide those after it. The root of a namespace's mount is short, and that of another one is
 * of no interest.
 */
static int stat_short(struct request *request, guint64 wanted, Sink *sink)
{
	int result = stat_strings(request, wanted, sink);

	if (result == -EOVERFLOW && wanted & WANT_MNT_POINT)
		result = stat_strings(request, wanted & ~WANT_MNT_POINT, sink);
	if (result == -EOVERFLOW)
		result = stat_strings(request, 0, sink);
	return result;
}

/* What the answer's strings say. False: it is no mount of a namespace. */
static bool read_root(const Sink *sink, char *root, gsize size, guint64 *ret_inode)
{
	const struct answer *answer = sink->answer;
	gsize type_size;
	gsize n;

	if (answer->sb_magic != NSFS_MAGIC || !(answer->mask & WANT_MNT_ROOT))
		return false;
	n = g_strlcpy(root, answer->strings + answer->mnt_root, size);
	return n < size && nsl_parse_ns_link(root, n, &type_size, ret_inode);
}

/*
 * Reports the mount where it is one of nsfs and wanted; 0, also where it has gone meanwhile, or
 * -errno. `before`: what is known of it; without an inode it may be any.
 */
static int look_at_mount(struct request request, Sink *sink, const NslNsfsMount *before)
{
	guint64 known = before->inode;
	char root[64]; /* "cgroup:[4026531835]": no longer */
	NslNsMountWant want = known ? sink->wants(sink->data, known) : NSL_MOUNT_ROOT;
	NslMount mount = nowhere;
	guint64 strings = known || sink->nsfs ? WANT_MNT_ROOT : 0;
	guint64 inode;
	int result;

	if (want == NSL_MOUNT_NOT)
		return 0;
	if (want == NSL_MOUNT_PATH)
		strings |= WANT_PLACE;
	result = stat_short(&request, strings, sink);
	sink->nsfs = result == 0 && sink->answer->sb_magic == NSFS_MAGIC;
	if (sink->nsfs && strings == 0)
		result = stat_short(&request, WANT_MNT_ROOT, sink);
	if (result < 0)
		return result == -ENOENT ? 0 : result;
	if (!read_root(sink, root, sizeof(root), &inode))
		return 0;
	if (!known)
		want = sink->wants(sink->data, inode);
	if (!known && want == NSL_MOUNT_PATH)
		result = stat_short(&request, WANT_PLACE, sink);
	if (result < 0 || want == NSL_MOUNT_NOT)
		return result == -ENOENT ? 0 : result;
	mount.root = root;
	mount.bare = before->bare;
	if (want == NSL_MOUNT_PATH)
		mount.parent = sink->answer->mnt_parent_id_old;
	/* A mount that cannot be reached from the namespace's root has no path. */
	if (want == NSL_MOUNT_PATH && sink->answer->mask & WANT_MNT_POINT)
		mount.path = sink->answer->strings + sink->answer->mnt_point;
	sink->func(sink->data, &mount);
	return 0;
}

/* Reports the mount, whatever it is, likewise. */
static int report_mount(struct request request, Sink *sink)
{
	int result = stat_short(&request, WANT_MNT_POINT | WANT_SOURCE, sink);
	const struct answer *answer = sink->answer;
	NslMount mount = nowhere;

	if (result < 0)
		return result == -ENOENT ? 0 : result;
	mount.major = answer->sb_dev_major;
	mount.minor = answer->sb_dev_minor;
	if (answer->mask & WANT_MNT_POINT)
		mount.path = answer->strings + answer->mnt_point;
	if (answer->mask & WANT_SOURCE)
		mount.source = answer->strings + answer->sb_source;
	sink->func(sink->data, &mount);
	return 0;
}

static bool is_over(gint64 end)
{
	return end != 0 && nsl_cpu_time() > end;
}

/* Appends the ids of the mounts below one, or all, unless `ids` is NULL. How many, or -errno. */
static int list_ids(guint64 mnt_ns_id, guint64 top, gint64 end, GArray *ids)
{
	struct request request = {.size = sizeof(request), .mnt_id = top, .mnt_ns_id = mnt_ns_id};
	int total = 0;

	for (;;) {
		__u64 batch[BATCH];
		long n = syscall(SYS_listmount, &request, batch, BATCH, 0);

		if (n < 0)
			return -errno;
		if (ids)
			g_array_append_vals(ids, batch, (guint)n);
		total += (int)n;
		if (n < BATCH)
			return total;
		if (is_over(end))
			return -ETIME;
		request.param = batch[n - 1];
	}
}

/*
 * Whether LSMT_ROOT stands for the namespace's root: before Linux 7.0 it is the first mount on it,
 * which is right only where that covers it, and not where the initramfs is the root. `n_listed`:
 * so many mounts are listed below it; `n_mounts`: so many were in the namespace; 0: not known.
 */
static bool is_whole(guint64 mnt_ns_id, guint n_listed, guint n_mounts, gint64 end)
{
	struct request request = {
		.size = sizeof(request), .mnt_id = ROOT_MOUNT, .mnt_ns_id = mnt_ns_id};
	struct answer answer = {0};
	__u64 first;

	if (n_mounts > 0 && n_listed + 1 >= n_mounts) /* all but the root */
		return true;
	if (syscall(SYS_listmount, &request, &first, 1, 0) != 1)
		return false;
	request.mnt_id = first;
	request.param = WANT_BASIC;
	if (stat_mount(&request, &answer, sizeof(answer)) < 0)
		return false;
	if (answer.mnt_parent_id == answer.mnt_id)
		return true;
	return list_ids(mnt_ns_id, answer.mnt_parent_id, end, NULL) <= (int)n_listed;
}

int nsl_mounts_by_id(guint64 mnt_ns_id, const GArray *known, guint n_mounts, gint64 end,
		     NslNsMountWants *wants, NslMountFunc *func, gpointer data)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));
	struct request request = {.size = sizeof(request), .mnt_ns_id = mnt_ns_id};
	Sink sink = {.wants = wants, .func = func, .data = data, .size = 8192};
	int listed = 0;
	int result;

	if (!known) {
		gint64 now = end == 0 ? 0 : nsl_cpu_time();

		/* Half of the time, so that there is some for those that are listed by then. */
		listed = list_ids(mnt_ns_id, ROOT_MOUNT, now + (end - now) / 2, ids);
		if (listed >= 0 && !is_whole(mnt_ns_id, (guint)listed, n_mounts, end))
			listed = -ENOSYS;
	}
	result = listed == -ETIME ? 0 : MIN(listed, 0);
	for (guint i = 0; i < (known ? known->len : ids->len) && result == 0; i++) {
		const NslNsfsMount mount =
			known ? g_array_index(known, NslNsfsMount, i)
			      : (NslNsfsMount){.id = g_array_index(ids, guint64, i)};

		request.mnt_id = mount.id;
		result = wants ? look_at_mount(request, &sink, &mount)
			       : report_mount(request, &sink);
		if (result == 0 && i % NSL_MOUNTS_EACH == NSL_MOUNTS_EACH - 1 && is_over(end))
			result = -ETIME;
	}
	g_free(sink.answer);
	return result == 0 ? MIN(listed, 0) : result;
}

static NslNsMountWant note_any(gpointer data, guint64 inode)
{
	bool *any = data;

	(void)inode;
	*any = true;
	return NSL_MOUNT_NOT;
}

int nsl_mounts_have_nsfs(guint64 mnt_ns_id, guint n_mounts)
{
	bool any = false;
	int result = nsl_mounts_by_id(mnt_ns_id, NULL, n_mounts, 0, note_any, NULL, &any);

	return any ? 1 : result;
}

/* "\040" and the like, in place (proc(5)). */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
		    text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

bool nsl_mounts_parse_device(const char *text, guint32 *ret_major, guint32 *ret_minor)
{
	gsize size = strcspn(text, ":");
	guint64 major;
	guint64 minor;

	if (text[size] != ':' || !nsl_parse_number(text, size, G_MAXUINT32, &major) ||
	    !nsl_parse_number(text + size + 1, strlen(text + size + 1), G_MAXUINT32, &minor))
		return false;
	*ret_major = (guint32)major;
	*ret_minor = (guint32)minor;
	return true;
}

bool nsl_mounts_parse(char *line, NslMount *ret_mount)
{
	/* id parent major:minor root path options [fields…] - type source options */
	char *end = line + strlen(line);
	char *words[5];
	char *rest[3];
	NslMount mount = nowhere;

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		words[i] = strsep(&line, " ");
	line = line ? strstr(line, " - ") : NULL;
	if (!line || !nsl_parse_number(words[1], strlen(words[1]), G_MAXUINT64, &mount.parent) ||
	    !nsl_mounts_parse_device(words[2], &mount.major, &mount.minor))
		return false;
	line += strlen(" - ");
	for (gsize i = 0; i < G_N_ELEMENTS(rest); i++)
		rest[i] = line ? strsep(&line, " ") : end;
	unescape(words[4]);
	unescape(rest[0]);
	unescape(rest[1]);
	mount.root = words[3];
	mount.path = words[4];
	mount.type = rest[0];
	mount.source = rest[1];
	mount.options = rest[2];
	*ret_mount = mount;
	return true;
}

int nsl_mounts_read(int mountinfo, gint64 end, NslMountFunc *func, gpointer data)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char chunk[8192];
	ssize_t got;

	do {
		char *line;
		char *newline;

		if (is_over(end))
			return -ETIME;
		got = nsl_fd_read(mountinfo, chunk, sizeof(chunk));
		if (got < 0)
			return (int)got;
		g_string_append_len(text, chunk, got);
		line = text->str;
		while ((newline = memchr(line, '\n', text->len - (gsize)(line - text->str)))) {
			NslMount mount;

			*newline = '\0';
			func(data, nsl_mounts_parse(line, &mount) ? &mount : NULL);
			line = newline + 1;
		}
		g_string_erase(text, 0, line - text->str);
	} while (got > 0);
	return 0;
}

typedef struct Options {
	dev_t device;
	char *found;
} Options;

static void find_options(gpointer data, const NslMount *mount)
{
	Options *options = data;

	if (mount && !options->found && makedev(mount->major, mount->minor) == options->device)
		options->found = g_strdup(mount->options);
}

char *nsl_mounts_options(int mountinfo, int fd)
{
	Options options = {0};
	struct stat status;

	if (fstat(fd, &status) < 0)
		return NULL;
	options.device = status.st_dev;
	nsl_mounts_read(mountinfo, 0, find_options, &options);
	return options.found;
}

/* What is mounted on the way to a directory. */
typedef struct Way {
	const char *directory;
	dev_t root;  /* the device of the root's file system; 0: not known yet */
	dev_t other; /* of one that is not in memory; 0: there is none yet */
	bool unsure;
} Way;

static void follow(gpointer data, const NslMount *mount)
{
	dev_t device = mount ? makedev(mount->major, mount->minor) : 0;
	Way *way = data;

	if (!mount) {
		way->unsure = true;
	} else if (strcmp(mount->path, "/") == 0) {
		way->unsure = way->unsure || way->root != 0; /* which one is below is not told */
		way->root = device;
	} else if (nsl_path_is_below(way->directory, mount->path)) {
		if (strcmp(mount->type, "tmpfs") == 0)
			return;
		way->unsure = way->unsure || (way->other != 0 && way->other != device);
		way->other = device;
	} else if (nsl_path_is_below(mount->path, way->directory)) {
		way->unsure = way->unsure || strcmp(mount->type, "nsfs") != 0;
	}
}

bool nsl_mounts_are_near(int mountinfo, const char *directory)
{
	Way way = {.directory = directory};

	return nsl_mounts_read(mountinfo, 0, follow, &way) == 0 && !way.unsure && way.root != 0 &&
	       (way.other == 0 || way.other == way.root);
}

static void add_to_sum(gpointer data, const NslMount *mount)
{
	NslMountSum *sum = data;

	sum->n_mounts++;
	/* The last one at "/" covers others. */
	if (!mount || strcmp(mount->path, "/") != 0)
		return;
	g_strlcpy(sum->type, mount->type, sizeof(sum->type));
	g_strlcpy(sum->source, mount->source, sizeof(sum->source));
}

int nsl_mounts_sum_up(int mountinfo, NslMountSum *ret_sum)
{
	NslMountSum sum = {0};
	int result = nsl_mounts_read(mountinfo, nsl_cpu_time() + NSL_MOUNTS_US, add_to_sum, &sum);

	if (result < 0)
		return result;
	*ret_sum = sum;
	return sum.type[0] ? 0 : -ENODATA;
}
