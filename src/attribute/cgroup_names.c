/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a cgroup's path: see cgroup.h. The facts about engines are from their
 * documentation and from what people show of /proc/PID/cgroup; tests/unit/test_cgroup.c has paths
 * for each row.
 */
#include "attribute/cgroup.h"

#include <string.h>

#include "base/procfs_parse.h"

/* The longest name that a directory or a unit (systemd.unit(5)) has. */
#define MAX_NAME 255

/* The longest name of a machine: that of a host (hostname(7)). */
#define MAX_MACHINE 64

#define LONG_ID 64

/* "TASK-NUMBER" of ECS. */
#define ECS_TASK   32
#define ECS_NUMBER 20

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"
#define HEX	DIGITS "abcdef"
#define WORD	LETTERS DIGITS "-_.+"
#define UNIT	LETTERS DIGITS "-_.:\\@"

static bool consists_of(const char *text, const char *set)
{
	return text[0] != '\0' && text[strspn(text, set)] == '\0';
}

/* What is between a prefix and a suffix (transfer full); NULL: it does not have both. */
static char *strip(const char *text, const char *prefix, const char *suffix)
{
	gsize size = strlen(text);
	gsize around = strlen(prefix) + strlen(suffix);

	return size >= around && g_str_has_prefix(text, prefix) && g_str_has_suffix(text, suffix)
		       ? g_strndup(text + strlen(prefix), size - around)
		       : NULL;
}

bool nsl_part_is_long_id(const char *part)
{
	return strlen(part) == LONG_ID && consists_of(part, HEX);
}

bool nsl_part_is_word(const char *part)
{
	return strlen(part) <= MAX_NAME && consists_of(part, WORD) && g_ascii_isalnum(part[0]);
}

char *nsl_part_unescape(const char *part)
{
	g_autoptr(GString) bytes = g_string_new(NULL);

	while (*part) {
		bool escaped = *part == '\\';
		int high = escaped && part[1] == 'x' ? g_ascii_xdigit_value(part[2]) : -1;
		int low = high >= 0 ? g_ascii_xdigit_value(part[3]) : -1;

		if (escaped && (low < 0 || high + low == 0))
			return NULL;
		g_string_append_c(bytes, escaped ? (char)(high * 16 + low) : *part);
		part += escaped ? 4 : 1;
	}
	return g_string_free(g_steal_pointer(&bytes), FALSE);
}

/* Leaves out what systemd puts before a name that would be one of a cgroup's own files. */
static const char *cgroup_unescape(const char *part)
{
	return part + (part[0] == '_');
}

/* A unit's name, and not a template's; `suffix` with its '.'. */
static bool is_unit(const char *name, const char *suffix)
{
	const char *at = strchr(name, '@');
	gsize size = strlen(name);

	return size > strlen(suffix) && size <= MAX_NAME && g_str_has_suffix(name, suffix) &&
	       consists_of(name, UNIT) &&
	       (!at || (at != name && at + 1 != name + size - strlen(suffix)));
}

bool nsl_part_is_slice(const char *part)
{
	return is_unit(cgroup_unescape(part), ".slice");
}

const char *nsl_part_unit(const char *part)
{
	/* The kinds that processes are run in (systemd.kill(5)): the others have no cgroups. */
	static const char *const kinds[] = {".service", ".scope", ".socket", ".mount", ".swap"};
	const char *name = cgroup_unescape(part);

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (is_unit(name, kinds[i]))
			return name;
	return NULL;
}

bool nsl_part_user_manager(const char *part, gint64 *ret_uid)
{
	g_autofree char *digits = strip(part, "user@", ".service");
	g_autofree char *capsule = strip(part, "capsule@", ".service");
	guint64 uid;
	/* The highest one is no user's (user_namespaces(7)). */
	bool user = digits && nsl_parse_number(digits, strlen(digits), G_MAXUINT32 - 1, &uid);

	if (!nsl_part_unit(part) || !(user || capsule))
		return false;
	*ret_uid = user ? (gint64)uid : NSL_MAKER_ANYBODY;
	return true;
}

/* 8-4-4-4 hexadecimal digits and `last` more. */
static bool is_uuid(const char *text, char separator, gsize last)
{
	if (strlen(text) != 24 + last)
		return false;
	for (gsize i = 0; text[i]; i++) {
		bool between = i == 8 || i == 13 || i == 18 || i == 23;

		if (between ? text[i] != separator : !strchr(HEX, text[i]))
			return false;
	}
	return true;
}

/*
 * How an engine's ids or names look: each takes what stands between a row's prefix and suffix, and
 * gives a copy of the id or name (transfer full), or NULL: it is none.
 */
typedef char *TakeFunc(const char *middle);

static char *dup_if(bool valid, const char *text)
{
	return valid ? g_strdup(text) : NULL;
}

static char *take_long_id(const char *middle)
{
	return dup_if(nsl_part_is_long_id(middle), middle);
}

static char *take_word(const char *middle)
{
	return dup_if(nsl_part_is_word(middle), middle);
}

/* One of BuildKit's: 25 digits in base 36. */
static char *take_buildkit(const char *middle)
{
	return dup_if(strlen(middle) == 25 && consists_of(middle, LOWER DIGITS), middle);
}

/* Cloud Foundry's and Concourse's: a UUID, which Garden makes shorter at its end. */
static char *take_garden(const char *middle)
{
	return dup_if(is_uuid(middle, '-', 4) || is_uuid(middle, '-', 12), middle);
}

/* On EC2 it is docker's id; on Fargate (from platform version 1.4) "TASK-NUMBER". */
static char *take_ecs(const char *middle)
{
	bool fargate = strspn(middle, HEX) == ECS_TASK && middle[ECS_TASK] == '-' &&
		       consists_of(middle + ECS_TASK + 1, DIGITS) &&
		       strlen(middle) <= ECS_TASK + 1 + ECS_NUMBER;

	return dup_if(fargate || nsl_part_is_long_id(middle), middle);
}

/* LXC takes any name that a directory can have. */
static char *take_name(const char *middle)
{
	return dup_if(middle[0] != '\0' && strlen(middle) <= MAX_NAME && strcmp(middle, ".") != 0,
		      middle);
}

/* NAME in "NUMBER-NAME", as libvirt has it; NULL: it is something else. */
static const char *skip_number(const char *text)
{
	gsize digits = strspn(text, DIGITS);

	return digits > 0 && text[digits] == '-' && text[digits + 1] ? text + digits + 1 : NULL;
}

static char *take_libvirt(const char *middle)
{
	const char *name = skip_number(middle);

	return name ? take_name(name) : NULL;
}

/*
 * "SNAP.APP" of a service, "SNAP.APP-UUID" of an application, "SNAP.hook.HOOK-UUID"; SNAP may be
 * "SNAP_INSTANCE", and "SNAP+COMPONENT", with an escaped '+'. The unit tells the rest.
 */
static char *take_snap(const char *middle)
{
	gsize size = strspn(middle, LOWER DIGITS "-_");
	const char *rest = middle + size;

	if (strspn(middle, DIGITS "-_") >= size || size > MAX_NAME ||
	    !((rest[0] == '.' && rest[1]) || g_str_has_prefix(rest, "\\x2b")))
		return NULL;
	return g_strndup(middle, size);
}

/*
 * "SNAP" or "SNAP.APP": what snap-confine calls its cgroups itself, in the hierarchies "freezer",
 * "pids" and "devices".
 */
static char *take_snap_tag(const char *middle)
{
	const char *dot = strrchr(middle, '.');

	if (!dot && strlen(middle) <= MAX_NAME && consists_of(middle, LOWER DIGITS "-_") &&
	    strpbrk(middle, LOWER))
		return g_strdup(middle);
	/* Units' names are in other rows; a quota group's slice is no snap. */
	return dot && !nsl_part_unit(middle) && !nsl_part_is_slice(middle) ? take_snap(middle)
									   : NULL;
}

/* "APP-NUMBER", the application's id escaped, so that its own '-' is "\x2d". */
static char *take_flatpak(const char *middle)
{
	const char *dash = strrchr(middle, '-');
	g_autofree char *escaped = dash ? g_strndup(middle, (gsize)(dash - middle)) : NULL;
	g_autofree char *name = escaped ? nsl_part_unescape(escaped) : NULL;

	return name && nsl_part_is_word(name) && strlen(middle) <= MAX_NAME &&
			       consists_of(dash + 1, DIGITS)
		       ? g_steal_pointer(&name)
		       : NULL;
}

typedef enum Gives {
	GIVES_ID,
	GIVES_NAME,
	GIVES_APP, /* the name of a sandboxed application, which runs no systemd */
} Gives;

/*
 * What names a container: by itself, or at most so many levels below a directory of an engine.
 * Where nothing does, such a directory is known at least not to be a container's. Not in here: who
 * keeps watch over a container ("libpod-conmon-…", "crio-conmon-…", "lxc.monitor.…"), who is
 * outside of it.
 */
static const struct {
	const char *group; /* NULL: wherever it is */
	const char *prefix;
	const char *suffix; /* in brackets: or none, where the engine does not ask systemd */
	const char *runtime;
	TakeFunc *take;
	guint levels; /* below that group, at most */
	Gives gives;
} names[] = {
	{NULL, "docker-", "[.scope]", "docker", take_long_id, 0, GIVES_ID},
	{NULL, "docker-", ".scope", "buildkit", take_buildkit, 0, GIVES_ID}, /* that in dockerd */
	{NULL, "libpod-", "[.scope]", "podman", take_long_id, 0, GIVES_ID},
	/* --cgroups=split: quadlets */
	{NULL, "libpod-payload-", "", "podman", take_long_id, 0, GIVES_ID},
	{NULL, "cri-containerd-", "[.scope]", "containerd", take_long_id, 0, GIVES_ID},
	{NULL, "nerdctl-", "[.scope]", "containerd", take_long_id, 0, GIVES_ID},
	{NULL, "crio-", "[.scope]", "cri-o", take_long_id, 0, GIVES_ID},
	{NULL, "runc-", ".scope", "runc", take_word, 0, GIVES_ID},
	{NULL, "crun-", ".scope", "crun", take_word, 0, GIVES_ID},
	{NULL, "lxc.payload.", "", "lxc", take_name, 0, GIVES_NAME},
	{NULL, "lxc-", ".libvirt-lxc", "libvirt-lxc", take_libvirt, 0, GIVES_NAME},
	{NULL, "snap.", ".scope", "snap", take_snap, 0, GIVES_APP},
	{NULL, "snap.", ".service", "snap", take_snap, 0, GIVES_APP},
	{NULL, "snap.", "", "snap", take_snap_tag, 0, GIVES_APP},
	{NULL, "app-flatpak-", ".scope", "flatpak", take_flatpak, 0, GIVES_APP},
	{NULL, "flatpak-", ".scope", "flatpak", take_flatpak, 0, GIVES_APP}, /* before 1.13 */
	{"docker", "", "", "docker", take_long_id, 2, GIVES_ID}, /* "docker/buildx/ID" too */
	{"docker", "", "", "buildkit", take_buildkit, 2, GIVES_ID},
	{"buildkit", "", "", "buildkit", take_buildkit, 1, GIVES_ID},
	/* "ecs/TASK/ID", "ecs/CLUSTER/TASK/ID" */
	{"ecs", "", "", "ecs", take_ecs, 3, GIVES_ID},
	/* "garden/good/ID", "garden/bad/ID" */
	{"garden", "", "", "garden", take_garden, 2, GIVES_ID},
	{"lxc", "", "", "lxc", take_name, 1, GIVES_NAME}, /* before LXC 3.1, and Proxmox VE's */
	{"lxc.payload", "", "", "lxc", take_name, 1, GIVES_NAME}, /* LXC 3.1 to 4.0 */
	{"kubepods", "", "", NULL, NULL, 0, GIVES_ID},
	{"libpod_parent", "", "", NULL, NULL, 0, GIVES_ID},
	{"machine", "", "", NULL, NULL, 0, GIVES_ID}, /* libvirt's, without systemd */
};

/* As strip(), but a suffix in brackets need not be there. */
static char *strip_row(const char *part, const char *prefix, const char *suffix)
{
	g_autofree char *optional = strip(suffix, "[", "]");
	char *middle = strip(part, prefix, optional ? optional : suffix);

	return optional && !middle ? strip(part, prefix, "") : middle;
}

bool nsl_part_container(const char *part, const char *group, guint level, NslIdentity *identity,
			bool *ret_sandbox)
{
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *middle = NULL;
		char *taken;

		if (names[i].group &&
		    (g_strcmp0(names[i].group, group) != 0 || level > names[i].levels))
			continue;
		middle = strip_row(part, names[i].prefix, names[i].suffix);
		taken = middle ? names[i].take(middle) : NULL;
		if (!taken)
			continue;
		*identity = (NslIdentity){.runtime = names[i].runtime};
		*(names[i].gives == GIVES_ID ? &identity->id : &identity->name) = taken;
		*ret_sandbox = names[i].gives == GIVES_APP;
		return true;
	}
	return false;
}

const char *nsl_part_group(const char *part)
{
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].group && strcmp(part, names[i].group) == 0)
			return names[i].group;
	return NULL;
}

/* A Kubernetes pod's UID; of a static pod's mirror it is 32 digits. */
static char *dup_pod_uid(const char *text, char separator)
{
	if (!is_uuid(text, separator, 12) && !(strlen(text) == 32 && consists_of(text, HEX)))
		return NULL;
	return g_strdelimit(g_strdup(text), "_", '-');
}

/* Whether a slice's name is that, or has its parents before it. */
static bool ends_in(const char *stem, const char *name)
{
	const char *at = stem + strlen(stem) - MIN(strlen(stem), strlen(name));

	return strcmp(at, name) == 0 && (at == stem || at[-1] == '-');
}

/*
 * "kubepods-QOS-podUID.slice"; "kubepods-podUID.slice" where the class is Guaranteed. The kubelet's
 * --cgroup-root is before that ("kubelet-kubepods-…").
 */
static char *pod_of_slice(const char *stem)
{
	static const char *const parents[] = {"kubepods", "kubepods-burstable",
					      "kubepods-besteffort"};
	const char *pod = g_strrstr(stem, "-pod");

	for (gsize i = 0; pod && i < G_N_ELEMENTS(parents); i++) {
		g_autofree char *parent = g_strndup(stem, (gsize)(pod - stem));

		if (ends_in(parent, parents[i]))
			return dup_pod_uid(pod + strlen("-pod"), '_');
	}
	return NULL;
}

/* "libpod_pod_ID.slice", with its parent before it: "machine-libpod_pod_ID.slice". */
static char *podman_pod_of_slice(const char *stem)
{
	const char *id = strlen(stem) > LONG_ID ? stem + strlen(stem) - LONG_ID : "";
	g_autofree char *before = g_strndup(stem, (gsize)(strlen(stem) - strlen(id)));

	return dup_if(ends_in(before, "libpod_pod_") && nsl_part_is_long_id(id), id);
}

char *nsl_part_pod(const char *part, const char *group, guint level)
{
	g_autofree char *stem = strip(part, "", ".slice");
	char *pod;

	if (stem) {
		pod = pod_of_slice(stem);
		return pod ? pod : podman_pod_of_slice(stem);
	}
	/* The kubelet without systemd has "kubepods", or is told another place ("docker"). */
	if (group && level <= 2 && g_str_has_prefix(part, "pod"))
		return dup_pod_uid(part + strlen("pod"), '-');
	if (g_strcmp0(group, "libpod_parent") == 0 && level == 1)
		return take_long_id(part);
	return NULL;
}

bool nsl_part_request(const char *part, char **ret_slice, NslIdentity *identity)
{
	const char *first = strchr(part, ':');
	const char *last = strrchr(part, ':');
	g_autofree char *slice = NULL;
	g_autofree char *prefix = NULL;
	g_autofree char *unit = NULL;
	bool sandbox;

	if (!first || first == last || strlen(part) > MAX_NAME)
		return false;
	slice = g_strndup(part, (gsize)(first - part));
	prefix = g_strndup(first + 1, (gsize)(last - first) - 1);
	if (!nsl_part_is_slice(slice) || !nsl_part_is_word(prefix))
		return false;
	/* What systemd would have made of it. */
	unit = g_strdup_printf("%s-%s.scope", prefix, last + 1);
	if (!nsl_part_container(unit, NULL, 0, identity, &sandbox))
		return false;
	*ret_slice = g_steal_pointer(&slice);
	return true;
}

static const struct {
	const char *prefix;
	const char *suffix;
	bool vm;
	bool ambiguous; /* other services may be called so: the next part decides */
} machine_units[] = {
	{"machine-", ".scope", false, false},
	{"systemd-nspawn@", ".service", false, false},
	{"systemd-vmspawn@", ".service", true, false},
	{"container@", ".service", false, true}, /* NixOS's containers */
};

/* The name in libvirt's "DRIVER-NUMBER-NAME"; NULL: it is another machine. */
static const char *libvirt_name(const char *machine, const char *driver)
{
	return g_str_has_prefix(machine, driver) ? skip_number(machine + strlen(driver)) : NULL;
}

/*
 * Whether the machine is a container, by the part after its unit: systemd-nspawn has its container
 * in "payload" and is itself in "supervisor", but on cgroup v1 makes neither; libvirt has
 * "libvirt".
 */
static void find_machine(const char *machine, const char *next, NslCgroupContainer *container)
{
	bool payload = strcmp(next, "payload") == 0;
	const char *lxc = payload ? NULL : libvirt_name(machine, "lxc-");

	if (strcmp(next, "supervisor") == 0 ||
	    (!lxc && !payload && (strcmp(next, "libvirt") == 0 || libvirt_name(machine, "qemu-"))))
		return;
	container->identity.runtime = lxc ? "libvirt-lxc" : "nspawn";
	container->identity.name = g_strdup(lxc ? lxc : machine);
	container->needs_engine_record = !lxc && !payload;
}

bool nsl_part_machine(const char *part, const char *next, NslCgroupContainer *container,
		      char **ret_name)
{
	bool told = strcmp(next, "payload") == 0 || strcmp(next, "supervisor") == 0;

	for (gsize i = 0; i < G_N_ELEMENTS(machine_units); i++) {
		g_autofree char *escaped =
			strip(part, machine_units[i].prefix, machine_units[i].suffix);
		g_autofree char *name = NULL;

		if (!escaped || (machine_units[i].ambiguous && !told))
			continue;
		name = nsl_part_unescape(escaped);
		if (!name || strlen(name) > MAX_MACHINE || !nsl_part_is_word(name))
			return false;
		if (!machine_units[i].vm)
			find_machine(name, next, container);
		*ret_name = g_steal_pointer(&name);
		return true;
	}
	return false;
}
