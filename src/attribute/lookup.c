/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking up containers: see lookup.h. What the engines' files say, and whether that, and what a
 * process above claims, is to be believed.
 */
#include "attribute/lookup.h"

#include <sched.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "attribute/attribute.h"
#include "base/each.h"
#include "base/sys.h"
#include "base/untrusted.h"
#include "base/worker.h"

typedef struct Job {
	const NslProcfs *procfs;
	const NslSnapshot *snapshot;
	GPtrArray *lookups;    /* NslLookup */
	const GArray *notable; /* guint32: the PIDs of who may be a daemon */
	/* Each worker has its own: */
	NslEngines *engines; /* root's */
	NslEngines *users;   /* read with the rights of `user` */
	guint32 user;
	NslAncestors *ancestors;
	struct utsname own; /* of who looks, before it looked into others */
	char *passwd;	    /* where the root directory is not the caller's */
} Job;

NslLookup *nsl_lookup_new(NslCgroupNode *node, GPtrArray *processes, const char *id)
{
	NslLookup *lookup = g_new(NslLookup, 1);

	*lookup = (NslLookup){
		.node = node,
		.processes = g_ptr_array_ref(processes),
		.id = id && nsl_part_is_long_id(id) ? id : NULL,
	};
	return lookup;
}

static void result_clear(NslLookupResult *result)
{
	g_free(result->comm);
	g_free(result->hostname);
	nsl_identity_clear(&result->identity);
	*result = (NslLookupResult){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslLookupResult, result_clear)

void nsl_lookup_free(gpointer data)
{
	NslLookup *lookup = data;

	result_clear(&lookup->result);
	g_ptr_array_unref(lookup->processes);
	g_free(lookup);
}

NslCgroupNode *nsl_cgroup_node_known(NslCgroupNode *node)
{
	while (node && !node->container)
		node = node->outer;
	return node;
}

static bool is_in_node(const Job *job, guint32 pid, const NslCgroupNode *node)
{
	g_auto(NslFd) process = nsl_procfs_open_process(job->procfs, pid);
	g_autofree char *text = nsl_process_dup_cgroup(process);

	return text && nsl_cgroup_is_in(text, node->named.hierarchy, node->named.path);
}

#define SLACK G_USEC_PER_SEC /* between the clocks of files and of processes */

/* When it was started, by today's clock: microseconds since the epoch. */
static gint64 started_at(const NslProcessStat *stat)
{
	gint64 up = nsl_procfs_start(stat->start_ticks) * (G_USEC_PER_SEC / sysconf(_SC_CLK_TCK));
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	return g_get_real_time() - (boot.tv_sec * G_USEC_PER_SEC + boot.tv_nsec / 1000) + up;
}

/*
 * Whether the record's PID is still that of the process that it was written about: who got the PID
 * later has started later. A file from the future was written before the clock was set back.
 */
static bool is_fresh(const Job *job, const NslEngineRecord *record)
{
	g_auto(NslFd) process = nsl_procfs_open_process(job->procfs, record->pid);
	NslProcessStat stat;

	if (process < 0 || nsl_process_read_stat(process, &stat) < 0)
		return false;
	if (record->start != 0)
		return stat.start_ticks == record->start;
	return started_at(&stat) <= record->written + SLACK &&
	       record->written <= g_get_real_time() + SLACK;
}

/* Whether root's engines have a container of that id: then no user has. */
static bool is_roots_id(const Job *job, const char *id)
{
	const NslEngineQuery query = {.id = id};
	g_auto(NslEngineRecord) record = {0};

	return nsl_engine_read(job->engines, &query, &record) == 0;
}

/*
 * Whether root stands behind what the claimant says: it is root's through and through, runs what it
 * says it runs, and is in no container. Podman gives conmon a mount namespace of its own: where
 * there is a cgroup, being outside of that tells as much.
 */
static bool is_witness(const Job *job, const NslCgroupNode *node, const NslClaimant *claimant)
{
	return claimant->program && claimant->uid == 0 && claimant->ruid == 0 &&
	       claimant->root_user &&
	       (claimant->root_mnt || (node && !is_in_node(job, claimant->pid, node)));
}

/*
 * Whether the record's owner could have made what the record is to confirm, or is the user of the
 * claimant.
 */
static bool is_theirs(const Job *job, const NslLookup *lookup, const NslEngineRecord *record)
{
	const NslCgroupNode *node = lookup->node;
	const NslClaimant *claimant = lookup->claimant;

	if (record->owner != 0) {
		bool own = node ? node->named.maker == record->owner
				: claimant->uid == record->owner && claimant->ruid == record->owner;

		return own && !is_roots_id(job, lookup->query.id);
	}
	if (node)
		return node->named.maker == 0 || node->named.maker == NSL_MAKER_UNSEEN;
	/* Firejail is set-user-ID, and keeps a record of the process itself. */
	return is_witness(job, NULL, claimant) ||
	       (claimant->program && claimant->root_mnt && record->pid == claimant->pid);
}

/*
 * Whether the record is of what is seen here: by its PID, and where it has none by its cgroup, or
 * by the bundle that a witness was told.
 */
static bool is_confirmed(const Job *job, const NslLookup *lookup, const NslEngineRecord *record)
{
	const NslCgroupNode *node = lookup->node;

	if (!is_theirs(job, lookup, record))
		return false;
	if (record->pid != 0)
		return is_fresh(job, record) &&
		       (record->agrees || (node && is_in_node(job, record->pid, node)));
	if (record->agrees)
		return true;
	return record->owner == 0 && record->bundle &&
	       g_strcmp0(record->bundle, lookup->query.bundle) == 0 && lookup->claimant &&
	       is_witness(job, node, lookup->claimant) && (!node || node->named.maker == 0);
}

#define NO_GROUP 65534 /* of who has none in the user database: nogroup */

/* Reads the files of a user with that user's rights, and root's with root's. */
static int read_record(Job *job, NslEngineQuery *query, NslEngineRecord *record)
{
	g_auto(NslUser) user = {0};
	bool other = geteuid() == 0;
	int unknown; /* -errno: where the home is */
	int result;

	if (query->uid == 0)
		return nsl_engine_read(job->engines, query, record);
	unknown = nsl_user_find(job->procfs, query->uid, &job->passwd, &user);
	result = other ? nsl_rights_take(query->uid, user.name ? user.gid : NO_GROUP) : 0;
	if (result < 0)
		return result;
	/* What was read with one user's rights is not for another user. */
	if (job->users && job->user != query->uid)
		g_clear_pointer(&job->users, nsl_engines_free);
	if (!job->users)
		job->users = nsl_engines_new(job->procfs->root);
	job->user = query->uid;
	query->home = user.home;
	result = nsl_engine_read(job->users, query, record);
	query->home = NULL;
	if (other)
		nsl_rights_give_back();
	return result == -ENOENT && unknown < 0 ? unknown : result;
}

static void look_up_record(Job *job, NslLookup *lookup)
{
	NslLookupResult *result = &lookup->result;
	g_auto(NslEngineRecord) record = {0};

	if (lookup->daemon)
		lookup->query.claim = lookup->daemon;
	result->error = read_record(job, &lookup->query, &record);
	if (result->error < 0)
		return;
	result->found = true;
	result->agrees = is_confirmed(job, lookup, &record);
	if (!result->agrees)
		return;
	result->error = record.error;
	result->users = record.owner != 0;
	nsl_identity_update(&result->identity, &record.identity);
}

/* The claimant may say where its engine keeps its files (podman's --root). */
static void ask_claimant(NslLookup *lookup, const NslClaimant *claimant)
{
	lookup->claimant = claimant;
	lookup->query.monitor = claimant->pid;
	lookup->query.claim = &claimant->claim;
	lookup->query.bundle = claimant->claim.bundle;
}

/*
 * Whether the monitor of a node's container may be asked as well, and be a witness itself: of a
 * container with its own UIDs podman's record is all that root has.
 */
static bool is_monitor(const Job *job, const NslLookup *lookup, const NslClaimant *claimant)
{
	const NslEngineQuery *query = &lookup->query;

	return g_strcmp0(claimant->claim.identity.id, query->id) == 0 &&
	       claimant->uid == query->uid && claimant->ruid == query->uid &&
	       (query->uid != 0 || is_witness(job, lookup->node, claimant));
}

/*
 * LXC gives a container whose cgroup is still there since the last time another one,
 * "lxc.payload.NAME-1": the monitor has its name.
 */
static bool is_lxc_monitor(const NslCgroupNode *node, const NslClaimant *claimant)
{
	const char *name = claimant->claim.identity.name;
	const char *number;

	if (!name || strcmp(claimant->claim.identity.runtime, "lxc") != 0 ||
	    claimant->uid != claimant->ruid ||
	    (claimant->uid != 0 && claimant->uid != node->named.maker) ||
	    !g_str_has_prefix(node->named.identity.name, name))
		return false;
	number = node->named.identity.name + strlen(name);
	return number[0] == '-' && number[1] &&
	       number[1 + strspn(number + 1, "0123456789")] == '\0';
}

static void look_up_node(Job *job, NslLookup *lookup)
{
	const NslCgroupNode *node = lookup->node;
	const NslIdentity *identity = &node->named.identity;
	NslLookupResult *result = &lookup->result;
	bool lxc = g_strcmp0(identity->runtime, "lxc") == 0;
	bool monitored = !lookup->daemon && identity->runtime && identity->id;
	const NslClaimant *claimant = NULL;
	g_auto(NslLookupResult) ascent = {0};

	lookup->query = (NslEngineQuery){
		.runtime = identity->runtime,
		.id = identity->id ? identity->id : identity->name,
		.containerd_ns = node->named.containerd_ns,
		.processes = lookup->processes,
		.cgroup = node->named.path,
		.uid = node->named.maker > 0 ? (guint32)node->named.maker : 0,
	};
	if (job->procfs->root >= 0)
		look_up_record(job, lookup);
	if (lxc || (job->procfs->root >= 0 && monitored && !result->agrees))
		claimant = nsl_ancestors_climb(job->ancestors, lookup->processes, false,
					       lookup->wanted, &ascent);
	if (claimant && lxc && is_lxc_monitor(node, claimant)) {
		g_free(result->identity.name);
		result->identity.name = g_strdup(claimant->claim.identity.name);
	} else if (claimant && !lxc && is_monitor(job, lookup, claimant)) {
		ask_claimant(lookup, claimant);
		look_up_record(job, lookup);
	}
}

/* The worker stays in that uts namespace: nothing else that it does depends on it. */
static char *read_hostname(const Job *job, const NslProcess *process)
{
	const NslNamespace *ns = process->ns[NSL_NSTYPE_UTS];
	g_auto(NslFd) handle = -1;
	g_auto(NslFd) uts = -1;
	struct utsname name;

	if (!ns || ns->root || !job->procfs->real)
		return NULL;
	handle = nsl_procfs_open_process(job->procfs, process->pid);
	uts = handle < 0 ? handle : nsl_process_open_ns(handle, nsl_nstypes[NSL_NSTYPE_UTS].name);
	if (uts < 0 || setns(uts, CLONE_NEWUTS) < 0 || uname(&name) < 0 || !name.nodename[0] ||
	    strcmp(name.nodename, job->own.nodename) == 0)
		return NULL;
	return g_strdup(name.nodename);
}

/* Of whom nobody claims anything. */
static void look_up_sandbox(const Job *job, NslLookup *lookup, bool careful)
{
	const NslProcess *first = g_ptr_array_index(lookup->processes, 0);
	NslLookupResult *result = &lookup->result;
	const char *cgroup = NULL;

	if (!careful)
		result->hostname = read_hostname(job, first);
	if (result->outside > 1 && first->cgroup)
		cgroup = nsl_ancestors_get_cgroup(job->ancestors, result->outside);
	result->own_cgroup = cgroup && strcmp(cgroup, first->cgroup) != 0;
}

static void look_up_group(Job *job, NslLookup *lookup, bool careful)
{
	NslLookupResult *result = &lookup->result;
	const NslClaimant *claimant = nsl_ancestors_climb(job->ancestors, lookup->processes,
							  careful, lookup->wanted, result);
	const NslClaim *claim;
	const char *id;

	if (!claimant) {
		look_up_sandbox(job, lookup, careful);
		return;
	}
	claim = &claimant->claim;
	/*
	 * A containerd shim that serves a whole pod has the id of the pod's sandbox, and each
	 * container another one in its cgroup's name.
	 */
	id = lookup->id && claim->containerd_ns ? lookup->id : claim->identity.id;
	result->claimant = claimant->pid;
	result->identity = nsl_identity_copy(&claim->identity);
	g_free(result->identity.id);
	result->identity.id = g_strdup(id);
	if (job->procfs->root < 0 || !(id || claim->identity.name))
		return;
	lookup->query = (NslEngineQuery){
		.runtime = claim->identity.runtime,
		.id = id ? id : claim->identity.name,
		.containerd_ns = claim->containerd_ns,
		.processes = lookup->processes,
		.uid = claimant->uid,
	};
	ask_claimant(lookup, claimant);
	/* That bundle is the sandbox's. */
	if (id != claim->identity.id)
		lookup->query.bundle = NULL;
	look_up_record(job, lookup);
}

static const gsize texts[] = {
	G_STRUCT_OFFSET(NslLookupResult, comm),
	G_STRUCT_OFFSET(NslLookupResult, hostname),
	G_STRUCT_OFFSET(NslLookupResult, identity.runtime),
	G_STRUCT_OFFSET(NslLookupResult, identity.id),
	G_STRUCT_OFFSET(NslLookupResult, identity.name),
	G_STRUCT_OFFSET(NslLookupResult, identity.pod),
	G_STRUCT_OFFSET(NslLookupResult, identity.pod_namespace),
	G_STRUCT_OFFSET(NslLookupResult, identity.pod_uid),
};

/* The result itself, and the strings that it has, each with its NUL. */
static void send_result(const NslLookupResult *result, GByteArray *out)
{
	nsl_work_send(out, result, sizeof(*result));
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		const char *text = G_STRUCT_MEMBER(char *, result, texts[i]);

		if (text)
			nsl_work_send(out, text, strlen(text) + 1);
	}
}

/* A record that is cut off becomes a result without what is missing. */
static void receive_result(NslWorkItem item, NslLookupResult *result)
{
	bool whole = nsl_work_take(&item, result, sizeof(*result));
	char *runtime;

	for (gsize i = 0; whole && i < G_N_ELEMENTS(texts); i++) {
		char **text = G_STRUCT_MEMBER_P(result, texts[i]);

		if (*text)
			*text = nsl_work_take_text(
				&item, strnlen((const char *)item.record, item.size) + 1);
	}
	runtime = (char *)result->identity.runtime;
	result->identity.runtime = g_intern_string(runtime);
	g_free(runtime);
	if (!whole || (item.state != NSL_WORK_DONE && result->error == 0)) {
		result->error = nsl_work_errno(item.state);
		result->no_work = true;
	}
}

static void look_up(gpointer data, guint item, bool careful, GByteArray *out)
{
	Job *job = data;
	NslLookup *lookup = g_ptr_array_index(job->lookups, item);

	if (!lookup->node)
		look_up_group(job, lookup, careful);
	else if (!careful)
		look_up_node(job, lookup);
	send_result(&lookup->result, out);
	result_clear(&lookup->result);
}

static void look_up_all(Job *job, gint64 *waited)
{
	NslWorkSpec spec = {
		.n_items = job->lookups->len,
		.run = look_up,
		.data = job,
		.light = true, /* but for the files of others */
		.keep = {job->procfs->fd, job->procfs->root},
		.waited = waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	for (guint i = 0; i < job->lookups->len; i++) {
		NslLookup *lookup = g_ptr_array_index(job->lookups, i);

		receive_result(nsl_work_get(work, i), &lookup->result);
	}
}

/* The record is the command line of what may be a daemon of root's, or nothing. */
static void find_daemon(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Job *job = data;
	guint32 pid = g_array_index(job->notable, guint32, item);
	g_auto(NslFd) process = careful ? -1 : nsl_procfs_open_process(job->procfs, pid);
	NslProcessStatus status;
	char comm[80];

	if (process >= 0 && nsl_process_read_comm(process, comm, sizeof(comm)) >= 0 &&
	    nsl_cmdline_is_daemon(comm) && nsl_process_read_status(process, &status) >= 0 &&
	    status.euid == 0 && status.ruid == 0 && nsl_is_of_system(job->snapshot, process))
		nsl_process_read_cmdline(process, NSL_CMDLINE_MAX, out);
}

/* All PIDs but those of whom the scan has read that they claim nothing. Transfer full. */
static GArray *list_claimants(const Job *job)
{
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	guint kept = 0;

	nsl_procfs_list(job->procfs, pids);
	for (guint i = 0; i < pids->len; i++) {
		guint32 pid = g_array_index(pids, guint32, i);
		const NslProcess *seen = nsl_snapshot_get_process(job->snapshot, pid);

		if (!seen || !seen->command ||
		    nsl_cmdline_may_claim(seen->command, strlen(seen->command)))
			g_array_index(pids, guint32, kept++) = pid;
	}
	g_array_set_size(pids, kept);
	return pids;
}

/* A claim (NslClaim) of each process with a daemon's name: NONE where it is no daemon of root's. */
static GArray *find_daemons(Job *job, gint64 *waited)
{
	GArray *daemons = g_array_new(FALSE, TRUE, sizeof(NslClaim));
	g_autoptr(GArray) pids = NULL;
	NslWorkSpec spec = {
		.run = find_daemon, .data = job, .keep = {job->procfs->fd, -1}, .waited = waited};
	g_autoptr(NslWork) work = NULL;

	job->notable = job->snapshot->notable;
	if (!job->notable) {
		pids = list_claimants(job);
		job->notable = pids;
	}
	spec.n_items = job->notable->len;
	work = nsl_work_run(&spec);
	g_array_set_clear_func(daemons, (GDestroyNotify)nsl_claim_clear);
	g_array_set_size(daemons, spec.n_items);
	for (guint i = 0; i < spec.n_items; i++) {
		NslWorkItem item = nsl_work_get(work, i);

		nsl_cmdline_parse((const char *)item.record, item.size,
				  &g_array_index(daemons, NslClaim, i));
	}
	return daemons;
}

/* Whether a record is to be looked for where a daemon says, since it is not in the default place.
 */
static bool is_missing(const NslLookup *lookup, const NslIdentity *identity)
{
	return !lookup->result.agrees && lookup->result.error == -ENOENT && identity->id &&
	       (identity->runtime || nsl_part_is_long_id(identity->id)) &&
	       (!lookup->node || !nsl_cgroup_node_known(lookup->node->outer));
}

/* The same again by what the running daemons say. */
static void look_up_again(Job *job, gint64 *waited)
{
	g_autoptr(GPtrArray) again = g_ptr_array_new_with_free_func(nsl_lookup_free);
	g_autoptr(GArray) daemons = NULL;

	NSL_EACH (NslLookup, lookup, job->lookups) {
		const NslIdentity *identity =
			lookup->node ? &lookup->node->named.identity : &lookup->result.identity;

		if (!is_missing(lookup, identity))
			continue;
		if (!daemons)
			daemons = find_daemons(job, waited);
		NSL_EACH_IN (const NslClaim, daemon, daemons) {
			NslLookup *copy;

			if (daemon->kind != NSL_CLAIM_DAEMON ||
			    !nsl_engine_serves(daemon->identity.runtime, identity->runtime))
				continue;
			copy = nsl_lookup_new(lookup->node, lookup->processes, lookup->id);
			copy->wanted = lookup->wanted;
			copy->daemon = daemon;
			copy->first = lookup;
			g_ptr_array_add(again, copy);
		}
	}
	job->lookups = again;
	look_up_all(job, waited);
	NSL_EACH (NslLookup, copy, again) {
		NslLookupResult *result = &copy->first->result;

		if (copy->result.found && !result->agrees) {
			result_clear(result);
			*result = copy->result;
			copy->result = (NslLookupResult){0};
		} else if (!copy->result.found && !result->found && nsl_is_gone(result->error)) {
			/* That there is no record is known only where all files could be read. */
			result->error = copy->result.error;
			result->no_work = copy->result.no_work;
		}
	}
}

void nsl_lookup_all(const NslProcfs *procfs, const NslSnapshot *snapshot, GPtrArray *lookups,
		    gint64 *waited)
{
	Job job = {
		.procfs = procfs,
		.snapshot = snapshot,
		.lookups = lookups,
		.engines = nsl_engines_new(procfs->root),
		.ancestors = nsl_ancestors_new(procfs, snapshot),
	};

	uname(&job.own);
	look_up_all(&job, waited);
	if (procfs->root >= 0)
		look_up_again(&job, waited);
	nsl_engines_free(job.engines);
	g_clear_pointer(&job.users, nsl_engines_free);
	nsl_ancestors_free(job.ancestors);
	g_free(job.passwd);
}
