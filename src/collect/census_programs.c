/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The programs of the census: see census_programs.h. What is read here is what the kernel itself
 * reads for /proc/PID/ns (fs/proc/namespaces.c and the proc_ns_operations of each type).
 */
#include "collect/census_programs.h"

#include <linux/magic.h>
#include <sched.h>
#include <stddef.h>

#define TUN_DEVICE ((10 << 20) | 200) /* misc, TUN_MINOR; as the kernel has it in memory */

/* The frame: pointers and numbers that the programs use, and then the record. */
enum {
	AT_TASK = 0,
	AT_NSPROXY = 8,
	AT_LEADER = 16,
	AT_FILE = 24,
	AT_USER = 32,
	AT_A = 40,
	AT_B = 48,
	AT_NUMBER = 56,
	AT_RECORD = 64,
};
#define AT_TASK_RECORD(member) (AT_RECORD + (int)offsetof(NslTaskRecord, member))
#define AT_FILE_RECORD(member) (AT_RECORD + (int)offsetof(NslFileRecord, member))
G_STATIC_ASSERT(AT_RECORD + sizeof(NslTaskRecord) <= NSL_BPF_FRAME);
G_STATIC_ASSERT(AT_RECORD + sizeof(NslFileRecord) <= NSL_BPF_FRAME);

/* Where nsproxy has a task's namespaces. Its own PID and user namespace are elsewhere. */
static const struct {
	const char *member;
	const char *for_children;
	const char *structure;
} sources[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = {"cgroup_ns", NULL, "cgroup_namespace"},
	[NSL_NSTYPE_IPC] = {"ipc_ns", NULL, "ipc_namespace"},
	[NSL_NSTYPE_MNT] = {"mnt_ns", NULL, "mnt_namespace"},
	[NSL_NSTYPE_NET] = {"net_ns", NULL, "net"},
	[NSL_NSTYPE_PID] = {NULL, "pid_ns_for_children", "pid_namespace"},
	[NSL_NSTYPE_TIME] = {"time_ns", "time_ns_for_children", "time_namespace"},
	[NSL_NSTYPE_USER] = {NULL, NULL, "user_namespace"},
	[NSL_NSTYPE_UTS] = {"uts_ns", NULL, "uts_namespace"},
};

typedef struct Writer {
	NslBpf *bpf;
	const NslBtf *btf;
	NslNsTypes types;
	bool failed; /* a member that has to be there is not */
} Writer;

static bool has(const Writer *writer, const char *structure, const char *member, guint size)
{
	return nsl_btf_find_member(writer->btf, structure, member, size) >= 0;
}

static int offset(Writer *writer, const char *structure, const char *member, guint size)
{
	int found = nsl_btf_find_member(writer->btf, structure, member, size);

	writer->failed = writer->failed || found < 0;
	return MAX(found, 0);
}

/* Copies a member of what the pointer at `pointer` leads to. */
static void take(Writer *writer, int to, guint size, int pointer, const char *structure,
		 const char *member)
{
	nsl_bpf_read(writer->bpf, to, size, pointer, offset(writer, structure, member, size));
}

static void follow(Writer *writer, int to, int pointer, const char *structure, const char *member)
{
	take(writer, to, sizeof(guint64), pointer, structure, member);
}

static void send(Writer *writer, const char *context, guint size)
{
	nsl_bpf_send(writer->bpf, AT_RECORD, size, offset(writer, context, "meta", 8),
		     offset(writer, "bpf_iter_meta", "seq", 8));
	nsl_bpf_end(writer->bpf);
}

static NslBpf *finish(Writer *writer)
{
	if (writer->failed)
		g_clear_pointer(&writer->bpf, nsl_bpf_free);
	return writer->bpf;
}

/* The PID namespace that gave the task its innermost PID: task_active_pid_ns(). */
static void take_pid_ns(Writer *writer)
{
	follow(writer, AT_A, AT_TASK, "task_struct", "thread_pid");
	take(writer, AT_NUMBER, 4, AT_A, "pid", "level");
	nsl_bpf_advance(writer->bpf, AT_A, AT_NUMBER, nsl_btf_size_of(writer->btf, "upid"));
	nsl_bpf_read(writer->bpf, AT_A, 8, AT_A,
		     offset(writer, "pid", "numbers", 0) + offset(writer, "upid", "ns", 8));
	take(writer, AT_TASK_RECORD(ns[NSL_NSTYPE_PID]), 4, AT_A, "pid_namespace", "ns.inum");
}

static void take_for_children(Writer *writer, NslNsType type)
{
	int to = AT_TASK_RECORD(for_children[0]) + (int)(type * sizeof(guint32));

	follow(writer, AT_A, AT_NSPROXY, "nsproxy", sources[type].for_children);
	take(writer, to, 4, AT_A, sources[type].structure, "ns.inum");
	/* Before its first process a PID namespace has no link (pidns_for_children_get()). */
	if (type == NSL_NSTYPE_PID) {
		guint has_reaper;

		follow(writer, AT_B, AT_A, "pid_namespace", "child_reaper");
		nsl_bpf_set(writer->bpf, AT_NUMBER, 8, 0);
		has_reaper = nsl_bpf_jump_if_different(writer->bpf, AT_B, AT_NUMBER, 8);
		nsl_bpf_set(writer->bpf, to, 4, 0);
		nsl_bpf_land(writer->bpf, has_reaper);
	}
}

static void take_namespaces(Writer *writer)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int to = AT_TASK_RECORD(ns[0]) + (int)(type * sizeof(guint32));
		bool there = writer->types & NSL_NSTYPE_BIT(type);

		if (there && sources[type].member) {
			follow(writer, AT_A, AT_NSPROXY, "nsproxy", sources[type].member);
			take(writer, to, 4, AT_A, sources[type].structure, "ns.inum");
		} else if (there && type == NSL_NSTYPE_USER) {
			take(writer, to, 4, AT_USER, sources[type].structure, "ns.inum");
		} else if (there) {
			take_pid_ns(writer);
		} else {
			nsl_bpf_set(writer->bpf, to, 4, 0);
		}
		if (there && sources[type].for_children)
			take_for_children(writer, type);
		else
			nsl_bpf_set(writer->bpf, to + (int)sizeof(guint32) * NSL_NSTYPE_COUNT, 4,
				    0);
	}
}

static void follow_user_ns(Writer *writer, int to, int task)
{
	follow(writer, to, task, "task_struct", "real_cred");
	follow(writer, to, to, "cred", "user_ns");
}

/* Ends the program for threads that have everything from their process: nearly all. */
static void leave_out_same(Writer *writer)
{
	guint wanted[4];

	wanted[0] = nsl_bpf_jump_if_same(writer->bpf, AT_TASK_RECORD(pid), AT_TASK_RECORD(tid), 4);
	follow(writer, AT_LEADER, AT_TASK, "task_struct", "group_leader");
	follow(writer, AT_A, AT_LEADER, "task_struct", "nsproxy");
	wanted[1] = nsl_bpf_jump_if_different(writer->bpf, AT_A, AT_NSPROXY, 8);
	follow(writer, AT_A, AT_LEADER, "task_struct", "files");
	wanted[2] = nsl_bpf_jump_if_different(writer->bpf, AT_A, AT_TASK_RECORD(files), 8);
	follow_user_ns(writer, AT_A, AT_LEADER);
	wanted[3] = nsl_bpf_jump_if_different(writer->bpf, AT_A, AT_USER, 8);
	nsl_bpf_end(writer->bpf);
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
		nsl_bpf_land(writer->bpf, wanted[i]);
}

static void take_css_set(Writer *writer)
{
	int to = AT_TASK_RECORD(css_set);

	if (has(writer, "task_struct", "cgroups", 8))
		follow(writer, to, AT_TASK, "task_struct", "cgroups");
	else
		nsl_bpf_set(writer->bpf, to, 8, 0);
}

NslBpf *nsl_census_task_program(const NslBtf *btf, NslNsTypes types)
{
	Writer writer = {.bpf = nsl_bpf_new(), .btf = btf, .types = types};

	nsl_bpf_take_pointer(writer.bpf, AT_TASK, offset(&writer, "bpf_iter__task", "task", 8));
	take(&writer, AT_TASK_RECORD(pid), 4, AT_TASK, "task_struct", "tgid");
	take(&writer, AT_TASK_RECORD(tid), 4, AT_TASK, "task_struct", "pid");
	follow(&writer, AT_NSPROXY, AT_TASK, "task_struct", "nsproxy");
	follow(&writer, AT_TASK_RECORD(files), AT_TASK, "task_struct", "files");
	follow_user_ns(&writer, AT_USER, AT_TASK);
	leave_out_same(&writer);
	take_namespaces(&writer);
	take(&writer, AT_TASK_RECORD(start), 8, AT_TASK, "task_struct", "start_boottime");
	take(&writer, AT_TASK_RECORD(comm), 16, AT_TASK, "task_struct", "comm");
	take_css_set(&writer);
	take(&writer, AT_TASK_RECORD(flags), 4, AT_TASK, "task_struct", "flags");
	nsl_bpf_set(writer.bpf, AT_TASK_RECORD(zero), 4, 0);
	send(&writer, "bpf_iter__task", sizeof(NslTaskRecord));
	return finish(&writer);
}

/* A file of nsfs: its inode leads to the namespace. */
static void take_namespace_file(Writer *writer)
{
	follow(writer, AT_B, AT_A, "inode", "i_private");
	take(writer, AT_FILE_RECORD(inode), 4, AT_B, "ns_common", "inum");
	if (has(writer, "ns_common", "ns_type", 4)) { /* Linux 6.18 */
		take(writer, AT_FILE_RECORD(flag), 4, AT_B, "ns_common", "ns_type");
	} else {
		follow(writer, AT_B, AT_B, "ns_common", "ops");
		take(writer, AT_FILE_RECORD(flag), 4, AT_B, "proc_ns_operations", "type");
	}
	nsl_bpf_set(writer->bpf, AT_FILE_RECORD(socket), 4, 0);
}

/*
 * A socket, or a tun device, whose file's data begins with a socket's: where its net namespace is
 * not the task's own. Ends the program for all other files.
 */
static void take_socket(Writer *writer)
{
	guint not_socket = nsl_bpf_jump_unless(writer->bpf, AT_NUMBER, 8, SOCKFS_MAGIC);
	guint elsewhere;
	guint found;
	guint is_tun;

	follow(writer, AT_B, AT_FILE, "file", "private_data");
	follow(writer, AT_B, AT_B, "socket", "sk");
	found = nsl_bpf_jump(writer->bpf);

	nsl_bpf_land(writer->bpf, not_socket);
	nsl_bpf_set(writer->bpf, AT_NUMBER, 4, TUN_DEVICE);
	take(writer, AT_NUMBER + 4, 4, AT_A, "inode", "i_rdev");
	is_tun = nsl_bpf_jump_if_same(writer->bpf, AT_NUMBER, AT_NUMBER + 4, 4);
	nsl_bpf_end(writer->bpf);
	nsl_bpf_land(writer->bpf, is_tun);
	follow(writer, AT_B, AT_FILE, "file", "private_data");

	nsl_bpf_land(writer->bpf, found);
	follow(writer, AT_B, AT_B, "sock", "__sk_common.skc_net.net");
	follow(writer, AT_A, AT_TASK, "task_struct", "nsproxy");
	follow(writer, AT_A, AT_A, "nsproxy", "net_ns");
	elsewhere = nsl_bpf_jump_if_different(writer->bpf, AT_A, AT_B, 8);
	nsl_bpf_end(writer->bpf);
	nsl_bpf_land(writer->bpf, elsewhere);
	take(writer, AT_FILE_RECORD(inode), 4, AT_B, "net", "ns.inum");
	nsl_bpf_set(writer->bpf, AT_FILE_RECORD(flag), 4, CLONE_NEWNET);
	nsl_bpf_set(writer->bpf, AT_FILE_RECORD(socket), 4, 1);
}

NslBpf *nsl_census_file_program(const NslBtf *btf, NslNsTypes types)
{
	Writer writer = {.bpf = nsl_bpf_new(), .btf = btf, .types = types};
	const char *context = "bpf_iter__task_file";
	guint not_nsfs;
	guint found;

	nsl_bpf_take_pointer(writer.bpf, AT_TASK, offset(&writer, context, "task", 8));
	nsl_bpf_take_pointer(writer.bpf, AT_FILE, offset(&writer, context, "file", 8));
	follow(&writer, AT_A, AT_FILE, "file", "f_inode");
	follow(&writer, AT_B, AT_A, "inode", "i_sb");
	take(&writer, AT_NUMBER, 8, AT_B, "super_block", "s_magic");
	not_nsfs = nsl_bpf_jump_unless(writer.bpf, AT_NUMBER, 8, NSFS_MAGIC);
	take_namespace_file(&writer);
	found = nsl_bpf_jump(writer.bpf);
	nsl_bpf_land(writer.bpf, not_nsfs);
	if (types & NSL_NSTYPE_BIT(NSL_NSTYPE_NET))
		take_socket(&writer);
	else
		nsl_bpf_end(writer.bpf);
	nsl_bpf_land(writer.bpf, found);
	nsl_bpf_take_number(writer.bpf, AT_FILE_RECORD(fd), offset(&writer, context, "fd", 4));
	take(&writer, AT_FILE_RECORD(pid), 4, AT_TASK, "task_struct", "tgid");
	take(&writer, AT_FILE_RECORD(tid), 4, AT_TASK, "task_struct", "pid");
	take(&writer, AT_FILE_RECORD(comm), 16, AT_TASK, "task_struct", "comm");
	send(&writer, context, sizeof(NslFileRecord));
	return finish(&writer);
}
