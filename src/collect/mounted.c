/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that finds the mount namespaces in which a file system is mounted that a selector names
 * (mount:…): by device, or by where it is mounted. It comes after the pass over mounts, which finds
 * mount namespaces, those without a process too. Paths may lead into dead mounts: workers walk
 * them.
 */
#include "collect/collect.h"

#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/each.h"
#include "base/sys.h"

/* What a selector names. */
typedef struct Target {
	NslSelector *selector;
	char *path;	     /* NULL: it is a device's number */
	bool is_device;	     /* the path is a block device's, else one where something is mounted */
	GHashTable *devices; /* set, as device_of(); none: not known yet */
} Target;

/* What a worker sends about a mount namespace: a target is mounted in it, from this device. */
typedef struct Record {
	int result; /* -errno: its mounts could not be listed; then there is no device */
	guint target;
	gsize device;
} Record;

typedef struct Pass {
	NslCollect *collect;
	GPtrArray *targets;    /* Target */
	GPtrArray *namespaces; /* NslNamespace: the items; NULL: the caller's own alone */
	/* In each worker: */
	GByteArray *out;
	Record last; /* that was sent */
} Pass;

/* As the kernel has it in memory: 12 bits and 20. */
static gsize device_of(guint32 major, guint32 minor)
{
	return (gsize)major << 20 | minor;
}

/* Some file systems (btrfs) have devices of their own: they are known by what was mounted. */
static bool is_mounted(const Target *target, const NslMount *mount, gsize device)
{
	if (target->is_device && strcmp(mount->source, target->path) == 0)
		return true;
	if (g_hash_table_size(target->devices) > 0)
		return g_hash_table_contains(target->devices, GSIZE_TO_POINTER(device));
	return target->path && strcmp(mount->path, target->path) == 0;
}

static void send_mount(gpointer data, const NslMount *mount)
{
	Pass *pass = data;
	Record record = {0};

	for (guint i = 0; mount && i < pass->targets->len; i++) {
		record.device = device_of(mount->major, mount->minor);
		record.target = i;
		if (!is_mounted(g_ptr_array_index(pass->targets, i), mount, record.device) ||
		    memcmp(&record, &pass->last, sizeof(record)) == 0)
			continue;
		pass->last = record;
		nsl_work_send(pass->out, &record, sizeof(record));
		nsl_collect_stream(pass->out);
	}
}

/*
 * By its id, whoever is in it; by entering it; or else by what a member sees. NULL: the caller's
 * own, as the caller sees it. 0 or -errno.
 */
static int list_mounts(Pass *pass, const NslNamespace *ns)
{
	const NslCollect *collect = pass->collect;
	g_auto(NslFd) process = -1;
	g_auto(NslFd) mountinfo = -1;
	g_auto(NslFd) fd = -1;
	gint64 end = nsl_cpu_time() + NSL_MOUNTS_US;
	int result = 0;

	if (ns && ns->nsid != 0 &&
	    nsl_mounts_by_id(ns->nsid, NULL, 0, end, NULL, send_mount, pass) == 0)
		return 0;
	if (ns) {
		fd = nsl_open_ns(collect, ns);
		result = fd < 0 ? fd : nsl_enter_mnt_ns(fd);
	}
	if (result == 0)
		process = nsl_procfs_open_self(collect->procfs);
	else if (ns->members->len > 0)
		process = nsl_open_task(
			collect, ((const NslProcess *)g_ptr_array_index(ns->members, 0))->pid, 0);
	else
		return result;
	mountinfo = process < 0 ? process : nsl_process_open_mountinfo(process);
	return mountinfo < 0 ? mountinfo : nsl_mounts_read(mountinfo, end, send_mount, pass);
}

static const NslNamespace *item_ns(const Pass *pass, guint item)
{
	return pass->namespaces ? g_ptr_array_index(pass->namespaces, item) : NULL;
}

static void read_mounts(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	Record end = {0};

	if (careful)
		return;
	pass->out = out;
	pass->last.target = G_MAXUINT;
	end.result = list_mounts(pass, item_ns(pass, item));
	if (end.result < 0)
		nsl_work_send(out, &end, sizeof(end));
}

/* How many devices are new among those of what is looked for. */
static guint take_item(const Pass *pass, const NslNamespace *ns, NslWorkItem item)
{
	int result = nsl_work_errno(item.state);
	guint n_new = 0;
	Record record;

	while (nsl_work_take(&item, &record, sizeof(record))) {
		Target *target = g_ptr_array_index(pass->targets, record.target);

		if (record.result < 0) {
			result = record.result;
			continue;
		}
		n_new += g_hash_table_add(target->devices, GSIZE_TO_POINTER(record.device));
		if (ns)
			g_hash_table_add(target->selector->mnt, GSIZE_TO_POINTER(ns->inode));
	}
	nsl_collect_note(pass->collect, NSL_SOURCE_MOUNTS,
			 "the mounts of a mount namespace could not be listed", result, 0);
	return n_new;
}

/* False: nothing new is known of what is to be looked for. */
static bool run(Pass *pass)
{
	guint n_items = pass->namespaces ? pass->namespaces->len : 1;
	g_autoptr(NslWork) work =
		nsl_collect_work(pass->collect, n_items, read_mounts, NULL, pass, NULL);
	guint n_new = 0;

	for (guint i = 0; i < n_items; i++)
		n_new += take_item(pass, item_ns(pass, i), nsl_work_get(work, i));
	return n_new > 0;
}

/* Without links; what is named need not be there any more. Transfer full. */
static char *resolve(const char *path)
{
	g_autofree char *whole = g_canonicalize_filename(path, NULL);
	g_autofree char *parent = g_path_get_dirname(whole);
	g_autofree char *name = g_path_get_basename(whole);
	char real[PATH_MAX];

	if (realpath(whole, real))
		return g_strdup(real);
	return realpath(parent, real) ? g_build_filename(real, name, NULL)
				      : g_steal_pointer(&whole);
}

/* The record is a block device's number, or 0, and then the whole path. */
static void read_place(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Pass *pass = data;
	const Target *target = g_ptr_array_index(pass->targets, item);
	g_autofree char *whole = NULL;
	gsize device = 0;
	struct stat status;

	if (careful || !target->path)
		return;
	whole = resolve(target->path);
	if (stat(whole, &status) == 0 && S_ISBLK(status.st_mode))
		device = device_of(major(status.st_rdev), minor(status.st_rdev));
	nsl_work_send(out, &device, sizeof(device));
	nsl_work_send(out, whole, strlen(whole));
}

/* What does not answer is a place where something is mounted: it is known by its name alone. */
static void take_place(Target *target, NslWorkItem item)
{
	gsize device;

	if (item.state != NSL_WORK_DONE || !nsl_work_take(&item, &device, sizeof(device)))
		return;
	g_free(target->path);
	target->path = nsl_work_take_text(&item, item.size);
	target->is_device = device != 0;
	if (target->is_device)
		g_hash_table_add(target->devices, GSIZE_TO_POINTER(device));
}

static void target_free(gpointer data)
{
	Target *target = data;

	g_free(target->path);
	g_hash_table_unref(target->devices);
	g_free(target);
}

static Target *target_new(NslSelector *selector)
{
	Target *target = g_new0(Target, 1);
	const char *object = selector->object;
	guint32 major_number;
	guint32 minor_number;

	target->selector = selector;
	target->devices = g_hash_table_new(NULL, NULL);
	if (nsl_mounts_parse_device(object, &major_number, &minor_number) &&
	    major_number >> 12 == 0 && minor_number >> 20 == 0)
		g_hash_table_add(target->devices,
				 GSIZE_TO_POINTER(device_of(major_number, minor_number)));
	else
		target->path =
			object[0] == '/' ? g_canonicalize_filename(object, "/") : g_strdup(object);
	return target;
}

void nsl_collect_mounted(NslCollect *collect)
{
	g_autoptr(GPtrArray) targets = g_ptr_array_new_with_free_func(target_free);
	g_autoptr(GPtrArray) namespaces = g_ptr_array_new();
	g_autoptr(NslWork) work = NULL;
	Pass pass = {.collect = collect, .targets = targets};

	NSL_EACH (NslSelector, selector, collect->selection->selectors) {
		if (selector->kind != NSL_SELECTOR_MOUNT)
			continue;
		if (collect->procfs->real)
			g_ptr_array_add(targets, target_new(selector));
		else
			nsl_selector_fail(selector,
					  g_strdup_printf("%s: a recorded procfs has no mounts",
							  selector->text));
	}
	if (targets->len == 0)
		return;
	work = nsl_collect_work(collect, targets->len, read_place, NULL, &pass, NULL);
	for (guint i = 0; i < targets->len; i++)
		take_place(g_ptr_array_index(targets, i), nsl_work_get(work, i));
	/* What is mounted there now; else what others have mounted there. */
	run(&pass);
	NSL_EACH_KEY (NslNamespace, ns, collect->snapshot->namespaces)
		if (ns->type == NSL_NSTYPE_MNT)
			g_ptr_array_add(namespaces, ns);
	pass.namespaces = namespaces;
	/* The devices of what they have there may be mounted elsewhere, too. */
	if (run(&pass))
		run(&pass);
}
