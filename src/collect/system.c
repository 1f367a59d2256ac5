/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that says of which system, and when, a listing is. Most of it is in the procfs, so that
 * a recorded one tells its own system's. Over any of these files another file system may be mounted
 * that does not answer (lxcfs, in containers): workers read them, one file an item.
 */
#include "collect/collect.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/sys.h"

typedef enum Fact {
	HOSTNAME,
	MACHINE_ID,
	KERNEL,
	BOOT_ID,
	BOOT_TIME,
	FACT_COUNT,
} Fact;

static const struct {
	const char *name; /* as messages have it */
	const char *path; /* in the procfs; NULL: it is read in another way */
	gsize member;	  /* of the snapshot: where its text is kept */
	gsize uname;	  /* of struct utsname, which has it too; 0: it has not */
} facts[FACT_COUNT] = {
	[HOSTNAME] = {"the host name", "sys/kernel/hostname", offsetof(NslSnapshot, hostname),
		      offsetof(struct utsname, nodename)},
	[MACHINE_ID] = {"/etc/machine-id", NULL, offsetof(NslSnapshot, machine_id), 0},
	[KERNEL] = {"the kernel's release", "sys/kernel/osrelease", offsetof(NslSnapshot, kernel),
		    offsetof(struct utsname, release)},
	[BOOT_ID] = {"the boot id", "sys/kernel/random/boot_id", offsetof(NslSnapshot, boot_id), 0},
	[BOOT_TIME] = {"the time of boot", NULL, 0, 0},
};

/* It is the caller's own system, not the one around the caller's container. */
static bool is_own(const NslProcfs *procfs)
{
	return procfs->local && procfs->root_pid == 0;
}

static char *read_machine_id(void)
{
	char text[64];

	nsl_fd_read_text(AT_FDCWD, "/etc/machine-id", 0, text, sizeof(text));
	g_strstrip(text); /* machine-id(5): 32 hexadecimal digits, or "uninitialized" */
	return strlen(text) == 32 ? g_strdup(text) : NULL;
}

/*
 * For a procfs without that file (mount option subset=pid): both clocks are those of the caller's
 * time namespace, as the times in stat are.
 */
static gint64 ask_boot_time(void)
{
	gint64 boot = G_MININT64;

	/* What passes between the two only makes the difference smaller. */
	for (int i = 0; i < 3; i++) {
		struct timespec now;
		struct timespec up;

		if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
		    clock_gettime(CLOCK_BOOTTIME, &up) < 0)
			return 0;
		boot = MAX(boot,
			   (gint64)(now.tv_sec - up.tv_sec) - (now.tv_nsec < up.tv_nsec ? 1 : 0));
	}
	return boot;
}

/* Transfer full; NULL: there is none. */
static char *read_text(const NslProcfs *procfs, Fact fact)
{
	struct utsname names;
	char *text = NULL;

	if (fact == MACHINE_ID)
		return is_own(procfs) ? read_machine_id() : NULL;
	/* Another system's live procfs shows the reader's host name, not that system's. */
	if (fact != HOSTNAME || is_own(procfs) || !procfs->real)
		text = nsl_procfs_read_line(procfs, facts[fact].path);
	/* For a procfs without those files (mount option subset=pid). */
	if (!text && facts[fact].uname != 0 &&
	    (fact == HOSTNAME ? is_own(procfs) : procfs->local) && uname(&names) == 0)
		text = g_strdup(G_STRUCT_MEMBER_P(&names, facts[fact].uname));
	return text;
}

/* The record is the text, the time as a gint64, or nothing. */
static void read_fact(gpointer data, guint item, bool careful, GByteArray *out)
{
	const NslProcfs *procfs = ((const NslCollect *)data)->procfs;
	g_autofree char *text = NULL;

	if (careful)
		return;
	if (item == BOOT_TIME) {
		gint64 time = nsl_procfs_boot_time(procfs);

		if (time == 0 && procfs->local)
			time = ask_boot_time();
		nsl_work_send(out, &time, sizeof(time));
		return;
	}
	text = read_text(procfs, item);
	if (text)
		nsl_work_send(out, text, strlen(text));
}

/* False: there is none. */
static bool take(NslSnapshot *snapshot, Fact fact, NslWorkItem item)
{
	if (fact == BOOT_TIME)
		return nsl_work_take(&item, &snapshot->boot_time, sizeof(snapshot->boot_time)) &&
		       snapshot->boot_time != 0;
	if (item.size == 0)
		return false;
	G_STRUCT_MEMBER(char *, snapshot, facts[fact].member) =
		nsl_work_take_text(&item, item.size);
	return true;
}

/* Whether the procfs should have it: it may be mounted without these files (subset=pid). */
static bool is_expected(const NslProcfs *procfs, Fact fact)
{
	return procfs->real && fact != MACHINE_ID && (fact != HOSTNAME || is_own(procfs));
}

static void note_missing(NslCollect *collect, Fact fact)
{
	g_autofree char *message =
		g_strdup_printf("%s is not known: the procfs does not tell%s", facts[fact].name,
				fact == BOOT_TIME ? ", so no start of a process is" : "");

	nsl_snapshot_note(collect->snapshot,
			  fact == BOOT_TIME ? NSL_SOURCE_PROCESSES : NSL_SOURCE_DETAILS, "missing",
			  message, 0);
}

void nsl_collect_system(NslCollect *collect)
{
	g_autoptr(NslWork) work =
		nsl_collect_work(collect, FACT_COUNT, read_fact, NULL, collect, NULL);

	for (Fact fact = 0; fact < FACT_COUNT; fact++) {
		NslWorkItem item = nsl_work_get(work, fact);
		bool known = take(collect->snapshot, fact, item);

		nsl_collect_note(collect, NSL_SOURCE_DETAILS, facts[fact].name,
				 nsl_work_errno(item.state), 0);
		if (!known && item.state == NSL_WORK_DONE && is_expected(collect->procfs, fact))
			note_missing(collect, fact);
	}
}

/* /etc/localtime is a file like any other. */
static void read_ahead(gpointer data, guint item, bool careful, GByteArray *out)
{
	const time_t time = (time_t) * (const gint64 *)data;
	struct tm local;
	gint64 ahead;

	(void)item;
	if (careful || !localtime_r(&time, &local))
		return;
	ahead = local.tm_gmtoff;
	nsl_work_send(out, &ahead, sizeof(ahead));
}

gint64 nsl_system_ahead(gint64 time)
{
	const NslWorkSpec spec = {.n_items = 1, .run = read_ahead, .data = &time, .keep = {-1, -1}};
	g_autoptr(NslWork) work = nsl_work_run(&spec);
	NslWorkItem item = nsl_work_get(work, 0);
	gint64 ahead = 0;

	nsl_work_take(&item, &ahead, sizeof(ahead));
	return ahead;
}
