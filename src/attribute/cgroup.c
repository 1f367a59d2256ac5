/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From /proc/PID/cgroup to containers, unit and machine: see cgroup.h. Each path is walked once,
 * from the root; what a part of it means by itself, cgroup_engines.c and cgroup_part.c know.
 */
#include "attribute/cgroup.h"

#include <limits.h>
#include <string.h>

#include "attribute/cgroup_engines.h"

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
	NslPart names; /* as the text has them; empty: the unified one */
	const char *path;
	gsize size;
} Line;

/* Where the walk down a path stands. */
typedef struct Walk {
	const char *path;
	NslPart hierarchy;     /* as /proc/PID/cgroup calls it */
	NslCgroupfs *cgroupfs; /* NULL: no maker can be seen */
	NslCgroup *cgroup;
	bool units;	   /* slices and units may follow: a systemd keeps this level */
	bool entered;	   /* the part before was a container's */
	gint64 manager;	   /* the UID whose user manager that is; -1: the system's */
	gint64 owner;	   /* NslCgroupContainer.owner_uid of what follows */
	const char *group; /* the engine's directory that this is below, or NULL */
	guint level;	   /* how far below */
	char *pod;	   /* of the next container, or NULL; owned */
	NslPart first;	   /* the path's first part */
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

static void clear_container(gpointer data)
{
	nsl_cgroup_container_clear(data);
}

static void init(NslCgroup *cgroup)
{
	*cgroup = (NslCgroup){
		.containers = g_array_new(FALSE, FALSE, sizeof(NslCgroupContainer)),
		.unit_uid = -1,
	};
	g_array_set_clear_func(cgroup->containers, clear_container);
}

void nsl_cgroup_clear(NslCgroup *cgroup)
{
	if (cgroup->containers)
		g_array_unref(cgroup->containers);
	g_free(cgroup->unit);
	g_free(cgroup->machine);
	*cgroup = (NslCgroup){.unit_uid = -1};
}

/* The next part that is not empty; `at` is moved behind it. */
static bool next_part(const char **at, const char *end, NslPart *ret_part)
{
	const char *start = *at;
	const char *slash;

	while (start < end && *start == '/')
		start++;
	if (start == end)
		return false;
	slash = memchr(start, '/', (gsize)(end - start));
	*at = slash ? slash : end;
	*ret_part = (NslPart){start, (gsize)(*at - start)};
	return true;
}

/*
 * systemd's own rule: slices, then one unit; below that is what the unit makes, whatever its name.
 * But a user's manager is a unit with slices and units of its own below, and so may a container be,
 * some of whose engines put a directory between.
 */
static void see_unit(Walk *walk, NslPart part)
{
	NslCgroup *cgroup = walk->cgroup;
	g_autofree char *unit = NULL;
	guint32 uid;

	if (!walk->units || nsl_part_is_slice(part))
		return;
	unit = nsl_part_unit(part);
	if (!unit) {
		walk->units = walk->entered &&
			      (nsl_part_is(part, "payload") || nsl_part_is(part, "container") ||
			       nsl_part_is(part, "ns"));
		return;
	}
	g_free(cgroup->unit);
	cgroup->unit = g_steal_pointer(&unit);
	cgroup->unit_uid = walk->manager;
	cgroup->unit_depth = cgroup->containers->len;
	/* A user's manager has no users' managers: those below are his invention. */
	walk->units = walk->manager < 0 && nsl_part_user_manager(part, &uid);
	if (!walk->units)
		return;
	walk->manager = uid;
	if (cgroup->containers->len == 0) /* in a container UIDs may mean other users */
		walk->owner = uid;
}

/* What nothing else is known for: maybe an id of runc, or a namespace or id of containerd. */
static bool is_free_word(NslPart part)
{
	g_autofree char *unit = nsl_part_unit(part);

	return nsl_part_is_word(part) && !unit && !nsl_part_is_slice(part) &&
	       !nsl_part_group(part) && !nsl_part_starts(part, "lxc.");
}

/* Pods and groups: what tells of a container that is still to come. */
static bool see_place(Walk *walk, NslPart part)
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

/* Who could have given the cgroup that ends in this part its name. */
static gint64 maker_of(const Walk *walk, NslPart part)
{
	g_autofree char *path = g_strndup(walk->path, (gsize)(part.at + part.size - walk->path));

	return walk->cgroupfs ? nsl_cgroupfs_maker(walk->cgroupfs, walk->hierarchy.at,
						   walk->hierarchy.size, path)
			      : NSL_MAKER_UNSEEN;
}

/* Of this system's machined: not of one in a container, nor what a user calls so. */
static bool is_machine(const Walk *walk, NslPart part)
{
	return walk->cgroup->containers->len == 0 && walk->owner < 0 && !walk->cgroup->machine &&
	       (!walk->cgroupfs || maker_of(walk, part) == 0);
}

/* An id by itself: of a pod's container, or in a place that is no known engine's. */
static bool find_bare(const Walk *walk, NslPart part, NslCgroupContainer *container)
{
	/* Kubernetes's are shorter than podman's, which has no such paths. */
	bool pod = walk->pod && strlen(walk->pod) < part.size;

	if (!nsl_part_is_long_id(part))
		return false;
	container->identity.runtime = pod ? "cri" : NULL;
	container->weak = !pod;
	container->identity.id = nsl_part_dup(part);
	if (!pod && walk->n_parts == 1 && is_free_word(walk->first))
		container->containerd_ns = nsl_part_dup(walk->first);
	return true;
}

static bool find_container(Walk *walk, NslPart part, NslPart next, NslCgroupContainer *container,
			   bool *ret_sandbox)
{
	g_autofree char *name = NULL;
	NslPartMachine machine;
	NslPart slice;

	if (nsl_part_container(part, container, ret_sandbox))
		return true;
	if (nsl_part_request(part, &slice, container)) {
		see_place(walk, slice);
		return true;
	}
	if (walk->group && nsl_part_member(part, walk->group, walk->level, container))
		return true;
	machine = nsl_part_machine(part, next, container, &name);
	if (machine == NSL_PART_MACHINE_NONE)
		return !see_place(walk, part) && find_bare(walk, part, container);
	if (is_machine(walk, part))
		walk->cgroup->machine = g_steal_pointer(&name);
	return machine == NSL_PART_MACHINE_CONTAINER;
}

/* `container` is taken over. */
static void add_container(Walk *walk, NslPart part, NslCgroupContainer *container)
{
	container->owner_uid = walk->owner;
	container->maker = maker_of(walk, part);
	container->identity.pod_uid = g_steal_pointer(&walk->pod);
	container->hierarchy = nsl_part_dup(walk->hierarchy);
	container->path = g_strndup(walk->path, (gsize)(part.at + part.size - walk->path));
	g_array_append_vals(walk->cgroup->containers, container, 1);
}

static void see_container(Walk *walk, NslPart part, NslPart next)
{
	NslCgroupContainer container = {0};
	bool sandbox = false;

	walk->entered = false;
	walk->level++;
	if (!find_container(walk, part, next, &container, &sandbox))
		return;
	add_container(walk, part, &container);
	if (sandbox)
		return;
	/* Names mean here what they mean at the root: it may run a systemd, and engines. */
	walk->entered = true;
	walk->units = true;
	walk->manager = -1;
	walk->group = NULL;
}

/* A path without any container: "/ID" may be one of runc's, "/NS/ID" of containerd's. */
static void guess(Walk *walk, NslPart first, NslPart second)
{
	NslCgroupContainer container = {.weak = true};

	if (!is_free_word(first))
		return;
	container.identity.id = nsl_part_dup(first);
	add_container(walk, first, &container);
	if (!is_free_word(second))
		return;
	container = (NslCgroupContainer){.weak = true};
	container.identity.id = nsl_part_dup(second);
	container.containerd_ns = nsl_part_dup(first);
	add_container(walk, second, &container);
}

static void walk_path(NslCgroup *cgroup, const Line *line, NslCgroupfs *cgroupfs)
{
	const char *path = line->path;
	const char *end = path + line->size;
	const char *at = path;
	const char *ahead = path;
	NslPart part;
	NslPart second = {.at = end};
	Walk walk = {
		.path = path,
		.hierarchy = line->names,
		.cgroupfs = cgroupfs,
		.cgroup = cgroup,
		.units = true,
		.manager = -1,
		.owner = -1,
		.first = {.at = end},
	};

	/* What is above the root of the reader's cgroup namespace has no name here. */
	while (next_part(&ahead, end, &part) && nsl_part_is(part, ".."))
		at = ahead;
	/* Further down there is no "..", but in made-up text. */
	while (cgroup->containers->len < NSL_CGROUP_CONTAINERS && next_part(&at, end, &part) &&
	       !nsl_part_is(part, "..")) {
		NslPart next = {.at = end};

		ahead = at;
		next_part(&ahead, end, &next);
		if (walk.n_parts == 0)
			walk.first = part;
		if (walk.n_parts == 1)
			second = part;
		see_unit(&walk, part);
		see_container(&walk, part, next);
		walk.n_parts++;
	}
	if (cgroup->containers->len == 0)
		guess(&walk, walk.first, second);
	g_free(walk.pod);
}

/* "NUMBER:CONTROLLERS:PATH"; the path may have ':' in it too. */
static bool parse_line(const char *text, gsize size, Line *ret_line)
{
	const char *first = memchr(text, ':', size);
	const char *second =
		first ? memchr(first + 1, ':', (gsize)(text + size - first) - 1) : NULL;
	NslPart names;

	if (!second || second + 1 == text + size || second[1] != '/' || memchr(text, '\0', size))
		return false;
	ret_line->path = second + 1;
	ret_line->size = (gsize)(text + size - ret_line->path);
	if (ret_line->size > strlen(DELETED) &&
	    memcmp(text + size - strlen(DELETED), DELETED, strlen(DELETED)) == 0)
		ret_line->size -= strlen(DELETED);
	names = (NslPart){first + 1, (gsize)(second - first) - 1};
	ret_line->names = names;
	if (nsl_part_is((NslPart){text, (gsize)(first - text)}, "0"))
		ret_line->hierarchy = HIERARCHY_UNIFIED;
	else if (nsl_part_is(names, "name=systemd"))
		ret_line->hierarchy = HIERARCHY_SYSTEMD;
	else if (nsl_part_starts(names, "name="))
		ret_line->hierarchy = HIERARCHY_COUNT;
	else
		ret_line->hierarchy = HIERARCHY_CONTROLLERS;
	return ret_line->size <= PATH_MAX;
}

static guint count_sure(const NslCgroup *cgroup)
{
	guint n = 0;

	for (guint i = 0; i < cgroup->containers->len; i++)
		n += !g_array_index(cgroup->containers, NslCgroupContainer, i).weak;
	return n;
}

/* What only root could have named: whatever users add elsewhere does not hide that. */
static bool is_roots(const NslCgroup *cgroup)
{
	const NslCgroupContainer *outermost =
		cgroup->containers->len > 0
			? &g_array_index(cgroup->containers, NslCgroupContainer, 0)
			: NULL;

	return outermost && !outermost->weak && outermost->maker == 0;
}

static bool tells_more(const NslCgroup *other, const NslCgroup *cgroup)
{
	if (is_roots(other) != is_roots(cgroup))
		return is_roots(other);
	return count_sure(other) > count_sure(cgroup) || cgroup->containers->len == 0;
}

/* Takes from another path what the ones before did not tell. */
static void merge(NslCgroup *cgroup, NslCgroup *other)
{
	if (tells_more(other, cgroup)) {
		GArray *fewer = cgroup->containers;

		cgroup->containers = other->containers;
		other->containers = fewer;
	}
	if (!cgroup->unit) {
		cgroup->unit = g_steal_pointer(&other->unit);
		cgroup->unit_uid = other->unit_uid;
		cgroup->unit_depth = other->unit_depth;
	}
	if (!cgroup->machine)
		cgroup->machine = g_steal_pointer(&other->machine);
}

/* How many there are. */
static guint parse_lines(const char *text, gsize size, Line lines[MAX_LINES])
{
	const char *end = size > 0 ? text + size : text;
	guint n_lines = 0;

	while (text < end && n_lines < MAX_LINES) {
		const char *newline = memchr(text, '\n', (gsize)(end - text));
		const char *stop = newline ? newline : end;

		n_lines += parse_line(text, (gsize)(stop - text), &lines[n_lines]);
		text = newline ? newline + 1 : end;
	}
	return n_lines;
}

bool nsl_cgroup_is_in(const char *text, gsize size, const char *hierarchy, const char *path)
{
	Line lines[MAX_LINES];
	guint n_lines = parse_lines(text, size, lines);
	gsize length = strlen(path);

	for (guint i = 0; i < n_lines; i++)
		if (nsl_part_is(lines[i].names, hierarchy) && lines[i].size >= length &&
		    memcmp(lines[i].path, path, length) == 0 &&
		    (lines[i].size == length || lines[i].path[length] == '/'))
			return true;
	return false;
}

void nsl_cgroup_parse(NslCgroup *cgroup, const char *text, gsize size)
{
	nsl_cgroup_read(cgroup, text, size, NULL);
}

void nsl_cgroup_read(NslCgroup *cgroup, const char *text, gsize size, NslCgroupfs *cgroupfs)
{
	Line lines[MAX_LINES];
	guint n_lines = parse_lines(text, size, lines);
	const Line *last = NULL;

	init(cgroup);
	for (Hierarchy hierarchy = 0; hierarchy < HIERARCHY_COUNT; hierarchy++) {
		for (guint i = 0; i < n_lines; i++) {
			const Line *line = &lines[i];
			g_auto(NslCgroup) other = {0};

			if (line->hierarchy != hierarchy)
				continue;
			/* Most hierarchies have one and the same path. */
			if (last && last->size == line->size &&
			    memcmp(last->path, line->path, line->size) == 0)
				continue;
			last = line;
			init(&other);
			walk_path(&other, line, cgroupfs);
			merge(cgroup, &other);
		}
	}
}
