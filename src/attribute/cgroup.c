/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From /proc/PID/cgroup to containers, unit and machine: see cgroup.h. Each path is walked once,
 * from the root; what a part of it means by itself, cgroup_names.c knows.
 */
#include "attribute/cgroup.h"

#include <limits.h>
#include <string.h>

/* Linux has fewer than 20 hierarchies; named ones can be added. */
#define MAX_LINES 64

/* What the kernel adds to the path of a cgroup that was removed (cgroups(7) does not say so). */
#define DELETED " (deleted)"

typedef enum Hierarchy {
	HIERARCHY_UNIFIED,
	HIERARCHY_SYSTEMD,
	HIERARCHY_CONTROLLERS,
	HIERARCHY_COUNT, /* others that have a name are not systemd's nor engines' */
} Hierarchy;

typedef struct Line {
	Hierarchy hierarchy;
	const char *names; /* as the text has them; empty: the unified one */
	const char *path;
} Line;

/* Where the walk down a path stands. */
typedef struct Walk {
	const char *path;
	gsize size;	       /* of the path up to the part that is looked at, with that */
	const char *hierarchy; /* as /proc/PID/cgroup calls it */
	NslCgroupfs *cgroupfs; /* NULL: no maker can be seen */
	NslCgroup *cgroup;
	bool units;	   /* slices and units may follow: a systemd keeps this level */
	bool entered;	   /* the part before was a container's */
	bool users;	   /* that is a user's manager */
	gint64 owner;	   /* the maker of what follows by that; UNSEEN: there is none */
	const char *group; /* the engine's directory that this is below, or NULL */
	guint level;	   /* how far below */
	char *pod;	   /* of the next container, or NULL; owned */
	const char *first; /* the path's first part; NULL before that */
	guint n_parts;	   /* how many were passed */
} Walk;

void nsl_cgroup_container_clear(NslCgroupContainer *container)
{
	nsl_identity_clear(&container->identity);
	g_free(container->containerd_ns);
	g_free(container->hierarchy);
	g_free(container->path);
	*container = (NslCgroupContainer){0};
}

static GArray *new_list(void)
{
	GArray *containers = g_array_new(FALSE, FALSE, sizeof(NslCgroupContainer));

	g_array_set_clear_func(containers, (GDestroyNotify)nsl_cgroup_container_clear);
	return containers;
}

void nsl_cgroup_clear(NslCgroup *cgroup)
{
	if (cgroup->containers)
		g_array_unref(cgroup->containers);
	g_free(cgroup->unit);
	g_free(cgroup->machine);
	*cgroup = (NslCgroup){0};
}

/*
 * systemd's own rule: slices, then one unit; below that is what the unit makes, whatever its name.
 * But a user's manager is a unit with slices and units of its own below, and so may a container be,
 * some of whose engines put a directory between.
 */
static void see_unit(Walk *walk, const char *part)
{
	NslCgroup *cgroup = walk->cgroup;
	static const char *const between[] = {"payload", "container", "ns", NULL};
	const char *unit = nsl_part_unit(part);
	gint64 uid;

	if (walk->units && nsl_part_is_slice(part))
		return;
	cgroup->below_unit = cgroup->unit && (!walk->units || !unit);
	if (!walk->units || !unit) {
		walk->units = walk->units && walk->entered && g_strv_contains(between, part);
		return;
	}
	g_free(cgroup->unit);
	cgroup->unit = g_strdup(unit);
	cgroup->unit_depth = cgroup->containers->len;
	/* A user's manager has no users' managers: those below are his invention. */
	walk->units = !walk->users && nsl_part_user_manager(part, &uid);
	if (!walk->units)
		return;
	walk->users = true;
	if (cgroup->containers->len == 0) /* in a container UIDs may mean other users */
		walk->owner = uid;
}

/* What nothing else is known for: maybe an id of runc, or a namespace or id of containerd. */
static bool is_free_word(const char *part)
{
	return nsl_part_is_word(part) && !nsl_part_unit(part) && !nsl_part_is_slice(part) &&
	       !nsl_part_group(part) && !g_str_has_prefix(part, "lxc.");
}

/* Pods and groups: what tells of a container that is still to come. */
static bool see_place(Walk *walk, const char *part)
{
	char *pod = nsl_part_pod(part, walk->group, walk->level);
	const char *group = nsl_part_group(part);

	if (pod) {
		g_free(walk->pod);
		walk->pod = pod;
	} else if (group) {
		walk->group = group;
		walk->level = 0;
	}
	return pod || group;
}

static char *path_so_far(const Walk *walk)
{
	return g_strndup(walk->path, walk->size);
}

static gint64 maker_of(const Walk *walk)
{
	g_autofree char *path = path_so_far(walk);

	return walk->cgroupfs ? nsl_cgroupfs_maker(walk->cgroupfs, walk->hierarchy, path)
			      : NSL_MAKER_UNSEEN;
}

/* Of this system's machined: not of one in a container, nor what a user calls so. */
static bool is_machine(const Walk *walk)
{
	return walk->cgroup->containers->len == 0 && walk->owner == NSL_MAKER_UNSEEN &&
	       !walk->cgroup->machine && (!walk->cgroupfs || maker_of(walk) == 0);
}

/* An id by itself: of a pod's container, or in a place that is no known engine's. */
static bool find_bare(const Walk *walk, const char *part, NslCgroupContainer *container)
{
	/* Kubernetes's are shorter than podman's, which has no such paths. */
	bool pod = walk->pod && strlen(walk->pod) < strlen(part);

	if (!nsl_part_is_long_id(part))
		return false;
	container->identity.runtime = pod ? "cri" : NULL;
	container->needs_engine_record = !pod;
	container->identity.id = g_strdup(part);
	if (!pod && walk->n_parts == 1 && is_free_word(walk->first))
		container->containerd_ns = g_strdup(walk->first);
	return true;
}

static bool find_container(Walk *walk, const char *part, const char *next,
			   NslCgroupContainer *container, bool *ret_sandbox)
{
	g_autofree char *name = NULL;
	g_autofree char *slice = NULL;

	/* Kata Containers put this before the id. */
	if (g_str_has_prefix(part, "kata_") && nsl_part_is_long_id(part + strlen("kata_")))
		part += strlen("kata_");
	if (nsl_part_request(part, &slice, &container->identity)) {
		see_place(walk, slice);
		return true;
	}
	if (nsl_part_container(part, walk->group, walk->level, &container->identity, ret_sandbox))
		return true;
	if (!nsl_part_machine(part, next, container, &name))
		return !see_place(walk, part) && find_bare(walk, part, container);
	if (is_machine(walk))
		walk->cgroup->machine = g_steal_pointer(&name);
	return container->identity.runtime;
}

/* `container` is taken over. */
static void add_container(Walk *walk, NslCgroupContainer *container)
{
	container->maker = maker_of(walk);
	if (container->maker == NSL_MAKER_UNSEEN)
		container->maker = walk->owner;
	container->identity.pod_uid = g_steal_pointer(&walk->pod);
	container->hierarchy = g_strdup(walk->hierarchy);
	container->path = path_so_far(walk);
	g_array_append_vals(walk->cgroup->containers, container, 1);
}

static void see_container(Walk *walk, const char *part, const char *next)
{
	NslCgroupContainer container = {0};
	bool sandbox = false;

	walk->entered = false;
	walk->level++;
	if (!find_container(walk, part, next, &container, &sandbox))
		return;
	add_container(walk, &container);
	if (sandbox)
		return;
	/* Names mean here what they mean at the root: it may run a systemd, and engines. */
	walk->entered = true;
	walk->units = true;
	walk->users = false;
	walk->group = NULL;
}

/* Of a path without any container: "/ID" may be one of runc's, "/NS/ID" of containerd's. */
static void guess(Walk *walk, const char *part)
{
	NslCgroupContainer container = {.needs_engine_record = true};

	if (walk->n_parts > 1 || !is_free_word(walk->first) || !is_free_word(part))
		return;
	container.identity.id = g_strdup(part);
	container.containerd_ns = walk->n_parts == 1 ? g_strdup(walk->first) : NULL;
	add_container(walk, &container);
}

static void see_part(Walk *walk, char **parts, bool guessing)
{
	char **next = parts + 1;

	if (walk->n_parts == 0)
		walk->first = *parts;
	while (*next && **next == '\0')
		next++;
	if (guessing) {
		guess(walk, *parts);
	} else {
		see_unit(walk, *parts);
		see_container(walk, *parts, *next ? *next : "");
	}
	walk->n_parts++;
}

/* Part by part, until there are as many containers as are listed; the first `outside` bytes are
 * left out. */
static void walk_parts(Walk *walk, char **parts, gsize outside, bool guessing)
{
	walk->size = 0;
	walk->n_parts = 0;
	for (bool above = true; *parts; parts++) {
		walk->size += strlen(*parts);
		/* What is above the root of the reader's cgroup namespace has no name here. */
		above = above && (**parts == '\0' || strcmp(*parts, "..") == 0);
		/* Further down there is no "..", but in made-up text. */
		if (!above && strcmp(*parts, "..") == 0)
			return;
		if (!above && **parts && walk->size > outside)
			see_part(walk, parts, guessing);
		if (walk->cgroup->containers->len >= NSL_CGROUP_CONTAINERS)
			return;
		walk->size++; /* the slash */
	}
}

static void walk_path(NslCgroup *cgroup, const Line *line, const char *root, NslCgroupfs *cgroupfs)
{
	g_auto(GStrv) parts = g_strsplit(line->path, "/", -1);
	gsize outside = root && nsl_path_is_below(line->path, root) ? strlen(root) : 0;
	Walk walk = {
		.path = line->path,
		.hierarchy = line->names,
		.cgroupfs = cgroupfs,
		.cgroup = cgroup,
		.units = true,
		.owner = NSL_MAKER_UNSEEN,
		/* Above the reader's cgroup namespace names are missing: pods' are known by theirs.
		 */
		.group = nsl_path_is_below(line->path, "/..") ? nsl_part_group("kubepods") : NULL,
	};

	walk_parts(&walk, parts, outside, false);
	if (cgroup->containers->len == 0)
		walk_parts(&walk, parts, outside, true);
	g_free(walk.pod);
}

/* "NUMBER:CONTROLLERS:PATH"; the path may have ':' in it too. The line is cut into pieces. */
static bool parse_line(char *line, Line *ret_line)
{
	char *names = strchr(line, ':');
	char *path = names ? strchr(names + 1, ':') : NULL;

	if (!path || path[1] != '/')
		return false;
	*names++ = '\0';
	*path++ = '\0';
	if (g_str_has_suffix(path, DELETED))
		path[strlen(path) - strlen(DELETED)] = '\0';
	*ret_line = (Line){.names = names, .path = path};
	if (strcmp(line, "0") == 0)
		ret_line->hierarchy = HIERARCHY_UNIFIED;
	else if (strcmp(names, "name=systemd") == 0)
		ret_line->hierarchy = HIERARCHY_SYSTEMD;
	else if (g_str_has_prefix(names, "name="))
		ret_line->hierarchy = HIERARCHY_COUNT;
	else
		ret_line->hierarchy = HIERARCHY_CONTROLLERS;
	return strlen(path) <= PATH_MAX;
}

/*
 * How sure the containers are, to be compared: the more of them need no record, the surer. One that
 * only root could have named comes before any number that users add elsewhere. 0: there are none.
 */
static guint certainty(const NslCgroup *cgroup)
{
	guint n = cgroup->containers->len > 0;

	for (guint i = 0; i < cgroup->containers->len; i++) {
		const NslCgroupContainer *container =
			&g_array_index(cgroup->containers, NslCgroupContainer, i);

		if (!container->needs_engine_record)
			n += i == 0 && container->maker == 0 ? 1 + NSL_CGROUP_CONTAINERS : 1;
	}
	return n;
}

/* Whether the outermost `depth` containers are the same. */
static bool are_alike(const GArray *one, const GArray *other, guint depth)
{
	for (guint i = 0; i < depth; i++)
		if (i >= one->len || i >= other->len ||
		    strcmp(g_array_index(one, NslCgroupContainer, i).path,
			   g_array_index(other, NslCgroupContainer, i).path) != 0)
			return false;
	return true;
}

/*
 * From what each path tells, in the order of the hierarchies: the containers of the first that is
 * most certain, and the unit and the machine of the first that has one.
 */
static void merge(NslCgroup *cgroup, NslCgroup *paths, guint n_paths)
{
	const NslCgroup *best = NULL;

	for (guint i = 0; i < n_paths; i++)
		if (!best || certainty(&paths[i]) > certainty(best))
			best = &paths[i];
	*cgroup = (NslCgroup){.containers = best ? g_array_ref(best->containers) : new_list()};
	for (guint i = 0; i < n_paths; i++) {
		NslCgroup *path = &paths[i];

		if (!cgroup->machine)
			cgroup->machine = g_steal_pointer(&path->machine);
		/* A unit is nothing without the containers around it. */
		if (!path->unit ||
		    !are_alike(cgroup->containers, path->containers, path->unit_depth))
			continue;
		if (!cgroup->unit) {
			cgroup->unit = g_strdup(path->unit);
			cgroup->unit_depth = path->unit_depth;
		}
		if (strcmp(cgroup->unit, path->unit) == 0)
			cgroup->below_unit |= path->below_unit;
	}
}

/* How many there are. The lines are of `text`, which is cut into pieces. */
static guint parse_lines(char *text, Line lines[MAX_LINES])
{
	guint n_lines = 0;

	while (text && n_lines < MAX_LINES) {
		char *line = strsep(&text, "\n");

		n_lines += parse_line(line, &lines[n_lines]);
	}
	return n_lines;
}

bool nsl_cgroup_is_in(const char *text, const char *hierarchy, const char *path)
{
	g_autofree char *copy = g_strdup(text);
	Line lines[MAX_LINES];
	guint n_lines = parse_lines(copy, lines);

	for (guint i = 0; i < n_lines; i++)
		if (strcmp(lines[i].names, hierarchy) == 0 &&
		    nsl_path_is_below(lines[i].path, path))
			return true;
	return false;
}

char *nsl_cgroup_manager_root(const char *text)
{
	g_autofree char *copy = g_strdup(text);
	Line lines[MAX_LINES];
	guint n_lines = parse_lines(copy, lines);

	for (guint i = 0; i < n_lines; i++)
		if (lines[i].hierarchy <= HIERARCHY_SYSTEMD &&
		    g_str_has_suffix(lines[i].path, "/init.scope"))
			return g_strndup(lines[i].path,
					 strlen(lines[i].path) - strlen("/init.scope"));
	return NULL;
}

void nsl_cgroup_read(NslCgroup *cgroup, const char *text, const char *root, NslCgroupfs *cgroupfs)
{
	g_autofree char *copy = g_strdup(text);
	Line lines[MAX_LINES];
	NslCgroup paths[MAX_LINES];
	guint n_lines = parse_lines(copy, lines);
	guint n_paths = 0;
	const Line *last = NULL;

	for (Hierarchy hierarchy = 0; hierarchy < HIERARCHY_COUNT; hierarchy++) {
		for (guint i = 0; i < n_lines; i++) {
			const Line *line = &lines[i];

			/* Most hierarchies have one and the same path. */
			if (line->hierarchy != hierarchy ||
			    (last && strcmp(last->path, line->path) == 0))
				continue;
			last = line;
			paths[n_paths] = (NslCgroup){.containers = new_list()};
			walk_path(&paths[n_paths++], line, root, cgroupfs);
		}
	}
	merge(cgroup, paths, n_paths);
	while (n_paths > 0)
		nsl_cgroup_clear(&paths[--n_paths]);
}
