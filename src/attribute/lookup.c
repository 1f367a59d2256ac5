/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking up containers: see lookup.h. What the engines' files say, and whether that, and what a
 * process above claims, is to be believed.
 */
#include "attribute/lookup.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "attribute/ancestors.h"
#include "attribute/cgroup_names.h"
#include "attribute/engines.h"
#include "attribute/users.h"
#include "base/sys.h"
#include "base/untrusted.h"
#include "base/worker.h"

typedef struct Job {
	const NslProcfs *procfs;
	const NslSnapshot *snapshot;
	const GPtrArray *lookups; /* NslLookup */
	/* Made in each process that does some of it: */
	NslEngines *engines; /* root's */
	NslEngines *users;   /* read with the rights of `user` */
	guint32 user;
	NslAncestors *ancestors;
	struct utsname own; /* who the worker was, before it looked into others */
	char *passwd;	    /* where the root directory is not the caller's */
} Job;

const NslCgroupNode *nsl_cgroup_node_outer(const NslCgroupNode *node)
{
	const NslCgroupNode *outer = node->outer;

	while (outer && !outer->container)
		outer = outer->outer;
	return outer;
}

/* Whether that process is in the node's cgroup, or below. */
static bool is_in_node(const Job *job, guint32 pid, const NslCgroupNode *node)
{
	g_auto(NslFd) process = nsl_procfs_open_process(job->procfs, pid);
	g_autoptr(GByteArray) text = g_byte_array_new();

	return process >= 0 && nsl_process_read_cgroup(process, text) == 0 &&
	       nsl_cgroup_is_in((const char *)text->data, text->len, node->named.hierarchy,
				node->named.path);
}

#define SLACK G_USEC_PER_SEC /* between the clocks of files and of processes */

/* When it was started, by today's clock: microseconds since the epoch. */
static gint64 started_at(const NslProcessStat *stat)
{
	gint64 up = (gint64)(stat->start_ticks * G_USEC_PER_SEC / (guint64)sysconf(_SC_CLK_TCK));
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

/*
 * Whether root's engines have a container of that id: then no user has. Its files need not be in
 * order for that.
 */
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
 * claimant, who may be NULL where there is a node.
 */
static bool is_theirs(const Job *job, const NslCgroupNode *node, const NslClaimant *claimant,
		      const NslEngineQuery *query, const NslEngineRecord *record)
{
	if (record->owner != 0) {
		bool own = node ? node->maker == record->owner
				: claimant->uid == record->owner && claimant->ruid == record->owner;

		return own && !is_roots_id(job, query->id);
	}
	if (node)
		return node->maker == 0 || node->maker == NSL_MAKER_UNSEEN;
	/* Firejail is set-user-ID, and keeps a record of the process itself. */
	return is_witness(job, NULL, claimant) ||
	       (claimant->program && claimant->root_mnt && record->pid == claimant->pid);
}

/*
 * Whether the record is of what is seen here: by its PID, and where it has none by its cgroup, or
 * by the bundle that a witness was told.
 */
static bool is_confirmed(const Job *job, const NslCgroupNode *node, const NslClaimant *claimant,
			 const NslEngineQuery *query, const NslEngineRecord *record)
{
	if (!is_theirs(job, node, claimant, query, record))
		return false;
	if (record->pid != 0)
		return is_fresh(job, record) &&
		       (record->agrees || (node && is_in_node(job, record->pid, node)));
	if (record->agrees)
		return true;
	return record->owner == 0 && record->bundle &&
	       g_strcmp0(record->bundle, query->bundle) == 0 && claimant &&
	       is_witness(job, node, claimant) && (!node || node->maker == 0);
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

/* `claimant`: who may be a witness; may be NULL where there is a node. */
static void look_up_record(Job *job, const NslLookup *lookup, NslEngineQuery *query,
			   const NslClaimant *claimant, NslLookupResult *result)
{
	g_auto(NslEngineRecord) record = {0};

	if (lookup->daemon) {
		query->root = lookup->daemon->root;
		query->state = lookup->daemon->state;
		query->config = lookup->daemon->config;
	}
	result->error = read_record(job, query, &record);
	if (result->error < 0)
		return;
	result->found = true;
	result->agrees = is_confirmed(job, lookup->node, claimant, query, &record);
	if (!result->agrees)
		return;
	result->users = record.owner != 0;
	nsl_identity_update(&result->identity, &record.identity);
}

static GArray *list_pids(const GPtrArray *processes)
{
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(guint32));

	for (guint i = 0; i < processes->len; i++)
		g_array_append_val(pids, ((NslProcess *)g_ptr_array_index(processes, i))->pid);
	return pids;
}

/* The claimant may say where its engine keeps its files (podman's --root). */
static void ask_claimant(NslEngineQuery *query, const NslClaimant *claimant)
{
	query->monitor = claimant->pid;
	query->root = claimant->claim.root;
	query->state = claimant->claim.state;
	query->bundle = claimant->claim.bundle;
}

/*
 * The same again by the monitor, which may be a witness itself: of a container with its own UIDs
 * podman's record is all that root has.
 */
static void look_up_monitor(Job *job, const NslLookup *lookup, NslEngineQuery *query,
			    NslLookupResult *result)
{
	NslAscent ascent = {0};
	const NslClaimant *claimant = &ascent.claimant;

	nsl_ancestors_climb(job->ancestors, lookup->node->processes, false, &ascent);
	if (claimant->pid == 0 || g_strcmp0(claimant->claim.identity.id, query->id) != 0 ||
	    claimant->uid != query->uid || claimant->ruid != query->uid ||
	    (query->uid == 0 && !is_witness(job, lookup->node, claimant)))
		return;
	ask_claimant(query, claimant);
	look_up_record(job, lookup, query, claimant, result);
}

/*
 * LXC gives a container whose cgroup is still there since the last time another one,
 * "lxc.payload.NAME-1": the monitor has its name.
 */
static void find_lxc_name(const Job *job, const NslCgroupNode *node, NslIdentity *identity)
{
	const char *cgroup = node->named.identity.name;
	NslAscent ascent = {0};
	const NslClaimant *claimant = &ascent.claimant;
	const char *name;

	nsl_ancestors_climb(job->ancestors, node->processes, false, &ascent);
	name = claimant->claim.identity.name;
	if (!name || strcmp(claimant->claim.identity.runtime, "lxc") != 0 ||
	    claimant->uid != claimant->ruid ||
	    (claimant->uid != 0 && claimant->uid != node->maker) || !g_str_has_prefix(cgroup, name))
		return;
	cgroup += strlen(name);
	if (cgroup[0] == '-' && cgroup[1] && cgroup[1 + strspn(cgroup + 1, "0123456789")] == '\0') {
		g_free(identity->name);
		identity->name = g_strdup(name);
	}
}

static void look_up_node(Job *job, const NslLookup *lookup, NslLookupResult *result)
{
	const NslCgroupNode *node = lookup->node;
	const NslIdentity *identity = &node->named.identity;
	g_autoptr(GArray) pids = list_pids(node->processes);
	NslEngineQuery query = {
		.runtime = identity->runtime,
		.id = identity->id ? identity->id : identity->name,
		.containerd_ns = node->named.containerd_ns,
		.pids = pids,
		.cgroup = node->named.path,
		.uid = node->maker > 0 ? (guint32)node->maker : 0,
	};

	if (job->procfs->root >= 0) {
		look_up_record(job, lookup, &query, NULL, result);
		if (!result->agrees && !lookup->daemon && identity->runtime && identity->id)
			look_up_monitor(job, lookup, &query, result);
	}
	if (g_strcmp0(identity->runtime, "lxc") == 0)
		find_lxc_name(job, node, &result->identity);
}

/*
 * The id that a claim is about: a containerd shim that serves a whole pod has the id of the pod's
 * sandbox, and each container another one in its cgroup's name.
 */
static const char *claimed_id(const NslLookup *lookup, const NslClaim *claim)
{
	return lookup->id && claim->containerd_ns ? lookup->id : claim->identity.id;
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
	uts = handle < 0 ? handle : nsl_process_open_ns(handle, nsl_nstypes[NSL_NSTYPE_UTS].link);
	if (uts < 0 || setns(uts, CLONE_NEWUTS) < 0 || uname(&name) < 0 || !name.nodename[0] ||
	    strcmp(name.nodename, job->own.nodename) == 0)
		return NULL;
	return g_strdup(name.nodename);
}

/* Whether a process above is in other cgroups. */
static bool is_apart(const Job *job, guint32 pid, const NslProcess *process)
{
	const char *cgroup =
		pid > 1 && process->cgroup ? nsl_ancestors_get_cgroup(job->ancestors, pid) : NULL;

	return cgroup && strcmp(cgroup, process->cgroup) != 0;
}

static void look_up_group(Job *job, const NslLookup *lookup, bool careful, NslLookupResult *result)
{
	NslAscent ascent = {0};
	const NslClaim *claim = &ascent.claimant.claim;
	const NslIdentity *identity = &claim->identity;
	g_autoptr(GArray) pids = NULL;
	NslEngineQuery query;
	const char *id;

	nsl_ancestors_climb(job->ancestors, lookup->group, careful, &ascent);
	result->leader = ascent.leader;
	result->comm = g_strdup(ascent.comm);
	result->kthread = ascent.kthread;
	result->outside = ascent.outside;
	result->claimant = ascent.claimant.pid;
	result->error = nsl_is_gone(ascent.result) ? 0 : ascent.result;
	if (result->claimant == 0) {
		const NslProcess *first = g_ptr_array_index(lookup->group, 0);

		result->hostname = careful ? NULL : read_hostname(job, first);
		result->own_cgroup = is_apart(job, result->outside, first);
		return;
	}
	result->identity = nsl_identity_copy(identity);
	id = claimed_id(lookup, claim);
	if (g_strcmp0(id, identity->id) != 0) {
		g_free(result->identity.id);
		result->identity.id = g_strdup(id);
	}
	if (careful || job->procfs->root < 0 || !(id || identity->name))
		return;
	pids = list_pids(lookup->group);
	query = (NslEngineQuery){
		.runtime = identity->runtime,
		.id = id ? id : identity->name,
		.containerd_ns = claim->containerd_ns,
		.pids = pids,
		.uid = ascent.claimant.uid,
	};
	ask_claimant(&query, &ascent.claimant);
	/* That bundle is the sandbox's. */
	if (id != identity->id)
		query.bundle = NULL;
	look_up_record(job, lookup, &query, &ascent.claimant, result);
}

static void result_clear(NslLookupResult *result)
{
	g_free(result->comm);
	g_free(result->hostname);
	nsl_identity_clear(&result->identity);
	*result = (NslLookupResult){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslLookupResult, result_clear)

#define N_TEXTS 8

/* Where a result has its strings. */
static void find_texts(NslLookupResult *result, char **ret_texts[N_TEXTS])
{
	NslIdentity *identity = &result->identity;
	gsize n = 0;

	ret_texts[n++] = &result->comm;
	ret_texts[n++] = &result->hostname;
	ret_texts[n++] = (char **)&identity->runtime;
	ret_texts[n++] = &identity->id;
	ret_texts[n++] = &identity->name;
	ret_texts[n++] = &identity->pod;
	ret_texts[n++] = &identity->pod_namespace;
	ret_texts[n] = &identity->pod_uid;
}

/* The result itself, and the strings that it has, each with its NUL. */
static void send_result(NslLookupResult *result, GByteArray *out)
{
	char **texts[N_TEXTS];

	find_texts(result, texts);
	g_byte_array_append(out, (const guint8 *)result, sizeof(*result));
	for (gsize i = 0; i < N_TEXTS; i++)
		if (*texts[i])
			g_byte_array_append(out, (const guint8 *)*texts[i],
					    (guint)strlen(*texts[i]) + 1);
}

/* The next of the strings; NULL: it is cut off. Transfer full. */
static char *take_text(NslWorkItem *item)
{
	const guint8 *nul = memchr(item->record, '\0', item->size);
	char *text = nul ? g_strdup((const char *)item->record) : NULL;
	gsize size = nul ? (gsize)(nul + 1 - item->record) : item->size;

	item->record += size;
	item->size -= size;
	return text;
}

/* A record that is cut off becomes a result without what is missing. */
static void receive_result(NslWorkItem item, NslLookupResult *result)
{
	g_autofree char *runtime = NULL;
	char **texts[N_TEXTS];
	bool whole = item.record && item.size >= sizeof(*result);

	if (whole) {
		memcpy(result, item.record, sizeof(*result));
		item.record += sizeof(*result);
		item.size -= sizeof(*result);
		find_texts(result, texts);
		for (gsize i = 0; i < N_TEXTS; i++)
			*texts[i] = *texts[i] ? take_text(&item) : NULL;
		runtime = (char *)result->identity.runtime;
		result->identity.runtime = g_intern_string(runtime);
	}
	if (!whole || (item.state != NSL_WORK_DONE && result->error == 0)) {
		result->error = nsl_work_errno(item.state);
		result->no_work = true;
	}
}

static void look_up(gpointer data, guint item, bool careful, GByteArray *out)
{
	Job *job = data;
	const NslLookup *lookup = g_ptr_array_index(job->lookups, item);
	g_auto(NslLookupResult) result = {0};

	if (!job->engines) {
		job->engines = nsl_engines_new(job->procfs->root);
		uname(&job->own);
		job->ancestors = nsl_ancestors_new(job->procfs, job->snapshot);
	}
	if (lookup->group)
		look_up_group(job, lookup, careful, &result);
	else if (!careful)
		look_up_node(job, lookup, &result);
	send_result(&result, out);
}

/* NslWorkAtOnce: a kernel thread claims nothing, and above it are only others of its kind. */
static bool look_up_at_once(gpointer data, guint item, GByteArray *out)
{
	const Job *job = data;
	const NslLookup *lookup = g_ptr_array_index(job->lookups, item);
	const NslProcess *first = lookup->group ? g_ptr_array_index(lookup->group, 0) : NULL;
	const NslNamespace *uts = first ? first->ns[NSL_NSTYPE_UTS] : NULL;
	g_auto(NslFd) process = -1;
	NslProcessStat stat;

	if (!uts || !uts->root) /* a worker has to enter it */
		return false;
	process = nsl_procfs_open_process(job->procfs, first->pid);
	if (process < 0 || nsl_process_read_stat(process, &stat) < 0 || !stat.kthread)
		return false;
	look_up(data, item, true, out);
	return true;
}

static GArray *look_up_all(Job job, gint64 *waited)
{
	GArray *results = g_array_new(FALSE, TRUE, sizeof(NslLookupResult));
	NslWorkSpec spec = {
		.n_items = job.lookups->len,
		.run = look_up,
		.at_once = look_up_at_once,
		.data = &job,
		.keep = {job.procfs->fd, job.procfs->root},
		.waited = waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	g_array_set_clear_func(results, (GDestroyNotify)result_clear);
	g_array_set_size(results, job.lookups->len);
	for (guint i = 0; i < job.lookups->len; i++)
		receive_result(nsl_work_get(work, i), &g_array_index(results, NslLookupResult, i));
	/* These are NULL unless some of it was done in this process. */
	g_clear_pointer(&job.engines, nsl_engines_free);
	g_clear_pointer(&job.users, nsl_engines_free);
	g_free(job.passwd);
	g_clear_pointer(&job.ancestors, nsl_ancestors_free);
	return results;
}

typedef struct Search {
	const NslProcfs *procfs;
	const GArray *pids; /* guint32 */
} Search;

/* A descriptor of a process with the name of a daemon; -1: it has another one, or is gone. */
static int open_daemon(const Search *search, guint item)
{
	g_auto(NslFd) process =
		nsl_procfs_open_process(search->procfs, g_array_index(search->pids, guint32, item));
	char comm[80];

	if (process < 0 || nsl_process_read_comm(process, comm, sizeof(comm)) < 0 ||
	    !nsl_cmdline_is_daemon(comm))
		return -1;
	return nsl_fd_steal(&process);
}

/* The record is the command line of what may be a daemon of root's, or nothing. */
static void find_daemon(gpointer data, guint item, bool careful, GByteArray *out)
{
	g_auto(NslFd) process = careful ? -1 : open_daemon(data, item);
	NslProcessStatus status;
	bool truncated;

	if (process < 0 || nsl_process_read_status(process, &status) < 0 || status.euid != 0 ||
	    status.ruid != 0)
		return;
	nsl_process_read_cmdline(process, NSL_COMMAND_LIMIT, out, &truncated);
}

/* NslWorkAtOnce: nearly everybody is none. */
static bool is_no_daemon(gpointer data, guint item, GByteArray *out)
{
	g_auto(NslFd) process = open_daemon(data, item);

	(void)out;
	return process < 0;
}

/* Of all processes, or of those that the scan knows to have such a name. */
static GArray *find_daemons(const NslProcfs *procfs, const NslSnapshot *snapshot, gint64 *waited)
{
	GArray *daemons = g_array_new(FALSE, FALSE, sizeof(NslClaim));
	g_autoptr(GArray) pids = snapshot->notable ? g_array_ref(snapshot->notable)
						   : g_array_new(FALSE, FALSE, sizeof(guint32));
	Search search = {.procfs = procfs, .pids = pids};
	NslWorkSpec spec = {.run = find_daemon,
			    .at_once = is_no_daemon,
			    .data = &search,
			    .keep = {procfs->fd, -1},
			    .waited = waited};
	g_autoptr(NslWork) work = NULL;

	g_array_set_clear_func(daemons, (GDestroyNotify)nsl_claim_clear);
	if (!snapshot->notable)
		nsl_procfs_list(procfs, pids);
	spec.n_items = pids->len;
	work = nsl_work_run(&spec);
	for (guint i = 0; i < pids->len; i++) {
		NslWorkItem item = nsl_work_get(work, i);
		NslClaim claim;

		nsl_cmdline_parse((const char *)item.record, item.size, &claim);
		if (claim.kind == NSL_CLAIM_DAEMON)
			g_array_append_val(daemons, claim);
		else
			nsl_claim_clear(&claim);
	}
	return daemons;
}

/*
 * Whether there is a record to look for, which is not in the default place: a daemon may say where
 * it is. *ret_runtime is NULL where that is not known.
 */
static bool is_missing(const NslLookup *lookup, const NslLookupResult *result,
		       const char **ret_runtime)
{
	const NslIdentity *identity =
		lookup->group ? &result->identity : &lookup->node->named.identity;

	*ret_runtime = identity->runtime;
	return !result->agrees && result->error == -ENOENT && identity->id &&
	       (identity->runtime || nsl_part_is_long_id(identity->id)) &&
	       (lookup->group || !nsl_cgroup_node_outer(lookup->node));
}

/* The same again by what the running daemons say. */
static void look_up_again(Job job, GArray *results, gint64 *waited)
{
	g_autoptr(GPtrArray) lookups = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) which = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autoptr(GArray) daemons = NULL;
	g_autoptr(GArray) more = NULL;

	for (guint i = 0; i < results->len; i++) {
		const NslLookup *lookup = g_ptr_array_index(job.lookups, i);
		const char *runtime;

		if (!is_missing(lookup, &g_array_index(results, NslLookupResult, i), &runtime))
			continue;
		if (!daemons)
			daemons = find_daemons(job.procfs, job.snapshot, waited);
		for (guint j = 0; j < daemons->len; j++) {
			const NslClaim *daemon = &g_array_index(daemons, NslClaim, j);
			NslLookup *again;

			if (!nsl_engine_serves(daemon->identity.runtime, runtime))
				continue;
			again = g_new(NslLookup, 1);
			*again = *lookup;
			again->daemon = daemon;
			g_ptr_array_add(lookups, again);
			g_array_append_val(which, i);
		}
	}
	if (lookups->len == 0)
		return;
	job.lookups = lookups;
	more = look_up_all(job, waited);
	for (guint i = 0; i < more->len; i++) {
		NslLookupResult *result = &g_array_index(more, NslLookupResult, i);
		NslLookupResult *before =
			&g_array_index(results, NslLookupResult, g_array_index(which, guint, i));
		NslLookupResult other = *before;

		if (before->agrees || !result->found)
			continue;
		*before = *result; /* each array frees what it has */
		*result = other;
	}
}

GArray *nsl_lookup_all(const NslProcfs *procfs, const NslSnapshot *snapshot,
		       const GPtrArray *lookups, gint64 *waited)
{
	const Job job = {.procfs = procfs, .snapshot = snapshot, .lookups = lookups};
	GArray *results = look_up_all(job, waited);

	if (procfs->root >= 0)
		look_up_again(job, results, waited);
	return results;
}
