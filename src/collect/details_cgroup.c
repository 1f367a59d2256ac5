/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a cgroup namespace is: see details_cgroup.h.
 */
#include "collect/details_cgroup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/nsfs.h"
#include "collect/open_ns.h"

#define UNIFIED	      "0::" /* the hierarchy of version 2 */
#define MAX_MEMBERS   16
#define MAX_PROCESSES 4096 /* that are asked whether they are below it */

/* The path in a line that begins with this hierarchy ("0::"); transfer full, NULL: there is none.
 */
static char *find_path(const char *text, const char *hierarchy, gsize size)
{
	while (text) {
		if (strncmp(text, hierarchy, size) == 0) {
			const char *path = text + size;

			return g_strndup(path, strcspn(path, "\n"));
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

/* A path that leads out of the namespace's root: to a process that has been moved there. */
static bool leads_out(const char *path)
{
	return g_str_has_prefix(path, "/..") && (path[3] == '/' || path[3] == '\0');
}

/* What is before `inside` in `outside`; transfer full, NULL: the one does not end in the other. */
static char *root_of(const char *outside, const char *inside)
{
	gsize size = strlen(outside);

	if (inside[0] != '/' || leads_out(inside))
		return NULL;
	if (strcmp(inside, "/") == 0)
		return g_strdup(outside);
	if (!g_str_has_suffix(outside, inside))
		return NULL;
	size -= strlen(inside);
	return size > 0 ? g_strndup(outside, size) : g_strdup("/");
}

/* The root in the hierarchy that the line of `inside` at `line` is about; likewise. */
static char *root_in(const char *outside, const char *line)
{
	const char *colon = strchr(line, ':');
	const char *second = colon ? strchr(colon + 1, ':') : NULL;
	gsize size = second ? (gsize)(second - line) + 1 : 0;
	g_autofree char *out = second ? find_path(outside, line, size) : NULL;
	g_autofree char *in = out ? find_path(line, line, size) : NULL;

	return in ? root_of(out, in) : NULL;
}

/*
 * Of each hierarchy there is one. The unified one's counts; where nobody uses that (it is the top
 * of all) another one may tell more.
 */
char *nsl_cgroup_root(const char *outside, const char *inside)
{
	const char *unified =
		g_str_has_prefix(inside, UNIFIED) ? inside : strstr(inside, "\n" UNIFIED);
	g_autofree char *top = NULL;

	if (unified) {
		top = root_in(outside, unified + (*unified == '\n'));
		if (!top || strcmp(top, "/") != 0)
			return g_steal_pointer(&top);
	}
	for (const char *line = inside; line; line = strchr(line, '\n')) {
		g_autofree char *root = NULL;

		line += *line == '\n';
		root = root_in(outside, line);
		if (root && strcmp(root, "/") != 0)
			return g_steal_pointer(&root);
		if (root && !top)
			top = g_steal_pointer(&root);
	}
	return g_steal_pointer(&top);
}

/* The file of a process, as text; NULL where it cannot be read. Transfer full. */
static char *read_cgroups(int process)
{
	g_autoptr(GByteArray) text = g_byte_array_new();

	if (process < 0 || nsl_process_read_cgroup(process, text) < 0)
		return NULL;
	return g_strndup((const char *)text->data, text->len);
}

/* A process that may be below the root: members first, then this one, then any. */
static int open_candidate(const NslCollect *collect, const NslNamespace *ns, guint n)
{
	guint n_members = MIN(ns->members->len, MAX_MEMBERS);

	if (n < n_members)
		return nsl_procfs_open_process(
			collect->procfs,
			((const NslProcess *)g_ptr_array_index(ns->members, n))->pid);
	n -= n_members;
	if (n == 0)
		return nsl_procfs_open_self(collect->procfs);
	n--;
	return nsl_procfs_open_process(collect->procfs, g_array_index(collect->pids, guint32, n));
}

/* Whether any hierarchy's path leads further in, and not out. */
static bool is_below(const char *inside)
{
	g_autofree char *root = nsl_cgroup_root(inside, inside);

	return root != NULL;
}

int nsl_details_cgroup(const NslCollect *collect, int own, const NslNamespace *ns, GByteArray *rest)
{
	guint n = MIN(ns->members->len, MAX_MEMBERS) + 1 + MIN(collect->pids->len, MAX_PROCESSES);
	g_autofree char *inside = NULL;
	g_autofree char *outside = NULL;
	g_autofree char *root = NULL;
	g_auto(NslFd) process = -1;
	NslNsFile home = {0};
	bool elsewhere = own < 0 || nsl_nsfs_identify_fd(own, &home) < 0 || home.inode != ns->inode;
	int result = elsewhere ? nsl_enter_ns(collect, ns) : 0;

	if (result < 0)
		return result;
	for (guint i = 0; i < n && !inside; i++) {
		g_auto(NslFd) candidate = open_candidate(collect, ns, i);

		inside = read_cgroups(candidate);
		if (inside && is_below(inside))
			process = nsl_fd_steal(&candidate);
		else
			g_clear_pointer(&inside, g_free);
	}
	/* Back, also for those that come after. */
	if (elsewhere && setns(own, CLONE_NEWCGROUP) < 0)
		return -errno;
	outside = read_cgroups(process);
	root = inside && outside ? nsl_cgroup_root(outside, inside) : NULL;
	if (!root)
		return -ENODATA;
	g_byte_array_append(rest, (const guint8 *)root, (guint)strlen(root));
	return 0;
}
