/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The BPF programs of the census: see census.h. They read what the kernel itself reads for
 * /proc/PID/ns (fs/proc/namespaces.c and the proc_ns_operations of each type).
 */
#include "collect/census.h"

#include <linux/magic.h>
#include <sched.h>

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
G_STATIC_ASSERT(AT_RECORD + NSL_TASK_RECORD_SIZE <= NSL_BPF_FRAME);
G_STATIC_ASSERT(AT_RECORD + sizeof(NslFileRecord) <= NSL_BPF_FRAME);

const NslKernelNs nsl_kernel_ns[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = {"cgroup_ns", NULL, "cgroup_namespace"},
	[NSL_NSTYPE_IPC] = {"ipc_ns", NULL, "ipc_namespace"},
	[NSL_NSTYPE_MNT] = {"mnt_ns", NULL, "mnt_namespace"},
	[NSL_NSTYPE_NET] = {"net_ns", NULL, "net"},
	[NSL_NSTYPE_PID] = {NULL, "pid_ns_for_children", "pid_namespace"},
	[NSL_NSTYPE_TIME] = {"time_ns", "time_ns_for_children", "time_namespace"},
	[NSL_NSTYPE_USER] = {NULL, NULL, "user_namespace"},
	[NSL_NSTYPE_UTS] = {"uts_ns", NULL, "uts_namespace"},
};

/* Sends the record, and ends the program. */
static void send(NslBpf *bpf, const char *context, guint size)
{
	nsl_bpf_send(bpf, AT_RECORD, size, nsl_bpf_offset(bpf, context, "meta", 8),
		     nsl_bpf_offset(bpf, "bpf_iter_meta", "seq", 8));
	nsl_bpf_end(bpf);
}

/* The PID namespace that gave the task its innermost PID: task_active_pid_ns(). After its level. */
static void take_pid_ns(NslBpf *bpf)
{
	nsl_bpf_follow(bpf, AT_A, AT_TASK, "task_struct", "thread_pid");
	nsl_bpf_advance(bpf, AT_A, AT_TASK_RECORD(task.level), nsl_btf_size_of(bpf->btf, "upid"));
	nsl_bpf_read(bpf, AT_A, 8, AT_A,
		     nsl_bpf_offset(bpf, "pid", "numbers", 0) +
			     nsl_bpf_offset(bpf, "upid", "ns", 8));
	nsl_bpf_take(bpf, AT_TASK_RECORD(ns[NSL_NSTYPE_PID]), 4, AT_A, "pid_namespace", "ns.inum");
}

/* Its PIDs in nested PID namespaces, its parent's PID, its effective UID: proc_pid_status(). */
static void take_facts(NslBpf *bpf)
{
	int size = (int)nsl_btf_size_of(bpf->btf, "upid");
	int first = nsl_bpf_offset(bpf, "pid", "numbers", 0) + nsl_bpf_offset(bpf, "upid", "nr", 4);

	nsl_bpf_follow(bpf, AT_A, AT_TASK, "task_struct", "thread_pid");
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.level), 4, AT_A, "pid", "level");
	for (int i = 0; i < NSL_CENSUS_LEVELS - 1; i++)
		nsl_bpf_read(bpf, AT_TASK_RECORD(task.inner) + i * (int)sizeof(guint32), 4, AT_A,
			     first + (i + 1) * size);
	nsl_bpf_follow(bpf, AT_A, AT_TASK, "task_struct", "real_parent");
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.ppid), 4, AT_A, "task_struct", "tgid");
	nsl_bpf_follow(bpf, AT_A, AT_TASK, "task_struct", "real_cred");
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.uid), 4, AT_A, "cred", "euid.val");
}

static void take_for_children(NslBpf *bpf, NslNsType type)
{
	int to = AT_TASK_RECORD(for_children[0]) + (int)(type * sizeof(guint32));

	nsl_bpf_follow(bpf, AT_A, AT_NSPROXY, "nsproxy", nsl_kernel_ns[type].for_children);
	nsl_bpf_take(bpf, to, 4, AT_A, nsl_kernel_ns[type].structure, "ns.inum");
	/* Before its first process a PID namespace has no link (pidns_for_children_get()). */
	if (type == NSL_NSTYPE_PID) {
		guint has_reaper;

		nsl_bpf_follow(bpf, AT_B, AT_A, "pid_namespace", "child_reaper");
		nsl_bpf_set(bpf, AT_NUMBER, 8, 0);
		has_reaper = nsl_bpf_jump_if_different(bpf, AT_B, AT_NUMBER, 8);
		nsl_bpf_set(bpf, to, 4, 0);
		nsl_bpf_land(bpf, has_reaper);
	}
}

static void take_namespaces(NslBpf *bpf, NslNsTypes types)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int to = AT_TASK_RECORD(ns[0]) + (int)(type * sizeof(guint32));
		bool there = types & NSL_NSTYPE_BIT(type);

		if (there && nsl_kernel_ns[type].member) {
			nsl_bpf_follow(bpf, AT_A, AT_NSPROXY, "nsproxy",
				       nsl_kernel_ns[type].member);
			nsl_bpf_take(bpf, to, 4, AT_A, nsl_kernel_ns[type].structure, "ns.inum");
		} else if (there && type == NSL_NSTYPE_USER) {
			nsl_bpf_take(bpf, to, 4, AT_USER, nsl_kernel_ns[type].structure, "ns.inum");
		} else if (there) {
			take_pid_ns(bpf);
		} else {
			nsl_bpf_set(bpf, to, 4, 0);
		}
		if (there && nsl_kernel_ns[type].for_children)
			take_for_children(bpf, type);
		else
			nsl_bpf_set(bpf, to + (int)sizeof(guint32) * NSL_NSTYPE_COUNT, 4, 0);
	}
}

static void follow_user_ns(NslBpf *bpf, int to, int task)
{
	nsl_bpf_follow(bpf, to, task, "task_struct", "real_cred");
	nsl_bpf_follow(bpf, to, to, "cred", "user_ns");
}

/* Ends the program for threads that have everything from their process: nearly all. */
static void leave_out_same(NslBpf *bpf)
{
	guint wanted[4];

	wanted[0] =
		nsl_bpf_jump_if_same(bpf, AT_TASK_RECORD(task.pid), AT_TASK_RECORD(task.tid), 4);
	nsl_bpf_follow(bpf, AT_LEADER, AT_TASK, "task_struct", "group_leader");
	nsl_bpf_follow(bpf, AT_A, AT_LEADER, "task_struct", "nsproxy");
	wanted[1] = nsl_bpf_jump_if_different(bpf, AT_A, AT_NSPROXY, 8);
	nsl_bpf_follow(bpf, AT_A, AT_LEADER, "task_struct", "files");
	wanted[2] = nsl_bpf_jump_if_different(bpf, AT_A, AT_TASK_RECORD(task.files), 8);
	follow_user_ns(bpf, AT_A, AT_LEADER);
	wanted[3] = nsl_bpf_jump_if_different(bpf, AT_A, AT_USER, 8);
	nsl_bpf_end(bpf);
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
		nsl_bpf_land(bpf, wanted[i]);
}

static void take_css_set(NslBpf *bpf)
{
	int to = AT_TASK_RECORD(task.cgroup_key);

	if (nsl_bpf_has(bpf, "task_struct", "cgroups", 8))
		nsl_bpf_follow(bpf, to, AT_TASK, "task_struct", "cgroups");
	else
		nsl_bpf_set(bpf, to, 8, 0);
}

NslBpf *nsl_census_task_program(NslBtf *btf, NslNsTypes types)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(btf);

	nsl_bpf_take_pointer(bpf, AT_TASK, nsl_bpf_offset(bpf, "bpf_iter__task", "task", 8));
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.pid), 4, AT_TASK, "task_struct", "tgid");
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.tid), 4, AT_TASK, "task_struct", "pid");
	nsl_bpf_follow(bpf, AT_NSPROXY, AT_TASK, "task_struct", "nsproxy");
	nsl_bpf_follow(bpf, AT_TASK_RECORD(task.files), AT_TASK, "task_struct", "files");
	follow_user_ns(bpf, AT_USER, AT_TASK);
	leave_out_same(bpf);
	take_facts(bpf);
	take_namespaces(bpf, types);
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.start), 8, AT_TASK, "task_struct", "start_boottime");
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.comm), 16, AT_TASK, "task_struct", "comm");
	take_css_set(bpf);
	nsl_bpf_take(bpf, AT_TASK_RECORD(task.flags), 4, AT_TASK, "task_struct", "flags");
	send(bpf, "bpf_iter__task", NSL_TASK_RECORD_SIZE);
	return nsl_bpf_finish(g_steal_pointer(&bpf));
}

/* A file of nsfs: its inode leads to the namespace. */
static void take_namespace_file(NslBpf *bpf)
{
	nsl_bpf_follow(bpf, AT_B, AT_A, "inode", "i_private");
	nsl_bpf_take(bpf, AT_FILE_RECORD(inode), 4, AT_B, "ns_common", "inum");
	if (nsl_bpf_has(bpf, "ns_common", "ns_type", 4)) { /* Linux 6.18 */
		nsl_bpf_take(bpf, AT_FILE_RECORD(flag), 4, AT_B, "ns_common", "ns_type");
	} else {
		nsl_bpf_follow(bpf, AT_B, AT_B, "ns_common", "ops");
		nsl_bpf_take(bpf, AT_FILE_RECORD(flag), 4, AT_B, "proc_ns_operations", "type");
	}
	nsl_bpf_set(bpf, AT_FILE_RECORD(socket), 4, 0);
}

/*
 * A socket, or a tun device, whose file's data begins with a socket's: where its net namespace is
 * not the task's own. Ends the program for all other files.
 */
static void take_socket(NslBpf *bpf)
{
	guint not_socket = nsl_bpf_jump_unless(bpf, AT_NUMBER, 8, SOCKFS_MAGIC);
	guint elsewhere;
	guint found;
	guint is_tun;

	nsl_bpf_follow(bpf, AT_B, AT_FILE, "file", "private_data");
	nsl_bpf_follow(bpf, AT_B, AT_B, "socket", "sk");
	found = nsl_bpf_jump(bpf);

	nsl_bpf_land(bpf, not_socket);
	nsl_bpf_set(bpf, AT_NUMBER, 4, TUN_DEVICE);
	nsl_bpf_take(bpf, AT_NUMBER + 4, 4, AT_A, "inode", "i_rdev");
	is_tun = nsl_bpf_jump_if_same(bpf, AT_NUMBER, AT_NUMBER + 4, 4);
	nsl_bpf_end(bpf);
	nsl_bpf_land(bpf, is_tun);
	nsl_bpf_follow(bpf, AT_B, AT_FILE, "file", "private_data");

	nsl_bpf_land(bpf, found);
	nsl_bpf_follow(bpf, AT_B, AT_B, "sock", "__sk_common.skc_net.net");
	nsl_bpf_follow(bpf, AT_A, AT_TASK, "task_struct", "nsproxy");
	nsl_bpf_follow(bpf, AT_A, AT_A, "nsproxy", "net_ns");
	elsewhere = nsl_bpf_jump_if_different(bpf, AT_A, AT_B, 8);
	nsl_bpf_end(bpf);
	nsl_bpf_land(bpf, elsewhere);
	nsl_bpf_take(bpf, AT_FILE_RECORD(inode), 4, AT_B, "net", "ns.inum");
	nsl_bpf_set(bpf, AT_FILE_RECORD(flag), 4, CLONE_NEWNET);
	nsl_bpf_set(bpf, AT_FILE_RECORD(socket), 4, 1);
}

NslBpf *nsl_census_file_program(NslBtf *btf, NslNsTypes types)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(btf);
	const char *context = "bpf_iter__task_file";
	guint not_nsfs;
	guint found;

	nsl_bpf_take_pointer(bpf, AT_TASK, nsl_bpf_offset(bpf, context, "task", 8));
	nsl_bpf_take_pointer(bpf, AT_FILE, nsl_bpf_offset(bpf, context, "file", 8));
	nsl_bpf_follow(bpf, AT_A, AT_FILE, "file", "f_inode");
	nsl_bpf_follow(bpf, AT_B, AT_A, "inode", "i_sb");
	nsl_bpf_take(bpf, AT_NUMBER, 8, AT_B, "super_block", "s_magic");
	not_nsfs = nsl_bpf_jump_unless(bpf, AT_NUMBER, 8, NSFS_MAGIC);
	take_namespace_file(bpf);
	found = nsl_bpf_jump(bpf);
	nsl_bpf_land(bpf, not_nsfs);
	if (types & NSL_NSTYPE_BIT(NSL_NSTYPE_NET))
		take_socket(bpf);
	else
		nsl_bpf_end(bpf);
	nsl_bpf_land(bpf, found);
	nsl_bpf_take_number(bpf, AT_FILE_RECORD(fd), 4, nsl_bpf_offset(bpf, context, "fd", 4));
	nsl_bpf_take(bpf, AT_FILE_RECORD(pid), 4, AT_TASK, "task_struct", "tgid");
	nsl_bpf_take(bpf, AT_FILE_RECORD(tid), 4, AT_TASK, "task_struct", "pid");
	nsl_bpf_take(bpf, AT_FILE_RECORD(comm), 16, AT_TASK, "task_struct", "comm");
	send(bpf, context, sizeof(NslFileRecord));
	return nsl_bpf_finish(g_steal_pointer(&bpf));
}
