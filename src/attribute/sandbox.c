/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sandboxes: see sandbox.h.
 */
#include "attribute/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"

#define MAX_HEIGHT    64	  /* processes that are looked at above a group */
#define COMMAND_LIMIT (16u << 10) /* of their command lines: what is of interest stands first */

typedef guint64 Set[NSL_NSTYPE_COUNT]; /* inodes; 0: the root namespace, or none */

/* Whether there is a private namespace among them. */
static bool private_set(const NslProcess *process, Set set)
{
	bool any = false;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNamespace *ns = process->ns[type];

		set[type] = ns && !ns->root ? ns->inode : 0;
		any = any || set[type] != 0;
	}
	return any;
}

static guint set_hash(gconstpointer key)
{
	const guint64 *set = key;
	guint hash = 0;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		hash = hash * 31 + (guint)set[type];
	return hash;
}

static gboolean set_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(Set)) == 0;
}

static guint64 *copy_set(const Set set)
{
	guint64 *copy = g_new(guint64, NSL_NSTYPE_COUNT);

	memcpy(copy, set, sizeof(Set));
	return copy;
}

GPtrArray *nsl_sandbox_group(const NslSnapshot *snapshot, NslSandboxWants *wants,
			     gconstpointer data)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GHashTable) by_set = g_hash_table_new_full(set_hash, set_equal, g_free, NULL);

	for (guint i = 0; i < snapshot->processes->len; i++) {
		NslProcess *process = g_ptr_array_index(snapshot->processes, i);
		GPtrArray *group;
		Set set;

		if (!wants(data, process) || !private_set(process, set))
			continue;
		group = g_hash_table_lookup(by_set, set);
		if (!group) {
			group = g_ptr_array_new();
			g_ptr_array_add(groups, group);
			g_hash_table_insert(by_set, copy_set(set), group);
		}
		g_ptr_array_add(group, process);
	}
	return groups;
}

/* What is known of a process that a climb came by. */
typedef struct Ancestor {
	NslProcessStat stat;
	int result; /* -errno: it is gone, or cannot be read */
	bool has_ns;
	Set ns; /* inodes, the root ones too */
	bool has_claim;
	guint32 uid;
	guint32 ruid;
	bool program; /* as NslAscent has them */
	bool root_user;
	bool root_mnt;
	NslClaim claim;
} Ancestor;

static void ancestor_free(gpointer data)
{
	Ancestor *ancestor = data;

	nsl_claim_clear(&ancestor->claim);
	g_free(ancestor);
}

GHashTable *nsl_sandbox_cache_new(void)
{
	return g_hash_table_new_full(NULL, NULL, NULL, ancestor_free);
}

/* Transfer none. */
static Ancestor *get_ancestor(const NslProcfs *procfs, guint32 pid, GHashTable *cache,
			      NslFd *process)
{
	Ancestor *ancestor = g_hash_table_lookup(cache, GUINT_TO_POINTER(pid));

	if (ancestor)
		return ancestor;
	*process = nsl_procfs_open_process(procfs, pid);
	ancestor = g_new0(Ancestor, 1);
	ancestor->result =
		*process < 0 ? *process : nsl_process_read_stat(*process, &ancestor->stat);
	g_hash_table_insert(cache, GUINT_TO_POINTER(pid), ancestor);
	return ancestor;
}

/* What keeps from being read who is there. Who has gone is nobody; denials are told by others. */
static void keep_failure(Ancestor *ancestor, int result)
{
	if (result < 0 && !nsl_is_gone(result) && !nsl_is_denied(result))
		ancestor->result = result;
}

/* Those of a process that is in the same namespaces, as far as they can be read. */
static void read_ns(const NslProcfs *procfs, guint32 pid, Ancestor *ancestor, NslFd *process)
{
	if (ancestor->has_ns || ancestor->result < 0)
		return;
	ancestor->has_ns = true;
	if (*process < 0)
		*process = nsl_procfs_open_process(procfs, pid);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int result = *process < 0 ? *process
					  : nsl_nstype_read(*process, type, &ancestor->ns[type]);

		if (result < 0)
			ancestor->ns[type] = 0;
		keep_failure(ancestor, result);
	}
}

static bool is_in_root(const NslSnapshot *snapshot, int process, NslNsType type)
{
	guint64 inode;

	return nsl_nstype_read(process, type, &inode) == 0 && inode == snapshot->root[type];
}

static bool is_program(int process, const NslClaim *claim)
{
	char name[NAME_MAX + 1];
	guint32 owner;

	return nsl_process_read_program(process, name, sizeof(name), &owner) == 0 && owner == 0 &&
	       nsl_claim_is_of(claim, name);
}

static void read_claim(const NslProcfs *procfs, const NslSnapshot *snapshot, guint32 pid,
		       Ancestor *ancestor, NslFd *process)
{
	g_autoptr(GByteArray) command = g_byte_array_new();
	NslProcessStatus status;
	bool truncated = false;
	int result;

	if (ancestor->has_claim || ancestor->result < 0)
		return;
	ancestor->has_claim = true;
	if (ancestor->stat.kthread)
		return;
	if (*process < 0)
		*process = nsl_procfs_open_process(procfs, pid);
	result = *process < 0
			 ? *process
			 : nsl_process_read_cmdline(*process, COMMAND_LIMIT, command, &truncated);
	if (result < 0) {
		keep_failure(ancestor, result);
		return;
	}
	nsl_argv_parse((const char *)command->data, command->len, &ancestor->claim);
	if (ancestor->claim.kind == NSL_CLAIM_NONE)
		return;
	/* No user has this UID (user_namespaces(7)). */
	if (nsl_process_read_status(*process, &status) < 0) {
		ancestor->uid = ancestor->ruid = G_MAXUINT32;
		return;
	}
	ancestor->uid = status.euid;
	ancestor->ruid = status.ruid;
	ancestor->program = is_program(*process, &ancestor->claim);
	ancestor->root_user = is_in_root(snapshot, *process, NSL_NSTYPE_USER);
	ancestor->root_mnt = is_in_root(snapshot, *process, NSL_NSTYPE_MNT);
}

static bool is_same_set(const NslProcess *process, const Ancestor *ancestor)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if ((process->ns[type] ? process->ns[type]->inode : 0) != ancestor->ns[type])
			return false;
	return true;
}

/*
 * A sandbox's own process may claim to be one; a monitor is above what it watches. Of those that
 * follow each other with the same claim (firejail's, a browser's) the topmost makes it. False: this
 * one makes none.
 */
static bool take_claim(NslAscent *ascent, guint32 pid, const Ancestor *ancestor, bool inside)
{
	const NslClaim *claim = &ancestor->claim;

	if (claim->kind == NSL_CLAIM_NONE || (claim->kind == NSL_CLAIM_MONITOR && inside))
		return false;
	if (ascent->claimant != 0 &&
	    strcmp(ascent->claim.identity.runtime, claim->identity.runtime) != 0)
		return false;
	ascent->claimant = pid;
	ascent->uid = ancestor->uid;
	ascent->ruid = ancestor->ruid;
	ascent->program = ancestor->program;
	ascent->root_user = ancestor->root_user;
	ascent->root_mnt = ancestor->root_mnt;
	ascent->claim = *claim; /* stays the cache's */
	return true;
}

/* Whose command line was read has one to read again. */
static bool answers(const NslSnapshot *snapshot, guint32 pid)
{
	const NslProcess *process = nsl_snapshot_get_process(snapshot, pid);

	return !process || process->command;
}

void nsl_sandbox_climb(const NslProcfs *procfs, const NslSnapshot *snapshot,
		       const NslProcess *process, GHashTable *cache, bool careful,
		       NslAscent *ret_ascent)
{
	guint32 pid = process->pid;
	bool inside = true;
	bool settled = false; /* who makes the claim */

	for (guint height = 0; height < MAX_HEIGHT && pid != 0; height++) {
		g_auto(NslFd) handle = -1;
		Ancestor *ancestor = get_ancestor(procfs, pid, cache, &handle);

		if (inside && pid != process->pid) {
			read_ns(procfs, pid, ancestor, &handle);
			inside = is_same_set(process, ancestor);
		}
		if (ancestor->result < 0) {
			ret_ascent->result = ancestor->result;
			return;
		}
		if (inside) {
			ret_ascent->leader = pid;
			ret_ascent->kthread = ancestor->stat.kthread;
			memcpy(ret_ascent->comm, ancestor->stat.comm, sizeof(ret_ascent->comm));
		} else if (ret_ascent->outside == 0) {
			ret_ascent->outside = pid;
		}
		if (!careful && !settled) {
			if (answers(snapshot, pid))
				read_claim(procfs, snapshot, pid, ancestor, &handle);
			settled = !take_claim(ret_ascent, pid, ancestor, inside) &&
				  ret_ascent->claimant != 0;
			if (ancestor->result < 0)
				ret_ascent->result = ancestor->result;
		}
		if (!inside && settled)
			return;
		pid = ancestor->stat.ppid;
	}
}
