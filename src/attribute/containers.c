/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which process is in which container: see attribute.h. First all cgroups are parsed, each path
 * once; processes that no cgroup names a container of are grouped by their namespaces. Then workers
 * look up, a container or a group an item, who is above it and what the engines' files say. What
 * comes back is believed where it agrees with the processes that are seen. Of those that are in no
 * container then, who is in a container's namespaces has entered it; the rest are sandboxes.
 */
#include "attribute/attribute.h"
#include "attribute/lookup.h"
#include "base/each.h"
#include "base/sys.h"
#include "base/text.h"

/* What one text of /proc/PID/cgroup tells. */
typedef struct CgroupIdentity {
	NslCgroupNode *node; /* the innermost; NULL: none */
	NslCgroup cgroup;    /* its containers are taken over by nodes */
} CgroupIdentity;

/* Where a container was found: what its parent and its key are made of. */
typedef struct Origin {
	const NslCgroupNode *node; /* NULL: it is a group's */
	bool users;		   /* its names are from a user's record */
	guint32 outside;	   /* a process that it was started from; 0: none is known */
	guint32 first;		   /* of a group: the claimant, or the leader */
	bool told_apart;	   /* a sandbox's name is more than the leader's */
} Origin;

typedef struct Build {
	NslSnapshot *snapshot;
	const NslProcfs *procfs;
	GHashTable *cgroups; /* by the text (GRefString, its address) */
	GHashTable *nodes;   /* NslCgroupNode, by node_key() */
	char *root;	     /* nsl_cgroup_manager_root() */
	NslCgroupfs *cgroupfs;
	GPtrArray *lookups;	 /* NslLookup */
	GHashTable *origins;	 /* of containers */
	GHashTable *by_claimant; /* containers by the PID that claims them, and their id */
} Build;

static void cgroup_identity_free(gpointer data)
{
	CgroupIdentity *known = data;

	nsl_cgroup_clear(&known->cgroup);
	g_free(known);
}

static void node_free(gpointer data)
{
	NslCgroupNode *node = data;

	nsl_cgroup_container_clear(&node->named);
	g_ptr_array_unref(node->processes);
	g_free(node);
}

/*
 * What makes a node one: a cgroup has its path in each hierarchy, and somebody else may have named
 * it so in another one.
 */
static char *node_key(const NslCgroupContainer *named)
{
	return g_strdup_printf("%" G_GINT64_FORMAT " %s", named->maker, named->path);
}

static Origin *origin_of(const Build *build, const NslContainer *container)
{
	return g_hash_table_lookup(build->origins, container);
}

static NslContainer *add_container(Build *build, const char *runtime, NslEvidence evidence,
				   bool unconfirmed, Origin origin)
{
	NslContainer *container = nsl_snapshot_add_container(build->snapshot, runtime);
	Origin *copy = g_new(Origin, 1);

	*copy = origin;
	g_hash_table_insert(build->origins, container, copy);
	container->evidence = evidence;
	container->unconfirmed = unconfirmed;
	return container;
}

/* It is unconfirmed until more is known. */
static NslContainer *add_named(Build *build, const NslCgroupNode *node, NslEvidence evidence)
{
	const NslIdentity *identity = &node->named.identity;
	NslContainer *container =
		add_container(build, identity->runtime, evidence, true, (Origin){.node = node});

	container->identity = nsl_identity_copy(identity);
	return container;
}

/* Takes what is in `named`. An engine of this system knows none but the outermost. */
static NslCgroupNode *add_node(Build *build, NslCgroupContainer *named, NslCgroupNode *outer)
{
	NslCgroupNode *node = g_new0(NslCgroupNode, 1);

	node->named = *named;
	*named = (NslCgroupContainer){0};
	node->outer = outer;
	node->depth = outer ? outer->depth + 1 : 1;
	node->processes = g_ptr_array_new();
	if (!nsl_cgroup_node_known(outer))
		g_ptr_array_add(build->lookups, nsl_lookup_new(node, node->processes, NULL));
	if (!node->named.needs_engine_record)
		node->container = add_named(build, node, NSL_EVIDENCE_CGROUP);
	g_hash_table_insert(build->nodes, node_key(&node->named), node);
	return node;
}

static CgroupIdentity *parse(Build *build, const char *text)
{
	CgroupIdentity *known = g_new0(CgroupIdentity, 1);
	NslCgroup *cgroup = &known->cgroup;
	NslCgroupNode *outer = NULL;

	nsl_cgroup_read(cgroup, text, build->root, build->cgroupfs);
	NSL_EACH_IN (NslCgroupContainer, named, cgroup->containers) {
		g_autofree char *key = node_key(named);
		NslCgroupNode *node = g_hash_table_lookup(build->nodes, key);

		/* An unconfirmed match inside a container, which no engine here can confirm. */
		if (!node && named->needs_engine_record && nsl_cgroup_node_known(outer))
			continue;
		outer = node ? node : add_node(build, named, outer);
	}
	known->node = outer;
	g_clear_pointer(&cgroup->containers, g_array_unref);
	return known;
}

static CgroupIdentity *cgroup_identity_of(const Build *build, const NslProcess *process)
{
	return process->cgroup ? g_hash_table_lookup(build->cgroups, process->cgroup) : NULL;
}

/* NULL: it is the hierarchy's top. Transfer full. */
static char *find_manager_root(const NslProcfs *procfs)
{
	g_auto(NslFd) process = nsl_procfs_open_process(procfs, 1);
	g_autofree char *text = nsl_process_dup_cgroup(process);

	return text ? nsl_cgroup_manager_root(text) : NULL;
}

static void find_nodes(Build *build)
{
	NSL_EACH (NslProcess, process, build->snapshot->processes) {
		CgroupIdentity *known = cgroup_identity_of(build, process);

		if (!process->cgroup)
			continue;
		if (!known) {
			known = parse(build, process->cgroup);
			g_hash_table_insert(build->cgroups, process->cgroup, known);
		}
		process->unit = g_strdup(known->cgroup.unit);
		process->machine = g_strdup(known->cgroup.machine);
		for (NslCgroupNode *node = known->node; node; node = node->outer)
			g_ptr_array_add(node->processes, process);
	}
}

/* The innermost container that a process's cgroups have it in. */
static NslCgroupNode *node_of(const Build *build, const NslProcess *process)
{
	const CgroupIdentity *known = cgroup_identity_of(build, process);

	return known ? nsl_cgroup_node_known(known->node) : NULL;
}

/* Whether it may be in a sandbox: no cgroup names its container. */
static bool is_without_node(const Build *build, const NslProcess *process)
{
	return !nsl_zombie_parent(build->snapshot, process) && nsl_process_is_shown(process) &&
	       !process->kthread && !process->unreadable &&
	       !nsl_process_is_in_netns_alone(process) && !node_of(build, process);
}

/* The inodes of its namespaces, 0 for root ones; NULL: it has no private one. Transfer full. */
static GBytes *private_set(const NslProcess *process)
{
	guint64 set[NSL_NSTYPE_COUNT];
	bool any = false;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		set[type] = nsl_process_has_own(process, type) ? process->ns[type]->inode : 0;
		any = any || set[type] != 0;
	}
	return any ? g_bytes_new(set, sizeof(set)) : NULL;
}

/* Processes that share one set of private namespaces are a group. */
static void find_groups(Build *build)
{
	g_autoptr(GHashTable) by_set = g_hash_table_new_full(nsl_inode_bytes_hash, g_bytes_equal,
							     (GDestroyNotify)g_bytes_unref,
							     (GDestroyNotify)g_ptr_array_unref);

	NSL_EACH (NslProcess, process, build->snapshot->processes) {
		g_autoptr(GBytes) set =
			is_without_node(build, process) ? private_set(process) : NULL;
		GPtrArray *group = set ? g_hash_table_lookup(by_set, set) : NULL;

		if (!set)
			continue;
		if (!group) {
			const CgroupIdentity *known = cgroup_identity_of(build, process);
			const NslCgroupNode *node = known ? known->node : NULL;

			group = g_ptr_array_new();
			g_hash_table_insert(by_set, g_bytes_ref(set), group);
			g_ptr_array_add(
				build->lookups,
				nsl_lookup_new(NULL, group, node ? node->named.identity.id : NULL));
		}
		g_ptr_array_add(group, process);
	}
}

/*
 * The namespaces (NslNamespace) of the processes that are shown, by which they may have entered a
 * container. Left out are those that the caller is in, too: in a chroot with a mount namespace of
 * its own, all are in that one. Transfer full.
 */
static GHashTable *find_shown(const Build *build)
{
	GHashTable *shown = g_hash_table_new(NULL, NULL);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 own = nsl_procfs_own_ns(build->procfs, nsl_nstypes[type].name);

		if (type == NSL_NSTYPE_USER)
			continue;
		NSL_EACH (const NslProcess, process, build->snapshot->processes)
			if (!process->in_passing && nsl_process_has_own(process, type) &&
			    process->ns[type]->inode != own)
				g_hash_table_add(shown, process->ns[type]);
	}
	return shown;
}

/* Others' command lines are waited for only where they share a namespace with who is shown. */
static void find_wanted(const Build *build)
{
	g_autoptr(GHashTable) shown = NULL;

	NSL_EACH (NslLookup, lookup, build->lookups) {
		NSL_EACH (const NslProcess, process, lookup->processes)
			lookup->wanted = lookup->wanted || !process->in_passing;
		if (!lookup->wanted && !shown)
			shown = find_shown(build);
		NSL_EACH (const NslProcess, process, lookup->processes)
			for (NslNsType type = 0; type < NSL_NSTYPE_COUNT && !lookup->wanted; type++)
				lookup->wanted = process->ns[type] &&
						 g_hash_table_contains(shown, process->ns[type]);
	}
}

static void settle_node(Build *build, NslCgroupNode *node, NslLookupResult *result)
{
	/* Of a container inside another one, the outer one's root may have chosen the name. */
	if (nsl_cgroup_node_known(node->outer) || (!node->container && !result->agrees))
		return;
	if (result->agrees && result->identity.runtime)
		node->named.identity.runtime = result->identity.runtime;
	if (!node->named.identity.runtime)
		return;
	if (!node->container)
		node->container = add_named(build, node, NSL_EVIDENCE_STATE);
	nsl_identity_update(&node->container->identity, &result->identity);
	origin_of(build, node->container)->users = result->users;
	/* A record of other processes, or a name that others than root could have given. */
	node->container->unconfirmed = !result->agrees && (result->found || node->named.maker != 0);
}

/* Whether the outermost `depth` containers around a node are there, and all believed. */
static bool are_believed(const NslCgroupNode *innermost, guint depth)
{
	for (const NslCgroupNode *node = innermost; node; node = node->outer)
		if (node->depth <= depth && (!node->container || node->container->unconfirmed))
			return false;
	return depth <= (innermost ? innermost->depth : 0);
}

/*
 * A service of systemd's may have private namespaces without being a container. But what has a
 * container's in a cgroup that the service itself has made, is one that the service runs. The
 * nodes are settled already.
 */
static bool is_service(const Build *build, const NslProcess *process)
{
	const CgroupIdentity *known = cgroup_identity_of(build, process);

	return process->unit && g_str_has_suffix(process->unit, ".service") &&
	       are_believed(known->node, known->cgroup.unit_depth) &&
	       !(known->cgroup.below_unit && nsl_process_has_own(process, NSL_NSTYPE_PID) &&
		 nsl_process_has_own(process, NSL_NSTYPE_MNT) &&
		 nsl_process_has_own(process, NSL_NSTYPE_NET));
}

/* Several groups below one claimant are one container, but where their cgroups' ids differ. */
static NslContainer *claimed_container(Build *build, NslLookupResult *result)
{
	g_autofree char *key = g_strdup_printf("%u %s", result->claimant,
					       result->identity.id ? result->identity.id : "");
	NslContainer *container = g_hash_table_lookup(build->by_claimant, key);

	if (container)
		return container;
	container = add_container(build, result->identity.runtime,
				  result->agrees ? NSL_EVIDENCE_STATE : NSL_EVIDENCE_ARGV,
				  !result->agrees,
				  (Origin){.users = result->users,
					   .outside = result->outside,
					   .first = result->claimant});
	nsl_identity_update(&container->identity, &result->identity);
	g_hash_table_insert(build->by_claimant, g_steal_pointer(&key), container);
	return container;
}

static NslContainer *plain_sandbox(Build *build, const NslLookupResult *result,
				   const NslProcess *process)
{
	const char *apart = result->hostname	 ? result->hostname
			    : result->own_cgroup ? process->unit
						 : NULL;
	const char *name = apart ? apart : result->comm;
	/*
	 * Whoever has no private user namespace was put into private namespaces by root: perhaps
	 * into those of a container that is out of sight.
	 */
	bool unconfirmed = build->snapshot->unseen & NSL_UNSEEN_ANYWHERE &&
			   !nsl_process_has_own(process, NSL_NSTYPE_USER);
	NslContainer *container =
		add_container(build, "sandbox", NSL_EVIDENCE_NAMESPACES, unconfirmed,
			      (Origin){.outside = result->outside,
				       .first = result->leader ? result->leader : process->pid,
				       .told_apart = apart});

	container->identity.name = name && name[0] ? g_strdup(name) : NULL;
	return container;
}

/*
 * The sandbox of who has unshared what a process is in: of the leader of the sandbox outside, whose
 * children get just these namespaces. It is called by what runs in there, not by unshare(1).
 * NULL: none.
 */
static NslContainer *unshared_sandbox(Build *build, const NslLookupResult *result,
				      const NslProcess *process)
{
	const NslProcess *above = nsl_snapshot_get_process(build->snapshot, result->outside);
	NslContainer *container = above ? above->container : NULL;
	const Origin *origin = container ? origin_of(build, container) : NULL;

	if (!container || !nsl_container_is_sandbox(container) || origin->first != above->pid)
		return NULL;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNamespace *given = nsl_process_for_children(above, type);

		if (process->ns[type] != (given ? given : above->ns[type]))
			return NULL;
	}
	if (!origin->told_apart && result->comm && result->comm[0]) {
		g_free(container->identity.name);
		container->identity.name = g_strdup(result->comm);
	}
	return container;
}

static NslContainer *find_container(Build *build, NslLookupResult *result,
				    const NslProcess *process)
{
	NslContainer *container = result->identity.runtime
					  ? claimed_container(build, result)
					  : unshared_sandbox(build, result, process);

	return container ? container : plain_sandbox(build, result, process);
}

static void settle_group(Build *build, const GPtrArray *group, NslLookupResult *result)
{
	NslContainer *container = NULL;

	NSL_EACH (NslProcess, process, group) {
		/* Meanwhile an engine may have confirmed what its cgroup is. */
		if (nsl_process_around(process) ||
		    (!result->identity.runtime && is_service(build, process)))
			continue;
		if (!container)
			container = find_container(build, result, process);
		nsl_process_add_to(process, container);
		/* What its cgroup names may be a container of an engine's. */
		if (process->unread & 1u << NSL_PART_CGROUP && nsl_container_is_sandbox(container))
			container->unconfirmed = true;
	}
}

/* A user's record confirms nothing about an id that a container of root's has. */
static void doubt_users(Build *build)
{
	g_autoptr(GHashTable) roots = g_hash_table_new(nsl_text_hash, g_str_equal);

	NSL_EACH (const NslContainer, container, build->snapshot->containers)
		if (container->identity.id && !container->unconfirmed &&
		    !origin_of(build, container)->users)
			g_hash_table_add(roots, container->identity.id);
	NSL_EACH (NslContainer, container, build->snapshot->containers)
		if (container->identity.id && origin_of(build, container)->users &&
		    g_hash_table_contains(roots, container->identity.id))
			container->unconfirmed = true;
}

/* The unit in an unconfirmed container is not shown: its name may be one of the system's units. */
static void doubt_units(Build *build)
{
	NSL_EACH (NslProcess, process, build->snapshot->processes) {
		const CgroupIdentity *known = cgroup_identity_of(build, process);

		if (known && !are_believed(known->node, known->cgroup.unit_depth))
			g_clear_pointer(&process->unit, g_free);
	}
}

static void find_parents(Build *build)
{
	NSL_EACH (NslContainer, container, build->snapshot->containers) {
		const Origin *origin = origin_of(build, container);
		const NslCgroupNode *outer =
			origin->node ? nsl_cgroup_node_known(origin->node->outer) : NULL;
		const NslProcess *outside =
			nsl_snapshot_get_process(build->snapshot, origin->outside);

		container->parent = outer ? outer->container : outside ? outside->container : NULL;
	}
}

/*
 * "docker/3f2a…". Each round has one more thing behind it: where the container was found, who
 * could have named that (a path may be in several hierarchies), and a number. It is UTF-8, as
 * documents have it: what differs, and in which order, is the same there.
 */
static char *make_key(const NslContainer *container, const Origin *origin, guint round)
{
	const char *which = container->identity.id;
	g_autoptr(GString) key = g_string_new(container->identity.runtime);
	GString *utf8 = g_string_new(NULL);

	if (!which && origin->node)
		which = container->identity.name;
	g_string_append_c(key, '/');
	g_string_append(key, which ? which : "");
	if (which && round >= 1)
		g_string_append_c(key, '@');
	if (!which || (round >= 1 && !origin->node))
		g_string_append_printf(key, "%u", origin->first);
	else if (round >= 1)
		g_string_append(key, origin->node->named.path);
	if (round >= 2 && origin->node)
		g_string_append_printf(key, "@%" G_GINT64_FORMAT, origin->node->named.maker);
	if (round >= 3)
		g_string_append_printf(key, "#%u", round);
	nsl_text_to_utf8(utf8, key->str, key->len);
	return g_string_free(utf8, FALSE);
}

/*
 * Confirmed containers get the short keys; the others have where they were found in theirs. No two
 * get the same one: in order of their first processes, the later one goes on to the next round.
 */
static void choose_keys(Build *build)
{
	const GPtrArray *containers = build->snapshot->containers;
	g_autoptr(GHashTable) taken = g_hash_table_new(nsl_text_hash, g_str_equal);

	for (guint round = 0; g_hash_table_size(taken) < containers->len; round++)
		NSL_EACH (NslContainer, container, containers) {
			g_autofree char *key =
				container->key
					? NULL
					: make_key(container, origin_of(build, container), round);

			if (!key || (round == 0 && container->unconfirmed) ||
			    g_hash_table_contains(taken, key))
				continue;
			container->key = g_steal_pointer(&key);
			g_hash_table_add(taken, container->key);
		}
}

/*
 * Whether an issue about the processes says as much: who cannot read those cannot read this either.
 * A file that does not answer is another matter, unless the process itself does not.
 */
static bool is_implied(const NslSnapshot *snapshot, const NslLookupResult *result,
		       const NslProcess *first)
{
	if (snapshot->coverage[NSL_SOURCE_PROCESSES] != NSL_COVERAGE_PARTIAL)
		return false;
	if (result->no_work)
		return !first->responsive || result->error != -ETIMEDOUT;
	return nsl_is_denied(result->error) && geteuid() != 0;
}

/* Notes that files could not be read; that there are none is no issue. */
static void note(NslSnapshot *snapshot, const NslLookupResult *result, const NslProcess *first)
{
	g_autofree char *message = NULL;

	if (result->error >= 0 || nsl_is_gone(result->error) || result->error == -EINVAL)
		return;
	message = g_strdup_printf("the container's name could not be read: %s",
				  nsl_errno_text(result->error));
	nsl_snapshot_note(snapshot, NSL_SOURCE_CONTAINERS, nsl_errno_name(result->error), message,
			  first->pid)
		->implied = is_implied(snapshot, result, first);
}

/* Those that a command line claims, or the others. */
static void settle_groups(Build *build, bool claimed)
{
	NSL_EACH (NslLookup, lookup, build->lookups)
		if (!lookup->node && (lookup->result.claimant != 0) == claimed)
			settle_group(build, lookup->processes, &lookup->result);
}

static void settle(Build *build, gint64 *waited)
{
	NSL_EACH (NslLookup, lookup, build->lookups) {
		const NslProcess *first = g_ptr_array_index(lookup->processes, 0);

		note(build->snapshot, &lookup->result, first);
		if (lookup->node)
			settle_node(build, lookup->node, &lookup->result);
	}
	NSL_EACH (NslProcess, process, build->snapshot->processes) {
		const NslCgroupNode *node = node_of(build, process);

		if (node)
			nsl_process_add_to(process, node->container);
	}
	doubt_units(build); /* before sandboxes are called by them */
	/* Also those that an engine has started (exec). */
	nsl_entered_mark(build->snapshot, build->procfs, true, waited);
	settle_groups(build, true);
	nsl_entered_mark(build->snapshot, build->procfs, false, waited);
	settle_groups(build, false);
	nsl_zombies_settle(build->snapshot);
}

void nsl_containers_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited)
{
	Build build = {
		.snapshot = snapshot,
		.procfs = procfs,
		.cgroups = g_hash_table_new_full(NULL, NULL, NULL, cgroup_identity_free),
		.nodes = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, node_free),
		.root = find_manager_root(procfs),
		.cgroupfs = nsl_cgroupfs_new(procfs),
		.lookups = g_ptr_array_new_with_free_func(nsl_lookup_free),
		.origins = g_hash_table_new_full(NULL, NULL, NULL, g_free),
		.by_claimant = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, NULL),
	};

	snapshot->coverage[NSL_SOURCE_CONTAINERS] =
		procfs->root >= 0 ? NSL_COVERAGE_COMPLETE : NSL_COVERAGE_PARTIAL;
	find_nodes(&build);
	find_groups(&build);
	if (build.lookups->len > 0) {
		find_wanted(&build);
		nsl_lookup_all(procfs, snapshot, build.lookups, waited);
		settle(&build, waited);
	}
	doubt_users(&build);
	doubt_units(&build);
	find_parents(&build);
	choose_keys(&build);
	g_ptr_array_unref(build.lookups);
	g_hash_table_unref(build.origins);
	g_hash_table_unref(build.by_claimant);
	g_hash_table_unref(build.cgroups);
	g_hash_table_unref(build.nodes);
	g_free(build.root);
	nsl_cgroupfs_free(build.cgroupfs);
}
