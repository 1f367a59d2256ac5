/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shims and monitors: see argv_monitors.h. A table of them, with the form of their options, and a
 * function each that takes from these what it needs.
 */
#include "attribute/argv_monitors.h"

#include <string.h>

#include "attribute/validate.h"

/* "/run/containerd/containerd.sock", with or without "unix://": the directory. */
static char *directory_of(const char *address)
{
	g_autofree char *dir = NULL;

	if (address && g_str_has_prefix(address, "unix://"))
		address += strlen("unix://");
	if (!address || !nsl_is_path(address))
		return NULL;
	dir = g_path_get_dirname(address);
	return strcmp(dir, "/") == 0 ? NULL : g_steal_pointer(&dir);
}

/* docker-containerd-shim ID BUNDLE RUNTIME, as it was until 2017. */
static void take_old_shim(NslWords *words, NslClaim *claim)
{
	const char *id = nsl_words_next(words);
	const char *bundle = nsl_words_next(words);

	if (!id || !bundle || !nsl_is_id(id) || !nsl_is_path(bundle))
		return;
	claim->identity.id = g_strdup(id);
	claim->bundle = g_strdup(bundle);
}

static bool parse_shim(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	const char *name;
	const char *value;

	while (nsl_words_option(words, &program->syntax, &name, &value)) {
		if (strcmp(name, "id") == 0)
			nsl_claim_put(&claim->identity.id, nsl_validate_id(value));
		else if (strcmp(name, "namespace") == 0)
			nsl_claim_put(&claim->containerd_ns, nsl_validate_id(value));
		else if (strcmp(name, "bundle") == 0)
			nsl_claim_put(&claim->bundle, nsl_validate_path(value));
		else if (strcmp(name, "address") == 0)
			nsl_claim_put(&claim->state, directory_of(value));
		else if (strcmp(name, "workdir") == 0 && value && !claim->identity.id)
			/* The first version has the id nowhere else. */
			claim->identity.id = nsl_validate_last_part(value);
	}
	if (claim->identity.id && !nsl_is_id(claim->identity.id))
		g_clear_pointer(&claim->identity.id, g_free);
	if (!claim->identity.id && !claim->containerd_ns)
		take_old_shim(words, claim);
	if (g_strcmp0(claim->containerd_ns, "moby") == 0) {
		claim->identity.runtime = "docker";
		/* The containerd's directory is not Docker's. */
		g_clear_pointer(&claim->state, g_free);
	}
	return true;
}

/* What conmon is to run in the end: podman, with the places that it was told itself. */
static void take_exit_argument(NslClaim *claim, const char *before, const char *value)
{
	if (strcmp(before, "--root") == 0)
		nsl_claim_put(&claim->root, nsl_validate_path(value));
	else if (strcmp(before, "--runroot") == 0)
		nsl_claim_put(&claim->state, nsl_validate_path(value));
}

static void take_kube_name(NslClaim *claim, const char *value)
{
	if (nsl_identity_take_kube_name(&claim->identity, value))
		claim->identity.runtime = "cri-o";
	else
		nsl_claim_put(&claim->identity.name, nsl_validate_name(value));
}

static bool parse_conmon(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	const char *before = "";
	const char *name;
	const char *value;

	while (nsl_words_option(words, &program->syntax, &name, &value)) {
		if (!value)
			continue;
		if (nsl_word_is_among(name, "c cid")) {
			nsl_claim_put(&claim->identity.id, nsl_validate_id(value));
		} else if (nsl_word_is_among(name, "n name")) {
			take_kube_name(claim, value);
		} else if (nsl_word_is_among(name, "b bundle")) {
			nsl_claim_put(&claim->bundle, nsl_validate_path(value));
		} else if (strcmp(name, "exit-dir") == 0 && strstr(value, "/crio/")) {
			claim->identity.runtime = "cri-o";
		} else if (strcmp(name, "exit-command-arg") == 0) {
			take_exit_argument(claim, before, value);
			before = value;
		}
	}
	return true;
}

static bool parse_lxc(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	const char *name;
	const char *value;

	while (nsl_words_option(words, &program->syntax, &name, &value)) {
		if (nsl_word_is_among(name, "n name"))
			nsl_claim_put(&claim->identity.name, nsl_validate_name(value));
		else if (nsl_word_is_among(name, "P lxcpath"))
			nsl_claim_put(&claim->root, nsl_validate_path(value));
	}
	/* It may stand by itself, too. */
	if (!claim->identity.name)
		claim->identity.name = nsl_validate_name(nsl_words_next(words));
	return true;
}

/* The machine's name; its default is made of where it is. */
static bool parse_nspawn(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	g_autofree char *directory = NULL;
	g_autofree char *image = NULL;
	bool ephemeral = false;
	const char *name;
	const char *value;

	while (nsl_words_option(words, &program->syntax, &name, &value)) {
		if (nsl_word_is_among(name, "x ephemeral"))
			ephemeral = true;
		else if (value && nsl_word_is_among(name, "M machine"))
			nsl_claim_put(&claim->identity.name, nsl_validate_name(value));
		else if (value && nsl_word_is_among(name, "D directory"))
			nsl_claim_put(&directory, g_strdup(value));
		else if (value && nsl_word_is_among(name, "i image"))
			nsl_claim_put(&image, g_strdup(value));
	}
	if (directory)
		claim->root = nsl_validate_path(directory);
	/* An ephemeral one has random letters at the end. */
	if (claim->identity.name || ephemeral)
		return true;
	if (directory || image)
		claim->identity.name = nsl_validate_last_part(directory ? directory : image);
	if (claim->identity.name && !directory && g_str_has_suffix(claim->identity.name, ".raw"))
		claim->identity.name[strlen(claim->identity.name) - strlen(".raw")] = '\0';
	return true;
}

/* runc [OPTION…] create|run|restore [OPTION…] ID */
static bool parse_runc(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	const char *name;
	const char *value;

	while (nsl_words_option(words, &program->syntax, &name, &value))
		if (value && strcmp(name, "root") == 0)
			nsl_claim_put(&claim->state, nsl_validate_path(value));
	value = nsl_words_next(words);
	if (!value || !nsl_word_is_among(value, "create restore run"))
		return false;
	while (nsl_words_option(words, &program->syntax, &name, &value))
		if (value && nsl_word_is_among(name, "b bundle"))
			nsl_claim_put(&claim->bundle, nsl_validate_path(value));
	claim->identity.id = nsl_validate_id(nsl_words_next(words));
	/* Docker's and others' builders run the steps of a build so. */
	if (claim->bundle && strstr(claim->bundle, "/buildkit/"))
		claim->identity.runtime = "buildkit";
	return true;
}

bool nsl_argv_parse_lxc_title(const char *title, NslClaim *claim)
{
	static const char start[] = "[lxc monitor] ";
	g_autofree char *path = NULL;
	const char *name;

	if (!g_str_has_prefix(title, start))
		return false;
	title += strlen(start);
	name = strrchr(title, ' ');
	claim->kind = NSL_CLAIM_MONITOR;
	claim->identity.runtime = "lxc";
	if (!name)
		return true;
	path = g_strndup(title, (gsize)(name - title));
	claim->identity.name = nsl_validate_name(name + 1);
	claim->root = nsl_validate_path(path);
	return true;
}

static const char *const shim_names[] = {
	"address",	"bundle", "containerd-binary", "criu", "id", "namespace", "publish-binary",
	"runtime-root", "socket", "workdir",	       NULL};
static const char *const conmon_names[] = {
	"api-version",
	"bundle",
	"cid",
	"conmon-pidfile",
	"container-pidfile",
	"cuuid",
	"exec-process-spec",
	"exit-command",
	"exit-command-arg",
	"exit-delay",
	"exit-dir",
	"healthcheck-cmd",
	"log-level",
	"log-path",
	"log-rotate",
	"log-global-size-max",
	"log-size-max",
	"log-tag",
	"name",
	"persist-dir",
	"restore",
	"restore-arg",
	"runtime",
	"runtime-arg",
	"runtime-opt",
	"sdnotify-socket",
	"seccomp-notify-plugins",
	"seccomp-notify-socket",
	"socket-dir-path",
	"timeout",
	NULL,
};
static const char *const lxc_names[] = {"console",   "console-log", "define",	   "gid",
					"lxcpath",   "logfile",	    "logpriority", "name",
					"pidfile",   "rcfile",	    "share-ipc",   "share-net",
					"share-pid", "share-uts",   "uid",	   NULL};
static const char *const nspawn_names[] = {
	"ambient-capability",
	"background",
	"bind",
	"bind-ro",
	"bind-user",
	"capability",
	"chdir",
	"cleanup",
	"console",
	"cpu-affinity",
	"directory",
	"drop-capability",
	"hostname",
	"image",
	"image-policy",
	"inaccessible",
	"kill-signal",
	"link-journal",
	"load-credential",
	"machine",
	"network-bridge",
	"network-interface",
	"network-ipvlan",
	"network-macvlan",
	"network-namespace-path",
	"network-veth-extra",
	"network-zone",
	"no-new-privileges",
	"notify-ready",
	"oci-bundle",
	"oom-score-adjust",
	"overlay",
	"overlay-ro",
	"personality",
	"pivot-root",
	"port",
	"private-users-ownership",
	"property",
	"register",
	"resolv-conf",
	"rlimit",
	"root-hash",
	"root-hash-sig",
	"selinux-apifs-context",
	"selinux-context",
	"set-credential",
	"setenv",
	"settings",
	"slice",
	"suppress-sync",
	"system-call-filter",
	"template",
	"timezone",
	"tmpfs",
	"user",
	"uuid",
	"verity-data",
	NULL,
};
static const char *const runc_names[] = {
	"apparmor",	  "b",		"bundle",
	"cgroup-manager", "config",	"console-socket",
	"criu",		  "image-path", "log",
	"log-format",	  "log-level",	"manage-cgroups-mode",
	"parent-path",	  "pid-file",	"preserve-fds",
	"root",		  "rootless",	"status-fd",
	"work-path",	  NULL,
};
const NslProgram nsl_argv_monitors[] = {
	{"containerd-shim*", NSL_CLAIM_MONITOR, "containerd", parse_shim, {NULL, shim_names, true}},
	{"docker-containerd-shim",
	 NSL_CLAIM_MONITOR,
	 "docker",
	 parse_shim,
	 {NULL, shim_names, true}},
	{"conmon", NSL_CLAIM_MONITOR, "podman", parse_conmon, {"0bclnpPruT", conmon_names, false}},
	{"lxc-start", NSL_CLAIM_MONITOR, "lxc", parse_lxc, {"cflLnopPsgu", lxc_names, false}},
	{"lxc-execute", NSL_CLAIM_MONITOR, "lxc", parse_lxc, {"flnopPsgu", lxc_names, false}},
	{"systemd-nspawn",
	 NSL_CLAIM_MONITOR,
	 "nspawn",
	 parse_nspawn,
	 {"DELMSZipu", nspawn_names, false}},
	{"runc", NSL_CLAIM_MONITOR, "runc", parse_runc, {"b", runc_names, true}},
	{"docker-runc", NSL_CLAIM_MONITOR, "docker", parse_runc, {"b", runc_names, true}},
	{"buildkit-runc", NSL_CLAIM_MONITOR, "buildkit", parse_runc, {"b", runc_names, true}},
	{"crun", NSL_CLAIM_MONITOR, "crun", parse_runc, {"bf", runc_names, false}},
	{.name = NULL},
};
