/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mounts of namespace files: see mounts.h.
 */
#include "base/mounts.h"

#include <errno.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/sys.h"

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673 /* include/uapi/linux/magic.h */
#endif

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
	NslNsMountWants *wants;
	NslNsMountFunc *func;
	NslMountFunc *any; /* in place of these: every mount is reported */
	gpointer data;
	struct answer *answer; /* of `size` bytes */
	gsize size;
	bool nsfs; /* the mount before was one of nsfs: then this one may well be */
} Sink;

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

static NslNsMountWant ask_wanted(const Sink *sink, guint64 inode)
{
	return sink->wants ? sink->wants(sink->data, inode) : NSL_MOUNT_PATH;
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
	const char *name;
	gsize name_size;
	gsize n;

	if (answer->sb_magic != NSFS_MAGIC || !(answer->mask & WANT_MNT_ROOT))
		return false;
	n = g_strlcpy(root, answer->strings + answer->mnt_root, size);
	return n < size && nsl_parse_ns_link(root, n, &name, &name_size, ret_inode);
}

/*
 * Reports the mount where it is one of nsfs and wanted; 0, also where it has gone meanwhile, or
 * -errno. `before`: what is known of it; without an inode it may be any.
 */
static int look_at_mount(struct request request, Sink *sink, const NslNsfsMount *before)
{
	guint64 known = before->inode;
	char root[64]; /* "cgroup:[4026531835]": no longer */
	NslNsMountWant want = known ? ask_wanted(sink, known) : NSL_MOUNT_ROOT;
	NslNsMount mount = {.root = root, .path = "", .bare = before->bare};
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
		want = ask_wanted(sink, inode);
	if (!known && want == NSL_MOUNT_PATH)
		result = stat_short(&request, WANT_PLACE, sink);
	if (result < 0 || want == NSL_MOUNT_NOT)
		return result == -ENOENT ? 0 : result;
	mount.root_size = strlen(root);
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
	NslMount mount = {.path = "", .source = ""};

	if (result < 0)
		return result == -ENOENT ? 0 : result;
	mount.major = answer->sb_dev_major;
	mount.minor = answer->sb_dev_minor;
	if (answer->mask & WANT_MNT_POINT)
		mount.path = answer->strings + answer->mnt_point;
	if (answer->mask & WANT_SOURCE)
		mount.source = answer->strings + answer->sb_source;
	sink->any(sink->data, &mount);
	return 0;
}

/* Appends the ids of the mounts below one, or all, unless `ids` is NULL. How many, or -errno. */
static int list_ids(guint64 mnt_ns_id, guint64 top, GArray *ids)
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
		request.param = batch[n - 1];
	}
}

/*
 * Whether LSMT_ROOT stands for the namespace's root: before Linux 7.0 it is the first mount on it,
 * which is right only where that covers it, and not where the initramfs is the root. `n_listed`:
 * so many mounts are listed below it; `n_mounts`: so many were in the namespace; 0: not known.
 */
static bool is_whole(guint64 mnt_ns_id, guint n_listed, guint n_mounts)
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
	return list_ids(mnt_ns_id, answer.mnt_parent_id, NULL) <= (int)n_listed;
}

int nsl_nsfs_mount_compare(const void *a, const void *b)
{
	guint64 x = ((const NslNsfsMount *)a)->id;
	guint64 y = ((const NslNsfsMount *)b)->id;

	return x < y ? -1 : x > y;
}

static int look_at_all(guint64 mnt_ns_id, const GArray *known, guint n_mounts, Sink *sink)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));
	struct request request = {.size = sizeof(request), .mnt_ns_id = mnt_ns_id};
	int result = 0;

	if (!known) {
		result = list_ids(mnt_ns_id, ROOT_MOUNT, ids);
		if (result >= 0)
			result = is_whole(mnt_ns_id, (guint)result, n_mounts) ? 0 : -ENOSYS;
	}
	for (guint i = 0; i < (known ? known->len : ids->len) && result == 0; i++) {
		const NslNsfsMount mount =
			known ? g_array_index(known, NslNsfsMount, i)
			      : (NslNsfsMount){.id = g_array_index(ids, guint64, i)};

		request.mnt_id = mount.id;
		if (sink->any)
			result = report_mount(request, sink);
		else if (sink->func)
			result = look_at_mount(request, sink, &mount);
	}
	g_free(sink->answer);
	return result;
}

int nsl_mounts_by_id(guint64 mnt_ns_id, const GArray *known, guint n_mounts, NslNsMountWants *wants,
		     NslNsMountFunc *func, gpointer data)
{
	Sink sink = {.wants = wants, .func = func, .data = data, .size = 8192};

	return look_at_all(mnt_ns_id, known, n_mounts, &sink);
}

int nsl_mounts_list_by_id(guint64 mnt_ns_id, NslMountFunc *func, gpointer data)
{
	Sink sink = {.any = func, .data = data, .size = 8192};

	return look_at_all(mnt_ns_id, NULL, 0, &sink);
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

/* Ends the word that *text begins with, and moves *text to the next one. */
static char *take_word(char **text)
{
	char *word = *text;

	*text += strcspn(word, " ");
	if (**text)
		*(*text)++ = '\0';
	return word;
}

bool nsl_mounts_parse(char *line, NslMountLine *ret_line)
{
	/* id parent major:minor root path options [fields…] - type source options */
	char *words[5];
	char *rest[3];
	guint64 parent;

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		words[i] = take_word(&line);
	line = strstr(line, " - ");
	if (!line)
		return false;
	line += strlen(" - ");
	for (gsize i = 0; i < G_N_ELEMENTS(rest); i++) {
		rest[i] = take_word(&line);
		if (i < 2)
			unescape(rest[i]);
	}
	unescape(words[4]);
	if (!nsl_parse_number(words[1], strlen(words[1]), G_MAXUINT64, &parent))
		return false;
	*ret_line = (NslMountLine){.parent = parent,
				   .device = words[2],
				   .root = words[3],
				   .path = words[4],
				   .type = rest[0],
				   .source = rest[1],
				   .options = rest[2]};
	return true;
}

/* Calls `func` for each line of a file, without the newline. 0 or -errno. */
static int read_lines(int fd, void (*func)(gpointer data, char *line), gpointer data)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char chunk[8192];
	ssize_t got;

	do {
		char *line;
		char *end;

		got = nsl_fd_read(fd, chunk, sizeof(chunk));
		if (got < 0)
			return (int)got;
		g_string_append_len(text, chunk, got);
		line = text->str;
		while ((end = memchr(line, '\n', text->len - (gsize)(line - text->str)))) {
			*end = '\0';
			func(data, line);
			line = end + 1;
		}
		g_string_erase(text, 0, line - text->str);
	} while (got > 0);
	return 0;
}

static void report_line(gpointer data, char *text)
{
	const Sink *sink = data;
	const char *name;
	gsize name_size;
	guint64 inode;
	NslNsMountWant want;
	NslMountLine line;

	if (!nsl_mounts_parse(text, &line) || strcmp(line.type, "nsfs") != 0 ||
	    !nsl_parse_ns_link(line.root, strlen(line.root), &name, &name_size, &inode))
		return;
	want = ask_wanted(sink, inode);
	if (want != NSL_MOUNT_NOT)
		sink->func(sink->data,
			   &(NslNsMount){.root = line.root,
					 .root_size = strlen(line.root),
					 .path = want == NSL_MOUNT_PATH ? line.path : "",
					 .parent = line.parent});
}

int nsl_mounts_read(int mountinfo, NslNsMountWants *wants, NslNsMountFunc *func, gpointer data)
{
	Sink sink = {.wants = wants, .func = func, .data = data};

	return read_lines(mountinfo, report_line, &sink);
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

static void report_any_line(gpointer data, char *text)
{
	const Sink *sink = data;
	NslMountLine line;
	NslMount mount;

	if (!nsl_mounts_parse(text, &line) ||
	    !nsl_mounts_parse_device(line.device, &mount.major, &mount.minor))
		return;
	mount.path = line.path;
	mount.source = line.source;
	sink->any(sink->data, &mount);
}

int nsl_mounts_list(int mountinfo, NslMountFunc *func, gpointer data)
{
	Sink sink = {.any = func, .data = data};

	return read_lines(mountinfo, report_any_line, &sink);
}

typedef struct Options {
	char *device;
	char *found;
} Options;

static void find_options(gpointer data, char *text)
{
	Options *options = data;
	NslMountLine line;

	if (!options->found && nsl_mounts_parse(text, &line) &&
	    strcmp(line.device, options->device) == 0)
		options->found = g_strdup(line.options);
}

char *nsl_mounts_options(int mountinfo, int fd)
{
	Options options = {0};
	struct stat status;

	if (fstat(fd, &status) < 0)
		return NULL;
	options.device = g_strdup_printf("%u:%u", major(status.st_dev), minor(status.st_dev));
	read_lines(mountinfo, find_options, &options);
	g_free(options.device);
	return options.found;
}

/* What is mounted on the way to a directory. */
typedef struct Way {
	const char *directory;
	char *root;	    /* the device of the root's file system */
	GPtrArray *devices; /* of the others that are not in memory */
	bool unsure;
} Way;

/* Whether the path leads through that directory, or to it. */
static bool leads_through(const char *path, const char *directory)
{
	gsize size = strlen(directory);

	return strncmp(path, directory, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

static void follow_line(gpointer data, char *text)
{
	Way *way = data;
	NslMountLine line;

	if (!nsl_mounts_parse(text, &line)) {
		way->unsure = true;
	} else if (strcmp(line.path, "/") == 0) {
		way->unsure = way->unsure || way->root; /* which one is below is not told */
		g_free(way->root);
		way->root = g_strdup(line.device);
	} else if (leads_through(way->directory, line.path)) {
		if (strcmp(line.type, "tmpfs") != 0)
			g_ptr_array_add(way->devices, g_strdup(line.device));
	} else if (leads_through(line.path, way->directory)) {
		way->unsure = way->unsure || strcmp(line.type, "nsfs") != 0;
	}
}

bool nsl_mounts_are_near(int mountinfo, const char *directory)
{
	g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
	Way way = {.directory = directory, .devices = devices};
	bool near = read_lines(mountinfo, follow_line, &way) == 0 && !way.unsure && way.root;

	for (guint i = 0; i < devices->len; i++)
		near = near && strcmp(g_ptr_array_index(devices, i), way.root) == 0;
	g_free(way.root);
	return near;
}

static void sum_line(gpointer data, char *text)
{
	NslMountSum *sum = data;
	NslMountLine line;

	sum->n_mounts++;
	/* The last one at "/" covers others. */
	if (!nsl_mounts_parse(text, &line) || strcmp(line.path, "/") != 0)
		return;
	g_strlcpy(sum->type, line.type, sizeof(sum->type));
	g_strlcpy(sum->source, line.source, sizeof(sum->source));
}

int nsl_mounts_sum_up(int mountinfo, NslMountSum *ret_sum)
{
	NslMountSum sum = {0};
	int result = read_lines(mountinfo, sum_line, &sum);

	if (result < 0)
		return result;
	*ret_sum = sum;
	return sum.type[0] ? 0 : -ENODATA;
}
