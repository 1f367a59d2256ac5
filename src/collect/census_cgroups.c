/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cgroups by key: see census_cgroups.h.
 */
#include "collect/census_cgroups.h"

#include "base/sys.h"

typedef struct Known {
	guint64 key;
	guint32 pid; /* of whom they were read */
	char *text;  /* a GRefString */
} Known;

struct NslCgroups {
	const NslProcfs *procfs;
	GHashTable *known; /* set of Known, by key */
};

static void known_free(gpointer data)
{
	Known *known = data;

	g_ref_string_release(known->text);
	g_free(known);
}

NslCgroups *nsl_cgroups_new(const NslProcfs *procfs)
{
	NslCgroups *cgroups = g_new(NslCgroups, 1);

	cgroups->procfs = procfs;
	/* The key is the first member. */
	cgroups->known = g_hash_table_new_full(g_int64_hash, g_int64_equal, known_free, NULL);
	return cgroups;
}

void nsl_cgroups_free(NslCgroups *cgroups)
{
	if (!cgroups)
		return;
	g_hash_table_unref(cgroups->known);
	g_free(cgroups);
}

/* 0 or -errno. */
static int read_text(const NslProcfs *procfs, guint32 pid, char **ret_text)
{
	g_auto(NslFd) process = nsl_procfs_open_process(procfs, pid);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	int result = process < 0 ? process : nsl_process_read_cgroup(process, bytes);

	if (result < 0)
		return result;
	g_byte_array_append(bytes, (const guint8 *)"", 1);
	*ret_text = g_ref_string_new_intern((const char *)bytes->data);
	return 0;
}

void nsl_cgroups_learn(NslCgroups *cgroups, const NslCensusTask *task)
{
	Known *known;
	char *text;

	if (task->links.cgroup_key == 0 || task->gone || task->ending || task->moved ||
	    nsl_cgroups_know(cgroups, task) || read_text(cgroups->procfs, task->pid, &text) < 0)
		return;
	known = g_new(Known, 1);
	*known = (Known){.key = task->links.cgroup_key, .pid = task->pid, .text = text};
	g_hash_table_add(cgroups->known, known);
}

static gboolean is_unsure(gpointer key, gpointer value, gpointer data)
{
	const NslCensus *census = data;
	const Known *known = key;
	const NslCensusTask *source = nsl_census_find(census, known->pid);

	(void)value;
	return source->gone || source->ending || source->moved;
}

void nsl_cgroups_forget_unsure(NslCgroups *cgroups, const NslCensus *census)
{
	g_hash_table_foreach_remove(cgroups->known, is_unsure, (gpointer)census);
}

bool nsl_cgroups_know(const NslCgroups *cgroups, const NslCensusTask *task)
{
	return g_hash_table_contains(cgroups->known, &task->links.cgroup_key);
}

int nsl_cgroups_get(const NslCgroups *cgroups, const NslCensusTask *task, char **ret_text)
{
	const Known *known = g_hash_table_lookup(cgroups->known, &task->links.cgroup_key);

	if (!known)
		return read_text(cgroups->procfs, task->pid, ret_text);
	*ret_text = g_ref_string_acquire(known->text);
	return 0;
}
