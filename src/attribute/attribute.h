/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attributing: what is in the snapshot gets its names. A file for each kind of them. No daemon is
 * asked. `waited` as in NslWorkSpec.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs.h"
#include "model/selection.h"
#include "model/snapshot.h"

/*
 * Gives the snapshot its containers, by the processes' cgroups, by the engines' records, and by who
 * started them; and its processes their units and machines. Notes what could not be read. An
 * engine's record names a container only where it agrees with what is seen here; without the root
 * directory of the procfs's system there are none.
 */
void nsl_containers_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);

/*
 * Marks who has entered a container: processes that are in a container's namespaces, and by their
 * cgroups in no container. `wholly`: by mount and PID namespaces alone, since whoever is in those
 * of a container is nowhere else.
 */
void nsl_entered_mark(NslSnapshot *snapshot, const NslProcfs *procfs, bool wholly, gint64 *waited);

/*
 * Of a snapshot of selected processes: whether one of them may have entered a container, which only
 * a scan of all processes would tell. It is in namespaces that its own cgroups do not explain.
 */
bool nsl_entered_needs_scan(const NslSnapshot *snapshot);

/*
 * The parent of a zombie whose cgroups the kernel does not tell any more, where both are in the
 * same user and PID namespaces, and one of these is not the root one: they are in the same
 * container then. NULL: there is no such parent.
 */
const NslProcess *nsl_zombie_parent(const NslSnapshot *snapshot, const NslProcess *process);

/* Such zombies are in what their parents are in, and have not entered it. */
void nsl_zombies_settle(const NslSnapshot *snapshot);

/*
 * Adds the namespaces to which ip-netns(8) gives names (files in /run/netns, on which one is
 * mounted, or which are links to one) to the snapshot, with the names, and notes what cannot be
 * read. They are looked for in the root directory of the procfs's system; where that cannot be had,
 * one note says so for the names of users and containers, too. A name that leads to no net
 * namespace is an issue, and what to say of selectors that are it. The root namespaces must be
 * known.
 */
void nsl_netns_name(NslSnapshot *snapshot, const NslProcfs *procfs, NslSelection *selection,
		    gint64 *waited);

/*
 * Names the user of each process and the owner of each user namespace, NULL where the UID has no
 * name. Expendable workers ask the system's name service, since that may ask a server that does not
 * answer. For users of a procfs with another root directory than the caller's they read /etc/passwd
 * there (passwd(5)): the caller's name service knows of the caller's users. Where that directory
 * cannot be had nothing is done: the source stays skipped.
 */
void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);

/* A user as passwd(5) has it. Both strings are NULL where there is no such user. */
typedef struct NslUser {
	char *name;
	char *home;
	guint32 gid;
} NslUser;

void nsl_user_clear(NslUser *user);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslUser, nsl_user_clear)

/* The user's line in the text of a passwd(5) file. False, and nothing set: there is none. */
bool nsl_passwd_find(const char *text, guint32 uid, NslUser *ret_user);

/*
 * A user of the procfs's system: by getpwuid_r(3), or, where its root directory is another one, by
 * etc/passwd there, whose text is kept in *text (NULL at first; the caller frees it). 0, or -errno
 * where neither answers. It MAY BLOCK: for expendable workers only.
 */
int nsl_user_find(const NslProcfs *procfs, guint32 uid, char **text, NslUser *ret_user);
