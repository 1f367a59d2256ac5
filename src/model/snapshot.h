/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The snapshot: which namespaces a system has, who is in each, who else keeps it alive, and what
 * could not be learnt. It knows nothing of where that came from, nor of how it is shown.
 *
 * Collectors and attributors fill it; nsl_snapshot_freeze() then sorts it, and from there on it
 * is read-only. It owns everything that it refers to. The tables of names are those of the JSON.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/holder.h"
#include "model/nstype.h"

typedef struct NslProcess NslProcess;
typedef struct NslDetail NslDetail;	  /* detail.h */
typedef struct NslSelection NslSelection; /* selection.h */

/* What is known of something that may be asked of a namespace. */
typedef enum NslKnowledge {
	NSL_SKIPPED, /* it was not asked for */
	NSL_KNOWN,
	NSL_NONE,	 /* there is none: it is at the top, or its type has none */
	NSL_DENIED,	 /* the caller may not ask, or it lies outside the caller's own */
	NSL_UNSUPPORTED, /* this kernel cannot tell, or there is no file to ask it by */
} NslKnowledge;

/* What shows that a process is in a container; the later, the less sure. */
typedef enum NslEvidence {
	NSL_EVIDENCE_STATE,  /* a record of its engine names a process or the cgroup of it */
	NSL_EVIDENCE_CGROUP, /* its cgroup's path, of a form that this runtime gives */
	NSL_EVIDENCE_ARGV,   /* the arguments of a process above it, which anybody can imitate */
	NSL_EVIDENCE_NAMESPACES, /* nothing but that its processes share private namespaces */
	NSL_EVIDENCE_COUNT,
} NslEvidence;

extern const char *const nsl_evidence_names[NSL_EVIDENCE_COUNT];

/*
 * What a container is called, from the first trace of it to the report. Strings are bytes, and NULL
 * where there is none or it is not known.
 */
typedef struct NslIdentity {
	const char *runtime; /* "docker", "podman" …; static */
	char *id;
	char *name;
	char *pod;	     /* its Kubernetes or podman pod, by name */
	char *pod_namespace; /* the Kubernetes namespace of that */
	char *pod_uid;	     /* Kubernetes' UID of it, or podman's id */
} NslIdentity;

/* Frees what is in it. */
void nsl_identity_clear(NslIdentity *identity);

/* Transfer full. */
NslIdentity nsl_identity_copy(const NslIdentity *identity);

/* Takes over what `other` knows, in place of what was known: `other` has no strings then. */
void nsl_identity_update(NslIdentity *identity, NslIdentity *other);

/* A container, or a sandbox: what has namespaces of its own, and is not a mere service. */
typedef struct NslContainer {
	char *key;	      /* "docker/3f2a…": UTF-8, no other container's */
	NslIdentity identity; /* has a runtime; where evidence is NAMESPACES the name is a label */
	NslEvidence evidence;
	bool unconfirmed;	     /* its names are claims that nothing confirms */
	struct NslContainer *parent; /* the container that it is in; NULL: none */
	GPtrArray *members;	     /* NslProcess, by PID: those that are in it and no inner one */
	/* By nsl_snapshot_freeze(): types whose root namespace a member is in, and those of which
	 * one is in another. Both 0: not known. */
	NslNsTypes shared;
	NslNsTypes own;
} NslContainer;

/* It is called after what runs in it, for want of a name that somebody has given it. */
static inline bool nsl_container_is_sandbox(const NslContainer *container)
{
	return container->evidence == NSL_EVIDENCE_NAMESPACES;
}

typedef struct NslRelation {
	NslKnowledge knowledge;
	struct NslNamespace *ns; /* KNOWN */
} NslRelation;

/* Whether a namespace is listed that no selector stands for. */
typedef enum NslListing {
	NSL_LISTING_LIVE,  /* unless it is a root one; these with --all */
	NSL_LISTING_SAVED, /* a saved document lists it */
	NSL_LISTING_NAMED, /* a saved document just refers to it; listed with --all if a root one */
} NslListing;

typedef struct NslNamespace {
	guint64 inode;
	NslNsType type;
	bool root;
	NslListing listing;
	GPtrArray *members;    /* NslProcess, by PID */
	guint n_left_out;      /* members beside those, which a saved document leaves out */
	bool members_not_read; /* it has members that nobody asked for */
	GArray *holders;       /* NslHolder, by kind as above */
	GPtrArray *names;      /* ip netns names (bytes), sorted */
	GHashTable *given;  /* set of those of them that no "ip netns add" has made; NULL: none */
	NslRelation parent; /* of pid and user namespaces */
	NslRelation owner;  /* the user namespace that owns it */
	/* Who made the owning user namespace, or for a user namespace itself. */
	NslKnowledge has_owner_uid;
	guint32 owner_uid;
	char *owner_name; /* that user's; NULL: there is none, or it was not asked for */
	guint64 nsid;	  /* the kernel's 64-bit id, never used again; 0: not known */
	NslKnowledge has_netnsid;
	gint32 netnsid; /* the caller's network namespace's number for it */
	NslKnowledge has_detail;
	NslDetail *detail; /* what it is; NULL: not KNOWN */
} NslNamespace;

/* What is read of a process beside its namespaces. */
typedef enum NslProcessPart {
	NSL_PART_STATUS, /* its PIDs in nested PID namespaces */
	NSL_PART_CGROUP,
	NSL_PART_COMMAND,
	NSL_PART_STAT, /* the comm */
	NSL_PART_COUNT,
} NslProcessPart;

/* There are thousands: the order of the members leaves no holes. */
struct NslProcess {
	guint32 pid;
	guint8 unread;		/* 1 << NslProcessPart: asked for, and could not be read */
	bool command_truncated; /* there was more of the command */
	bool unreadable;	/* it is there and selected, but its namespaces may not be read */
	bool zombie;		/* it has ended, and its parent has not asked how */
	bool cgroup_lost;	/* and hence the kernel does not tell its cgroups any more */
	/* By type; NULL: none (a zombie's), or not asked for. Processes share such arrays. */
	NslNamespace *const *ns;
	char *command;	   /* bytes, a space between the arguments; NULL: none, or not read */
	char *comm;	   /* bytes; NULL: not asked for */
	bool responsive;   /* false: reading its command line did not come back */
	bool command_left; /* not read so far, since no row shows it: it may be */
	bool in_passing;   /* no row is of it: it is read for the sake of containers alone */
	/* Below: only where it was asked for (facts of the collector) and could be read. */
	bool has_stat;
	bool has_status;
	bool kthread;
	guint32 ppid;
	guint64 start_ticks;
	gint64 start; /* seconds since the epoch, by nsl_snapshot_freeze(); 0: not known */
	guint32 uid;  /* effective */
	guint n_nspid;
	guint32 *nspid;
	char *user;   /* NULL: no name, or not asked for */
	char *cgroup; /* what /proc/PID/cgroup holds (cgroups(7)): a GRefString; NULL: not read */
	NslContainer *container; /* the innermost; NULL: none */
	/* It is in none, but in namespaces of this one: somebody has entered it; NULL: in none's.
	 */
	NslContainer *entered;
	char *unit;    /* the systemd unit: bytes; NULL: none, or not asked for */
	char *machine; /* the machine of systemd-machined, likewise */
};

/* A thread that is selected, or of which a saved document tells. */
typedef struct NslThread {
	NslHolder task;		      /* THREAD: its process, TID and comm */
	guint64 ns[NSL_NSTYPE_COUNT]; /* what it is in; 0: not known */
	/* Stands for its process, which a saved document need not list: it is where the thread is,
	 * and in no list of members. NULL: there is none. */
	NslProcess *stand_in;
} NslThread;

/* How much of a source was looked at. */
typedef enum NslCoverage {
	NSL_COVERAGE_SKIPPED,
	NSL_COVERAGE_PARTIAL,
	NSL_COVERAGE_COMPLETE,
	NSL_COVERAGE_COUNT,
} NslCoverage;

extern const char *const nsl_coverage_names[NSL_COVERAGE_COUNT];

/* Something that could not be read: the same thing once, with how often and for whom. */
typedef struct NslIssue {
	NslSource source;
	char *code; /* "EACCES" */
	char *message;
	bool unreadable;   /* of these processes not even the namespaces are known */
	bool implied;	   /* another issue of the same processes says more */
	bool needs_root;   /* to see what this is about; a saved document does not tell */
	guint count;	   /* how often; of a process once */
	GArray *pids;	   /* guint32, the first NSL_ISSUE_PIDS of them */
	GHashTable *noted; /* set of all of them */
} NslIssue;

#define NSL_ISSUE_PIDS	20
#define NSL_ISSUE_STALE "stale" /* the code of a name that leads nowhere */

/* Which processes may be there without having been seen (NslSnapshot.unseen). */
typedef enum NslUnseen {
	NSL_UNSEEN_ANYWHERE = 1 << 0, /* they may be in any namespace */
	NSL_UNSEEN_OUTSIDE = 1 << 1,  /* they are outside the PID namespace of the procfs */
} NslUnseen;

#define NSL_UNSEEN_COUNT 2

/* By the bit. */
extern const char *const nsl_unseen_names[NSL_UNSEEN_COUNT];

/* By what the root namespaces are known; the later, the less sure. */
typedef enum NslReference {
	NSL_REFERENCE_PID,	/* --reference */
	NSL_REFERENCE_PID1,	/* those of PID 1 */
	NSL_REFERENCE_INITIAL,	/* the kernel's fixed inodes */
	NSL_REFERENCE_KTHREADD, /* those of PID 2, which is kthreadd */
	NSL_REFERENCE_GUESS,	/* the caller's own */
	NSL_REFERENCE_COUNT,
} NslReference;

extern const char *const nsl_reference_names[NSL_REFERENCE_COUNT];

/* By what the kernel was asked which namespaces there are. */
typedef enum NslKernelSource {
	NSL_KERNEL_NONE, /* it was not, or could not be */
	NSL_KERNEL_LISTNS,
	NSL_KERNEL_BPF, /* its own lists */
	NSL_KERNEL_COUNT,
} NslKernelSource;

extern const char *const nsl_kernel_source_names[NSL_KERNEL_COUNT];

typedef struct NslSnapshot {
	GHashTable *namespaces; /* set of NslNamespace, by inode and type */
	GPtrArray *processes;	/* NslProcess, by PID: those in a namespace that is of interest */
	GHashTable *threads;	/* NslThread by TID */
	GArray *notable; /* guint32: PIDs of all processes with a name that the collector's caller
			  * asks for, by PID; NULL: nobody has looked */
	GPtrArray *containers; /* NslContainer, by key */
	GPtrArray *issues;     /* NslIssue */
	NslCoverage coverage[NSL_SOURCE_COUNT];
	NslReference reference;
	guint64 root[NSL_NSTYPE_COUNT]; /* 0: the kernel has no such type, or it is in: */
	NslNsTypes
		rootless;   /* types whose root namespace is not known: all of them count as root */
	guint64 own_mnt;    /* the caller's mount namespace; 0: not known */
	char *proc;	    /* the procfs, for paths; NULL: it is a recorded one */
	bool only_selected; /* just some processes were looked at */
	guint n_looked_at;  /* processes */
	guint n_unreadable; /* of them */
	guint unseen;	    /* NslUnseen; an issue says why */
	NslKernelSource kernel_source;
	NslNsTypes kernel_types; /* of which the kernel lists all */
	guint kernel_known;	 /* namespaces that it lists */
	guint kernel_explained;	 /* of them */
	/* The system, NULL where not known or not asked for. */
	char *hostname;
	char *machine_id;
	char *boot_id;
	char *kernel;
	gint64 time;	  /* of the scan, seconds since the epoch */
	gint64 boot_time; /* likewise, 0: not known */
	gint64 scan_time; /* how long it took, microseconds; 0: not known */
	/* Of a saved document; else NULL. */
	char *file;	     /* its name: bytes */
	NslSelection *scope; /* what it was about */
	GStringChunk *words; /* static strings of a live snapshot */
	/* Empty: NslNamespace.names and .holders of all that have none. */
	GPtrArray *no_names;
	GArray *no_holders;
} NslSnapshot;

NslSnapshot *nsl_snapshot_new(void);
void nsl_snapshot_free(NslSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslSnapshot, nsl_snapshot_free)

/*
 * Whether it counts as root. Where nobody can tell, it does: what is listed as non-root is so for
 * certain.
 */
bool nsl_snapshot_is_root(const NslSnapshot *snapshot, NslNsType type, guint64 inode);

/* The namespace, made where it is new; NULL where there is none yet. Transfer none. */
NslNamespace *nsl_snapshot_add(NslSnapshot *snapshot, NslNsType type, guint64 inode);
NslNamespace *nsl_snapshot_get(const NslSnapshot *snapshot, NslNsType type, guint64 inode);

/* The namespace with this inode, of whatever type. */
NslNamespace *nsl_snapshot_find(const NslSnapshot *snapshot, guint64 inode);

/* A new process; PIDs have to come in ascending order. Transfer none. */
NslProcess *nsl_snapshot_add_process(NslSnapshot *snapshot, guint32 pid);
NslProcess *nsl_snapshot_get_process(const NslSnapshot *snapshot, guint32 pid);

/* The thread `tid` of process `pid`, made where it is new. Transfer none. */
NslThread *nsl_snapshot_add_thread(NslSnapshot *snapshot, guint32 pid, guint32 tid,
				   const char *comm);

/* What stands for its process, made where there is none, is in these. Transfer none. */
NslProcess *nsl_thread_add_stand_in(NslThread *thread, NslNamespace *const ns[NSL_NSTYPE_COUNT]);

/* The process that it is a thread of, or what stands for that; NULL: neither. Transfer none. */
const NslProcess *nsl_snapshot_get_owner(const NslSnapshot *snapshot, const NslHolder *thread);

/* What the number stands for that is no PID; NULL: nothing. Transfer none. */
const NslThread *nsl_snapshot_get_thread(const NslSnapshot *snapshot, guint32 tid);

/* Makes the process a member. */
void nsl_process_join(NslProcess *process, NslNamespace *ns);

/* The namespace becomes that of its children, which is another than its own. */
void nsl_process_unshare_children(NslProcess *process, NslNamespace *ns);

/* Makes a new process a member of all that the other one is in, for its children too. */
void nsl_process_join_as(NslProcess *process, const NslProcess *other);

/* Which one its children will be in, where that is another than its own; else NULL. */
static inline NslNamespace *nsl_process_for_children(const NslProcess *process, NslNsType type)
{
	return process->ns[NSL_NSTYPE_COUNT + type];
}

/* Whether they are in the same namespaces, and their children will be. */
bool nsl_processes_are_together(const NslProcess *a, const NslProcess *b);

/*
 * The types whose root namespace one of the `n` processes is in, and those of which one is in
 * another. False: nothing is known of them.
 */
bool nsl_processes_share(const NslSnapshot *snapshot, NslProcess *const *processes, guint n,
			 NslNsTypes *ret_shared, NslNsTypes *ret_own);

/* How many processes are known to be in it. */
static inline guint nsl_namespace_n_members(const NslNamespace *ns)
{
	return ns->members->len + ns->n_left_out;
}

/* Its command line, or its name where it has none: bytes, never NULL. Transfer none. */
const char *nsl_process_command(const NslProcess *process);

/* A name that ip netns has made the namespace with, or that was given to it otherwise. */
void nsl_namespace_add_name(NslNamespace *ns, const char *name);
void nsl_namespace_give_name(NslNamespace *ns, const char *name);
bool nsl_namespace_is_given(const NslNamespace *ns, const char *name);

/* Names (char *) as a set; somebody may have made thousands. They stay theirs. Transfer full. */
GHashTable *nsl_name_set(const GPtrArray *names);

/* A path by which it is opened, as by nsl_holder_path(): a process's, or a holder's. */
char *nsl_namespace_path(const NslSnapshot *snapshot, const NslNamespace *ns);

/* A new container of `runtime` (static), which has no key yet. Transfer none. */
NslContainer *nsl_snapshot_add_container(NslSnapshot *snapshot, const char *runtime);

/*
 * Users nest containers (NslContainer) as deep as they like, but none is within itself, once
 * nsl_snapshot_freeze() has done this: one of a circle gets no parent. Whether there was one.
 */
bool nsl_containers_cut_circles(const GPtrArray *containers);

/* Whether it is shown: of others not even the name was read. */
static inline bool nsl_process_is_shown(const NslProcess *process)
{
	return process->comm || process->command;
}

/* Whether it is in a namespace of that type that is no root one. */
static inline bool nsl_process_has_own(const NslProcess *process, NslNsType type)
{
	return process->ns[type] && !process->ns[type]->root;
}

/* Whether it has just what `ip netns exec` makes: then the name of ip netns says enough. */
bool nsl_process_is_in_netns_alone(const NslProcess *process);

/* The container that it is in, or has entered; NULL: neither. Transfer none. */
static inline NslContainer *nsl_process_around(const NslProcess *process)
{
	return process->container ? process->container : process->entered;
}

/* Makes the process a member, which is in no other one. */
void nsl_process_add_to(NslProcess *process, NslContainer *container);

/* What the host is called: by its name, else its machine id, else the file. NULL: not known. */
const char *nsl_snapshot_host(const NslSnapshot *snapshot);

/* A new one, about nothing so far. `code` and `message` are copied. Transfer none. */
NslIssue *nsl_snapshot_add_issue(NslSnapshot *snapshot, NslSource source, const char *code,
				 const char *message);

/*
 * Notes what could not be read, and that its source is partial. `pid` 0: about no process in
 * particular. `code` and `message` are copied. Transfer none.
 */
NslIssue *nsl_snapshot_note(NslSnapshot *snapshot, NslSource source, const char *code,
			    const char *message, guint32 pid);

/* Sorts; nothing is added after that. */
void nsl_snapshot_freeze(NslSnapshot *snapshot);

/* Nothing that was looked at could not be read. */
static inline bool nsl_snapshot_is_complete(const NslSnapshot *snapshot)
{
	return snapshot->issues->len == 0;
}

/*
 * Whether all names of ip netns are known. One that leads nowhere (an issue with the code
 * NSL_ISSUE_STALE) hides no other: it is like that while `ip netns add` runs, too.
 */
bool nsl_snapshot_has_all_names(const NslSnapshot *snapshot);

/* Whether processes that are out of sight may be in the namespace. */
bool nsl_snapshot_may_have_unseen(const NslSnapshot *snapshot, const NslNamespace *ns);

/* Whether a container may have one of its namespaces whose processes are out of sight. */
bool nsl_snapshot_may_have_entered(const NslSnapshot *snapshot, const NslProcess *process);

/* Whether all processes of a container are its members. */
bool nsl_snapshot_has_whole_containers(const NslSnapshot *snapshot);

/*
 * Whether all members of the namespace are in `members`, or counted beside them, so that their
 * number may be shown.
 * Whatever counts members, or says that there are none, asks this.
 */
bool nsl_snapshot_has_all_members(const NslSnapshot *snapshot, const NslNamespace *ns);

/*
 * How much was looked at of what can hold a namespace: PARTIAL, there may be holders that no source
 * has found; SKIPPED, not every source was asked.
 */
NslCoverage nsl_snapshot_holder_coverage(const NslSnapshot *snapshot);

/* Whether it is certain that no process is in the namespace. */
bool nsl_snapshot_is_unpopulated(const NslSnapshot *snapshot, const NslNamespace *ns);
