/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diff: see diff.h. What has no partner on the other side (diff_pairs.c) came or went; what has
 * one is compared.
 */
#include "store/diff.h"

#include "base/each.h"
#include "base/text.h"

typedef struct Diff {
	const NslPairs *pairs;
	NslNsTypes types;
	GHashTable *told; /* a namespace, process or container: the NslChange that it came, went, or
			   * started anew */
	guint n_unsure[NSL_N_SIDES]; /* without a partner on a side that may not have seen it */
	guint n_nameless;	     /* namespaces that cannot be compared across boots */
	NslChanges *changes;
} Diff;

/* Whether a process would be there, if it had been when that side was taken. */
static bool would_see_process(const Diff *diff, guint side, const NslProcess *process)
{
	const NslDiffSide *other = diff->pairs->sides[side];

	if (!(other->snapshot->unseen & NSL_UNSEEN_ANYWHERE))
		return true;
	if (side == NSL_AFTER) /* its PID is another one's now */
		return nsl_snapshot_get_process(other->snapshot, process->pid) != NULL;
	return process->start > other->snapshot->time;
}

static bool would_see_namespace(const Diff *diff, guint side, const NslNamespace *ns)
{
	const NslSnapshot *snapshot = diff->pairs->sides[side]->snapshot;

	if (snapshot->kernel_types & NSL_NSTYPE_BIT(ns->type))
		return true; /* the kernel has listed them all */
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
	NSL_EACH (const NslIssue, issue, snapshot->issues) {
		if (issue->source != source && issue->source != NSL_SOURCE_PROCESSES)
			continue;
		if (issue->pids->len == 0 || issue->pids->len < issue->count)
			return false;
		NSL_EACH_IN (const guint32, pid, issue->pids)
			if (*pid == holder->pid)
				return false;
	}
	return true;
}

static bool would_see_container(const Diff *diff, guint side, const NslContainer *container)
{
	if (!(diff->pairs->sides[side]->snapshot->unseen & NSL_UNSEEN_ANYWHERE))
		return true;
	NSL_EACH (const NslProcess, process, container->members)
		if (!would_see_process(diff, side, process))
			return false;
	return container->members->len > 0;
}

static void change_free(gpointer data)
{
	NslChange *change = data;

	g_ptr_array_unref(change->came);
	g_ptr_array_unref(change->went);
	g_free(change);
}

NslChanges *nsl_changes_new(void)
{
	NslChanges *changes = g_new(NslChanges, 1);

	changes->list = g_ptr_array_new_with_free_func(change_free);
	changes->notes = g_ptr_array_new_with_free_func(g_free);
	return changes;
}

void nsl_changes_free(NslChanges *changes)
{
	g_ptr_array_unref(changes->list);
	g_ptr_array_unref(changes->notes);
	g_free(changes);
}

/* An empty change, the last of the list. `thing` is what `subject` says. */
static NslChange *add_change(Diff *diff, NslChangeSign sign, NslSubject subject,
			     gconstpointer thing)
{
	NslChange *change = g_new(NslChange, 1);

	*change = (NslChange){
		.sign = sign,
		.subject = subject,
		.container = subject == NSL_SUBJECT_CONTAINER ? thing : NULL,
		.ns = subject == NSL_SUBJECT_NAMESPACE ? thing : NULL,
		.process = subject == NSL_SUBJECT_PROCESS ? thing : NULL,
		.came = g_ptr_array_new(),
		.went = g_ptr_array_new(),
	};
	g_ptr_array_add(diff->changes->list, change);
	return change;
}

static NslChange *add_field(Diff *diff, NslSubject subject, gconstpointer thing, NslField field)
{
	NslChange *change = add_change(diff, NSL_CHANGE_CHANGED, subject, thing);

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
static void add_other_names(const Diff *diff, const NslNamespace *from, const NslNamespace *to,
			    guint to_side, GPtrArray *found)
{
	g_autoptr(GHashTable) names = nsl_name_set(to->names);

	if (!nsl_snapshot_has_all_names(diff->pairs->sides[to_side]->snapshot))
		return;
	NSL_EACH (char, name, from->names)
		if (!g_hash_table_contains(names, name))
			g_ptr_array_add(found, name);
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
	return diff->pairs->same_boot || holder->kind == NSL_HOLDER_MOUNT;
}

/* To `found` those of one side that the other has not, and would have. */
static void add_other_holders(const Diff *diff, const NslNamespace *from, const NslNamespace *to,
			      guint to_side, GPtrArray *found)
{
	g_autoptr(GHashTable) known = nsl_holder_set(to);

	NSL_EACH_IN (NslHolder, holder, from->holders) {
		if (is_told_of(diff, holder) &&
		    would_see_holder(diff->pairs->sides[to_side], holder) &&
		    g_hash_table_add(known, holder))
			g_ptr_array_add(found, holder);
	}
}

/* One of the two functions above. */
typedef void AddOthers(const Diff *diff, const NslNamespace *from, const NslNamespace *to,
		       guint to_side, GPtrArray *found);

static void compare_items(Diff *diff, const NslNamespace *before, const NslNamespace *after,
			  NslField field, AddOthers *add)
{
	NslChange *change = add_field(diff, NSL_SUBJECT_NAMESPACE, after, field);

	add(diff, after, before, NSL_BEFORE, change->came);
	add(diff, before, after, NSL_AFTER, change->went);
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
	const NslChange *told = NULL;

	for (; container && !told; container = container->parent)
		told = g_hash_table_lookup(diff->told, container);
	return told;
}

/*
 * Tells of what has no partner on the other side, unless it cannot be known that it came or went.
 * `lasts`: it could be known again in the other one's boot.
 */
static void add_whole(Diff *diff, guint side, NslSubject subject, gconstpointer thing, bool lasts,
		      bool would_be_seen, const NslChange *under)
{
	NslChangeSign sign = side == NSL_AFTER ? NSL_CHANGE_CAME : NSL_CHANGE_WENT;
	NslChange *change;

	if (!lasts) {
		diff->n_nameless++;
		return;
	}
	if (!would_be_seen) {
		diff->n_unsure[!side]++;
		return;
	}
	change = add_change(diff, sign, subject, thing);
	change->under = under;
	g_hash_table_insert(diff->told, (gpointer)thing, change);
}

/* A root namespace on that side, too, which may not list it: it neither came nor went. */
static bool is_root_there(const Diff *diff, guint side, const NslNamespace *ns)
{
	guint64 root = diff->pairs->sides[side]->snapshot->root[ns->type];

	return ns->root && root != 0 && (root == ns->inode || !diff->pairs->same_boot);
}

static void add_namespace(Diff *diff, guint side, gconstpointer thing)
{
	const NslNamespace *ns = thing;

	if (is_root_there(diff, !side, ns))
		return;
	if (diff->types & NSL_NSTYPE_BIT(ns->type))
		add_whole(diff, side, NSL_SUBJECT_NAMESPACE, ns,
			  diff->pairs->same_boot || nsl_pairs_has_lasting_name(diff->pairs, ns),
			  would_see_namespace(diff, !side, ns),
			  told_around(diff, container_of(ns)));
}

static void compare_namespaces(Diff *diff, gconstpointer before, gconstpointer after)
{
	if (!(diff->types & NSL_NSTYPE_BIT(((const NslNamespace *)after)->type)))
		return;
	compare_items(diff, before, after, NSL_FIELD_NAMES, add_other_names);
	compare_items(diff, before, after, NSL_FIELD_HELD_BY, add_other_holders);
}

/* Of what is not listed, as root namespaces are not, only the inodes are compared. */
static bool is_same_or_unlisted(const Diff *diff, const NslNamespace *from, const NslNamespace *to)
{
	return nsl_pairs_get(diff->pairs, to) == from ||
	       (from->inode == to->inode && !nsl_pairs_get(diff->pairs, to) &&
		!nsl_pairs_get(diff->pairs, from) && !g_hash_table_contains(diff->told, to));
}

/* A zombie is in its PID and user namespace alone: of the others it has left those listed. */
static bool has_left(const Diff *diff, const NslProcess *after, const NslNamespace *from,
		     const NslNamespace *to)
{
	return from && !to && after->zombie &&
	       (nsl_pairs_get(diff->pairs, from) || g_hash_table_contains(diff->told, from));
}

/* Those that differ, of which both sides know. */
static void compare_memberships(Diff *diff, const NslProcess *before, const NslProcess *after)
{
	NslChange *change = add_field(diff, NSL_SUBJECT_PROCESS, after, NSL_FIELD_NAMESPACES);

	NSL_EACH_TYPE (type, diff->types) {
		NslNamespace *from = before->ns[type];
		NslNamespace *to = after->ns[type];

		if (has_left(diff, after, from, to))
			g_ptr_array_add(change->went, from);
		if (!from || !to || is_same_or_unlisted(diff, from, to))
			continue;
		g_ptr_array_add(change->came, to);
		g_ptr_array_add(change->went, from);
	}
	end_field(diff, change);
}

/* Whether that side could not learn what the process is in, where the other one tells of one. */
static bool may_be_around(const Diff *diff, guint side, const NslProcess *process,
			  const NslProcess *other)
{
	if (nsl_process_around(process))
		return false;
	if (process->unread & 1u << NSL_PART_CGROUP)
		return true;
	return other->entered &&
	       nsl_snapshot_may_have_entered(diff->pairs->sides[side]->snapshot, process);
}

static void compare_containers_of(Diff *diff, const NslProcess *before, const NslProcess *after)
{
	NslContainer *from = nsl_process_around(before);
	NslContainer *to = nsl_process_around(after);
	NslChange *change;

	/* Where both have moved, this is told of the container. */
	if (nsl_pairs_get(diff->pairs, to) == from ||
	    (from && to && !nsl_pairs_get(diff->pairs, to)) ||
	    may_be_around(diff, NSL_BEFORE, before, after) ||
	    may_be_around(diff, NSL_AFTER, after, before))
		return;
	change = add_field(diff, NSL_SUBJECT_PROCESS, after, NSL_FIELD_CONTAINER);
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

static void add_process(Diff *diff, guint side, gconstpointer thing)
{
	const NslProcess *process = thing;

	if (!process->unreadable)
		add_whole(diff, side, NSL_SUBJECT_PROCESS, process, true,
			  would_see_process(diff, !side, process), told_of_process(diff, process));
}

static void compare_processes(Diff *diff, gconstpointer before, gconstpointer after)
{
	if (((const NslProcess *)before)->unreadable || ((const NslProcess *)after)->unreadable)
		return;
	compare_memberships(diff, before, after);
	compare_containers_of(diff, before, after);
}

static void compare_shares(Diff *diff, const NslContainer *before, const NslContainer *after)
{
	NslNsTypes from = before->shared & diff->types;
	NslNsTypes to = after->shared & diff->types;
	NslChange *change;

	if (from == to || before->members->len == 0 || after->members->len == 0 ||
	    diff->pairs->sides[NSL_BEFORE]->snapshot->unseen ||
	    diff->pairs->sides[NSL_AFTER]->snapshot->unseen)
		return;
	change = add_field(diff, NSL_SUBJECT_CONTAINER, after, NSL_FIELD_SHARES);
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
	if (!diff->pairs->same_boot || before->members->len == 0 || after->members->len == 0)
		return false;
	NSL_EACH (const NslProcess, process, after->members)
		if (nsl_pairs_get(diff->pairs, process))
			return false;
	return true;
}

static void compare_containers(Diff *diff, gconstpointer earlier, gconstpointer later)
{
	const NslContainer *before = earlier;
	const NslContainer *after = later;
	NslChange *change;

	if (before->identity.name && after->identity.name && !nsl_container_is_sandbox(after) &&
	    !nsl_text_utf8_equal(before->identity.name, after->identity.name)) {
		change = add_field(diff, NSL_SUBJECT_CONTAINER, after, NSL_FIELD_NAME);
		g_ptr_array_add(change->came, after->identity.name);
		g_ptr_array_add(change->went, before->identity.name);
	}
	if (is_started_anew(diff, before, after)) {
		change = add_field(diff, NSL_SUBJECT_CONTAINER, after, NSL_FIELD_PROCESSES);
		g_ptr_array_extend(change->came, after->members, NULL, NULL);
		g_ptr_array_extend(change->went, before->members, NULL, NULL);
		g_hash_table_insert(diff->told, (gpointer)before, change);
		g_hash_table_insert(diff->told, (gpointer)after, change);
	}
	compare_shares(diff, before, after);
}

static void add_container(Diff *diff, guint side, gconstpointer thing)
{
	const NslContainer *container = thing;

	add_whole(diff, side, NSL_SUBJECT_CONTAINER, container,
		  diff->pairs->same_boot || !nsl_container_is_sandbox(container),
		  would_see_container(diff, !side, container), NULL);
}

/*
 * Goes over what of each side is compared (`lists`). `add` is for what has no partner; pairs are
 * compared once, also where only the earlier side is about them.
 */
static void compare_all(Diff *diff, const GPtrArray *const lists[NSL_N_SIDES],
			void (*add)(Diff *diff, guint side, gconstpointer thing),
			void (*compare)(Diff *diff, gconstpointer before, gconstpointer after))
{
	for (guint side = NSL_N_SIDES; side-- > 0;)
		NSL_EACH (const void, thing, lists[side]) {
			gconstpointer other = nsl_pairs_get(diff->pairs, thing);

			if (!other)
				add(diff, side, thing);
			else if (side == NSL_AFTER)
				compare(diff, other, thing);
			else if (!g_hash_table_contains(diff->pairs->listed, other))
				compare(diff, thing, other);
		}
}

static void note(const Diff *diff)
{
	const struct {
		guint n;
		const char *what;
	} counts[] = {
		{diff->n_nameless, "namespaces and sandboxes without a lasting name, not compared"},
		{diff->n_unsure[NSL_BEFORE], "may have been out of sight before, not compared"},
		{diff->n_unsure[NSL_AFTER], "may be out of sight now, not compared"},
		{diff->pairs->n_reused, "namespaces that may be new ones with the same inode"},
	};

	if (!diff->pairs->same_boot)
		g_ptr_array_add(diff->changes->notes,
				g_strdup_printf("%s: only what has a lasting name is compared",
						diff->pairs->knows_boots
							? "another boot or system"
							: "perhaps another boot or system, as a "
							  "boot id is not known"));
	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
		if (counts[i].n > 0)
			g_ptr_array_add(diff->changes->notes,
					g_strdup_printf("%s: %u", counts[i].what, counts[i].n));
}

NslChanges *nsl_diff(const NslDiffSide *before, const NslDiffSide *after, NslNsTypes types)
{
	g_autoptr(NslPairs) pairs = nsl_pairs_new(before, after);
	g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
	Diff diff = {.pairs = pairs, .types = types, .told = told, .changes = nsl_changes_new()};

	compare_all(&diff, (const GPtrArray *[]){before->containers, after->containers},
		    add_container, compare_containers);
	compare_all(&diff, (const GPtrArray *[]){before->namespaces, after->namespaces},
		    add_namespace, compare_namespaces);
	if (pairs->same_boot)
		compare_all(&diff, (const GPtrArray *[]){before->processes, after->processes},
			    add_process, compare_processes);
	note(&diff);
	return diff.changes;
}
