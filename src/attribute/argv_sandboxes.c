/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sandboxes: see argv_sandboxes.h.
 */
#include "attribute/argv_sandboxes.h"

#include <string.h>

#include "attribute/validate.h"

/* How many words each option of bubblewrap's takes; those that are not listed: none that is known.
 */
static const struct {
	guint n;
	const char *names;
} bwrap_options[] = {
	{0, "as-pid-1 assert-userns-disabled clearenv die-with-parent disable-userns level-prefix "
	    "new-session not-a-security-boundary share-net unshare-all unshare-cgroup "
	    "unshare-cgroup-try unshare-ipc unshare-net unshare-pid unshare-user unshare-user-try "
	    "unshare-uts"},
	{1, "add-seccomp-fd args argv0 block-fd cap-add cap-drop chdir dev dir exec-label "
	    "file-label gid hostname info-fd json-status-fd lock-file mqueue overlay-src perms "
	    "pidns proc remount-ro ro-overlay seccomp size sync-fd tmp-overlay tmpfs uid unsetenv "
	    "userns userns-block-fd userns2"},
	{2, "bind bind-data bind-fd bind-try chmod dev-bind dev-bind-try file ro-bind ro-bind-data "
	    "ro-bind-fd ro-bind-try setenv symlink"},
	{3, "overlay"},
};

static int count_bwrap_words(const char *option)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bwrap_options); i++)
		if (nsl_word_is_among(option, bwrap_options[i].names))
			return (int)bwrap_options[i].n;
	return -1;
}

static bool parse_bwrap(const NslProgram *program G_GNUC_UNUSED, NslWords *words, NslClaim *claim)
{
	g_autofree char *hostname = NULL;
	const char *word = nsl_words_next(words);

	while (word && g_str_has_prefix(word, "--") && word[2]) {
		int n = count_bwrap_words(word + 2);
		const char *value = n > 0 ? nsl_words_next(words) : NULL;

		if (value && strcmp(word, "--hostname") == 0)
			nsl_claim_put(&hostname, nsl_validate_name(value));
		for (int i = 1; i < n; i++)
			(void)nsl_words_next(words);
		/* Behind an option that is not known anything may be its value. */
		word = n < 0 ? NULL : nsl_words_next(words);
	}
	if (g_strcmp0(word, "--") == 0)
		word = nsl_words_next(words);
	claim->identity.name = hostname ? g_steal_pointer(&hostname) : NULL;
	if (!claim->identity.name && word)
		claim->identity.name = nsl_validate_last_part(word);
	return true;
}

static bool parse_firejail(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	const char *name;
	const char *value;
	const char *word;

	while (nsl_words_option(words, &program->syntax, &name, &value)) {
		/* It looks after another sandbox, or goes into that. */
		if (g_str_has_prefix(name, "join") ||
		    nsl_word_is_among(name, "bandwidth caps.print cat cpu.print dns.print "
					    "fs.print get list ls net.print netstats profile.print "
					    "protocol.print put seccomp.print shutdown top tree"))
			return false;
		if (value && strcmp(name, "name") == 0)
			nsl_claim_put(&claim->identity.name, nsl_validate_name(value));
	}
	word = nsl_words_next(words);
	if (!claim->identity.name && word)
		claim->identity.name = nsl_validate_last_part(word);
	return true;
}

/* flatpak [OPTION…] run [OPTION…] APP [ARGUMENT…] */
static bool parse_flatpak(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	const char *name;
	const char *value;
	const char *word;

	while (nsl_words_option(words, &program->syntax, &name, &value))
		;
	if (g_strcmp0(nsl_words_next(words), "run") != 0)
		return false;
	while (nsl_words_option(words, &program->syntax, &name, &value))
		;
	word = nsl_words_next(words);
	claim->identity.name = word && nsl_is_id(word) ? g_strdup(word) : NULL;
	return true;
}

/* snap-confine [OPTION…] snap.NAME.APP COMMAND… */
static bool parse_snap(const NslProgram *program, NslWords *words, NslClaim *claim)
{
	g_auto(GStrv) parts = NULL;
	const char *name;
	const char *value;
	const char *tag;

	while (nsl_words_option(words, &program->syntax, &name, &value))
		;
	tag = nsl_words_next(words);
	parts = g_strsplit(tag ? tag : "", ".", 4);
	if (g_strv_length(parts) >= 2 && strcmp(parts[0], "snap") == 0 && nsl_is_id(parts[1]))
		claim->identity.name = g_strdup(parts[1]);
	return true;
}

/* What Chromium starts in its sandbox, by --type; and Firefox. */
#define BROWSER_TYPES                                                                              \
	"broker gpu-process nacl-broker nacl-loader ppapi ppapi-broker renderer sandbox-ipc "      \
	"utility "                                                                                 \
	"zygote"
#define BROWSER_WORDS 8 /* it is among the first */

bool nsl_argv_parse_browser(NslWords *words, NslClaim *claim)
{
	const char *program;
	const char *runtime = NULL;

	nsl_words_split_title(words);
	program = g_ptr_array_index(words->list, 0);
	for (guint i = 1; i < MIN(words->list->len, BROWSER_WORDS) && !runtime; i++) {
		const char *word = g_ptr_array_index(words->list, i);

		if (g_str_has_prefix(word, "--type=") &&
		    nsl_word_is_among(word + strlen("--type="), BROWSER_TYPES))
			runtime = "chromium";
		else if (strcmp(word, "-contentproc") == 0)
			runtime = "firefox";
	}
	if (!runtime)
		return false;
	claim->kind = NSL_CLAIM_SANDBOX;
	claim->identity.runtime = runtime;
	/* Where it started itself again by procfs' link, that is no name. */
	if (!g_str_has_suffix(program, "/self/exe"))
		claim->identity.name = nsl_validate_last_part(program);
	return true;
}

static const char *const flatpak_names[] = {
	"arch",	   "branch",	     "command",		"cwd", "installation",
	"runtime", "runtime-commit", "runtime-version", NULL};
static const char *const snap_names[] = {"base", NULL};

const NslProgram nsl_argv_sandboxes[] = {
	{"bwrap", NSL_CLAIM_SANDBOX, "bwrap", parse_bwrap, {NULL, NULL, false}},
	{"flatpak-bwrap", NSL_CLAIM_SANDBOX, "flatpak", parse_bwrap, {NULL, NULL, false}},
	{"flatpak", NSL_CLAIM_SANDBOX, "flatpak", parse_flatpak, {NULL, flatpak_names, false}},
	{"firejail", NSL_CLAIM_SANDBOX, "firejail", parse_firejail, {NULL, NULL, false}},
	{"snap-confine", NSL_CLAIM_SANDBOX, "snap", parse_snap, {NULL, snap_names, false}},
	{.name = NULL},
};
