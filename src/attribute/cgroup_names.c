/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a cgroup's path: see cgroup_names.h. The facts about engines are from their
 * documentation and from what people show of /proc/PID/cgroup; tests/unit/test_cgroup.c has paths
 * for each row.
 */
#include "attribute/cgroup_names.h"

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

#define LETTERS NSL_LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define WORD	LETTERS NSL_DIGITS "-_.+"
#define UNIT	LETTERS NSL_DIGITS "-_.:\\@"

bool nsl_view_is(NslStrView view, const char *text)
{
	return view.size == strlen(text) && memcmp(view.at, text, view.size) == 0;
}

bool nsl_view_starts(NslStrView view, const char *prefix)
{
	gsize size = strlen(prefix);

	return view.size >= size && memcmp(view.at, prefix, size) == 0;
}

bool nsl_view_ends(NslStrView view, const char *suffix)
{
	gsize size = strlen(suffix);

	return view.size >= size && memcmp(view.at + view.size - size, suffix, size) == 0;
}

bool nsl_view_strip(NslStrView view, const char *prefix, const char *suffix, NslStrView *ret_middle)
{
	gsize before = strlen(prefix);
	gsize after = strlen(suffix);

	if (view.size < before + after || !nsl_view_starts(view, prefix) ||
	    !nsl_view_ends(view, suffix))
		return false;
	*ret_middle = (NslStrView){view.at + before, view.size - before - after};
	return true;
}

gsize nsl_view_span(NslStrView view, const char *set)
{
	gsize size = 0;

	while (size < view.size && strchr(set, view.at[size])) /* there is no NUL in it */
		size++;
	return size;
}

bool nsl_view_consists_of(NslStrView view, const char *set)
{
	return view.size > 0 && nsl_view_span(view, set) == view.size;
}

NslStrView nsl_view_first(NslStrView view, gsize size)
{
	return (NslStrView){view.at, MIN(size, view.size)};
}

NslStrView nsl_view_after(NslStrView view, gsize size)
{
	return (NslStrView){view.at + MIN(size, view.size), view.size - MIN(size, view.size)};
}

char *nsl_view_dup(NslStrView view)
{
	return g_strndup(view.at, view.size);
}

bool nsl_part_is_long_id(NslStrView part)
{
	return part.size == LONG_ID && nsl_view_consists_of(part, NSL_HEX);
}

bool nsl_part_is_word(NslStrView part)
{
	return part.size <= MAX_NAME && nsl_view_consists_of(part, WORD) &&
	       g_ascii_isalnum(part.at[0]);
}

char *nsl_part_unescape(NslStrView part)
{
	g_autoptr(GString) bytes = g_string_sized_new(part.size);

	for (gsize i = 0; i < part.size; i++) {
		int high;
		int low;

		if (part.at[i] != '\\') {
			g_string_append_c(bytes, part.at[i]);
			continue;
		}
		if (part.size - i < 4 || part.at[i + 1] != 'x')
			return NULL;
		high = g_ascii_xdigit_value(part.at[i + 2]);
		low = g_ascii_xdigit_value(part.at[i + 3]);
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		g_string_append_c(bytes, (char)(high * 16 + low));
		i += 3;
	}
	return g_string_free(g_steal_pointer(&bytes), FALSE);
}

/* Takes off what systemd puts before a name that would be one of a cgroup's own files. */
static NslStrView cgroup_unescape(NslStrView part)
{
	return nsl_view_starts(part, "_") ? nsl_view_after(part, 1) : part;
}

/* A unit's name, and not a template's; `suffix` with its '.'. */
static bool is_unit(NslStrView part, const char *suffix)
{
	const char *at;
	NslStrView stem;

	if (part.size > MAX_NAME || !nsl_view_strip(part, "", suffix, &stem) ||
	    !nsl_view_consists_of(stem, UNIT))
		return false;
	at = memchr(stem.at, '@', stem.size);
	return !at || (at != stem.at && at + 1 != stem.at + stem.size);
}

bool nsl_part_is_slice(NslStrView part)
{
	return is_unit(cgroup_unescape(part), ".slice");
}

char *nsl_part_unit(NslStrView part)
{
	/* The kinds that processes are run in (systemd.kill(5)): the others have no cgroups. */
	static const char *const kinds[] = {".service", ".scope", ".socket", ".mount", ".swap"};
	NslStrView name = cgroup_unescape(part);

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (is_unit(name, kinds[i]))
			return nsl_view_dup(name);
	return NULL;
}

bool nsl_part_user_manager(NslStrView part, guint32 *ret_uid)
{
	guint64 uid;
	NslStrView digits;

	/* The highest one is no user's (user_namespaces(7)). */
	if (!nsl_view_strip(part, "user@", ".service", &digits) ||
	    !nsl_parse_number(digits.at, digits.size, G_MAXUINT32 - 1, &uid))
		return false;
	*ret_uid = (guint32)uid;
	return true;
}

/* 8-4-4-4 hexadecimal digits and `last` more. */
static bool is_uuid(NslStrView part, char separator, gsize last)
{
	static const gsize separators[] = {8, 13, 18, 23};
	gsize next = 0;

	if (part.size != 24 + last)
		return false;
	for (gsize i = 0; i < part.size; i++) {
		bool here = next < G_N_ELEMENTS(separators) && separators[next] == i;

		if (here ? part.at[i] != separator : !strchr(NSL_HEX, part.at[i]))
			return false;
		next += here;
	}
	return true;
}

/*
 * How an engine's ids or names look: each takes what stands between a row's prefix and suffix, and
 * gives a copy of the id or name (transfer full), or NULL: it is none.
 */
typedef char *TakeFunc(NslStrView middle);

static char *dup_if(bool valid, NslStrView view)
{
	return valid ? nsl_view_dup(view) : NULL;
}

static char *take_long_id(NslStrView middle)
{
	return dup_if(nsl_part_is_long_id(middle), middle);
}

static char *take_word(NslStrView middle)
{
	return dup_if(nsl_part_is_word(middle), middle);
}

/* One of BuildKit's: 25 digits in base 36. */
static char *take_buildkit(NslStrView middle)
{
	return dup_if(middle.size == 25 && nsl_view_consists_of(middle, NSL_LOWER NSL_DIGITS),
		      middle);
}

/* Cloud Foundry's and Concourse's: a UUID, which Garden makes shorter at its end. */
static char *take_garden(NslStrView middle)
{
	return dup_if(is_uuid(middle, '-', 4) || is_uuid(middle, '-', 12), middle);
}

/* On EC2 it is docker's id; on Fargate (from platform version 1.4) "TASK-NUMBER". */
static char *take_ecs(NslStrView middle)
{
	NslStrView number = nsl_view_after(middle, ECS_TASK + 1);
	bool fargate = number.size <= ECS_NUMBER && nsl_view_consists_of(number, NSL_DIGITS) &&
		       middle.at[ECS_TASK] == '-' &&
		       nsl_view_consists_of(nsl_view_first(middle, ECS_TASK), NSL_HEX);

	return dup_if(fargate || nsl_part_is_long_id(middle), middle);
}

/* LXC takes any name that a directory can have. */
static char *take_name(NslStrView middle)
{
	return dup_if(middle.size > 0 && middle.size <= MAX_NAME && !nsl_view_is(middle, "."),
		      middle);
}

/* "NUMBER-NAME", as libvirt has it. */
static bool strip_number(NslStrView part, NslStrView *ret_name)
{
	gsize digits = nsl_view_span(part, NSL_DIGITS);

	if (digits == 0 || digits + 1 >= part.size || part.at[digits] != '-')
		return false;
	*ret_name = nsl_view_after(part, digits + 1);
	return true;
}

static char *take_libvirt(NslStrView middle)
{
	NslStrView name;

	return strip_number(middle, &name) ? take_name(name) : NULL;
}

/*
 * "SNAP.APP" of a service, "SNAP.APP-UUID" of an application, "SNAP.hook.HOOK-UUID"; SNAP may be
 * "SNAP_INSTANCE", and "SNAP+COMPONENT", with an escaped '+'. The unit tells the rest.
 */
static char *take_snap(NslStrView middle)
{
	NslStrView name = nsl_view_first(middle, nsl_view_span(middle, NSL_LOWER NSL_DIGITS "-_"));
	NslStrView rest = nsl_view_after(middle, name.size);

	return dup_if(nsl_view_span(name, NSL_DIGITS "-_") < name.size && name.size <= MAX_NAME &&
			      rest.size >= 2 &&
			      (rest.at[0] == '.' || nsl_view_starts(rest, "\\x2b")),
		      name);
}

/* "APP-NUMBER", the application's id escaped, so that its own '-' is "\x2d". */
static char *take_flatpak(NslStrView middle)
{
	const char *dash = memrchr(middle.at, '-', middle.size);
	gsize size = dash ? (gsize)(dash - middle.at) : middle.size;
	g_autofree char *name = NULL;

	if (middle.size > MAX_NAME ||
	    !nsl_view_consists_of(nsl_view_after(middle, size + 1), NSL_DIGITS))
		return NULL;
	name = nsl_part_unescape(nsl_view_first(middle, size));
	return name && nsl_part_is_word((NslStrView){name, strlen(name)}) ? g_steal_pointer(&name)
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
	guint levels;
	const char *prefix;
	const char *suffix;
	const char *runtime;
	TakeFunc *take;
	Gives gives;
} names[] = {
	{NULL, 0, "docker-", ".scope", "docker", take_long_id, GIVES_ID},
	{NULL, 0, "docker-", ".scope", "buildkit", take_buildkit, GIVES_ID}, /* that in dockerd */
	{NULL, 0, "libpod-", ".scope", "podman", take_long_id, GIVES_ID},
	{NULL, 0, "libpod-", "", "podman", take_long_id, GIVES_ID},
	/* --cgroups=split: quadlets */
	{NULL, 0, "libpod-payload-", "", "podman", take_long_id, GIVES_ID},
	{NULL, 0, "cri-containerd-", ".scope", "containerd", take_long_id, GIVES_ID},
	{NULL, 0, "nerdctl-", ".scope", "containerd", take_long_id, GIVES_ID},
	{NULL, 0, "crio-", ".scope", "cri-o", take_long_id, GIVES_ID},
	{NULL, 0, "crio-", "", "cri-o", take_long_id, GIVES_ID},
	{NULL, 0, "runc-", ".scope", "runc", take_word, GIVES_ID},
	{NULL, 0, "crun-", ".scope", "crun", take_word, GIVES_ID},
	{NULL, 0, "lxc.payload.", "", "lxc", take_name, GIVES_NAME},
	{NULL, 0, "lxc-", ".libvirt-lxc", "libvirt-lxc", take_libvirt, GIVES_NAME},
	{NULL, 0, "snap.", ".scope", "snap", take_snap, GIVES_APP},
	{NULL, 0, "snap.", ".service", "snap", take_snap, GIVES_APP},
	{NULL, 0, "app-flatpak-", ".scope", "flatpak", take_flatpak, GIVES_APP},
	{"docker", 2, "", "", "docker", take_long_id, GIVES_ID}, /* "docker/buildx/ID" too */
	{"docker", 2, "", "", "buildkit", take_buildkit, GIVES_ID},
	{"buildkit", 1, "", "", "buildkit", take_buildkit, GIVES_ID},
	/* "ecs/TASK/ID", "ecs/CLUSTER/TASK/ID" */
	{"ecs", 3, "", "", "ecs", take_ecs, GIVES_ID},
	/* "garden/good/ID", "garden/bad/ID" */
	{"garden", 2, "", "", "garden", take_garden, GIVES_ID},
	{"lxc", 1, "", "", "lxc", take_name, GIVES_NAME}, /* before LXC 3.1, and Proxmox VE's */
	{"lxc.payload", 1, "", "", "lxc", take_name, GIVES_NAME}, /* LXC 3.1 to 4.0 */
	{"kubepods", 0, "", "", NULL, NULL, GIVES_ID},
	{"libpod_parent", 0, "", "", NULL, NULL, GIVES_ID},
	{"machine", 0, "", "", NULL, NULL, GIVES_ID}, /* libvirt's, without systemd */
};

bool nsl_part_container(NslStrView part, const char *group, guint level, NslIdentity *identity,
			bool *ret_sandbox)
{
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		NslStrView middle;
		char *taken;

		if (names[i].group &&
		    (g_strcmp0(names[i].group, group) != 0 || level > names[i].levels))
			continue;
		if (!nsl_view_strip(part, names[i].prefix, names[i].suffix, &middle))
			continue;
		taken = names[i].take(middle);
		if (!taken)
			continue;
		*identity = (NslIdentity){.runtime = names[i].runtime};
		*(names[i].gives == GIVES_ID ? &identity->id : &identity->name) = taken;
		*ret_sandbox = names[i].gives == GIVES_APP;
		return true;
	}
	return false;
}

const char *nsl_part_group(NslStrView part)
{
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].group && nsl_view_is(part, names[i].group))
			return names[i].group;
	return NULL;
}

/* A Kubernetes pod's UID; of a static pod's mirror it is 32 digits. */
static char *dup_pod_uid(NslStrView part, char separator)
{
	char *uid;

	if (!is_uuid(part, separator, 12) &&
	    !(part.size == 32 && nsl_view_consists_of(part, NSL_HEX)))
		return NULL;
	uid = nsl_view_dup(part);
	return g_strdelimit(uid, "_", '-');
}

/*
 * "kubepods-QOS-podUID.slice"; "kubepods-podUID.slice" where the class is Guaranteed. The kubelet's
 * --cgroup-root is before that ("kubelet-kubepods-…").
 */
static char *pod_of_slice(NslStrView stem)
{
	static const char *const classes[] = {"-burstable", "-besteffort"};
	const char *pod = NULL;
	NslStrView parent;

	for (gsize i = 0; i + 4 <= stem.size; i++)
		if (memcmp(stem.at + i, "-pod", 4) == 0)
			pod = stem.at + i;
	if (!pod)
		return NULL;
	parent = nsl_view_first(stem, (gsize)(pod - stem.at));
	for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
		if (nsl_view_strip(parent, "", classes[i], &parent))
			break;
	if (!nsl_view_is(parent, "kubepods") && !nsl_view_ends(parent, "-kubepods"))
		return NULL;
	return dup_pod_uid(nsl_view_after(stem, (gsize)(pod - stem.at) + 4), '_');
}

/* "libpod_pod_ID.slice", with its parent before it: "machine-libpod_pod_ID.slice". */
static char *podman_pod_of_slice(NslStrView stem)
{
	static const char prefix[] = "libpod_pod_";
	gsize size = strlen(prefix) + LONG_ID;
	NslStrView id;

	if (stem.size < size ||
	    !nsl_view_strip(nsl_view_after(stem, stem.size - size), prefix, "", &id) ||
	    !nsl_part_is_long_id(id) || (stem.size > size && stem.at[stem.size - size - 1] != '-'))
		return NULL;
	return nsl_view_dup(id);
}

char *nsl_part_pod(NslStrView part, const char *group, guint level)
{
	NslStrView stem;
	char *pod;

	if (nsl_view_strip(part, "", ".slice", &stem)) {
		pod = pod_of_slice(stem);
		return pod ? pod : podman_pod_of_slice(stem);
	}
	if (!group)
		return NULL;
	if (strcmp(group, "kubepods") == 0 && level <= 2 && nsl_view_strip(part, "pod", "", &stem))
		return dup_pod_uid(stem, '-');
	if (strcmp(group, "libpod_parent") == 0 && level == 1 && nsl_part_is_long_id(part))
		return nsl_view_dup(part);
	return NULL;
}

bool nsl_part_request(NslStrView part, NslStrView *ret_slice, NslIdentity *identity)
{
	const char *first = memchr(part.at, ':', part.size);
	const char *last = memrchr(part.at, ':', part.size);
	g_autofree char *unit = NULL;
	NslStrView slice;
	NslStrView prefix;
	NslStrView id;
	bool sandbox = false;

	if (!first || first == last || part.size > MAX_NAME)
		return false;
	slice = nsl_view_first(part, (gsize)(first - part.at));
	prefix = (NslStrView){first + 1, (gsize)(last - first) - 1};
	id = nsl_view_after(part, (gsize)(last - part.at) + 1);
	if (!nsl_part_is_slice(slice) || !nsl_part_is_word(prefix))
		return false;
	/* What systemd would have made of it. */
	unit = g_strdup_printf("%.*s-%.*s.scope", (int)prefix.size, prefix.at, (int)id.size, id.at);
	if (!nsl_part_container((NslStrView){unit, strlen(unit)}, NULL, 0, identity, &sandbox))
		return false;
	*ret_slice = slice;
	return true;
}

/* Units that are machines. */
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

/* libvirt's machines are "DRIVER-NUMBER-NAME". */
static bool is_libvirt(NslStrView machine, const char *driver, NslStrView *ret_name)
{
	NslStrView rest;

	return nsl_view_strip(machine, driver, "", &rest) && strip_number(rest, ret_name);
}

/*
 * What the machine `name` is, by the part after its unit: systemd-nspawn has its container in
 * "payload" and is itself in "supervisor", but on cgroup v1 makes neither; libvirt has "libvirt".
 */
static NslPartMachine classify(NslStrView name, NslStrView next, NslCgroupContainer *container)
{
	bool payload = nsl_view_is(next, "payload");
	NslStrView given = name;

	if (nsl_view_is(next, "supervisor"))
		return NSL_PART_MACHINE_OTHER;
	if (!payload && is_libvirt(name, "lxc-", &given)) {
		container->identity.runtime = "libvirt-lxc";
	} else if (!payload &&
		   (nsl_view_is(next, "libvirt") || is_libvirt(name, "qemu-", &given))) {
		return NSL_PART_MACHINE_OTHER;
	} else {
		container->identity.runtime = "nspawn";
		container->needs_engine_record = !payload;
	}
	container->identity.name = nsl_view_dup(given);
	return NSL_PART_MACHINE_CONTAINER;
}

NslPartMachine nsl_part_machine(NslStrView part, NslStrView next, NslCgroupContainer *container,
				char **ret_name)
{
	bool told = nsl_view_is(next, "payload") || nsl_view_is(next, "supervisor");

	for (gsize i = 0; i < G_N_ELEMENTS(machine_units); i++) {
		g_autofree char *text = NULL;
		NslStrView middle;
		NslStrView name;

		if (!nsl_view_strip(part, machine_units[i].prefix, machine_units[i].suffix,
				    &middle) ||
		    (machine_units[i].ambiguous && !told))
			continue;
		text = nsl_part_unescape(middle);
		if (!text)
			break;
		name = (NslStrView){text, strlen(text)};
		if (name.size > MAX_MACHINE || !nsl_part_is_word(name))
			break;
		*ret_name = nsl_view_dup(name);
		return machine_units[i].vm ? NSL_PART_MACHINE_OTHER
					   : classify(name, next, container);
	}
	return NSL_PART_MACHINE_NONE;
}
