/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the user wants to see: the selectors, the options that narrow them, and the facts that a
 * format shows. Collectors ask what need not be read, the view asks what to show. Parsing options
 * is not here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/nstype.h"
#include "model/snapshot.h"

/* How tasks are counted (--census). */
typedef enum NslCensusWhen {
	NSL_CENSUS_AUTO,   /* where there are enough tasks, and it can be taken */
	NSL_CENSUS_PROCFS, /* never: the procfs is read */
	NSL_CENSUS_BPF,	   /* always */
	NSL_CENSUS_COUNT,
} NslCensusWhen;

/* What a format needs to have collected beside the namespaces. Nothing else is read. */
typedef enum NslFact {
	NSL_FACT_ALL_TYPES = 1 << 0, /* of the processes listed: namespaces of every type */
	NSL_FACT_STAT = 1 << 1,	     /* parent, start, kernel thread, and always the comm */
	NSL_FACT_STATUS = 1 << 2,    /* effective UID, PIDs in nested PID namespaces */
	NSL_FACT_SYSTEM = 1 << 3,    /* host name, boot id … */
	NSL_FACT_USERS = 1 << 4,     /* user names */
	NSL_FACT_RELATIONS =
		1 << 5, /* parents, owners and ids, of selected processes' namespaces too */
	NSL_FACT_CONTAINERS = 1 << 6, /* cgroups, containers and units, by name */
	NSL_FACT_DETAILS = 1 << 7,    /* what the namespaces that are listed are */
	NSL_FACT_THREADS = 1 << 8,    /* also of selected processes: threads that are elsewhere */
	NSL_FACT_ADDRESSES = 1 << 9, /* of DETAILS, the interfaces of net namespaces with members */
	NSL_FACT_MEMBERS = 1 << 10,  /* of containers: all processes are read, whatever is listed */
	NSL_FACT_SCAN = 1 << 11,   /* members and holders, of selected processes' namespaces too */
	NSL_FACT_OTHERS = 1 << 12, /* of these members the command lines */
	/* The command lines of all processes that are listed; else, where that saves time, only of
	 * those that come first in their namespaces. */
	NSL_FACT_COMMANDS = 1 << 13,
	NSL_FACT_ALL_DETAILS = 1 << 14, /* DETAILS, also of what else the listed processes are in */
} NslFact;

/* What details take: the inits' PIDs, how deep they nest, and the owners' names are in others. */
#define NSL_FACTS_DETAIL (NSL_FACT_DETAILS | NSL_FACT_STATUS | NSL_FACT_RELATIONS | NSL_FACT_USERS)

typedef enum NslSelectorKind {
	NSL_SELECTOR_PID,
	NSL_SELECTOR_NAMESPACE, /* by inode */
	NSL_SELECTOR_NSID,	/* by the kernel's 64-bit id */
	NSL_SELECTOR_PATH,	/* until it is resolved, which makes it one of those above */
	NSL_SELECTOR_PEER,    /* the net namespace at the other end of one of the caller's veths */
	NSL_SELECTOR_MOUNT,   /* the mount namespaces that have a file system mounted */
	NSL_SELECTOR_WORD,    /* a name */
	NSL_SELECTOR_NOTHING, /* it stands for nothing; `why` */
} NslSelectorKind;

typedef struct NslSelector {
	NslSelectorKind kind;
	char *text; /* as given: bytes */
	bool exact; /* WORD: something is called so: ids that begin with it do not match */
	bool label; /* WORD: RUNTIME:NAME, as a container's label has it */
	bool claim; /* WORD: the text ends with the "?" of a claim */
	char *name; /* WORD: the text without that */
	GHashTable *containers; /* WORD: set of those that it names, and of all in them */
	char *bytes;	    /* WORD: the name with each \xHH decoded; NULL: there is none in it */
	guint32 pid;	    /* PID: or a TID */
	guint64 inode;	    /* NAMESPACE */
	guint64 nsid;	    /* NSID */
	const char *object; /* PEER, MOUNT: what follows the ":" in the text */
	gint32 netnsid;	    /* PEER: what the caller's net namespace calls it; -1: not known */
	GHashTable *mnt;    /* MOUNT: set of the inodes of mount namespaces */
	NslNsTypes types;   /* NAMESPACE, PEER, MOUNT: which it may be of */
	char *why; /* NOTHING: the message, bytes; else one in place of the usual, or NULL */
} NslSelector;

/* What is wanted of a system, or what a saved document is about. */
struct NslSelection {
	GPtrArray *selectors; /* NslSelector; none: everything */
	GHashTable *pids;     /* the PIDs among them; with NULL those of selected threads alone */
	GPtrArray *filters;   /* char *: expressions that narrow it (--filter), as given */
	GArray *tasks;	      /* guint32: only namespaces that one of them is in; none: any */
	NslNsTypes types;
	bool all;	 /* the root namespaces too */
	bool persistent; /* only namespaces without a member */
	bool threads;	 /* rows for threads in other namespaces than their process */
	/* Of a saved document: */
	bool details;	      /* it tells what each namespace is */
	NslSelection *within; /* of the document that it was made from; NULL: none */
};

/* Of everything but the root namespaces. */
NslSelection *nsl_selection_new(void);
void nsl_selection_free(NslSelection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslSelection, nsl_selection_free)

/*
 * The same but for `details` and `within`, with nothing found out about its selectors. Transfer
 * full.
 */
NslSelection *nsl_selection_copy(const NslSelection *selection);

/*
 * Adds a word of the command line: a PID, an inode, TYPE:[INODE], TYPE:INODE, nsid:N, peer:IFACE,
 * mount:WHAT, a path, or else a name. Never fails: whether there is such a thing turns out later.
 */
void nsl_selection_add(NslSelection *selection, const char *word);

/* The selector, a path until now, stands for a process. */
void nsl_selection_set_pid(NslSelection *selection, NslSelector *selector, guint32 pid);

/* A PID among the selectors is a TID: that of a thread of process `pid`. */
void nsl_selection_set_thread(NslSelection *selection, guint32 tid, guint32 pid);

/* The selector stands for nothing that can be shown; `why` is transfer full. */
void nsl_selector_fail(NslSelector *selector, char *why);

/* What to say of selectors that are this word, where they turn out to stand for nothing. */
void nsl_selection_explain(NslSelection *selection, const char *word, const char *why);

/* There are selectors, and all are PIDs (or nothing): only those processes are looked at. */
bool nsl_selection_is_pids(const NslSelection *selection);

/*
 * What some of the selectors stand for is not known before the scan: names, and the like. They may
 * stand for root namespaces.
 */
bool nsl_selection_has_words(const NslSelection *selection);

/*
 * Whether more processes may be shown than those that the selectors name, which turns out only
 * after the scan: all that is to be shown is then read of every process.
 */
bool nsl_selection_is_open(const NslSelection *selection);

/*
 * Finds out which of the containers (NslContainer) the selector is a name of, with or without their
 * runtime as in "docker:web", or a name of their pod; what is only claimed has its names with a '?'
 * behind them, and no others. `exact`: an id is given as a whole, or by the 12 characters that
 * engines show of it.
 */
void nsl_selector_find_containers(NslSelector *selector, const GPtrArray *containers, bool exact);

/* Whether it was found to name the container, or one around it. NULL is none. */
bool nsl_selector_is_container(const NslSelector *selector, const NslContainer *container);

/* Whether a selector is a name of what the process is in, or has entered: container, pod, unit,
 * machine. */
bool nsl_selector_is_of(const NslSelector *selector, const NslProcess *process);

/* Whether it leaves out namespaces by more than their type. */
bool nsl_selection_is_part(const NslSelection *selection);

/* Whether it leaves out any namespace that is no root one. */
bool nsl_selection_is_narrow(const NslSelection *selection);

/* The process is selected by its PID. */
bool nsl_selection_has_pid(const NslSelection *selection, guint32 pid);

/* The process is selected, or a thread of it, or named by --task: it is looked at whatever it is
 * in. */
bool nsl_selection_names_pid(const NslSelection *selection, guint32 pid);

/* Whether a namespace is listed for its own sake (not for a selected process's). */
bool nsl_selection_wants(const NslSelection *selection, const NslNamespace *ns);

/* Whether a selector stands for the namespace itself. */
bool nsl_selection_selects(const NslSelection *selection, const NslNamespace *ns);

/* Whether this one selector stands for the namespace. */
bool nsl_selector_is(const NslSelector *selector, const NslNamespace *ns);
