/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diff: see diff.h. First what is on both sides is paired, then what has no partner came or
 * went, and what has one is compared.
 */
#include "store/diff.h"

#include <string.h>

enum { BEFORE, AFTER, N_SIDES };

typedef struct Diff {
	const NslDiffSide *sides[N_SIDES];
	NslNsTypes types;
	bool same_boot;
	GHashTable
		*partners; /* a namespace, process or container: the same one of the other side */
	GHashTable *told;  /* one of them: the NslChange that it came, went, or started anew */
	guint64 last_nsid; /* the highest that was given out before */
	guint n_unsure[N_SIDES]; /* without a partner on a side that may not have seen it */
	guint n_reused;		 /* namespaces that may be others with the same inode */
	guint n_nameless;	 /* namespaces that cannot be compared across boots */
	NslChanges *changes;
} Diff;

static gpointer partner_of(const Diff *diff, gconstpointer thing)
{
	return thing ? g_hash_table_lookup(diff->partners, thing) : NULL;
}

static void pair(Diff *diff, gconstpointer before, gconstpointer after)
{
	g_hash_table_insert(diff->partners, (gpointer)before, (gpointer)after);
	g_hash_table_insert(diff->partners, (gpointer)after, (gpointer)before);
}

static bool is_same_process(const NslProcess *before, const NslProcess *after)
{
	if (before->has_stat && after->has_stat)
		return before->start_ticks == after->start_ticks;
	return !before->comm || !after->comm || strcmp(before->comm, after->comm) == 0;
}

static void pair_processes(Diff *diff)
{
	for (guint i = 0; i < diff->sides[AFTER]->processes->len; i++) {
		NslProcess *after = g_ptr_array_index(diff->sides[AFTER]->processes, i);
		NslProcess *before =
			nsl_snapshot_get_process(diff->sides[BEFORE]->snapshot, after->pid);

		if (before && is_same_process(before, after))
			pair(diff, before, after);
	}
}

/* What containers are paired by; NULL: not at all. Transfer full. */
static char *container_name(const Diff *diff, const NslContainer *container, bool by_name)
{
	if (nsl_container_is_sandbox(container) && (by_name || !diff->same_boot))
		return NULL;
	if (!by_name)
		return g_strdup(container->key);
	return container->identity.name ? g_strdup_printf("%s:%s", container->identity.runtime,
							  container->identity.name)
					: NULL;
}

/* The containers of a side by those; NULL for what several are called. Transfer full. */
static GHashTable *index_containers(const Diff *diff, guint side, bool by_name)
{
	GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < diff->sides[side]->containers->len; i++) {
		NslContainer *container = g_ptr_array_index(diff->sides[side]->containers, i);
		g_autofree char *name = container_name(diff, container, by_name);

		if (name && !partner_of(diff, container))
			g_hash_table_insert(index, g_strdup(name),
					    g_hash_table_contains(index, name) ? NULL : container);
	}
	return index;
}

static void pair_containers(Diff *diff, bool by_name)
{
	g_autoptr(GHashTable) befores = index_containers(diff, BEFORE, by_name);
	g_autoptr(GHashTable) afters = index_containers(diff, AFTER, by_name);
	GHashTableIter iter;
	gpointer name, before;

	g_hash_table_iter_init(&iter, befores);
	while (g_hash_table_iter_next(&iter, &name, &before)) {
		const NslContainer *after = g_hash_table_lookup(afters, name);

		if (before && after)
			pair(diff, before, after);
	}
}

/* Copies of a mount, in other mount namespaces, are one. */
static bool is_same_holder(const NslHolder *a, const NslHolder *b)
{
	if (a->kind != b->kind || g_strcmp0(a->path, b->path) != 0)
		return false;
	return a->kind == NSL_HOLDER_MOUNT ||
	       (a->pid == b->pid && a->tid == b->tid && a->fd == b->fd);
}

static bool has_string(GPtrArray *strings, const char *string)
{
	return g_ptr_array_find_with_equal_func(strings, string, g_str_equal, NULL);
}

/* Whether a member, a holder or a name is of both. */
static bool has_something_in_common(const Diff *diff, const NslNamespace *before,
				    const NslNamespace *after)
{
	for (guint i = 0; i < after->members->len; i++) {
		const NslProcess *process = partner_of(diff, g_ptr_array_index(after->members, i));

		if (process && process->ns[before->type] == before)
			return true;
	}
	for (guint i = 0; i < after->holders->len; i++)
		for (guint j = 0; j < before->holders->len; j++)
			if (is_same_holder(&g_array_index(after->holders, NslHolder, i),
					   &g_array_index(before->holders, NslHolder, j)))
				return true;
	for (guint i = 0; i < after->names->len; i++)
		if (has_string(before->names, g_ptr_array_index(after->names, i)))
			return true;
	return false;
}

/* Within one boot. */
static bool is_same_namespace(Diff *diff, const NslNamespace *before, const NslNamespace *after)
{
	if (before->nsid != 0 && after->nsid != 0)
		return before->nsid == after->nsid;
	if (before->owner.ns && after->owner.ns &&
	    before->owner.ns->inode != after->owner.ns->inode)
		return false;
	if (before->has_owner_uid == NSL_KNOWN && after->has_owner_uid == NSL_KNOWN &&
	    before->owner_uid != after->owner_uid)
		return false;
	if (!after->root && !has_something_in_common(diff, before, after))
		diff->n_reused++;
	return true;
}

/*
 * What a namespace is called whatever boots: by its ip netns name, what contains its first member,
 * where it is mounted. NULL: nothing lasts. Transfer full.
 */
static char *lasting_name(const NslNamespace *ns, const Diff *diff)
{
	const char *type = nsl_nstypes[ns->type].name;
	const NslProcess *first = ns->members->len > 0 ? g_ptr_array_index(ns->members, 0) : NULL;
	const NslContainer *container = first ? first->container : NULL;

	if (ns->root)
		return g_strdup_printf("%s root", type);
	if (ns->names->len > 0)
		return g_strdup_printf("%s netns %s", type,
				       (char *)g_ptr_array_index(ns->names, 0));
	if (container) {
		const NslContainer *other = partner_of(diff, container);

		/* A pair has one key. */
		return g_strdup_printf("%s container %s", type,
				       other && g_strcmp0(other->key, container->key) < 0
					       ? other->key
					       : container->key);
	}
	if (first && first->unit)
		return g_strdup_printf("%s unit %s", type, first->unit);
	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);

		if (holder->kind == NSL_HOLDER_MOUNT && holder->path[0])
			return g_strdup_printf("%s mount %s", type, holder->path);
	}
	return NULL;
}

static void pair_by_lasting_names(Diff *diff)
{
	g_autoptr(GHashTable) named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < diff->sides[BEFORE]->namespaces->len; i++) {
		NslNamespace *ns = g_ptr_array_index(diff->sides[BEFORE]->namespaces, i);
		char *name = lasting_name(ns, diff);

		if (name)
			g_hash_table_insert(named, name, ns);
	}
	for (guint i = 0; i < diff->sides[AFTER]->namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(diff->sides[AFTER]->namespaces, i);
		g_autofree char *name = lasting_name(ns, diff);
		const NslNamespace *before = name ? g_hash_table_lookup(named, name) : NULL;

		if (before && !partner_of(diff, before))
			pair(diff, before, ns);
	}
}

static void pair_namespaces(Diff *diff)
{
	g_autoptr(GHashTable) by_nsid = g_hash_table_new(g_int64_hash, g_int64_equal);
	const NslSnapshot *snapshot = diff->sides[BEFORE]->snapshot;
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		NslNamespace *ns = key;

		diff->last_nsid = MAX(diff->last_nsid, ns->nsid);
		if (ns->nsid != 0)
			g_hash_table_insert(by_nsid, &ns->nsid, ns);
	}
	for (guint i = 0; i < diff->sides[AFTER]->namespaces->len; i++) {
		const NslNamespace *after = g_ptr_array_index(diff->sides[AFTER]->namespaces, i);
		const NslNamespace *before = g_hash_table_lookup(by_nsid, &after->nsid);

		if (!before)
			before = nsl_snapshot_get(snapshot, after->type, after->inode);
		if (before && is_same_namespace(diff, before, after))
			pair(diff, before, after);
	}
}

/* Whether a process would be there, if it had been when that side was taken. */
static bool would_see_process(const Diff *diff, guint side, const NslProcess *process)
{
	const NslDiffSide *other = diff->sides[side];

	if (!(other->snapshot->unseen & NSL_UNSEEN_ANYWHERE))
		return true;
	if (side == AFTER) /* its PID is another one's now */
		return nsl_snapshot_get_process(other->snapshot, process->pid) != NULL;
	return process->start > other->snapshot->time;
}

static bool would_see_namespace(const Diff *diff, guint side, const NslNamespace *ns)
{
	const NslSnapshot *snapshot = diff->sides[side]->snapshot;

	if (snapshot->kernel_types & NSL_NSTYPE_BIT(ns->type))
		return true; /* the kernel has listed them all */
	if (diff->same_boot && side == BEFORE && diff->last_nsid != 0 && ns->nsid > diff->last_nsid)
		return true; /* ids are given out in ascending order */
	if (snapshot->unseen != 0)
		return false;
	return ns->members->len > 0 ||
	       nsl_snapshot_holder_coverage(snapshot) == NSL_COVERAGE_COMPLETE;
}

/* Whether that side has looked at whoever holds it so; `ns` is on both. */
static bool would_see_holder(const NslDiffSide *side, const NslHolder *holder)
{
	const NslSnapshot *snapshot = side->snapshot;
	NslSource source = nsl_holders[holder->kind].source;

	if (snapshot->coverage[source] != NSL_COVERAGE_PARTIAL)
		return snapshot->coverage[source] == NSL_COVERAGE_COMPLETE;
	if (snapshot->unseen != 0)
		return false;
	/* All whose files could not be read are known. */
	for (guint i = 0; i < snapshot->issues->len; i++) {
		const NslIssue *issue = g_ptr_array_index(snapshot->issues, i);

		if (issue->source != source && issue->source != NSL_SOURCE_PROCESSES)
			continue;
		if (issue->pids->len == 0 || issue->pids->len < issue->count)
			return false;
		for (guint j = 0; j < issue->pids->len; j++)
			if (g_array_index(issue->pids, guint32, j) == holder->pid)
				return false;
	}
	return true;
}

static bool would_see_container(const Diff *diff, guint side, const NslContainer *container)
{
	if (!(diff->sides[side]->snapshot->unseen & NSL_UNSEEN_ANYWHERE))
		return true;
	for (guint i = 0; i < container->members->len; i++)
		if (!would_see_process(diff, side, g_ptr_array_index(container->members, i)))
			return false;
	return container->members->len > 0;
}

/* `side`: the one that has it. */
static NslChange *add_whole(Diff *diff, guint side, NslSubject subject)
{
	return nsl_changes_add(diff->changes, side == AFTER ? NSL_CHANGE_CAME : NSL_CHANGE_WENT,
			       subject);
}

static NslChange *add_field(Diff *diff, NslSubject subject, NslField field)
{
	NslChange *change = nsl_changes_add(diff->changes, NSL_CHANGE_CHANGED, subject);

	change->field = field;
	return change;
}

/* Takes the change back where no item differs. */
static void end_field(Diff *diff, const NslChange *change)
{
	if (change->came->len == 0 && change->went->len == 0)
		g_ptr_array_set_size(diff->changes->list, (gint)diff->changes->list->len - 1);
}

/* To `found` those names of one side that the other has not, and would have. */
static void add_other_names(const NslNamespace *from, const NslNamespace *to,
			    const NslDiffSide *to_side, GPtrArray *found)
{
	if (to_side->snapshot->coverage[NSL_SOURCE_NETNS] != NSL_COVERAGE_COMPLETE)
		return;
	for (guint i = 0; i < from->names->len; i++)
		if (!has_string(to->names, g_ptr_array_index(from->names, i)))
			g_ptr_array_add(found, g_ptr_array_index(from->names, i));
}

static void compare_names(Diff *diff, const NslNamespace *before, const NslNamespace *after)
{
	NslChange *change = add_field(diff, NSL_SUBJECT_NAMESPACE, NSL_FIELD_NAMES);

	change->ns = after;
	add_other_names(after, before, diff->sides[BEFORE], change->came);
	add_other_names(before, after, diff->sides[AFTER], change->went);
	end_field(diff, change);
}

/*
 * Whether it is told of: what a namespace owns, or is the parent of, comes and goes with that
 * other one; names are told of as such; and of another boot's processes nothing is known.
 */
static bool is_told_of(const Diff *diff, const NslHolder *holder)
{
	if (holder->kind == NSL_HOLDER_OWNER_OF || holder->kind == NSL_HOLDER_PARENT_OF ||
	    holder->kind == NSL_HOLDER_KERNEL || holder->named)
		return false;
	return diff->same_boot || holder->kind == NSL_HOLDER_MOUNT;
}

/* To `found` those of one side that the other has not, and would have. */
static void add_other_holders(const Diff *diff, const NslNamespace *from, const NslNamespace *to,
			      guint to_side, GPtrArray *found)
{
	for (guint i = 0; i < from->holders->len; i++) {
		NslHolder *holder = &g_array_index(from->holders, NslHolder, i);
		bool known = !is_told_of(diff, holder) ||
			     !would_see_holder(diff->sides[to_side], holder);

		for (guint j = 0; j < to->holders->len && !known; j++)
			known = is_same_holder(holder, &g_array_index(to->holders, NslHolder, j));
		for (guint j = 0; j < found->len && !known; j++)
			known = is_same_holder(holder, g_ptr_array_index(found, j));
		if (!known)
			g_ptr_array_add(found, holder);
	}
}

static void compare_holders(Diff *diff, const NslNamespace *before, const NslNamespace *after)
{
	NslChange *change = add_field(diff, NSL_SUBJECT_NAMESPACE, NSL_FIELD_HELD_BY);

	change->ns = after;
	add_other_holders(diff, after, before, BEFORE, change->came);
	add_other_holders(diff, before, after, AFTER, change->went);
	end_field(diff, change);
}

/* The innermost container of all members; NULL: there is none, or they are of several. */
static const NslContainer *container_of(const NslNamespace *ns)
{
	const NslContainer *container = NULL;

	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (i > 0 && process->container != container)
			return NULL;
		container = process->container;
	}
	return container;
}

/* The change that tells of the container, or of one around it, as a whole. */
static const NslChange *told_around(const Diff *diff, const NslContainer *container)
{
	while (container && !g_hash_table_contains(diff->told, container))
		container = container->parent;
	return container ? g_hash_table_lookup(diff->told, container) : NULL;
}

static void compare_namespaces(Diff *diff)
{
	for (guint side = N_SIDES; side-- > 0;)
		for (guint i = 0; i < diff->sides[side]->namespaces->len; i++) {
			const NslNamespace *ns =
				g_ptr_array_index(diff->sides[side]->namespaces, i);
			const NslNamespace *other = partner_of(diff, ns);
			NslChange *change;

			if (!(diff->types & NSL_NSTYPE_BIT(ns->type)))
				continue;
			if (other && side == AFTER) {
				compare_names(diff, other, ns);
				compare_holders(diff, other, ns);
			}
			if (other)
				continue;
			if (!diff->same_boot) {
				g_autofree char *name = lasting_name(ns, diff);

				if (!name) {
					diff->n_nameless++;
					continue;
				}
			}
			if (!would_see_namespace(diff, !side, ns)) {
				diff->n_unsure[!side]++;
				continue;
			}
			change = add_whole(diff, side, NSL_SUBJECT_NAMESPACE);
			change->ns = ns;
			change->under = told_around(diff, container_of(ns));
			g_hash_table_insert(diff->told, (gpointer)ns, change);
		}
}

/* Of what is not listed, as root namespaces are not, only the inodes are compared. */
static bool is_same_or_unlisted(const Diff *diff, const NslNamespace *from, const NslNamespace *to)
{
	return partner_of(diff, to) == from ||
	       (from->inode == to->inode && !partner_of(diff, to) && !partner_of(diff, from) &&
		!g_hash_table_contains(diff->told, to));
}

/* Those that differ, of which both sides know. */
static void compare_memberships(Diff *diff, const NslProcess *before, const NslProcess *after)
{
	NslChange *change = add_field(diff, NSL_SUBJECT_PROCESS, NSL_FIELD_NAMESPACES);

	change->process = after;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		NslNamespace *from = before->ns[type];
		NslNamespace *to = after->ns[type];

		if (!(diff->types & NSL_NSTYPE_BIT(type)) || !from || !to ||
		    is_same_or_unlisted(diff, from, to))
			continue;
		g_ptr_array_add(change->came, to);
		g_ptr_array_add(change->went, from);
	}
	end_field(diff, change);
}

static void compare_containers_of(Diff *diff, const NslProcess *before, const NslProcess *after)
{
	NslContainer *from = nsl_process_around(before);
	NslContainer *to = nsl_process_around(after);
	NslChange *change;

	/* Where both have moved, this is told of the container. */
	if (partner_of(diff, to) == from || (from && to && !partner_of(diff, to)))
		return;
	change = add_field(diff, NSL_SUBJECT_PROCESS, NSL_FIELD_CONTAINER);
	change->process = after;
	if (to)
		g_ptr_array_add(change->came, to);
	if (from)
		g_ptr_array_add(change->went, from);
}

/* The change that tells of what the process is in. */
static const NslChange *told_of_process(const Diff *diff, const NslProcess *process)
{
	const NslChange *told = told_around(diff, process->container);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT && !told; type++)
		if (process->ns[type])
			told = g_hash_table_lookup(diff->told, process->ns[type]);
	return told;
}

static void compare_processes(Diff *diff)
{
	for (guint side = N_SIDES; side-- > 0;)
		for (guint i = 0; i < diff->sides[side]->processes->len; i++) {
			const NslProcess *process =
				g_ptr_array_index(diff->sides[side]->processes, i);
			const NslProcess *other = partner_of(diff, process);
			NslChange *change;

			if (process->unreadable)
				continue;
			if (other && side == AFTER && !other->unreadable) {
				compare_memberships(diff, other, process);
				compare_containers_of(diff, other, process);
			}
			if (other)
				continue;
			if (!would_see_process(diff, !side, process)) {
				diff->n_unsure[!side]++;
				continue;
			}
			change = add_whole(diff, side, NSL_SUBJECT_PROCESS);
			change->process = process;
			change->under = told_of_process(diff, process);
		}
}

static void compare_shares(Diff *diff, const NslContainer *before, const NslContainer *after)
{
	NslNsTypes from = before->shared & diff->types;
	NslNsTypes to = after->shared & diff->types;
	NslChange *change;

	if (from == to || before->members->len == 0 || after->members->len == 0 ||
	    diff->sides[BEFORE]->snapshot->unseen || diff->sides[AFTER]->snapshot->unseen)
		return;
	change = add_field(diff, NSL_SUBJECT_CONTAINER, NSL_FIELD_SHARES);
	change->container = after;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		NslNsTypes bit = NSL_NSTYPE_BIT(type);

		if ((from ^ to) & bit)
			g_ptr_array_add(to & bit ? change->came : change->went,
					(gpointer)nsl_nstypes[type].name);
	}
}

/* Whether it is the same container with other processes. */
static bool is_started_anew(const Diff *diff, const NslContainer *before, const NslContainer *after)
{
	if (!diff->same_boot || before->members->len == 0 || after->members->len == 0)
		return false;
	for (guint i = 0; i < after->members->len; i++)
		if (partner_of(diff, g_ptr_array_index(after->members, i)))
			return false;
	return true;
}

static void compare_container(Diff *diff, const NslContainer *before, const NslContainer *after)
{
	NslChange *change;

	if (before->identity.name && after->identity.name && !nsl_container_is_sandbox(after) &&
	    strcmp(before->identity.name, after->identity.name) != 0) {
		change = add_field(diff, NSL_SUBJECT_CONTAINER, NSL_FIELD_NAME);
		change->container = after;
		g_ptr_array_add(change->came, after->identity.name);
		g_ptr_array_add(change->went, before->identity.name);
	}
	if (is_started_anew(diff, before, after)) {
		change = add_field(diff, NSL_SUBJECT_CONTAINER, NSL_FIELD_PROCESSES);
		change->container = after;
		for (guint i = 0; i < after->members->len; i++)
			g_ptr_array_add(change->came, g_ptr_array_index(after->members, i));
		for (guint i = 0; i < before->members->len; i++)
			g_ptr_array_add(change->went, g_ptr_array_index(before->members, i));
		g_hash_table_insert(diff->told, (gpointer)before, change);
		g_hash_table_insert(diff->told, (gpointer)after, change);
	}
	compare_shares(diff, before, after);
}

static void compare_containers(Diff *diff)
{
	for (guint side = N_SIDES; side-- > 0;)
		for (guint i = 0; i < diff->sides[side]->containers->len; i++) {
			const NslContainer *container =
				g_ptr_array_index(diff->sides[side]->containers, i);
			const NslContainer *other = partner_of(diff, container);
			NslChange *change;

			if (other && side == AFTER)
				compare_container(diff, other, container);
			if (other)
				continue;
			if (!diff->same_boot && nsl_container_is_sandbox(container)) {
				diff->n_nameless++;
				continue;
			}
			if (!would_see_container(diff, !side, container)) {
				diff->n_unsure[!side]++;
				continue;
			}
			change = add_whole(diff, side, NSL_SUBJECT_CONTAINER);
			change->container = container;
			g_hash_table_insert(diff->told, (gpointer)container, change);
		}
}

static void note(const Diff *diff)
{
	const struct {
		guint n;
		const char *what;
	} counts[] = {
		{diff->n_nameless, "namespaces and sandboxes without a lasting name, not compared"},
		{diff->n_unsure[BEFORE], "may have been out of sight before, not compared"},
		{diff->n_unsure[AFTER], "may be out of sight now, not compared"},
		{diff->n_reused, "namespaces that may be new ones with the same inode"},
	};

	if (!diff->same_boot)
		g_ptr_array_add(diff->changes->notes,
				g_strdup("another boot or system: only what has a lasting name is "
					 "compared"));
	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
		if (counts[i].n > 0)
			g_ptr_array_add(diff->changes->notes,
					g_strdup_printf("%s: %u", counts[i].what, counts[i].n));
}

NslChanges *nsl_diff(const NslDiffSide *before, const NslDiffSide *after, NslNsTypes types)
{
	g_autoptr(GHashTable) partners = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
	Diff diff = {
		.sides = {[BEFORE] = before, [AFTER] = after},
		.types = types,
		.partners = partners,
		.told = told,
		.changes = nsl_changes_new(),
		.same_boot = before->snapshot->boot_id && after->snapshot->boot_id &&
			     strcmp(before->snapshot->boot_id, after->snapshot->boot_id) == 0,
	};

	if (diff.same_boot)
		pair_processes(&diff);
	pair_containers(&diff, false);
	if (!diff.same_boot)
		pair_containers(&diff, true);
	if (diff.same_boot)
		pair_namespaces(&diff);
	else
		pair_by_lasting_names(&diff);
	compare_containers(&diff);
	compare_namespaces(&diff);
	if (diff.same_boot)
		compare_processes(&diff);
	note(&diff);
	return diff.changes;
}
