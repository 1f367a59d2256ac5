/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where engines' daemons keep their files, by their arguments: see argv_daemon.h.
 */
#include "attribute/argv_daemon.h"

#include <string.h>

#include "attribute/argv_words.h"
#include "attribute/validate.h"

/* A daemon, and which of its options say what; names are separated by spaces. */
typedef struct Program {
	const char *name;
	const char *runtime;
	const char *root;
	const char *state;
	const char *config;
	bool commands; /* what is no option is a command, with options of its own */
	NslSyntax syntax;
} Program;

static const char *const docker_names[] = {"config-file", "data-root", "exec-root", "graph", NULL};
static const char *const containerd_names[] = {"config", "root", "state", NULL};
static const char *const crio_names[] = {"config", "root", "runroot", NULL};
static const char *const podman_names[] = {
	"cgroup-manager",
	"config",
	"conmon",
	"connection",
	"events-backend",
	"hooks-dir",
	"identity",
	"imagestore",
	"log-level",
	"module",
	"network-cmd-path",
	"network-config-dir",
	"out",
	"root",
	"runroot",
	"runtime",
	"runtime-flag",
	"storage-driver",
	"storage-opt",
	"tmpdir",
	"url",
	"volumepath",
	NULL,
};

static const Program programs[] = {
	{"dockerd",
	 "docker",
	 "data-root graph g",
	 "exec-root",
	 "config-file",
	 false,
	 {"g", docker_names, false}},
	{"containerd",
	 "containerd",
	 "root",
	 "state",
	 "config c",
	 false,
	 {"c", containerd_names, false}},
	{"docker-containerd",
	 "containerd",
	 "root",
	 "state",
	 "config c",
	 false,
	 {"c", containerd_names, false}},
	{"podman", "podman", "root", "runroot", "", true, {"c", podman_names, false}},
	{"crio", "cri-o", "root r", "runroot", "config c", false, {"cr", crio_names, false}},
};

void nsl_daemon_clear(NslDaemon *daemon)
{
	g_free(daemon->root);
	g_free(daemon->state);
	g_free(daemon->config);
	*daemon = (NslDaemon){0};
}

/* Takes the path where the option is one of those; the last one counts. */
static void take(char **string, const char *options, const char *name, const char *value)
{
	if (!value || !nsl_word_is_among(name, options))
		return;
	g_free(*string);
	*string = nsl_validate_path(value);
}

bool nsl_argv_parse_daemon(const char *bytes, gsize size, NslDaemon *daemon)
{
	g_auto(NslWords) words = {0};
	const Program *program = NULL;
	g_autofree char *name = NULL;
	const char *option;
	const char *value;

	*daemon = (NslDaemon){0};
	nsl_words_init(&words, bytes, size);
	option = nsl_words_next(&words);
	name = option ? nsl_validate_last_part(option) : NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(programs) && name; i++)
		if (strcmp(name, programs[i].name) == 0)
			program = &programs[i];
	if (!program)
		return false;
	daemon->runtime = program->runtime;
	do {
		while (nsl_words_option(&words, &program->syntax, &option, &value)) {
			take(&daemon->root, program->root, option, value);
			take(&daemon->state, program->state, option, value);
			take(&daemon->config, program->config, option, value);
		}
		/* The value of an option that is of no interest. */
	} while (!program->commands && nsl_words_next(&words));
	return true;
}
