/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that finds out what selectors stand for that name a place: with a "/" in it a process
 * (/proc/7), or the namespace that a file refers to; and the caller's interface of peer:. Paths may
 * lead into dead mounts: workers walk them.
 */
#include "collect/collect.h"

#include <fcntl.h>
#include <string.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/netlink.h"
#include "base/nsfs.h"

/* What a worker sends about a path. */
typedef struct Found {
	int result;
	NslNsFile file;
} Found;

typedef struct Paths {
	const NslProcfs *procfs;
	GPtrArray *selectors; /* NslSelector, of the selection */
	guint32 self;	      /* the caller, as this procfs counts; 0: it does not see it */
} Paths;

/* What follows "DIR/" in `path`, or NULL. */
static const char *below(const char *path, const char *dir)
{
	gsize size = strlen(dir);

	while (size > 1 && dir[size - 1] == '/')
		size--;
	if (strncmp(path, dir, size) != 0 || path[size] != '/')
		return NULL;
	return path + size + strspn(path + size, "/");
}

/*
 * The path within the procfs, where it leads there: "7/ns/net", with "self" as the caller, not the
 * worker. NULL: it does not. Transfer full.
 */
static char *in_procfs(const Paths *paths, const char *path)
{
	const char *rest = below(path, paths->procfs->path);

	if (!rest)
		rest = below(path, "/proc");
	if (!rest || strncmp(rest, "self", 4) != 0 || (rest[4] != '\0' && rest[4] != '/'))
		return g_strdup(rest);
	return g_strdup_printf("%u%s", paths->self, rest + 4);
}

/* "7" or "7/" */
static bool is_process(const char *rest, guint64 *ret_pid)
{
	gsize size = strcspn(rest, "/");

	return rest[size + strspn(rest + size, "/")] == '\0' &&
	       nsl_parse_number(rest, size, NSL_PID_MAX, ret_pid);
}

/* In a recorded procfs the links are but text. */
static int read_recorded(const NslProcfs *procfs, const char *path, NslNsFile *ret_file)
{
	char text[64];
	ssize_t size = readlinkat(procfs->fd, path, text, sizeof(text) - 1);
	NslNsType type;

	if (size < 0)
		return errno == EINVAL ? -EMEDIUMTYPE : -errno;
	text[size] = '\0';
	type = nsl_nstype_parse_link(text, &ret_file->inode);
	if (type == NSL_NSTYPE_COUNT)
		return -EMEDIUMTYPE;
	ret_file->flag = nsl_nstypes[type].flag;
	return 0;
}

static void read_path(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Paths *paths = data;
	const NslProcfs *procfs = paths->procfs;
	const NslSelector *selector = g_ptr_array_index(paths->selectors, item);
	g_autofree char *inside = in_procfs(paths, selector->text);
	Found found = {.result = -EXDEV};

	if (careful) /* there is no careful way to walk a path */
		found.result = -ETIMEDOUT;
	else if (inside && !procfs->real)
		found.result = read_recorded(procfs, inside, &found.file);
	else if (inside)
		found.result = nsl_nsfs_identify(procfs->fd, inside, &found.file);
	else if (procfs->local)
		found.result = nsl_nsfs_identify(AT_FDCWD, selector->text, &found.file);
	nsl_work_send(out, &found, sizeof(found));
}

static const char *explain(int result)
{
	switch (result) {
	case -EMEDIUMTYPE:
		return "it does not refer to a namespace";
	case -EXDEV:
		return "the procfs is another system's, so files of this one are not looked at";
	case -EAGAIN:
		return "no process could be started to look at it";
	default:
		return nsl_errno_text(result);
	}
}

static void stand_for(NslSelector *selector, NslNsType type, guint64 inode)
{
	selector->kind = NSL_SELECTOR_NAMESPACE;
	selector->types = NSL_NSTYPE_BIT(type);
	selector->inode = inode;
}

static void settle(NslCollect *collect, NslSelector *selector, const Found *found)
{
	NslNsType type = nsl_nstype_by_flag(found->file.flag);

	if (found->result < 0 || type == NSL_NSTYPE_COUNT) {
		const char *why = explain(found->result < 0 ? found->result : -EMEDIUMTYPE);

		nsl_selector_fail(selector,
				  selector->why ? g_steal_pointer(&selector->why)
						: g_strdup_printf("%s: %s", selector->text, why));
		return;
	}
	stand_for(selector, type, found->file.inode);
	/* Now it is known to exist, members or not. */
	nsl_snapshot_add(collect->snapshot, type, selector->inode);
}

/* The ids of root namespaces have to be known before the members are read. */
static void resolve_nsid(const NslCollect *collect, NslSelector *selector)
{
	g_auto(NslFd) self = nsl_procfs_open_self(collect->procfs);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT && self >= 0; type++) {
		g_auto(NslFd) fd = nsl_process_open_ns(self, nsl_nstypes[type].name);
		NslNsFile file;
		guint64 nsid;

		if (fd >= 0 && nsl_nsfs_id(fd, &nsid) == 0 && nsid == selector->nsid &&
		    nsl_nsfs_identify_fd(fd, &file) == 0)
			stand_for(selector, type, file.inode);
	}
}

/* By its name, or else its index; NULL: there is none. */
static const NslLink *find_link(const GArray *links, const char *text)
{
	const NslLink *numbered = NULL;
	guint64 index = 0;

	nsl_parse_number(text, strlen(text), G_MAXINT32, &index);
	NSL_EACH_IN (const NslLink, link, links) {
		if (strcmp(link->name, text) == 0)
			return link;
		if (link->index == index)
			numbered = link;
	}
	return numbered;
}

/*
 * What the kernel calls the namespace at the other end: which one that is tells the pass over
 * relations, after this one has made the kernel give it a number.
 */
static void resolve_peer(NslCollect *collect, NslSelector *selector)
{
	g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(NslLink));
	g_auto(NslFd) self = nsl_procfs_open_self(collect->procfs);
	int result = nsl_netlink_links(links);
	const NslLink *link = find_link(links, selector->object);
	const char *why = NULL;

	if (!collect->procfs->real)
		why = "a recorded procfs has no interfaces";
	else if (result < 0)
		why = nsl_errno_text(result);
	else if (!link)
		why = "there is no such interface here";
	else if (!nsl_link_has_peer(link))
		why = "it is no veth: it has no other end";
	if (why) {
		nsl_selector_fail(selector, g_strdup_printf("%s: %s", selector->text, why));
	} else if (link->elsewhere) {
		selector->netnsid = link->netnsid;
		collect->facts |= NSL_FACT_RELATIONS;
	} else if (self >= 0 && nsl_nstype_read(self, NSL_NSTYPE_NET, &selector->inode) == 0) {
		selector->kind = NSL_SELECTOR_NAMESPACE;
	}
}

/*
 * A thread is in namespaces of its own, and in /proc though not listed there. Of one that is
 * selected all rows are shown; --task is about what it is in.
 */
static void resolve_thread(NslCollect *collect, guint32 tid, bool selected)
{
	g_auto(NslFd) task = nsl_procfs_open_process(collect->procfs, tid);
	NslProcessStatus status;
	NslLinks links;
	NslThread *thread;
	char comm[80] = "";

	if (task < 0 || nsl_process_read_status(task, &status) < 0 || status.tgid == 0 ||
	    status.tgid == tid || nsl_collect_read_links(task, NSL_NSTYPES_ALL, false, &links) < 0)
		return;
	nsl_process_read_comm(task, comm, sizeof(comm));
	if (selected)
		nsl_selection_set_thread(collect->selection, tid, status.tgid);
	thread = nsl_snapshot_add_thread(collect->snapshot, status.tgid, tid, comm);
	memcpy(thread->ns, links.ns, sizeof(links.ns));
	collect->facts |= NSL_FACT_THREADS;
}

void nsl_collect_paths(NslCollect *collect)
{
	g_autoptr(GPtrArray) selectors = g_ptr_array_new();
	g_autoptr(NslWork) work = NULL;
	Paths paths = {
		.procfs = collect->procfs,
		.selectors = selectors,
		.self = nsl_procfs_self(collect->procfs),
	};

	NSL_EACH (NslSelector, selector, collect->selection->selectors) {
		g_autofree char *inside = NULL;
		guint64 pid;

		if (selector->kind == NSL_SELECTOR_NSID && collect->procfs->local)
			resolve_nsid(collect, selector);
		if (selector->kind == NSL_SELECTOR_PEER)
			resolve_peer(collect, selector);
		if (selector->kind == NSL_SELECTOR_PATH)
			inside = in_procfs(&paths, selector->text);
		if (inside && is_process(inside, &pid))
			nsl_selection_set_pid(collect->selection, selector, (guint32)pid);
		if (selector->kind == NSL_SELECTOR_PID)
			resolve_thread(collect, selector->pid, true);
		else if (selector->kind == NSL_SELECTOR_PATH)
			g_ptr_array_add(selectors, selector);
	}
	NSL_EACH_IN (const guint32, task, collect->selection->tasks)
		resolve_thread(collect, *task, false);
	work = nsl_collect_work(collect, selectors->len, read_path, NULL, &paths, NULL);
	for (guint i = 0; i < selectors->len; i++) {
		NslWorkItem item = nsl_work_get(work, i);
		Found found = {.result = nsl_work_errno(item.state)};

		if (item.state == NSL_WORK_DONE)
			nsl_work_take(&item, &found, sizeof(found));
		settle(collect, g_ptr_array_index(selectors, i), &found);
	}
}
