/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How things are said to people. nsl_explain_…() gives bytes; nsl_label_…() appends text that is
 * safe to print, unless it is to be bytes (NSL_TEXT_BYTES).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"
#include "report/output.h"
#include "report/view.h"

/*
 * Why a namespace exists, by one who holds it, or by `n` mounts (nsl_holders_next()): "held by fd 7
 * of 1234 dnsmasq", "mounted at /run/netns/blue in 68 mount namespaces". Transfer full.
 */
char *nsl_explain_holder(const NslSnapshot *snapshot, const NslHolder *holder, guint n);

/*
 * The same by the first of its holders, and how many more there are (", +2 more"; what the holder
 * is called does not pass for that: \x2c); for one without a process.
 */
char *nsl_explain_namespace(const NslSnapshot *snapshot, const NslNamespace *ns);

/*
 * The command that runs a shell in the namespace, by nsl_namespace_path(), quoted for a shell and
 * in ASCII; NULL: no path leads to it. Transfer full.
 */
char *nsl_explain_enter(const NslSnapshot *snapshot, const NslNamespace *ns);

/*
 * What has to be done so that the namespace ends, a line a step; commands are quoted for a shell.
 * Of what a container engine holds, one line that says so. NULL: somebody is or may be inside, or
 * not all that holds it is known. Transfer full.
 */
GPtrArray *nsl_explain_free(const NslSnapshot *snapshot, const NslNamespace *ns);

/* What a row without a process or thread says of its namespace; NULL: it is of none. Transfer full.
 */
char *nsl_explain_row(const NslRow *row);

/* A container's name, or its id, short where it is a long number; NULL: neither. Transfer full. */
char *nsl_explain_which(const NslContainer *container);

/* "net:[4026532676]", with `mark` "**" after it where ip netns has a name for it. */
void nsl_label_namespace(GString *text, const NslNamespace *ns, bool mark);

/* A word without brackets: those and blanks are escaped as \xHH. */
void nsl_label_word(GString *text, const char *word, NslTextKind kind);

/*
 * What a container is called ("docker:web", "docker:3f2ab81c9e7d", "bwrap", with "?" after it where
 * nothing confirms it), as one word: see nsl_label_word().
 */
void nsl_label_container(GString *text, const NslContainer *container, NslTextKind kind);

/* "shop/web-0", "web-0", or the pod's UID; nothing where there is none. */
void nsl_label_pod(GString *text, const NslContainer *container, NslTextKind kind);

/*
 * "[docker:web] ", what the row's process is in, or "[in docker:web] ", what it has entered; then
 * what changes the row's meaning: "(for children) ", "(thread of 7) ", "<defunct> "; then the
 * command, or the thread's name. Of a namespace alone its reason. Of a container none of whose
 * processes is known nothing.
 */
void nsl_label_row(GString *text, const NslRow *row, NslTextKind kind);

/* Quiets the inode of what nsl_label_namespace() has put at `start`: the type stands out. */
void nsl_color_namespace(GString *text, gsize start, const NslStyle *style);

/* Colours what nsl_label_row() has put before the row's command, which begins at `start`. */
void nsl_color_container(GString *text, gsize start, const NslStyle *style, const NslRow *row);

/*
 * The process's command line, or name, after "<defunct> " where it is a zombie. In text of any kind
 * nothing in it passes for a label ("[docker:web] ") or a mark ("(for children) "): \x5b, \x28 or
 * \x3c stands in place of what would open one.
 */
void nsl_label_command(GString *text, const NslProcess *process, NslTextKind kind);

/* "7 nginx: master": the same after its PID. */
void nsl_label_process(GString *text, const NslProcess *process, NslTextKind kind);

/* "1 process", "at least 2 processes": how many are in it. */
void nsl_label_members(GString *text, const NslSnapshot *snapshot, const NslNamespace *ns);

/*
 * What there is to say of a namespace on its own line, beside how it is called: the names of ip
 * netns, how many processes and the first of them, or why it exists; safe to print.
 */
void nsl_label_summary(GString *text, const NslView *view, const NslNamespace *ns,
		       NslTextKind kind);

/* "2d", "3h", "10m" or "5s". */
void nsl_label_duration(GString *text, guint64 seconds);

/*
 * Seconds since the epoch: 2026-01-31T12:00:00Z, or 2026-01-31T13:00:00+01:00 where clocks are so
 * many seconds ahead of UTC; nothing for 0, which is unknown.
 */
void nsl_label_time(GString *text, gint64 seconds, gint64 ahead);
