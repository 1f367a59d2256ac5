/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How things are said to people: see wording.h.
 */
#include "report/wording.h"

#include <string.h>

#include "base/each.h"

/* What a process is called, by whoever knows it: a holder, or the snapshot. */
static const char *name_of(const NslSnapshot *snapshot, const NslHolder *holder)
{
	const NslProcess *process;

	if (holder->comm)
		return holder->comm;
	process = nsl_snapshot_get_process(snapshot, holder->pid);
	return process ? nsl_process_command(process) : "";
}

/* In which mount namespaces, where that is not just the caller's own. */
static void append_where(GString *text, const NslSnapshot *snapshot, const NslHolder *mounts,
			 guint n)
{
	bool own = false;

	for (guint i = 0; i < n; i++)
		own = own || mounts[i].mnt_ns == snapshot->own_mnt;
	if (mounts->mnt_ns == 0 || (own && n == 1))
		return;
	if (n > 1) {
		g_string_append_printf(text, " in %u %smount namespaces", n, own ? "" : "other ");
		return;
	}
	g_string_append_printf(text, " in mnt:[%" G_GUINT64_FORMAT "]", mounts->mnt_ns);
	if (mounts->pid != 0)
		g_string_append_printf(text, " of %u %s", mounts->pid, name_of(snapshot, mounts));
}

char *nsl_explain_holder(const NslSnapshot *snapshot, const NslHolder *holder, guint n)
{
	const NslHolderInfo *info = &nsl_holders[holder->kind];
	GString *text = g_string_new(info->reason);

	if (info->fields & NSL_HOLDER_HAS_PATH) {
		g_string_append_printf(text, " %s",
				       holder->path[0] ? holder->path
						       : "a place that is out of reach");
		append_where(text, snapshot, holder, n);
		if (holder->state == NSL_MOUNT_COVERED)
			g_string_append(text, " (covered)");
	}
	if (info->fields & NSL_HOLDER_HAS_FD)
		g_string_append_printf(text, holder->tid != 0 ? " %d of thread" : " %d of",
				       holder->fd);
	if (info->fields & NSL_HOLDER_HAS_TASK) {
		if (holder->tid != 0)
			g_string_append_printf(text, "%s %u of",
					       holder->kind == NSL_HOLDER_FOR_CHILDREN ? " thread"
										       : "",
					       holder->tid);
		g_string_append_printf(text, " %u %s", holder->pid, name_of(snapshot, holder));
	}
	if (info->fields & NSL_HOLDER_HAS_NS)
		g_string_append_printf(text, " %s:[%" G_GUINT64_FORMAT "]",
				       nsl_nstypes[holder->ns->type].name, holder->ns->inode);
	return g_string_free(text, FALSE);
}

/* What the reason for a namespace without a member begins with, where it may have one after all. */
static char *unseen_members(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	if (ns->members->len == 0 && ns->n_left_out > 0)
		return g_strdup_printf("%u process%s not selected, ", ns->n_left_out,
				       ns->n_left_out == 1 ? "" : "es");
	/* Without a snapshot nothing is known of its members. */
	if (!snapshot || ns->members->len > 0 || nsl_snapshot_is_unpopulated(snapshot, ns))
		return g_strdup("");
	return g_strdup("no visible process, ");
}

#define MORE ", +" /* and how many holders more */

/* The same as bytes in which a name or path does not pass for more holders. Both transfer full. */
static char *hide_more(char *reason)
{
	g_autofree char *bytes = reason;
	const GString item = {.str = bytes, .len = strlen(bytes)};
	GString *hidden = g_string_new(NULL);

	nsl_text_append_item(hidden, &item, MORE, NSL_TEXT_UTF8);
	return g_string_free(hidden, FALSE);
}

char *nsl_explain_namespace(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	g_autofree char *unseen = unseen_members(snapshot, ns);
	guint at = 0;
	guint n = 0;
	guint more = 0;
	const NslHolder *holder = nsl_holders_next(ns, &at, &n);
	g_autofree char *first = NULL;

	if (!holder)
		return g_strdup_printf("%sholder not found", unseen[0] ? unseen : "no process, ");
	first = hide_more(nsl_explain_holder(snapshot, holder, n));
	while (nsl_holders_next(ns, &at, &n))
		more++;
	if (more == 0)
		return g_strconcat(unseen, first, NULL);
	return g_strdup_printf("%s%s" MORE "%u more", unseen, first, more);
}

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-"

/*
 * A word for a shell, in quotes only where it needs them; what is not printable as in $'\033'. A
 * quote in there is an escape too: to a shell that does not know $'…' a \' would end the word, and
 * it would run what follows.
 */
static char *quote(const char *word)
{
	g_autofree char *shown = nsl_text_escaped(word, NSL_TEXT_ASCII);
	g_autofree char *escaped = NULL;
	g_auto(GStrv) parts = NULL;
	g_autofree char *joined = NULL;

	if (strspn(word, PLAIN) == strlen(word))
		return g_strdup(word);
	if (strcmp(shown, word) == 0)
		return g_shell_quote(word);
	escaped = g_strescape(word, NULL);
	parts = g_strsplit(escaped, "'", -1);
	joined = g_strjoinv("\\047", parts);
	return g_strdup_printf("$'%s'", joined);
}

char *nsl_explain_enter(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	g_autofree char *path = nsl_namespace_path(snapshot, ns);
	g_autofree char *quoted = path ? quote(path) : NULL;
	const char *option = ns->type == NSL_NSTYPE_MNT ? "mount" : nsl_nstypes[ns->type].name;

	if (!snapshot->proc)
		return g_strdup("- (these are records of another system)");
	if (!quoted)
		return g_strdup("- (no path leads to it that is safe to use)");
	/* There is a path to it only from its first fork(2) on (pid_namespaces(7)). */
	if (ns->type == NSL_NSTYPE_PID && nsl_snapshot_is_unpopulated(snapshot, ns))
		return g_strdup("- (its init has ended: no process can start in it any more)");
	return g_strdup_printf("nsenter --%s=%s", option, quoted);
}

/*
 * The engine that has made the mount, as far as its path tells; NULL: it is not an engine's. In the
 * mount namespace of somebody else than root that path is anybody's.
 */
static const char *engine_of(const NslSnapshot *snapshot, const NslNamespace *ns,
			     const NslHolder *holder)
{
	if (holder->kind != NSL_HOLDER_MOUNT ||
	    !(holder->mnt_ns == snapshot->own_mnt || nsl_mnt_is_of_root(snapshot, holder->mnt_ns)))
		return NULL;
	if (g_str_has_prefix(holder->path, "/run/docker/netns/"))
		return "docker";
	return holder->named && nsl_namespace_is_given(ns, strrchr(holder->path, '/') + 1)
		       ? "a container engine"
		       : NULL;
}

/*
 * How a mount goes: in the mount namespace of somebody else than root umount(8) could be led
 * astray, so there it goes with that mount namespace.
 */
static char *explain_unmount(const NslSnapshot *snapshot, const NslHolder *mount)
{
	const char *before =
		mount->state == NSL_MOUNT_COVERED ? "unmount what covers it, then " : "";
	const NslNamespace *mnt = nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, mount->mnt_ns);
	g_autofree char *times =
		mount->times > 1 ? g_strdup_printf(", %u times", mount->times) : g_strdup("");
	g_autofree char *path = quote(mount->path);
	g_autofree char *within = NULL;
	g_autofree char *quoted = NULL;

	if (mount->mnt_ns == 0 || !mount->path[0])
		return NULL;
	if (mount->mnt_ns == snapshot->own_mnt && mount->named) {
		g_free(path);
		path = quote(strrchr(mount->path, '/') + 1);
		return g_strdup_printf("%sip netns del %s%s", before, path, times);
	}
	if (mount->mnt_ns == snapshot->own_mnt)
		return g_strdup_printf("%sumount %s%s", before, path, times);
	if (mnt && nsl_mnt_is_of_root(snapshot, mount->mnt_ns))
		within = nsl_namespace_path(snapshot, mnt);
	quoted = within ? quote(within) : NULL;
	if (quoted) /* with the umount of here, not one that lies in there */
		return g_strdup_printf("%sumount --namespace=%s %s%s", before, quoted, path, times);
	return g_strdup_printf("free mnt:[%" G_GUINT64_FORMAT "] first", mount->mnt_ns);
}

static char *explain_step(const NslSnapshot *snapshot, const NslHolder *holder)
{
	const char *name = name_of(snapshot, holder);
	g_autofree char *thread =
		holder->tid != 0 ? g_strdup_printf("thread %u of ", holder->tid) : g_strdup("");

	switch (holder->kind) {
	case NSL_HOLDER_MOUNT:
		return explain_unmount(snapshot, holder);
	case NSL_HOLDER_FD:
	case NSL_HOLDER_SOCKET:
		return g_strdup_printf("close %sfd %d of %s%u (%s), or end it",
				       holder->kind == NSL_HOLDER_SOCKET ? "socket, " : "",
				       holder->fd, thread, holder->pid, name);
	case NSL_HOLDER_THREAD:
		return g_strdup_printf("end %u, whose thread %u (%s) is inside", holder->pid,
				       holder->tid, name);
	case NSL_HOLDER_FOR_CHILDREN:
		if (holder->tid != 0)
			return g_strdup_printf("end %u, whose thread %u (%s) has it for children",
					       holder->pid, holder->tid, name);
		return g_strdup_printf("end %u (%s)", holder->pid, name);
	case NSL_HOLDER_OWNER_OF:
	case NSL_HOLDER_PARENT_OF:
		return g_strdup_printf("free %s:[%" G_GUINT64_FORMAT "] first",
				       nsl_nstypes[holder->ns->type].name, holder->ns->inode);
	case NSL_HOLDER_KERNEL:
	case NSL_HOLDER_COUNT:
		break;
	}
	return NULL;
}

/* The caller's own mount first: the others may go with it (mount_namespaces(7), propagation). */
static bool add_steps(GPtrArray *steps, const NslSnapshot *snapshot, const NslHolder *holders,
		      guint n)
{
	guint before = steps->len;

	for (guint i = 0; i < n; i++) {
		char *step = explain_step(snapshot, &holders[i]);
		bool own = holders[i].kind == NSL_HOLDER_MOUNT &&
			   holders[i].mnt_ns == snapshot->own_mnt;

		if (!step)
			return false;
		g_ptr_array_insert(steps, own ? (gint)before : -1, step);
	}
	for (guint i = before + 1; i < steps->len; i++) {
		g_autofree char *step = g_ptr_array_index(steps, i);

		g_ptr_array_index(steps, i) = g_strconcat(step, ", if it is still there", NULL);
	}
	return true;
}

GPtrArray *nsl_explain_free(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(g_free);
	const NslHolder *holder;
	guint at = 0;
	guint n;

	if (!nsl_snapshot_is_unpopulated(snapshot, ns) ||
	    nsl_snapshot_holder_coverage(snapshot) != NSL_COVERAGE_COMPLETE)
		return NULL;
	NSL_EACH_IN (const NslHolder, each, ns->holders) {
		const char *engine = engine_of(snapshot, ns, each);

		if (!engine)
			continue;
		g_ptr_array_add(steps, g_strconcat("in use by ", engine, NULL));
		return g_steal_pointer(&steps);
	}
	while ((holder = nsl_holders_next(ns, &at, &n)))
		if (!add_steps(steps, snapshot, holder, n))
			return NULL;
	if (steps->len == 1) {
		g_autofree char *step = g_ptr_array_index(steps, 0);

		g_ptr_array_index(steps, 0) = g_strconcat(step, " (the only holder)", NULL);
	}
	return steps->len > 0 ? g_steal_pointer(&steps) : NULL;
}

#define LONG_ID	 64 /* hexadecimal digits … */
#define SHORT_ID 12 /* … of which docker and podman show so many */

char *nsl_explain_which(const NslContainer *container)
{
	const char *id = container->identity.id;

	if (container->identity.name || !id)
		return g_strdup(container->identity.name);
	if (strlen(id) == LONG_ID && strspn(id, "0123456789abcdef") == LONG_ID)
		return g_strndup(id, SHORT_ID);
	return g_strdup(id);
}

static void append_container(GString *name, const NslContainer *container)
{
	g_autofree char *which = nsl_explain_which(container);

	g_string_append(name, container->identity.runtime);
	if (which) { /* in each process's line: not by printf() */
		g_string_append_c(name, ':');
		g_string_append(name, which);
	}
	if (container->unconfirmed)
		g_string_append_c(name, '?');
}

char *nsl_explain_row(const NslRow *row)
{
	const NslRowMore *more = row->more;
	g_autofree char *holder = NULL;
	g_autofree char *unseen = row->ns ? unseen_members(more->snapshot, row->ns) : NULL;

	if (!row->ns)
		return NULL;
	if (more->holder) {
		holder = hide_more(
			nsl_explain_holder(more->snapshot, more->holder, more->n_holders));
		return g_strconcat(unseen, holder, NULL);
	}
	if (more->name)
		return hide_more(g_strdup_printf(nsl_namespace_is_given(row->ns, more->name)
							 ? "%snamed %s by ip netns"
							 : "%screated by ip netns add %s",
						 unseen, more->name));
	if (more->container) {
		GString *text = g_string_new("the host's, shared with ");

		append_container(text, more->container);
		return g_string_free(text, FALSE);
	}
	return nsl_explain_namespace(more->snapshot, row->ns);
}

void nsl_label_namespace(GString *text, const NslNamespace *ns, bool mark)
{
	g_string_append(text, nsl_nstypes[ns->type].name);
	g_string_append(text, ":[");
	nsl_output_number(text, ns->inode);
	g_string_append_c(text, ']');
	if (mark && ns->names->len > 0)
		g_string_append(text, "**");
}

void nsl_label_word(GString *text, const char *word, NslTextKind kind)
{
	g_autofree char *escaped = nsl_text_escaped(word, kind);

	for (const char *at = escaped; *at; at++) {
		gsize plain = strcspn(at, " []"); /* what would end the word, or the label */

		g_string_append_len(text, at, (gssize)plain);
		at += plain;
		if (*at == '\0')
			break;
		nsl_text_escape_char(text, *at, kind);
	}
}

void nsl_label_container(GString *text, const NslContainer *container, NslTextKind kind)
{
	g_autoptr(GString) name = g_string_new(NULL);

	append_container(name, container);
	nsl_label_word(text, name->str, kind);
}

void nsl_label_pod(GString *text, const NslContainer *container, NslTextKind kind)
{
	const char *name =
		container->identity.pod ? container->identity.pod : container->identity.pod_uid;

	if (!name)
		return;
	if (container->identity.pod && container->identity.pod_namespace) {
		nsl_text_escape(text, container->identity.pod_namespace, -1, kind);
		g_string_append_c(text, '/');
	}
	nsl_text_escape(text, name, -1, kind);
}

/*
 * The size of a bracket that could open a label or a mark, 0 where there is none. What is in the
 * brackets of a label is a word, or "in" and a word, and begins with no digit (as after an escape
 * character); one that is cut off has no end. In the parentheses of a mark are several words;
 * behind "<" is "defunct", in whatever letters. Other scripts' brackets look much the same.
 */
static gsize opening(const char *at)
{
	gunichar c = g_utf8_get_char_validated(at, -1);
	gsize word = strcspn(at, at[0] == '(' ? " )" : " ]");

	if (c >= 0x80 && c <= 0x10ffff)
		return g_unichar_type(c) == G_UNICODE_OPEN_PUNCTUATION ||
				       g_unichar_type(c) == G_UNICODE_INITIAL_PUNCTUATION ||
				       c == 0xfe64 || c == 0xff1c /* forms of "<" */
			       ? (gsize)(g_utf8_next_char(at) - at)
			       : 0;
	if (c == '(')
		return at[word] != ')';
	if (c == '<') {
		at += 1 + nsl_text_blank(at + 1);
		return g_ascii_tolower(*at) == 'd' || (guchar)*at >= 0x80;
	}
	if (c != '[' || g_ascii_isdigit(at[1]))
		return 0;
	return at[word] != ' ' || memchr(at, ':', word) || g_str_has_prefix(at, "[in ");
}

/*
 * What a process calls itself, which may be anything: so that nothing in it passes for a label or a
 * mark. Where the first thing to be seen is a bracket that could open one, it is escaped.
 */
static void append_claim(GString *text, const char *bytes, NslTextKind kind)
{
	const char *at = bytes + nsl_text_blank(bytes);

	nsl_text_escape(text, bytes, at - bytes, kind);
	for (gsize left = opening(at); left > 0; left--)
		nsl_text_escape_char(text, *at++, kind);
	nsl_text_escape(text, at, -1, kind);
}

void nsl_label_command(GString *text, const NslProcess *process, NslTextKind kind)
{
	g_string_append(text, process->zombie ? "<defunct> " : "");
	append_claim(text, nsl_process_command(process), kind);
	if (process->command && process->command_truncated)
		g_string_append(text, kind == NSL_TEXT_ASCII ? "..." : "…");
}

void nsl_label_process(GString *text, const NslProcess *process, NslTextKind kind)
{
	nsl_output_number(text, process->pid);
	g_string_append_c(text, ' ');
	nsl_label_command(text, process, kind);
}

void nsl_label_members(GString *text, const NslSnapshot *snapshot, const NslNamespace *ns)
{
	guint n = nsl_namespace_n_members(ns);

	g_string_append_printf(text, "%s%u process%s",
			       nsl_snapshot_has_all_members(snapshot, ns) ? "" : "at least ", n,
			       n == 1 ? "" : "es");
}

static void append_label(GString *text, const NslProcess *process, NslTextKind kind)
{
	const NslContainer *container = process ? nsl_process_around(process) : NULL;

	if (!container)
		return;
	g_string_append(text, process->container ? "[" : "[in ");
	nsl_label_container(text, container, kind);
	g_string_append(text, "] ");
}

void nsl_label_row(GString *text, const NslRow *row, NslTextKind kind)
{
	const NslRowMore *more = row->more;

	append_label(text, row->process ? row->process : more->owner, kind);
	g_string_append(text, more->mark	   ? more->mark
			      : more->for_children ? "(for children) "
						   : "");
	if (more->thread) {
		g_string_append_printf(text, "(thread of %u) ", more->thread->pid);
		append_claim(text, more->thread->comm ? more->thread->comm : "", kind);
	} else if (row->process) {
		nsl_label_command(text, row->process, kind);
	} else if (row->ns) {
		g_autofree char *reason = nsl_explain_row(row);

		nsl_text_escape(text, reason, -1, kind);
	}
}

void nsl_color_namespace(GString *text, gsize start, const NslStyle *style)
{
	const char *colon = style->color ? strchr(text->str + start, ':') : NULL;

	if (colon)
		nsl_color(text, (gsize)(colon - text->str), strchr(colon, ']') + 1 - colon, style,
			  NSL_TONE_ASIDE);
}

/* The first bracket ends it: none within a label is left as it is. */
void nsl_color_container(GString *text, gsize start, const NslStyle *style, const NslRow *row)
{
	const NslProcess *process = row->process ? row->process : row->more->owner;
	const char *end = NULL;

	if (style->color && process && nsl_process_around(process))
		end = strchr(text->str + start, ']');
	if (end)
		nsl_color(text, start, end + 1 - (text->str + start), style, NSL_TONE_NAME);
}

static void append_names(GString *text, const NslView *view, const NslNamespace *ns,
			 NslTextKind kind)
{
	bool before = false; /* whether the name before was given */
	g_autofree char *unseen = unseen_members(view->snapshot, ns);

	if (ns->names->len > 0)
		g_string_append(text, unseen);
	for (guint i = 0; i < ns->names->len; i++) {
		const char *name = g_ptr_array_index(ns->names, i);
		bool given = nsl_namespace_is_given(ns, name);

		g_string_append(text, i > 0 ? ", " : "");
		if (i == 0 || given != before)
			g_string_append(text,
					given ? "named by ip netns " : "created by ip netns add ");
		nsl_text_escape_also(text, name, ",", kind);
		before = given;
	}
}

void nsl_label_summary(GString *text, const NslView *view, const NslNamespace *ns, NslTextKind kind)
{
	const NslProcess *first = ns->members->len > 0 ? g_ptr_array_index(ns->members, 0) : NULL;

	append_names(text, view, ns, kind);
	if (first) {
		g_string_append(text, ns->names->len > 0 ? ", " : "");
		nsl_label_members(text, view->snapshot, ns);
		g_string_append_printf(text, ": %u ", first->pid);
		append_label(text, first, kind);
		nsl_label_command(text, first, kind);
	} else if (ns->names->len == 0) {
		g_autofree char *reason = nsl_explain_namespace(view->snapshot, ns);

		nsl_text_escape(text, reason, -1, kind);
	}
}

void nsl_label_duration(GString *text, guint64 seconds)
{
	static const struct {
		guint64 seconds;
		char name;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	gsize i = 0;

	while (units[i].seconds > MAX(seconds, 1))
		i++;
	nsl_output_number(text, seconds / units[i].seconds);
	g_string_append_c(text, units[i].name);
}

void nsl_label_time(GString *text, gint64 seconds, gint64 ahead)
{
	/* gmtime_r(3) would open /etc/localtime. */
	g_autoptr(GDateTime) time =
		seconds != 0 ? g_date_time_new_from_unix_utc(seconds + ahead) : NULL;
	gint64 minutes = ABS(ahead) / 60;

	if (!time)
		return;
	g_string_append_printf(text, "%04d-%02d-%02dT%02d:%02d:%02d", g_date_time_get_year(time),
			       g_date_time_get_month(time), g_date_time_get_day_of_month(time),
			       g_date_time_get_hour(time), g_date_time_get_minute(time),
			       g_date_time_get_second(time));
	if (ahead == 0)
		g_string_append_c(text, 'Z');
	else
		g_string_append_printf(text, "%c%02d:%02d", ahead < 0 ? '-' : '+',
				       (int)(minutes / 60), (int)(minutes % 60));
}
