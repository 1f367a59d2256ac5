/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command line claims: see cmdline.h. One table has the programs and what their options
 * mean; a small function follows a row where a table cannot say it.
 */
#include "attribute/cmdline.h"

#include <string.h>

#include "attribute/engines.h"

#define COMM_SIZE 15

typedef enum Value {
	VALUE_ID,
	VALUE_NAME,
	VALUE_CONTAINERD_NS,
	VALUE_BUNDLE,
	VALUE_ROOT,
	VALUE_STATE,
	VALUE_ADDRESS, /* a socket in the directory that is the state */
	VALUE_CONFIG,
	VALUE_FIELDS, /* those above have a field of the claim, those below a function looks at */
	VALUE_WORKDIR = VALUE_FIELDS,
	VALUE_IMAGE,
	VALUE_EXIT_DIR,
	VALUE_EXIT_ARGUMENT, /* an argument of the command that is run at the end */
	VALUE_FLAG,	     /* an option without a value */
	VALUE_COUNT,
} Value;

typedef char *Validate(const char *text); /* a copy where it is valid; else, and of NULL, NULL */

/* "/run/containerd/containerd.sock", with or without "unix://": the directory. */
static char *directory_of(const char *address)
{
	g_autofree char *dir = NULL;

	if (g_str_has_prefix(address, "unix://"))
		address += strlen("unix://");
	if (!nsl_is_path(address))
		return NULL;
	dir = g_path_get_dirname(address);
	return strcmp(dir, "/") == 0 ? NULL : g_steal_pointer(&dir);
}

static const struct {
	gsize offset; /* in NslClaim */
	Validate *validate;
} fields[VALUE_FIELDS] = {
	[VALUE_ID] = {G_STRUCT_OFFSET(NslClaim, identity.id), nsl_validate_id},
	[VALUE_NAME] = {G_STRUCT_OFFSET(NslClaim, identity.name), nsl_validate_name},
	[VALUE_CONTAINERD_NS] = {G_STRUCT_OFFSET(NslClaim, containerd_ns), nsl_validate_id},
	[VALUE_BUNDLE] = {G_STRUCT_OFFSET(NslClaim, bundle), nsl_validate_path},
	[VALUE_ROOT] = {G_STRUCT_OFFSET(NslClaim, root), nsl_validate_path},
	[VALUE_STATE] = {G_STRUCT_OFFSET(NslClaim, state), nsl_validate_path},
	[VALUE_ADDRESS] = {G_STRUCT_OFFSET(NslClaim, state), directory_of},
	[VALUE_CONFIG] = {G_STRUCT_OFFSET(NslClaim, config), nsl_validate_path},
};

/* How a program's options look, and where they end. */
typedef enum Style {
	STYLE_GETOPT, /* "-Mx", "-M x", "--machine x", "--machine=x"; up to the first other word */
	STYLE_GO,     /* "-id x" is "--id x", as in Go's flag package */
	STYLE_EQUALS, /* "--name=x" only */
	STYLE_ANYWHERE, /* as GETOPT; other words are values of options that do not matter */
} Style;

/* The words of a command line, and the options among them. */
typedef struct Words {
	const char *at;			 /* the next to be looked at, with its NUL */
	const char *end;		 /* of all of them */
	const char *values[VALUE_COUNT]; /* the last of each; NULL: none */
} Words;

/*
 * What a program's arguments look like. Names in strings are separated by one space each; options
 * are without dashes.
 */
typedef struct Syntax {
	Style style;
	const char *options[VALUE_COUNT]; /* those that mean this */
	const char *skipped[3]; /* others that take one, two, three words as their value */
	const char *flags;	/* that take none; NULL: all that are not named elsewhere */
	const char *commands;	/* one of these has to follow, with more options; or NULL */
	Validate *word;		/* of the first word behind the options; NULL: it means nothing */
	Value word_is;		/* what that word is, unless an option has told it already */
	/* Looks at the rest. False: there is no claim. May be NULL. */
	bool (*finish)(Words *words, NslClaim *claim);
} Syntax;

void nsl_claim_clear(NslClaim *claim)
{
	nsl_identity_clear(&claim->identity);
	g_free(claim->containerd_ns);
	g_free(claim->bundle);
	g_free(claim->root);
	g_free(claim->state);
	g_free(claim->config);
	*claim = (NslClaim){0};
}

static const char *next_word(Words *words)
{
	const char *word = words->at < words->end ? words->at : NULL;

	words->at += word ? strlen(word) + 1 : 0;
	return word;
}

/* `names` may be NULL: none. */
static bool is_among(const char *word, const char *names)
{
	gsize size = strlen(word);
	const char *at = names;

	while (at && size > 0 && (at = strstr(at, word))) {
		if ((at == names || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
			return true;
		at += size;
	}
	return false;
}

/*
 * What an option means, VALUE_COUNT: nothing that matters; and how many words follow it as its
 * value, -1: not known.
 */
static Value find_option(const Syntax *syntax, const char *option, int *ret_n_words)
{
	Value value = 0;

	while (value < VALUE_COUNT && !is_among(option, syntax->options[value]))
		value++;
	*ret_n_words = value < VALUE_FLAG				   ? 1
		       : syntax->flags && !is_among(option, syntax->flags) ? -1
									   : 0;
	for (gsize i = 0; i < G_N_ELEMENTS(syntax->skipped); i++)
		if (is_among(option, syntax->skipped[i]))
			*ret_n_words = (int)i + 1;
	if (syntax->style == STYLE_EQUALS)
		*ret_n_words = 0;
	return value;
}

/* The command that conmon runs in the end is podman, with the places that it was told itself. */
static void take_exit_argument(Words *words, const char *argument)
{
	const char *before = words->values[VALUE_EXIT_ARGUMENT];

	if (g_strcmp0(before, "--root") == 0)
		words->values[VALUE_ROOT] = argument;
	else if (g_strcmp0(before, "--runroot") == 0)
		words->values[VALUE_STATE] = argument;
}

/* `text` is what stands behind the option; NULL: nothing. */
static void take_value(Words *words, Value value, const char *text)
{
	if (value == VALUE_FLAG)
		text = "";
	else if (value == VALUE_EXIT_ARGUMENT && text)
		take_exit_argument(words, text);
	if (value < VALUE_COUNT && text)
		words->values[value] = text;
}

/* "name" of "--name", with its value behind a '=' or in the next words. */
static void take_long_option(Words *words, const Syntax *syntax, const char *word)
{
	gsize size = strcspn(word, "=");
	char option[64]; /* a longer one is none that any program has */
	const char *text;
	Value value;
	int n;

	g_strlcpy(option, word, MIN(size + 1, sizeof(option)));
	value = find_option(syntax, option, &n);
	if (word[size] == '=') {
		take_value(words, value, word + size + 1);
		return;
	}
	text = n > 0 ? next_word(words) : NULL;
	for (int i = 1; i < n; i++)
		(void)next_word(words);
	/* Behind an option that is not known anything may be its value. */
	if (n < 0)
		words->at = words->end;
	take_value(words, value, text);
}

/* "abc" of "-abc", up to one that takes what is left, or the next word. */
static void take_letters(Words *words, const Syntax *syntax, const char *letters)
{
	int n = 0;

	for (const char *at = letters; *at && n <= 0; at++) {
		Value value = find_option(syntax, (const char[]){*at, '\0'}, &n);
		const char *text = NULL;

		if (n > 0)
			text = at[1] ? at + 1 : next_word(words);
		take_value(words, value, text);
	}
}

/* Up to the first word that is none; "--" is passed over. */
static void take_options(Words *words, const Syntax *syntax)
{
	while (words->at < words->end && words->at[0] == '-' && words->at[1] != '\0') {
		const char *word = next_word(words);

		if (strcmp(word, "--") == 0)
			return;
		if (word[1] == '-')
			take_long_option(words, syntax, word + 2);
		else if (syntax->style == STYLE_GO)
			take_long_option(words, syntax, word + 1);
		else
			take_letters(words, syntax, word + 1);
	}
}

static char **field_of(NslClaim *claim, Value value)
{
	return (char **)G_STRUCT_MEMBER_P(claim, fields[value].offset);
}

/* False: there is no claim, but `claim` may have something in it. */
static bool parse_words(const Syntax *syntax, Words *words, NslClaim *claim)
{
	do
		take_options(words, syntax);
	while (syntax->style == STYLE_ANYWHERE && next_word(words));
	if (syntax->commands) {
		const char *command = next_word(words);

		if (!command || !is_among(command, syntax->commands))
			return false;
		take_options(words, syntax);
	}
	for (Value value = 0; value < VALUE_FIELDS; value++)
		if (words->values[value])
			*field_of(claim, value) = fields[value].validate(words->values[value]);
	if (syntax->word && !*field_of(claim, syntax->word_is))
		*field_of(claim, syntax->word_is) = syntax->word(next_word(words));
	return !syntax->finish || syntax->finish(words, claim);
}

static bool finish_shim(Words *words, NslClaim *claim)
{
	/* The first version has the id nowhere else. */
	if (!claim->identity.id) {
		g_autofree char *last = nsl_validate_last_part(words->values[VALUE_WORKDIR]);

		claim->identity.id = nsl_validate_id(last);
	}
	/* docker-containerd-shim ID BUNDLE RUNTIME, as it was until 2017. */
	if (!claim->identity.id && !claim->containerd_ns) {
		g_autofree char *id = nsl_validate_id(next_word(words));
		g_autofree char *bundle = nsl_validate_path(next_word(words));

		if (id && bundle) {
			g_free(claim->bundle);
			claim->identity.id = g_steal_pointer(&id);
			claim->bundle = g_steal_pointer(&bundle);
		}
	}
	if (g_strcmp0(claim->containerd_ns, "moby") == 0) {
		claim->identity.runtime = "docker";
		/* The containerd's directory is not Docker's. */
		g_clear_pointer(&claim->state, g_free);
	}
	return true;
}

static const Syntax shim = {
	.style = STYLE_GO,
	.options = {[VALUE_ID] = "id",
		    [VALUE_CONTAINERD_NS] = "namespace",
		    [VALUE_BUNDLE] = "bundle",
		    [VALUE_ADDRESS] = "address",
		    [VALUE_WORKDIR] = "workdir"},
	.skipped = {"containerd-binary criu publish-binary runtime-root socket"},
	.finish = finish_shim,
};

static bool finish_conmon(Words *words, NslClaim *claim)
{
	const char *name = words->values[VALUE_NAME];
	const char *exit_dir = words->values[VALUE_EXIT_DIR];

	if ((name && nsl_identity_take_kube_name(&claim->identity, name)) ||
	    (exit_dir && strstr(exit_dir, "/crio/")))
		claim->identity.runtime = "cri-o";
	return true;
}

static const Syntax conmon = {
	.style = STYLE_ANYWHERE,
	.options = {[VALUE_ID] = "c cid",
		    [VALUE_NAME] = "n name",
		    [VALUE_BUNDLE] = "b bundle",
		    [VALUE_EXIT_DIR] = "exit-dir",
		    [VALUE_EXIT_ARGUMENT] = "exit-command-arg"},
	/* Of the others, those whose value may look like an option, or follows its letter. */
	.skipped = {"0 l p P r u T exit-command healthcheck-cmd log-tag restore-arg runtime-arg "
		    "runtime-opt"},
	.finish = finish_conmon,
};

static const Syntax lxc = {
	.options = {[VALUE_NAME] = "n name", [VALUE_ROOT] = "P lxcpath"},
	.skipped = {"c f g l L o p s u console console-log define gid logfile logpriority pidfile "
		    "rcfile share-ipc share-net share-pid share-uts uid"},
	.word = nsl_validate_name,
	.word_is = VALUE_NAME,
};

/* A machine's default name is made of where it is. */
static bool finish_nspawn(Words *words, NslClaim *claim)
{
	const char *directory = words->values[VALUE_ROOT];
	g_autofree char *name = NULL;

	/* --ephemeral: that one has random letters at the end. */
	if (claim->identity.name || words->values[VALUE_FLAG])
		return true;
	name = nsl_validate_last_part(directory ? directory : words->values[VALUE_IMAGE]);
	if (name && !directory && g_str_has_suffix(name, ".raw"))
		name[strlen(name) - strlen(".raw")] = '\0';
	claim->identity.name = nsl_validate_name(name);
	return true;
}

/* What is no value of an option is the command, which has options of its own. */
static const Syntax nspawn = {
	.options = {[VALUE_NAME] = "M machine",
		    [VALUE_ROOT] = "D directory",
		    [VALUE_IMAGE] = "i image",
		    [VALUE_FLAG] = "x ephemeral"},
	.skipped = {"E L S Z p u ambient-capability background bind bind-ro bind-user capability "
		    "chdir cleanup console cpu-affinity drop-capability hostname image-policy "
		    "inaccessible kill-signal link-journal load-credential network-bridge "
		    "network-interface network-ipvlan network-macvlan network-namespace-path "
		    "network-veth-extra network-zone no-new-privileges notify-ready oci-bundle "
		    "oom-score-adjust overlay overlay-ro personality pivot-root port "
		    "private-users-ownership property register resolv-conf rlimit root-hash "
		    "root-hash-sig selinux-apifs-context selinux-context set-credential setenv "
		    "settings slice suppress-sync system-call-filter template timezone tmpfs user "
		    "uuid verity-data"},
	.finish = finish_nspawn,
};

/* Docker's and others' builders run the steps of a build by runc. */
static bool finish_runc(Words *words G_GNUC_UNUSED, NslClaim *claim)
{
	if (claim->bundle && strstr(claim->bundle, "/buildkit/"))
		claim->identity.runtime = "buildkit";
	return true;
}

#define RUNC_SKIPPED                                                                               \
	"apparmor cgroup-manager config console-socket criu image-path log log-format log-level "  \
	"manage-cgroups-mode parent-path pid-file preserve-fds rootless status-fd work-path"

static const Syntax runc = {
	.style = STYLE_GO,
	.options = {[VALUE_STATE] = "root", [VALUE_BUNDLE] = "b bundle"},
	.skipped = {RUNC_SKIPPED},
	.commands = "create restore run",
	.word = nsl_validate_id,
	.word_is = VALUE_ID,
	.finish = finish_runc,
};

static const Syntax crun = {
	.options = {[VALUE_STATE] = "root", [VALUE_BUNDLE] = "b bundle"},
	.skipped = {"f " RUNC_SKIPPED},
	.commands = "create restore run",
	.word = nsl_validate_id,
	.word_is = VALUE_ID,
	.finish = finish_runc,
};

static const Syntax bwrap = {
	.options = {[VALUE_NAME] = "hostname"},
	.skipped = {"add-seccomp-fd args argv0 block-fd cap-add cap-drop chdir dev dir exec-label "
		    "file-label gid info-fd json-status-fd lock-file mqueue overlay-src perms "
		    "pidns proc remount-ro ro-overlay seccomp size sync-fd tmp-overlay tmpfs uid "
		    "unsetenv userns userns-block-fd userns2",
		    "bind bind-data bind-fd bind-try chmod dev-bind dev-bind-try file ro-bind "
		    "ro-bind-data ro-bind-fd ro-bind-try setenv symlink",
		    "overlay"},
	.flags = "as-pid-1 assert-userns-disabled clearenv die-with-parent disable-userns "
		 "level-prefix new-session not-a-security-boundary share-net unshare-all "
		 "unshare-cgroup unshare-cgroup-try unshare-ipc unshare-net unshare-pid "
		 "unshare-user unshare-user-try unshare-uts",
	.word = nsl_validate_last_part, /* the program that it runs */
	.word_is = VALUE_NAME,
};

static const Syntax flatpak = {
	.skipped = {"arch branch command cwd installation runtime runtime-commit runtime-version"},
	.commands = "run",
	.word = nsl_validate_id,
	.word_is = VALUE_NAME,
};

/* False where it looks after another sandbox, or goes into that. */
static bool finish_firejail(Words *words, NslClaim *claim G_GNUC_UNUSED)
{
	return !words->values[VALUE_FLAG];
}

static const char firejail_flags[] =
	"bandwidth caps.print cat cpu.print dns.print fs.print get join join-filesystem "
	"join-network join-or-start list ls net.print netstats profile.print protocol.print put "
	"seccomp.print shutdown top tree";

static const Syntax firejail = {
	.style = STYLE_EQUALS,
	.options = {[VALUE_NAME] = "name", [VALUE_FLAG] = firejail_flags},
	.word = nsl_validate_last_part,
	.word_is = VALUE_NAME,
	.finish = finish_firejail,
};

/* "snap.NAME.APP" */
static char *validate_snap(const char *tag)
{
	g_auto(GStrv) parts = g_strsplit(tag ? tag : "", ".", 4);

	return g_strv_length(parts) >= 2 && strcmp(parts[0], "snap") == 0
		       ? nsl_validate_id(parts[1])
		       : NULL;
}

static const Syntax snap = {
	.skipped = {"base"},
	.word = validate_snap,
	.word_is = VALUE_NAME,
};

/* Docker's, containerd's and CRI-O's have no options that mean different things. */
static const Syntax engine_daemon = {
	.style = STYLE_ANYWHERE,
	.options = {[VALUE_ROOT] = "root r data-root graph g",
		    [VALUE_STATE] = "state runroot exec-root",
		    [VALUE_CONFIG] = "config c config-file"},
};

static const Syntax podman = {
	.options = {[VALUE_ROOT] = "root", [VALUE_STATE] = "runroot"},
	.skipped = {"c cgroup-manager config conmon connection events-backend hooks-dir identity "
		    "imagestore log-level module network-cmd-path network-config-dir out runtime "
		    "runtime-flag storage-driver storage-opt tmpdir url volumepath"},
};

static const struct Program {
	const char *name; /* the last part of its path; a '*' at the end stands for anything */
	NslClaimKind kind;
	const char *runtime;
	const Syntax *syntax;
} programs[] = {
	{"containerd-shim*", NSL_CLAIM_MONITOR, "containerd", &shim},
	{"docker-containerd-shim", NSL_CLAIM_MONITOR, "docker", &shim},
	{"conmon", NSL_CLAIM_MONITOR, "podman", &conmon},
	{"lxc-start", NSL_CLAIM_MONITOR, "lxc", &lxc},
	{"lxc-execute", NSL_CLAIM_MONITOR, "lxc", &lxc},
	{"systemd-nspawn", NSL_CLAIM_MONITOR, "nspawn", &nspawn},
	{"runc", NSL_CLAIM_MONITOR, "runc", &runc},
	{"docker-runc", NSL_CLAIM_MONITOR, "docker", &runc},
	{"buildkit-runc", NSL_CLAIM_MONITOR, "buildkit", &runc},
	{"crun", NSL_CLAIM_MONITOR, "crun", &crun},
	{"bwrap", NSL_CLAIM_SANDBOX, "bwrap", &bwrap},
	{"flatpak-bwrap", NSL_CLAIM_SANDBOX, "flatpak", &bwrap},
	{"flatpak", NSL_CLAIM_SANDBOX, "flatpak", &flatpak},
	{"firejail", NSL_CLAIM_SANDBOX, "firejail", &firejail},
	{"snap-confine", NSL_CLAIM_SANDBOX, "snap", &snap},
	{"dockerd", NSL_CLAIM_DAEMON, "docker", &engine_daemon},
	{"containerd", NSL_CLAIM_DAEMON, "containerd", &engine_daemon},
	{"docker-containerd", NSL_CLAIM_DAEMON, "containerd", &engine_daemon},
	{"crio", NSL_CLAIM_DAEMON, "cri-o", &engine_daemon},
	{"podman", NSL_CLAIM_DAEMON, "podman", &podman},
};

/* `pattern` as in struct Program. */
static bool is_called(const char *name, const char *pattern)
{
	gsize size = strlen(pattern) - 1;

	return pattern[size] == '*' ? strncmp(name, pattern, size) == 0
				    : strcmp(name, pattern) == 0;
}

bool nsl_claim_is_of(const NslClaim *claim, const char *name)
{
	return claim->program && is_called(name, claim->program);
}

bool nsl_cmdline_is_daemon(const char *comm)
{
	for (gsize i = 0; i < G_N_ELEMENTS(programs); i++)
		if (programs[i].kind == NSL_CLAIM_DAEMON &&
		    strncmp(programs[i].name, comm, COMM_SIZE) == 0)
			return true;
	return false;
}

static const struct Program *find_program(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (gsize i = 0; i < G_N_ELEMENTS(programs); i++)
		if (is_called(slash ? slash + 1 : path, programs[i].name))
			return &programs[i];
	return NULL;
}

#define LXC_TITLE "[lxc monitor] "

/* "[lxc monitor] PATH NAME": what LXC, LXD and Incus put in place of arguments. */
static void parse_lxc_title(const char *title, NslClaim *claim)
{
	const char *path = title + strlen(LXC_TITLE);
	const char *name = strrchr(path, ' ');

	claim->kind = NSL_CLAIM_MONITOR;
	claim->identity.runtime = "lxc";
	if (name) {
		g_autofree char *root = g_strndup(path, (gsize)(name - path));

		claim->identity.name = nsl_validate_name(name + 1);
		claim->root = nsl_validate_path(root);
	}
}

/* What Chromium, or a program that is built with it, starts in its sandbox, by --type. */
#define BROWSER_TYPES                                                                              \
	"broker gpu-process nacl-broker nacl-loader ppapi ppapi-broker renderer sandbox-ipc "      \
	"utility zygote"
#define BROWSER_WORDS 8 /* it is among the first */

/* A browser's sandboxed processes: an option tells, whatever the program is called. */
static void parse_browser(Words *words, char *program, NslClaim *claim)
{
	char *at = program;

	/* It may be one string, in which the program's path may have spaces. */
	if (words->at >= words->end) {
		while ((at = strstr(at, " -")))
			*at++ = '\0';
		words->at = program + strlen(program) + 1;
	}
	for (guint i = 1; i < BROWSER_WORDS && !claim->kind && words->at < words->end; i++) {
		const char *word = next_word(words);

		if (g_str_has_prefix(word, "--type=") &&
		    is_among(word + strlen("--type="), BROWSER_TYPES))
			claim->identity.runtime = "chromium";
		else if (strcmp(word, "-contentproc") == 0)
			claim->identity.runtime = "firefox";
		else
			continue;
		claim->kind = NSL_CLAIM_SANDBOX;
		/* Where it started itself again by procfs' link, that is no name. */
		if (!g_str_has_suffix(program, "/self/exe"))
			claim->identity.name = nsl_validate_last_part(program);
	}
}

bool nsl_cmdline_may_claim(const char *bytes, gsize size)
{
	static const char *const others[] = {LXC_TITLE, "-type=", "-contentproc"};
	gsize start = MIN(size, 4096);
	bool may = false;

	for (gsize i = 0; i < G_N_ELEMENTS(programs) && !may; i++)
		may = memmem(bytes, start, programs[i].name, strcspn(programs[i].name, "*"));
	for (gsize i = 0; i < G_N_ELEMENTS(others) && !may; i++)
		may = memmem(bytes, start, others[i], strlen(others[i]));
	return may;
}

void nsl_cmdline_parse(const char *bytes, gsize size, NslClaim *claim)
{
	g_autofree char *text = NULL;
	const struct Program *program;
	Words words;

	*claim = (NslClaim){0};
	if (size == 0 || !nsl_cmdline_may_claim(bytes, size))
		return;
	/* Of a command line that was cut short the last word may be a part of one. */
	if (size >= NSL_CMDLINE_MAX)
		for (size = NSL_CMDLINE_MAX; size > 0 && bytes[size - 1] != '\0';)
			size--;
	text = g_malloc0(size + 1);
	memcpy(text, bytes, size);
	words = (Words){.at = text, .end = text + size};
	next_word(&words);
	program = find_program(text);
	if (g_str_has_prefix(text, LXC_TITLE)) {
		parse_lxc_title(text, claim);
	} else if (!program) {
		parse_browser(&words, text, claim);
	} else {
		claim->kind = program->kind;
		claim->program = program->name;
		claim->identity.runtime = program->runtime;
		if (!parse_words(program->syntax, &words, claim))
			nsl_claim_clear(claim);
	}
}
