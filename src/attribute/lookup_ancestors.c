/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is above a process: the topmost one in its namespaces, the first one outside, and whose
 * command line claims the container that it is in: see lookup.h. Whether a claim is believed is not
 * decided here.
 */
#include "attribute/lookup.h"

#include <limits.h>
#include <string.h>

#include "base/each.h"
#include "base/sys.h"

#define MAX_HEIGHT 64 /* processes that are looked at above a group */

typedef struct Ancestor {
	guint32 pid;
	const NslProcess *seen; /* by the scan; NULL: it is not in the snapshot */
	NslProcessStat stat;
	bool scanned; /* `stat` is what the scan has found */
	int result;   /* -errno: it is gone, or cannot be read */
	bool has_ns;
	guint64 ns[NSL_NSTYPE_COUNT]; /* inodes, the root ones too */
	bool has_claim;
	NslClaimant claimant; /* it itself */
	char *cgroup;	      /* NULL: it cannot be read, or was not asked for */
} Ancestor;

struct NslAncestors {
	const NslProcfs *procfs;
	const NslSnapshot *snapshot;
	GHashTable *known; /* Ancestor, by PID */
};

static void ancestor_free(gpointer data)
{
	Ancestor *ancestor = data;

	nsl_claim_clear(&ancestor->claimant.claim);
	g_free(ancestor->cgroup);
	g_free(ancestor);
}

/* Opens the process where that was not done yet. */
static int open_process(const NslAncestors *ancestors, const Ancestor *ancestor, NslFd *process)
{
	if (*process < 0)
		*process = nsl_procfs_open_process(ancestors->procfs, ancestor->pid);
	return *process;
}

/* A command line that was not read by the scan because it did not answer is not read again. */
static bool may_claim(const NslProcess *seen, bool wanted)
{
	return !seen || seen->command_left || (seen->in_passing && wanted) ||
	       (seen->command && nsl_cmdline_may_claim(seen->command, strlen(seen->command)));
}

/* Of who may claim something, all is to be read of one process. */
static void take_scanned(Ancestor *ancestor, bool wanted)
{
	const NslProcess *seen = ancestor->seen;

	ancestor->scanned = seen && seen->has_stat && seen->comm && !may_claim(seen, wanted);
	if (!ancestor->scanned)
		return;
	ancestor->stat.ppid = seen->ppid;
	ancestor->stat.kthread = seen->kthread;
	ancestor->stat.start_ticks = seen->start_ticks;
	g_strlcpy(ancestor->stat.comm, seen->comm, sizeof(ancestor->stat.comm));
}

static void read_stat(const NslAncestors *ancestors, Ancestor *ancestor, NslFd *process)
{
	ancestor->scanned = false;
	ancestor->result = open_process(ancestors, ancestor, process);
	if (ancestor->result >= 0)
		ancestor->result = nsl_process_read_stat(*process, &ancestor->stat);
}

/* Of one whose parent has ended since the scan: it has another one. False: there is nothing new. */
static bool read_again(const NslAncestors *ancestors, Ancestor *ancestor)
{
	g_auto(NslFd) process = -1;

	if (!ancestor->scanned)
		return false;
	read_stat(ancestors, ancestor, &process);
	return ancestor->result == 0;
}

/* Transfer none. */
static Ancestor *get_ancestor(const NslAncestors *ancestors, guint32 pid, bool wanted,
			      NslFd *process)
{
	Ancestor *ancestor = g_hash_table_lookup(ancestors->known, GUINT_TO_POINTER(pid));

	if (ancestor && ancestor->scanned && may_claim(ancestor->seen, wanted))
		read_stat(ancestors, ancestor, process);
	if (ancestor)
		return ancestor;
	ancestor = g_new0(Ancestor, 1);
	ancestor->pid = pid;
	ancestor->seen = nsl_snapshot_get_process(ancestors->snapshot, pid);
	take_scanned(ancestor, wanted);
	if (!ancestor->scanned)
		read_stat(ancestors, ancestor, process);
	g_hash_table_insert(ancestors->known, GUINT_TO_POINTER(pid), ancestor);
	return ancestor;
}

/*
 * Whether the process has not ended, and its PID is not another one's by now: a parent, and whoever
 * takes its place, has started before the child.
 */
static bool is_parent(const Ancestor *ancestor, const Ancestor *child)
{
	return ancestor->result < 0 ? !nsl_is_gone(ancestor->result)
				    : nsl_procfs_start(ancestor->stat.start_ticks) <=
					      nsl_procfs_start(child->stat.start_ticks);
}

/* That a process is gone is no failure, and denials are noted elsewhere. */
static void keep_failure(Ancestor *ancestor, int result)
{
	if (result < 0 && !nsl_is_gone(result) && !nsl_is_denied(result))
		ancestor->result = result;
}

static void read_ns(const NslAncestors *ancestors, Ancestor *ancestor, NslFd *process)
{
	if (ancestor->has_ns || ancestor->result < 0)
		return;
	ancestor->has_ns = true;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int result = open_process(ancestors, ancestor, process);

		if (result >= 0)
			result = nsl_nstype_read(*process, type, &ancestor->ns[type]);
		if (result < 0)
			ancestor->ns[type] = 0;
		keep_failure(ancestor, result);
	}
}

static guint64 inode_of(const NslProcess *process, NslNsType type)
{
	return process->ns[type] ? process->ns[type]->inode : 0;
}

/*
 * Whether it is in the same namespaces, as far as those are known: by the snapshot, where that has
 * the process. A census by BPF tells of namespaces that the procfs denies.
 */
static bool is_in_same(const NslAncestors *ancestors, const NslProcess *process, Ancestor *ancestor,
		       NslFd *handle)
{
	const NslProcess *other = ancestor->seen;
	bool known = other && !other->unreadable;

	if (!known)
		read_ns(ancestors, ancestor, handle);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (inode_of(process, type) != (known ? inode_of(other, type) : ancestor->ns[type]))
			return false;
	return true;
}

static bool is_in_root(const NslSnapshot *snapshot, int process, NslNsType type)
{
	guint64 inode;

	return nsl_nstype_read(process, type, &inode) == 0 && inode == snapshot->root[type];
}

/*
 * By cgroups that cannot mean anything else. A snap is no container, as docker's is: only root
 * installs those.
 */
static bool is_contained(int process)
{
	g_autofree char *text = nsl_process_dup_cgroup(process);
	bool contained = false;
	NslCgroup cgroup;

	if (!text)
		return true;
	nsl_cgroup_read(&cgroup, text, NULL, NULL);
	NSL_EACH_IN (const NslCgroupContainer, container, cgroup.containers)
		contained = contained || (!container->needs_engine_record &&
					  g_strcmp0(container->identity.runtime, "snap") != 0);
	nsl_cgroup_clear(&cgroup);
	return contained;
}

/* A service may have a mount namespace of its own. */
bool nsl_is_of_system(const NslSnapshot *snapshot, int process)
{
	return is_in_root(snapshot, process, NSL_NSTYPE_USER) &&
	       is_in_root(snapshot, process, NSL_NSTYPE_PID) &&
	       (is_in_root(snapshot, process, NSL_NSTYPE_MNT) || !is_contained(process));
}

static bool is_program(int process, const NslClaim *claim)
{
	char name[NAME_MAX + 1];
	guint32 owner;

	return nsl_process_read_program(process, name, sizeof(name), &owner) == 0 && owner == 0 &&
	       nsl_claim_is_of(claim, name);
}

static void read_claim(const NslAncestors *ancestors, Ancestor *ancestor, bool wanted,
		       NslFd *process)
{
	g_autoptr(GByteArray) command = g_byte_array_new();
	NslClaimant *claimant = &ancestor->claimant;
	NslProcessStatus status;
	int result;

	if (ancestor->has_claim || !may_claim(ancestor->seen, wanted))
		return;
	ancestor->has_claim = true;
	if (ancestor->stat.kthread)
		return;
	result = open_process(ancestors, ancestor, process);
	if (result >= 0)
		result = nsl_process_read_cmdline(*process, NSL_CMDLINE_MAX, command);
	keep_failure(ancestor, result);
	if (result < 0)
		return;
	nsl_cmdline_parse((const char *)command->data, command->len, &claimant->claim);
	if (claimant->claim.kind == NSL_CLAIM_NONE || claimant->claim.kind == NSL_CLAIM_DAEMON)
		return;
	claimant->pid = ancestor->pid;
	/* No user has this UID (user_namespaces(7)). */
	claimant->uid = claimant->ruid = G_MAXUINT32;
	if (nsl_process_read_status(*process, &status) < 0)
		return;
	claimant->uid = status.euid;
	claimant->ruid = status.ruid;
	claimant->program = is_program(*process, &claimant->claim);
	claimant->root_user = is_in_root(ancestors->snapshot, *process, NSL_NSTYPE_USER);
	claimant->root_mnt = is_in_root(ancestors->snapshot, *process, NSL_NSTYPE_MNT);
}

/*
 * Whether the next one above makes the claim. A sandbox's own process may claim to be one; a
 * monitor is above what it watches. Of those that follow each other with the same claim
 * (firejail's, a browser's) the topmost makes it.
 */
static bool makes_claim(const NslClaimant *claimant, const NslClaimant *other, bool inside)
{
	if (other->pid == 0 || (other->claim.kind == NSL_CLAIM_MONITOR && inside))
		return false;
	return !claimant ||
	       strcmp(claimant->claim.identity.runtime, other->claim.identity.runtime) == 0;
}

const NslClaimant *nsl_ancestors_climb(NslAncestors *ancestors, const GPtrArray *group,
				       bool careful, bool wanted, NslLookupResult *result)
{
	const NslProcess *process = g_ptr_array_index(group, 0);
	const NslClaimant *claimant = NULL;
	guint32 pid = process->pid;
	bool inside = true;
	bool settled = careful; /* who makes the claim */
	Ancestor *child = NULL;

	for (guint height = 0; height < MAX_HEIGHT && pid != 0; height++) {
		g_auto(NslFd) handle = -1;
		Ancestor *ancestor = get_ancestor(ancestors, pid, wanted, &handle);

		if (child && !is_parent(ancestor, child)) {
			if (!read_again(ancestors, child))
				break;
			pid = child->stat.ppid;
			continue;
		}
		if (inside && pid != process->pid)
			inside = is_in_same(ancestors, process, ancestor, &handle);
		if (ancestor->result < 0) {
			result->error = nsl_is_gone(ancestor->result) ? 0 : ancestor->result;
			break;
		}
		if (inside) {
			result->leader = pid;
			g_free(result->comm);
			result->comm = g_strdup(ancestor->stat.comm);
		} else if (result->outside == 0) {
			result->outside = pid;
		}
		if (!settled) {
			read_claim(ancestors, ancestor, wanted, &handle);
			if (ancestor->result < 0)
				result->error = ancestor->result;
			if (makes_claim(claimant, &ancestor->claimant, inside))
				claimant = &ancestor->claimant;
			else
				settled = claimant;
		}
		if (!inside && settled)
			break;
		child = ancestor;
		pid = ancestor->stat.ppid;
	}
	return claimant;
}

const char *nsl_ancestors_get_cgroup(NslAncestors *ancestors, guint32 pid)
{
	g_auto(NslFd) handle = -1;
	Ancestor *ancestor = get_ancestor(ancestors, pid, false, &handle);

	if (ancestor->seen && ancestor->seen->cgroup)
		return ancestor->seen->cgroup;
	if (!ancestor->cgroup)
		ancestor->cgroup =
			nsl_process_dup_cgroup(open_process(ancestors, ancestor, &handle));
	return ancestor->cgroup;
}

NslAncestors *nsl_ancestors_new(const NslProcfs *procfs, const NslSnapshot *snapshot)
{
	NslAncestors *ancestors = g_new(NslAncestors, 1);

	ancestors->procfs = procfs;
	ancestors->snapshot = snapshot;
	ancestors->known = g_hash_table_new_full(NULL, NULL, NULL, ancestor_free);
	return ancestors;
}

void nsl_ancestors_free(NslAncestors *ancestors)
{
	g_hash_table_unref(ancestors->known);
	g_free(ancestors);
}
