/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that says of what system, and when, a listing is. The procfs knows most of it, so that
 * a recorded one tells its own system's. Over any of these files another file system may be mounted
 * that does not answer (lxcfs, in containers): workers read them, one an item.
 */
#include "collect/passes.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/sys.h"
#include "base/worker.h"

typedef enum Fact {
	HOSTNAME,
	MACHINE_ID,
	KERNEL,
	BOOT_ID,
	BOOT_TIME,
	N_FACTS,
} Fact;

/* As messages have them. */
static const char *const names[N_FACTS] = {
	[HOSTNAME] = "the host name",	   [MACHINE_ID] = "/etc/machine-id",
	[KERNEL] = "the kernel's release", [BOOT_ID] = "the boot id",
	[BOOT_TIME] = "the time of boot",
};

static char *read_machine_id(void)
{
	char text[64];
	ssize_t size = nsl_fd_read_file(AT_FDCWD, "/etc/machine-id", text, sizeof(text) - 1);

	if (size <= 0)
		return NULL;
	text[size] = '\0';
	g_strstrip(text); /* machine-id(5): 32 hexadecimal digits, or "uninitialized" */
	return strlen(text) == 32 ? g_strdup(text) : NULL;
}

/* What a procfs without those files (mount option subset=pid) leaves to be asked: uname(2). */
static char *ask_uname(Fact fact)
{
	struct utsname name;

	if (uname(&name) < 0)
		return NULL;
	return g_strdup(fact == HOSTNAME ? name.nodename : name.release);
}

/* Likewise: both clocks are those of the caller's time namespace, as the times in stat are. */
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
	switch (fact) {
	case HOSTNAME:
		/* Another system's live procfs shows the reader's host name, not that system's. */
		return procfs->local || !procfs->real
			       ? nsl_procfs_read_line(procfs, "sys/kernel/hostname")
			       : NULL;
	case MACHINE_ID:
		return procfs->local ? read_machine_id() : NULL;
	case KERNEL:
		return nsl_procfs_read_line(procfs, "sys/kernel/osrelease");
	case BOOT_ID:
		return nsl_procfs_read_line(procfs, "sys/kernel/random/boot_id");
	case BOOT_TIME:
	case N_FACTS:
		break;
	}
	return NULL;
}

/* The record is the text, the time as a gint64, or nothing. */
static void read_fact(gpointer data, guint item, bool careful, GByteArray *out)
{
	const NslProcfs *procfs = data;
	g_autofree char *text = NULL;
	gint64 time;

	if (careful)
		return;
	if (item == BOOT_TIME) {
		time = nsl_procfs_boot_time(procfs);
		if (time == 0 && procfs->local)
			time = ask_boot_time();
		g_byte_array_append(out, (const guint8 *)&time, sizeof(time));
		return;
	}
	text = read_text(procfs, item);
	if (!text && procfs->local && (item == HOSTNAME || item == KERNEL))
		text = ask_uname(item);
	if (text)
		g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static void take(NslSnapshot *snapshot, Fact fact, NslWorkItem item)
{
	char *text = item.size > 0 ? g_strndup((const char *)item.record, item.size) : NULL;

	switch (fact) {
	case HOSTNAME:
		snapshot->hostname = g_steal_pointer(&text);
		break;
	case MACHINE_ID:
		snapshot->machine_id = g_steal_pointer(&text);
		break;
	case KERNEL:
		snapshot->kernel = g_steal_pointer(&text);
		break;
	case BOOT_ID:
		snapshot->boot_id = g_steal_pointer(&text);
		break;
	case BOOT_TIME:
		if (item.size == sizeof(snapshot->boot_time))
			memcpy(&snapshot->boot_time, item.record, item.size);
		break;
	case N_FACTS:
		break;
	}
	g_free(text);
}

/* Every procfs has those, where it is not mounted without them (subset=pid). */
static bool is_missing(const NslCollect *collect, Fact fact)
{
	const NslSnapshot *snapshot = collect->snapshot;

	if (!collect->procfs->real)
		return false;
	switch (fact) {
	case HOSTNAME:
		return !snapshot->hostname && collect->procfs->local;
	case KERNEL:
		return !snapshot->kernel;
	case BOOT_ID:
		return !snapshot->boot_id;
	case BOOT_TIME:
		return snapshot->boot_time == 0;
	case MACHINE_ID: /* many systems have none */
	case N_FACTS:
		break;
	}
	return false;
}

static void note_missing(NslCollect *collect, Fact fact)
{
	g_autofree char *message =
		g_strdup_printf("%s is not known: the procfs does not tell%s", names[fact],
				fact == BOOT_TIME ? ", so no start of a process is" : "");

	nsl_snapshot_note(collect->snapshot,
			  fact == BOOT_TIME ? NSL_SOURCE_PROCESSES : NSL_SOURCE_DETAILS, "missing",
			  message, 0);
}

bool nsl_collect_system(NslCollect *collect, GError **error)
{
	NslWorkSpec spec = {
		.n_items = N_FACTS,
		.run = read_fact,
		.data = (gpointer)collect->procfs,
		.keep = {collect->procfs->fd, -1},
		.waited = &collect->waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	(void)error;
	for (Fact fact = 0; fact < N_FACTS; fact++) {
		NslWorkItem item = nsl_work_get(work, fact);

		take(collect->snapshot, fact, item);
		nsl_collect_note(collect, NSL_SOURCE_DETAILS, names[fact],
				 nsl_work_errno(item.state), 0);
		if (item.state == NSL_WORK_DONE && is_missing(collect, fact))
			note_missing(collect, fact);
	}
	return true;
}
