/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose the processes are: see containers.h. First each process's cgroups are parsed, each path
 * once; those that no cgroup places are grouped by their namespaces. Then workers ask, a container
 * or a group an item, who is above it and what the engines' files say. What comes back is believed
 * where it agrees with the processes that are seen.
 */
#include "attribute/containers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attribute/ask.h"
#include "attribute/sandbox.h"
#include "base/error.h"

/* What one text of /proc/PID/cgroup tells. */
typedef struct Belonging {
	NslPlace *place; /* the innermost; NULL: none */
	char *unit;
	guint unit_depth; /* how many containers are around it */
	char *machine;
} Belonging;

/* Where a container was found: what its parent and its key are made of. */
typedef struct Origin {
	const NslPlace *place; /* NULL: it is a group's */
	bool users;	       /* what it is called, a user's record says */
	guint32 outside;       /* a process that it was started from; 0: none is known */
	guint32 first;	       /* of a group: the claimant, or the leader */
} Origin;

typedef struct Build {
	NslSnapshot *snapshot;
	const NslProcfs *procfs;
	gint64 *waited;
	GHashTable *belongings; /* by the text (GRefString, its address) */
	GHashTable *places;	/* NslPlace, by place_key() */
	NslCgroupfs *cgroupfs;
	GPtrArray *groups;    /* GPtrArray of NslProcess */
	GPtrArray *questions; /* NslQuestion */
	GHashTable *origins;  /* of containers */
	GHashTable *claimed;  /* containers by the PID that claims them */
} Build;

static void belonging_free(gpointer data)
{
	Belonging *belonging = data;

	g_free(belonging->unit);
	g_free(belonging->machine);
	g_free(belonging);
}

static void place_free(gpointer data)
{
	NslPlace *place = data;

	nsl_cgroup_container_clear(&place->named);
	g_ptr_array_unref(place->processes);
	g_free(place);
}

static void add_question(Build *build, const NslPlace *place, const GPtrArray *group)
{
	NslQuestion *question = g_new0(NslQuestion, 1);

	question->place = place;
	question->group = group;
	g_ptr_array_add(build->questions, question);
}

/*
 * What makes a place one: a cgroup has its path in each hierarchy, and somebody else may have named
 * it so in another one.
 */
static char *place_key(const NslCgroupContainer *named)
{
	return g_strdup_printf("%" G_GINT64_FORMAT " %s", named->maker, named->path);
}

static void remember(Build *build, NslContainer *container, const Origin *origin)
{
	Origin *copy = g_new(Origin, 1);

	*copy = *origin;
	g_hash_table_insert(build->origins, container, copy);
}

static NslContainer *make_container(Build *build, const NslPlace *place)
{
	const NslCgroupContainer *named = &place->named;
	NslContainer *container =
		nsl_snapshot_add_container(build->snapshot, named->identity.runtime);

	container->identity = nsl_identity_copy(&named->identity);
	container->evidence = NSL_EVIDENCE_CGROUP;
	container->claimed = true; /* until more is known */
	remember(build, container, &(Origin){.place = place});
	return container;
}

/* Those around it that are known to be containers; NULL: none is. */
static const NslPlace *outer_container(const NslPlace *place)
{
	const NslPlace *outer = place->outer;

	while (outer && !outer->container)
		outer = outer->outer;
	return outer;
}

/* Takes what is in `named`. An engine of this system knows none but the outermost. */
static NslPlace *add_place(Build *build, NslCgroupContainer *named, const NslPlace *outer)
{
	NslPlace *place = g_new0(NslPlace, 1);

	place->named = *named;
	place->maker = named->maker == NSL_MAKER_UNSEEN && named->owner_uid >= 0 ? named->owner_uid
										 : named->maker;
	*named = (NslCgroupContainer){0};
	place->outer = outer;
	place->processes = g_ptr_array_new();
	if (!outer_container(place))
		add_question(build, place, NULL);
	if (!place->named.weak)
		place->container = make_container(build, place);
	g_hash_table_insert(build->places, place_key(&place->named), place);
	return place;
}

static Belonging *parse(Build *build, const char *text)
{
	Belonging *belonging = g_new0(Belonging, 1);
	g_auto(NslCgroup) cgroup = {0};
	NslPlace *outer = NULL;

	nsl_cgroup_read(&cgroup, text, strlen(text), build->cgroupfs);
	for (guint i = 0; i < cgroup.containers->len; i++) {
		NslCgroupContainer *named =
			&g_array_index(cgroup.containers, NslCgroupContainer, i);
		g_autofree char *key = place_key(named);
		NslPlace *place = g_hash_table_lookup(build->places, key);

		/* An unconfirmed match inside a container, which no engine here can confirm. */
		if (!place && named->weak && outer && (outer->container || outer_container(outer)))
			continue;
		outer = place ? place : add_place(build, named, outer);
	}
	belonging->place = outer;
	belonging->unit = g_steal_pointer(&cgroup.unit);
	belonging->unit_depth = cgroup.unit_depth;
	belonging->machine = g_steal_pointer(&cgroup.machine);
	return belonging;
}

static Belonging *belonging_of(const Build *build, const NslProcess *process)
{
	return process->cgroup ? g_hash_table_lookup(build->belongings, process->cgroup) : NULL;
}

static void place_processes(Build *build)
{
	const GPtrArray *processes = build->snapshot->processes;

	for (guint i = 0; i < processes->len; i++) {
		NslProcess *process = g_ptr_array_index(processes, i);
		Belonging *belonging = belonging_of(build, process);

		if (!process->cgroup)
			continue;
		if (!belonging) {
			belonging = parse(build, process->cgroup);
			g_hash_table_insert(build->belongings, process->cgroup, belonging);
		}
		process->unit = g_strdup(belonging->unit);
		process->machine = g_strdup(belonging->machine);
		for (NslPlace *place = belonging->place; place; place = (NslPlace *)place->outer)
			g_ptr_array_add(place->processes, process);
	}
}

/* The innermost container that a process's cgroups have it in. */
static NslPlace *place_of(const Build *build, const NslProcess *process)
{
	const Belonging *belonging = belonging_of(build, process);
	NslPlace *place = belonging ? belonging->place : NULL;

	return place && !place->container ? (NslPlace *)outer_container(place) : place;
}

/* All that it has is what `ip netns exec` makes: that is called by the name of ip netns. */
static bool is_in_netns_alone(const NslProcess *process)
{
	bool named = false;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNamespace *ns = process->ns[type];

		if (!ns || ns->root)
			continue;
		if (type == NSL_NSTYPE_NET && ns->names->len > 0)
			named = true;
		else if (type != NSL_NSTYPE_MNT)
			return false;
	}
	return named;
}

/* It is shown: of others not even the name was read. */
static bool is_shown(const NslProcess *process)
{
	return process->comm || process->command;
}

static bool is_unplaced(gconstpointer data, const NslProcess *process)
{
	return is_shown(process) && !process->kthread && !process->unreadable &&
	       !is_in_netns_alone(process) && !place_of(data, process);
}

static void settle_place(Build *build, NslPlace *place, NslAnswer *answer)
{
	NslContainer *container;

	/* What is inside another one, that one's root could have named: it stays a claim. */
	if (outer_container(place))
		return;
	if (!place->container && !answer->agrees)
		return;
	if (answer->agrees && answer->identity.runtime)
		place->named.identity.runtime = answer->identity.runtime;
	if (!place->named.identity.runtime)
		return;
	if (!place->container) {
		place->container = make_container(build, place);
		place->container->evidence = NSL_EVIDENCE_STATE;
	}
	container = place->container;
	if (answer->agrees) {
		container->claimed = false;
		nsl_identity_update(&container->identity, &answer->identity);
		((Origin *)g_hash_table_lookup(build->origins, container))->users = answer->users;
		return;
	}
	/* A record of other processes, or a name that others than root could have given. */
	container->claimed = answer->found || place->maker != 0;
}

/* A unit that systemd has started from a file, and that is no container for having namespaces. */
static bool is_service(const NslProcess *process)
{
	return process->unit && g_str_has_suffix(process->unit, ".service");
}

/* What a claim's container is known by, so that several groups of one are one. */
static NslContainer *claimed_container(Build *build, NslAnswer *answer)
{
	gpointer key = GUINT_TO_POINTER(answer->claimant);
	NslContainer *container = g_hash_table_lookup(build->claimed, key);

	if (container)
		return container;
	container = nsl_snapshot_add_container(build->snapshot, answer->identity.runtime);
	nsl_identity_update(&container->identity, &answer->identity);
	container->claimed = !answer->agrees;
	container->evidence = answer->agrees ? NSL_EVIDENCE_STATE : NSL_EVIDENCE_ARGV;
	g_hash_table_insert(build->claimed, key, container);
	return container;
}

static NslContainer *plain_sandbox(Build *build, const NslAnswer *answer)
{
	NslContainer *container = nsl_snapshot_add_container(build->snapshot, "sandbox");

	container->identity.name = answer->comm && answer->comm[0] ? g_strdup(answer->comm) : NULL;
	container->evidence = NSL_EVIDENCE_NAMESPACES;
	return container;
}

static void settle_group(Build *build, const GPtrArray *group, NslAnswer *answer)
{
	NslContainer *container = NULL;

	for (guint i = 0; i < group->len; i++) {
		NslProcess *process = g_ptr_array_index(group, i);

		/* Meanwhile an engine may have confirmed what its cgroup is. */
		if (place_of(build, process) || answer->kthread ||
		    (!answer->identity.runtime && is_service(process)))
			continue;
		if (!container) {
			container = answer->identity.runtime ? claimed_container(build, answer)
							     : plain_sandbox(build, answer);
			remember(build, container,
				 &(Origin){.users = answer->agrees && answer->users,
					   .outside = answer->outside,
					   .first = answer->claimant ? answer->claimant
						    : answer->leader ? answer->leader
								     : process->pid});
		}
		nsl_process_enter(process, container);
	}
}

static void enter_places(Build *build)
{
	const GPtrArray *processes = build->snapshot->processes;

	for (guint i = 0; i < processes->len; i++) {
		NslProcess *process = g_ptr_array_index(processes, i);
		const NslPlace *place = place_of(build, process);

		if (place)
			nsl_process_enter(process, place->container);
	}
}

/* What a user's record calls by an id that is known to be root's is no more than a claim. */
static void doubt_users(Build *build)
{
	const GPtrArray *containers = build->snapshot->containers;
	g_autoptr(GHashTable) roots = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint round = 0; round < 2; round++)
		for (guint i = 0; i < containers->len; i++) {
			NslContainer *container = g_ptr_array_index(containers, i);
			const Origin *origin = g_hash_table_lookup(build->origins, container);

			if (!container->identity.id || container->claimed ||
			    origin->users != (round == 1))
				continue;
			if (round == 0)
				g_hash_table_add(roots, container->identity.id);
			else if (g_hash_table_contains(roots, container->identity.id))
				container->claimed = true;
		}
}

/* Whether the outermost `depth` containers of a chain are there, and all believed. */
static bool are_believed(const NslPlace *innermost, guint depth)
{
	guint n = 0;

	for (const NslPlace *place = innermost; place; place = place->outer)
		n++;
	if (n < depth)
		return false;
	for (const NslPlace *place = innermost; place; place = place->outer)
		if (n-- <= depth && (!place->container || place->container->claimed))
			return false;
	return true;
}

/* Units of containers that are not believed are nobody's: they may be called like the system's. */
static void doubt_units(Build *build)
{
	const GPtrArray *processes = build->snapshot->processes;

	for (guint i = 0; i < processes->len; i++) {
		NslProcess *process = g_ptr_array_index(processes, i);
		const Belonging *belonging = belonging_of(build, process);

		if (belonging && !are_believed(belonging->place, belonging->unit_depth))
			g_clear_pointer(&process->unit, g_free);
	}
}

static bool is_around(const NslContainer *container, const NslContainer *inner)
{
	while (inner && inner != container)
		inner = inner->parent;
	return inner;
}

static void find_parents(Build *build)
{
	const GPtrArray *containers = build->snapshot->containers;

	for (guint i = 0; i < containers->len; i++) {
		NslContainer *container = g_ptr_array_index(containers, i);
		const Origin *origin = g_hash_table_lookup(build->origins, container);
		const NslPlace *outer = origin->place ? outer_container(origin->place) : NULL;
		const NslProcess *outside =
			nsl_snapshot_get_process(build->snapshot, origin->outside);

		if (outer)
			container->parent = outer->container;
		else if (outside && outside->container && !is_around(container, outside->container))
			container->parent = outside->container;
	}
}

/* "docker/3f2a…"; who is only claimed to be that has where it was found behind it. */
static char *make_key(const NslContainer *container, const Origin *origin, bool whole)
{
	const char *which = container->identity.id;
	g_autofree char *first = g_strdup_printf("%u", origin->first);

	if (!which && origin->place)
		which = container->identity.name;
	if (!which)
		return g_strconcat(container->identity.runtime, "/", first, NULL);
	return g_strconcat(container->identity.runtime, "/", which, whole ? "@" : NULL,
			   origin->place ? origin->place->named.path : first, NULL);
}

/* Those that are certain choose first. */
static void choose_keys(Build *build)
{
	const GPtrArray *containers = build->snapshot->containers;
	g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint round = 0; round < 2; round++)
		for (guint i = 0; i < containers->len; i++) {
			NslContainer *container = g_ptr_array_index(containers, i);
			const Origin *origin = g_hash_table_lookup(build->origins, container);
			g_autofree char *key = make_key(container, origin, round == 1);

			if (container->key || (round == 0 && container->claimed) ||
			    (round == 0 && g_hash_table_contains(taken, key)))
				continue;
			container->key = g_steal_pointer(&key);
			g_hash_table_add(taken, container->key);
		}
}

/* What became of the engines' files, beyond that there are none. */
static void note(Build *build, const NslAnswer *answer, guint32 pid)
{
	g_autofree char *message = NULL;
	bool implied;

	if (answer->result >= 0 || nsl_is_gone(answer->result) || answer->result == -EINVAL)
		return;
	message = g_strdup_printf("its container's name could not be read: %s",
				  nsl_errno_text(answer->result));
	/* Who cannot read processes cannot read this: that has been told. */
	implied = build->snapshot->coverage[NSL_SOURCE_PROCESSES] == NSL_COVERAGE_PARTIAL &&
		  (answer->unasked || (nsl_is_denied(answer->result) && geteuid() != 0));
	nsl_snapshot_note(build->snapshot, NSL_SOURCE_CONTAINERS, nsl_errno_name(answer->result),
			  message, pid)
		->implied = implied;
}

/*
 * An engine that is set up to keep its files elsewhere, whose daemon may say where: the runtime;
 * NULL: all that there is to know is known.
 */
static const char *missing_runtime(const NslQuestion *question, const NslAnswer *answer)
{
	if (answer->agrees || answer->result != -ENOENT)
		return NULL;
	if (question->group)
		return answer->identity.id ? answer->identity.runtime : NULL;
	return question->place->named.identity.id && !outer_container(question->place)
		       ? question->place->named.identity.runtime
		       : NULL;
}

static void ask_again(Build *build, GArray *answers)
{
	g_autoptr(GPtrArray) questions = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) which = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autoptr(GArray) daemons = NULL;
	g_autoptr(GArray) more = NULL;

	for (guint i = 0; i < answers->len; i++) {
		const NslQuestion *question = g_ptr_array_index(build->questions, i);
		const char *runtime;

		runtime = missing_runtime(question, &g_array_index(answers, NslAnswer, i));
		if (!runtime)
			continue;
		if (!daemons)
			daemons = nsl_ask_daemons(build->procfs, build->waited);
		for (guint j = 0; j < daemons->len; j++) {
			const NslDaemon *daemon = &g_array_index(daemons, NslDaemon, j);
			NslQuestion *again;

			if (strcmp(daemon->runtime, runtime) != 0)
				continue;
			again = g_new(NslQuestion, 1);
			*again = *question;
			again->daemon = daemon;
			g_ptr_array_add(questions, again);
			g_array_append_val(which, i);
		}
	}
	if (questions->len == 0)
		return;
	more = nsl_ask(build->procfs, build->snapshot, questions, build->waited);
	for (guint i = 0; i < more->len; i++) {
		NslAnswer *answer = &g_array_index(more, NslAnswer, i);
		NslAnswer *before =
			&g_array_index(answers, NslAnswer, g_array_index(which, guint, i));
		NslAnswer other = *before;

		if (before->agrees || !answer->found)
			continue;
		*before = *answer; /* each array frees what it has */
		*answer = other;
	}
}

static void settle(Build *build, const GArray *answers)
{
	for (guint i = 0; i < build->questions->len; i++) {
		const NslQuestion *question = g_ptr_array_index(build->questions, i);
		NslAnswer *answer = &g_array_index(answers, NslAnswer, i);
		const GPtrArray *processes =
			question->place ? question->place->processes : question->group;

		note(build, answer, ((NslProcess *)g_ptr_array_index(processes, 0))->pid);
		if (question->place)
			settle_place(build, (NslPlace *)question->place, answer);
		else
			settle_group(build, question->group, answer);
	}
	enter_places(build);
}

void nsl_containers_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited)
{
	Build build = {
		.snapshot = snapshot,
		.procfs = procfs,
		.waited = waited,
		.belongings = g_hash_table_new_full(NULL, NULL, NULL, belonging_free),
		.places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, place_free),
		.cgroupfs = nsl_cgroupfs_new(procfs),
		.questions = g_ptr_array_new_with_free_func(g_free),
		.origins = g_hash_table_new_full(NULL, NULL, NULL, g_free),
		.claimed = g_hash_table_new(NULL, NULL),
	};
	g_autoptr(GArray) answers = NULL;

	snapshot->coverage[NSL_SOURCE_CONTAINERS] =
		procfs->local ? NSL_COVERAGE_COMPLETE : NSL_COVERAGE_PARTIAL;
	place_processes(&build);
	build.groups = nsl_sandbox_group(snapshot, is_unplaced, &build);
	for (guint i = 0; i < build.groups->len; i++)
		add_question(&build, NULL, g_ptr_array_index(build.groups, i));
	if (build.questions->len > 0) {
		answers = nsl_ask(procfs, snapshot, build.questions, waited);
		if (procfs->local)
			ask_again(&build, answers);
		settle(&build, answers);
	}
	doubt_users(&build);
	doubt_units(&build);
	find_parents(&build);
	choose_keys(&build);
	g_ptr_array_unref(build.groups);
	g_ptr_array_unref(build.questions);
	g_hash_table_unref(build.origins);
	g_hash_table_unref(build.claimed);
	g_hash_table_unref(build.belongings);
	g_hash_table_unref(build.places);
	nsl_cgroupfs_free(build.cgroupfs);
}
