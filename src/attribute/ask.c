/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions about containers, and the workers that answer them: see ask.h.
 */
#include "attribute/ask.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>

#include "attribute/engine.h"
#include "attribute/sandbox.h"
#include "base/error.h"
#include "base/worker.h"

#define COMMAND_LIMIT (16u << 10) /* of a daemon */

typedef struct Ask {
	const NslProcfs *procfs;
	const NslSnapshot *snapshot;
	const GPtrArray *questions; /* NslQuestion */
	int root;		    /* descriptor of the root directory */
	/* Made by who answers, in each worker: */
	NslEngines *engines;
	GHashTable *ancestors;
} Ask;

#define ANSWER "(ibbuuubm^aym^aym^aym^aym^aym^aym^ay)"

static void answer_clear(NslAnswer *answer)
{
	g_free(answer->comm);
	g_free(answer->runtime);
	g_free(answer->id);
	g_free(answer->name);
	g_free(answer->pod);
	g_free(answer->pod_namespace);
	g_free(answer->pod_uid);
	*answer = (NslAnswer){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslAnswer, answer_clear)

static void send_answer(const NslAnswer *answer, GByteArray *out)
{
	g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_new(
		ANSWER, answer->result, answer->found, answer->agrees, answer->leader,
		answer->outside, answer->claimant, answer->kthread, answer->comm, answer->runtime,
		answer->id, answer->name, answer->pod, answer->pod_namespace, answer->pod_uid));

	g_byte_array_append(out, g_variant_get_data(value), (guint)g_variant_get_size(value));
}

/* What is malformed becomes an answer of nothing: GVariant sees to that. */
static void take_answer(NslWorkItem item, NslAnswer *answer)
{
	g_autoptr(GVariant) value = NULL;

	if (!item.record) {
		answer->result = nsl_work_errno(item.state);
		answer->unasked = true;
		return;
	}
	value = g_variant_ref_sink(
		g_variant_new_from_data(G_VARIANT_TYPE("(ibbuuubmaymaymaymaymaymaymay)"),
					item.record, item.size, FALSE, NULL, NULL));
	g_variant_get(value, ANSWER, &answer->result, &answer->found, &answer->agrees,
		      &answer->leader, &answer->outside, &answer->claimant, &answer->kthread,
		      &answer->comm, &answer->runtime, &answer->id, &answer->name, &answer->pod,
		      &answer->pod_namespace, &answer->pod_uid);
	if (item.state != NSL_WORK_DONE && answer->result == 0) {
		answer->result = nsl_work_errno(item.state);
		answer->unasked = true;
	}
}

/* Transfer full; NULL: there is none. */
static char *home_of(guint32 uid)
{
	char buffer[16384];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return NULL;
	return g_strdup(found->pw_dir);
}

/* Whether that process is in the place's cgroup, or below. */
static bool is_in_place(const Ask *ask, guint32 pid, const NslPlace *place)
{
	g_auto(NslFd) process = nsl_procfs_open_process(ask->procfs, pid);
	g_autoptr(GByteArray) text = g_byte_array_new();
	g_auto(NslCgroup) cgroup = {0};

	if (process < 0 || nsl_process_read_cgroup(process, text) < 0)
		return false;
	nsl_cgroup_parse(&cgroup, (const char *)text->data, text->len);
	for (guint i = 0; i < cgroup.containers->len; i++)
		if (strcmp(g_array_index(cgroup.containers, NslCgroupContainer, i).path,
			   place->named.path) == 0)
			return true;
	return false;
}

/* Who a PID was given to since a record was written has started later. */
static bool is_reused(const Ask *ask, const NslEngineRecord *record)
{
	g_auto(NslFd) process = record->pid != 0 && record->start != 0
					? nsl_procfs_open_process(ask->procfs, record->pid)
					: -1;
	NslProcessStat stat;

	return process >= 0 && nsl_process_read_stat(process, &stat) == 0 &&
	       stat.start_ticks != record->start;
}

/* The record is of what is seen here, or a process of root's says so. `place` may be NULL. */
static bool is_confirmed(const Ask *ask, const NslPlace *place, const NslEngineRecord *record,
			 bool witnessed)
{
	/* A user's word is good for what is the user's. */
	if (place && record->owner != 0 && place->named.owner_uid != record->owner)
		return false;
	if (is_reused(ask, record))
		return false;
	return record->agrees || (witnessed && record->owner == 0) ||
	       (place && record->pid != 0 && is_in_place(ask, record->pid, place));
}

static void replace(char **field, char **value)
{
	if (!*value)
		return;
	g_free(*field);
	*field = g_steal_pointer(value);
}

static void ask_engine(Ask *ask, const NslQuestion *question, NslEngineQuery *query, bool witnessed,
		       NslAnswer *answer)
{
	g_auto(NslEngineRecord) record = {0};
	g_autofree char *home = query->uid != 0 ? home_of(query->uid) : NULL;

	query->home = home;
	if (question->daemon) {
		query->root = question->daemon->root;
		query->state = question->daemon->state;
		query->config = question->daemon->config;
	}
	answer->result = nsl_engine_read(ask->engines, query, &record);
	if (answer->result < 0)
		return;
	answer->found = true;
	answer->agrees = is_confirmed(ask, question->place, &record, witnessed);
	if (!answer->agrees)
		return;
	g_free(answer->runtime);
	answer->runtime = g_strdup(record.runtime);
	replace(&answer->name, &record.name);
	replace(&answer->pod, &record.pod);
	replace(&answer->pod_namespace, &record.pod_namespace);
	replace(&answer->pod_uid, &record.pod_uid);
}

static GArray *list_pids(const GPtrArray *processes)
{
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(guint32));

	for (guint i = 0; i < processes->len; i++)
		g_array_append_val(pids, ((NslProcess *)g_ptr_array_index(processes, i))->pid);
	return pids;
}

/*
 * Who watches over it may say where its engine keeps its files (podman's --root), and is a witness
 * itself where it is root's: of a container with its own UIDs podman's record is all that root has.
 */
static void ask_monitor(Ask *ask, const NslQuestion *question, NslEngineQuery *query,
			NslAnswer *answer)
{
	NslAscent ascent = {0};
	const NslClaim *claim = &ascent.claim;

	nsl_sandbox_climb(ask->procfs, ask->snapshot,
			  g_ptr_array_index(question->place->processes, 0), ask->ancestors, false,
			  &ascent);
	if (ascent.claimant == 0 || g_strcmp0(claim->id, query->id) != 0)
		return;
	query->monitor = ascent.claimant;
	query->root = claim->root;
	query->state = claim->state;
	query->bundle = claim->bundle;
	query->uid = ascent.uid;
	ask_engine(ask, question, query, ascent.uid == 0, answer);
}

static void ask_place(Ask *ask, const NslQuestion *question, NslAnswer *answer)
{
	const NslCgroupContainer *named = &question->place->named;
	g_autoptr(GArray) pids = list_pids(question->place->processes);
	NslEngineQuery query = {
		.runtime = named->runtime,
		.id = named->id ? named->id : named->name,
		.space = named->space,
		.pids = pids,
		.cgroup = named->path,
		.uid = named->owner_uid >= 0 ? (guint32)named->owner_uid : 0,
	};

	ask_engine(ask, question, &query, false, answer);
	if (!answer->agrees && !question->daemon && named->runtime && named->id)
		ask_monitor(ask, question, &query, answer);
}

static void ask_group(Ask *ask, const NslQuestion *question, bool careful, NslAnswer *answer)
{
	NslAscent ascent = {0};
	const NslClaim *claim = &ascent.claim;
	g_autoptr(GArray) pids = NULL;
	NslEngineQuery query;

	nsl_sandbox_climb(ask->procfs, ask->snapshot, g_ptr_array_index(question->group, 0),
			  ask->ancestors, careful, &ascent);
	answer->leader = ascent.leader;
	answer->outside = ascent.outside;
	answer->claimant = ascent.claimant;
	answer->kthread = ascent.kthread;
	answer->comm = g_strdup(ascent.comm);
	if (ascent.claimant == 0)
		return;
	answer->runtime = g_strdup(claim->runtime);
	answer->id = g_strdup(claim->id);
	answer->name = g_strdup(claim->name);
	answer->pod = g_strdup(claim->pod);
	answer->pod_namespace = g_strdup(claim->pod_namespace);
	answer->pod_uid = g_strdup(claim->pod_uid);
	if (careful || !ask->procfs->local || !(claim->id || claim->name))
		return;
	pids = list_pids(question->group);
	query = (NslEngineQuery){
		.runtime = claim->runtime,
		.id = claim->id ? claim->id : claim->name,
		.space = claim->space,
		.pids = pids,
		.monitor = ascent.claimant,
		.uid = ascent.uid,
		.root = claim->root,
		.state = claim->state,
		.bundle = claim->bundle,
	};
	ask_engine(ask, question, &query, false, answer);
}

static void answer_one(gpointer data, guint item, bool careful, GByteArray *out)
{
	Ask *ask = data;
	const NslQuestion *question = g_ptr_array_index(ask->questions, item);
	g_auto(NslAnswer) answer = {0};

	if (!ask->engines) {
		ask->engines = nsl_engines_new(ask->root);
		ask->ancestors = nsl_sandbox_cache_new();
	}
	if (question->group)
		ask_group(ask, question, careful, &answer);
	else if (!careful && ask->procfs->local)
		ask_place(ask, question, &answer);
	send_answer(&answer, out);
}

static void clear_answers(gpointer answer)
{
	answer_clear(answer);
}

GArray *nsl_ask(const NslProcfs *procfs, const NslSnapshot *snapshot, const GPtrArray *questions,
		gint64 *waited)
{
	GArray *answers = g_array_new(FALSE, FALSE, sizeof(NslAnswer));
	g_auto(NslFd) root = nsl_fd_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	Ask ask = {.procfs = procfs, .snapshot = snapshot, .questions = questions, .root = root};
	NslWorkSpec spec = {
		.n_items = questions->len,
		.run = answer_one,
		.data = &ask,
		.keep = {procfs->fd, root},
		.waited = waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	g_array_set_clear_func(answers, clear_answers);
	for (guint i = 0; i < questions->len; i++) {
		NslAnswer answer = {0};

		take_answer(nsl_work_get(work, i), &answer);
		g_array_append_val(answers, answer);
	}
	/* They are here where no worker could be started. */
	g_clear_pointer(&ask.engines, nsl_engines_free);
	g_clear_pointer(&ask.ancestors, g_hash_table_unref);
	return answers;
}

/* As comm has them. What their arguments say decides. */
static const char *const daemon_names[] = {"dockerd", "docker",	    "containerd", "podman",
					   "crio",    "k3s-server", "rke2",	  NULL};

typedef struct Search {
	const NslProcfs *procfs;
	const GArray *pids; /* guint32 */
} Search;

/* The record is the command line of what may be a daemon of root's, or nothing. */
static void find_daemon(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Search *search = data;
	g_auto(NslFd) process =
		nsl_procfs_open_process(search->procfs, g_array_index(search->pids, guint32, item));
	char comm[80];
	NslProcessStatus status;
	bool truncated;

	if (careful || process < 0 || nsl_process_read_comm(process, comm, sizeof(comm)) < 0 ||
	    !g_strv_contains(daemon_names, comm) || nsl_process_read_status(process, &status) < 0 ||
	    status.euid != 0)
		return;
	nsl_process_read_cmdline(process, COMMAND_LIMIT, out, &truncated);
}

static void clear_daemon(gpointer daemon)
{
	nsl_daemon_clear(daemon);
}

GArray *nsl_ask_daemons(const NslProcfs *procfs, gint64 *waited)
{
	GArray *daemons = g_array_new(FALSE, FALSE, sizeof(NslDaemon));
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	Search search = {.procfs = procfs, .pids = pids};
	NslWorkSpec spec = {
		.run = find_daemon, .data = &search, .keep = {procfs->fd, -1}, .waited = waited};
	g_autoptr(NslWork) work = NULL;

	g_array_set_clear_func(daemons, clear_daemon);
	nsl_procfs_list(procfs, pids);
	spec.n_items = pids->len;
	work = nsl_work_run(&spec);
	for (guint i = 0; i < pids->len; i++) {
		NslWorkItem item = nsl_work_get(work, i);
		NslDaemon daemon = {0};

		if (item.size > 0 &&
		    nsl_argv_parse_daemon((const char *)item.record, item.size, &daemon))
			g_array_append_val(daemons, daemon);
	}
	return daemons;
}
