/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the arguments of engines' daemons say about where they keep their files. Pure. As argv.h
 * has it, anybody can start a program with any arguments: the files that are found so are read with
 * no more trust than others.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where a running daemon says that it keeps its files; each may be NULL: the default place. */
typedef struct NslDaemon {
	const char *runtime; /* docker, podman, cri-o, containerd; static */
	char *root;
	char *state;
	char *config;
} NslDaemon;

/* False: it is no daemon of an engine. Then `daemon` is empty. */
bool nsl_argv_parse_daemon(const char *bytes, gsize size, NslDaemon *daemon);
void nsl_daemon_clear(NslDaemon *daemon);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslDaemon, nsl_daemon_clear)
