/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions about containers, and the workers that answer them: see ask.h.
 */
#include "attribute/ask.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attribute/engines.h"
#include "attribute/sandbox.h"
#include "base/error.h"
#include "base/untrusted.h"
#include "base/worker.h"

#define COMMAND_LIMIT (16u << 10) /* of a daemon */

typedef struct Ask {
	const NslProcfs *procfs;
	const NslSnapshot *snapshot;
	const GPtrArray *questions; /* NslQuestion */
	int root;		    /* descriptor of the root directory */
	/* Made by who answers, in each worker: */
	NslEngines *engines; /* root's */
	NslEngines *users;   /* read with the rights of `user` */
	guint32 user;
	GHashTable *ancestors;
} Ask;

#define ANSWER "(ibbbuuubm^aym^aym^aym^aym^aym^aym^ay)"

static void answer_clear(NslAnswer *answer)
{
	g_free(answer->comm);
	nsl_identity_clear(&answer->identity);
	*answer = (NslAnswer){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslAnswer, answer_clear)

static void send_answer(const NslAnswer *answer, GByteArray *out)
{
	const NslIdentity *identity = &answer->identity;
	g_autoptr(GVariant) value = g_variant_ref_sink(
		g_variant_new(ANSWER, answer->result, answer->found, answer->agrees, answer->users,
			      answer->leader, answer->outside, answer->claimant, answer->kthread,
			      answer->comm, identity->runtime, identity->id, identity->name,
			      identity->pod, identity->pod_namespace, identity->pod_uid));

	g_byte_array_append(out, g_variant_get_data(value), (guint)g_variant_get_size(value));
}

/* What is malformed becomes an answer of nothing: GVariant sees to that. */
static void take_answer(NslWorkItem item, NslAnswer *answer)
{
	NslIdentity *identity = &answer->identity;
	g_autoptr(GVariant) value = NULL;
	g_autofree char *runtime = NULL;

	if (!item.record) {
		answer->result = nsl_work_errno(item.state);
		answer->unasked = true;
		return;
	}
	value = g_variant_ref_sink(
		g_variant_new_from_data(G_VARIANT_TYPE("(ibbbuuubmaymaymaymaymaymaymay)"),
					item.record, item.size, FALSE, NULL, NULL));
	g_variant_get(value, ANSWER, &answer->result, &answer->found, &answer->agrees,
		      &answer->users, &answer->leader, &answer->outside, &answer->claimant,
		      &answer->kthread, &answer->comm, &runtime, &identity->id, &identity->name,
		      &identity->pod, &identity->pod_namespace, &identity->pod_uid);
	identity->runtime = g_intern_string(runtime);
	if (item.state != NSL_WORK_DONE && answer->result == 0) {
		answer->result = nsl_work_errno(item.state);
		answer->unasked = true;
	}
}

#define NO_GROUP 65534 /* of who has none in the user database: nogroup */

/* Transfer full; NULL: there is none. */
static char *home_of(guint32 uid, guint32 *ret_gid)
{
	char buffer[16384];
	struct passwd entry;
	struct passwd *found = NULL;

	*ret_gid = NO_GROUP;
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return NULL;
	*ret_gid = found->pw_gid;
	return g_strdup(found->pw_dir);
}

/* Whether that process is in the place's cgroup, or below. */
static bool is_in_place(const Ask *ask, guint32 pid, const NslPlace *place)
{
	g_auto(NslFd) process = nsl_procfs_open_process(ask->procfs, pid);
	g_autoptr(GByteArray) text = g_byte_array_new();

	return process >= 0 && nsl_process_read_cgroup(process, text) == 0 &&
	       nsl_cgroup_is_in((const char *)text->data, text->len, place->named.hierarchy,
				place->named.path);
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
 * Whether the record's PID is still that of the process that it was written about. Who got the PID
 * later has started later. A file that is from the future is of a clock that was set back since.
 */
static bool is_fresh(const Ask *ask, const NslEngineRecord *record)
{
	g_auto(NslFd) process = nsl_procfs_open_process(ask->procfs, record->pid);
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
static bool is_roots_id(Ask *ask, const char *id)
{
	const NslEngineQuery query = {.id = id};
	g_auto(NslEngineRecord) record = {0};

	return nsl_engine_read(ask->engines, &query, &record) == 0;
}

/*
 * Whether what the process above says is root's word: it is root through and through, runs what it
 * says it runs, and is in no container. Podman gives conmon a mount namespace of its own: where
 * there is a cgroup that it is outside of, that tells as much.
 */
static bool is_witness(const Ask *ask, const NslPlace *place, const NslAscent *ascent)
{
	return ascent->program && ascent->uid == 0 && ascent->ruid == 0 && ascent->root_user &&
	       (ascent->root_mnt || (place && !is_in_place(ask, ascent->claimant, place)));
}

/*
 * Whether whose record it is could have made what it is to confirm, or is who the process above is.
 * `ascent` may be NULL where there is a place.
 */
static bool is_theirs(Ask *ask, const NslPlace *place, const NslAscent *ascent,
		      const NslEngineQuery *query, const NslEngineRecord *record)
{
	if (record->owner != 0) {
		bool own = place ? place->maker == record->owner
				 : ascent->uid == record->owner && ascent->ruid == record->owner;

		return own && !is_roots_id(ask, query->id);
	}
	if (place)
		return place->maker == 0 || place->maker == NSL_MAKER_UNSEEN;
	/* Firejail is set-user-ID, and keeps a record of the process itself. */
	return is_witness(ask, NULL, ascent) ||
	       (ascent->program && ascent->root_mnt && record->pid == ascent->claimant);
}

/*
 * Whether the record is of what is seen here: by its PID, and where it has none by its cgroup, or
 * by the bundle that a witness was told.
 */
static bool is_confirmed(Ask *ask, const NslPlace *place, const NslAscent *ascent,
			 const NslEngineQuery *query, const NslEngineRecord *record)
{
	if (!is_theirs(ask, place, ascent, query, record))
		return false;
	if (record->pid != 0)
		return is_fresh(ask, record) &&
		       (record->agrees || (place && is_in_place(ask, record->pid, place)));
	if (record->agrees)
		return true;
	return record->owner == 0 && record->bundle &&
	       g_strcmp0(record->bundle, query->bundle) == 0 && ascent &&
	       is_witness(ask, place, ascent) && (!place || place->maker == 0);
}

/* Reads the files of a user with that user's rights, and root's with root's. */
static int read_record(Ask *ask, NslEngineQuery *query, NslEngineRecord *record)
{
	g_autofree char *home = NULL;
	bool other = geteuid() == 0;
	guint32 gid;
	int result;

	if (query->uid == 0)
		return nsl_engine_read(ask->engines, query, record);
	home = home_of(query->uid, &gid);
	result = other ? nsl_rights_take(query->uid, gid) : 0;
	if (result < 0)
		return result;
	/* What one user may not read another one may. */
	if (ask->users && ask->user != query->uid)
		g_clear_pointer(&ask->users, nsl_engines_free);
	if (!ask->users)
		ask->users = nsl_engines_new(ask->root);
	ask->user = query->uid;
	query->home = home;
	result = nsl_engine_read(ask->users, query, record);
	query->home = NULL;
	if (other)
		nsl_rights_give_back();
	return result;
}

/* `ascent`: to who may be a witness; may be NULL where there is a place. */
static void ask_engine(Ask *ask, const NslQuestion *question, NslEngineQuery *query,
		       const NslAscent *ascent, NslAnswer *answer)
{
	g_auto(NslEngineRecord) record = {0};

	if (question->daemon) {
		query->root = question->daemon->root;
		query->state = question->daemon->state;
		query->config = question->daemon->config;
	}
	answer->result = read_record(ask, query, &record);
	if (answer->result < 0)
		return;
	answer->found = true;
	answer->agrees = is_confirmed(ask, question->place, ascent, query, &record);
	if (!answer->agrees)
		return;
	answer->users = record.owner != 0;
	answer->identity.runtime = NULL;
	nsl_identity_update(&answer->identity, &record.identity);
}

static GArray *list_pids(const GPtrArray *processes)
{
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(guint32));

	for (guint i = 0; i < processes->len; i++)
		g_array_append_val(pids, ((NslProcess *)g_ptr_array_index(processes, i))->pid);
	return pids;
}

/*
 * Who watches over it may say where its engine keeps its files (podman's --root), and may be a
 * witness itself: of a container with its own UIDs podman's record is all that root has.
 */
static void ask_monitor(Ask *ask, const NslQuestion *question, NslEngineQuery *query,
			NslAnswer *answer)
{
	NslAscent ascent = {0};
	const NslClaim *claim = &ascent.claim;

	nsl_sandbox_climb(ask->procfs, ask->snapshot,
			  g_ptr_array_index(question->place->processes, 0), ask->ancestors, false,
			  &ascent);
	if (ascent.claimant == 0 || g_strcmp0(claim->identity.id, query->id) != 0 ||
	    ascent.uid != query->uid || ascent.ruid != query->uid ||
	    (query->uid == 0 && !is_witness(ask, question->place, &ascent)))
		return;
	query->monitor = ascent.claimant;
	query->root = claim->root;
	query->state = claim->state;
	query->bundle = claim->bundle;
	ask_engine(ask, question, query, &ascent, answer);
}

static void ask_place(Ask *ask, const NslQuestion *question, NslAnswer *answer)
{
	const NslCgroupContainer *named = &question->place->named;
	g_autoptr(GArray) pids = list_pids(question->place->processes);
	NslEngineQuery query = {
		.runtime = named->identity.runtime,
		.id = named->identity.id ? named->identity.id : named->identity.name,
		.containerd_ns = named->containerd_ns,
		.pids = pids,
		.cgroup = named->path,
		.uid = question->place->maker > 0 ? (guint32)question->place->maker : 0,
	};

	ask_engine(ask, question, &query, NULL, answer);
	if (!answer->agrees && !question->daemon && named->identity.runtime && named->identity.id)
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
	answer->result = nsl_is_gone(ascent.result) ? 0 : ascent.result;
	if (ascent.claimant == 0)
		return;
	answer->identity = nsl_identity_copy(&claim->identity);
	if (careful || !ask->procfs->local || !(claim->identity.id || claim->identity.name))
		return;
	pids = list_pids(question->group);
	query = (NslEngineQuery){
		.runtime = claim->identity.runtime,
		.id = claim->identity.id ? claim->identity.id : claim->identity.name,
		.containerd_ns = claim->containerd_ns,
		.pids = pids,
		.monitor = ascent.claimant,
		.uid = ascent.uid,
		.root = claim->root,
		.state = claim->state,
		.bundle = claim->bundle,
	};
	ask_engine(ask, question, &query, &ascent, answer);
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
	g_clear_pointer(&ask.users, nsl_engines_free);
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
	    status.euid != 0 || status.ruid != 0)
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
