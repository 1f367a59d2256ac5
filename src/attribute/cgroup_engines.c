/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How engines name their cgroups: see cgroup_engines.h. The facts are from their documentation and
 * from what people show of /proc/PID/cgroup; tests/unit/test_cgroup.c has paths for each row.
 */
#include "attribute/cgroup_engines.h"

#include <string.h>

/* The longest name of a machine: that of a host (hostname(7)). */
#define MAX_MACHINE 64

#define BUILDKIT_ID 25

/* "TASK-NUMBER" of ECS. */
#define ECS_TASK   32
#define ECS_NUMBER 20

/* 8-4-4-4 hexadecimal digits and `last` more. */
static bool is_uuid(NslPart part, char separator, gsize last)
{
	static const gsize separators[] = {8, 13, 18, 23};
	gsize next = 0;

	if (part.size != 24 + last)
		return false;
	for (gsize i = 0; i < part.size; i++) {
		bool here = next < G_N_ELEMENTS(separators) && separators[next] == i;

		if (here ? part.at[i] != separator : !strchr(NSL_PART_HEX, part.at[i]))
			return false;
		next += here;
	}
	return true;
}

/*
 * How an engine's ids or names look: each takes what stands between a pattern's prefix and its
 * suffix, and gives the container its id or name, or says that it is none.
 */
typedef bool (*TakeFunc)(NslPart middle, NslCgroupContainer *container);

static bool take_long_id(NslPart middle, NslCgroupContainer *container)
{
	if (!nsl_part_is_long_id(middle))
		return false;
	container->identity.id = nsl_part_dup(middle);
	return true;
}

/* One of BuildKit's: 25 digits in base 36. */
static bool take_buildkit(NslPart middle, NslCgroupContainer *container)
{
	if (middle.size != BUILDKIT_ID ||
	    !nsl_part_consists_of(middle, NSL_PART_LOWER NSL_PART_DIGITS))
		return false;
	container->identity.id = nsl_part_dup(middle);
	return true;
}

/* Cloud Foundry's and Concourse's: a UUID, which Garden makes shorter at its end. */
static bool take_garden(NslPart middle, NslCgroupContainer *container)
{
	if (!is_uuid(middle, '-', 4) && !is_uuid(middle, '-', 12))
		return false;
	container->identity.id = nsl_part_dup(middle);
	return true;
}

/* On EC2 it is docker's id; on Fargate (from platform version 1.4) "TASK-NUMBER". */
static bool take_ecs(NslPart middle, NslCgroupContainer *container)
{
	bool fargate = middle.size > ECS_TASK + 1 && middle.size <= ECS_TASK + 1 + ECS_NUMBER &&
		       middle.at[ECS_TASK] == '-' &&
		       nsl_part_consists_of(nsl_part_first(middle, ECS_TASK), NSL_PART_HEX) &&
		       nsl_part_consists_of(nsl_part_after(middle, ECS_TASK + 1), NSL_PART_DIGITS);

	if (!fargate && !nsl_part_is_long_id(middle))
		return false;
	container->identity.id = nsl_part_dup(middle);
	return true;
}

static bool take_word(NslPart middle, NslCgroupContainer *container)
{
	if (!nsl_part_is_word(middle))
		return false;
	container->identity.id = nsl_part_dup(middle);
	return true;
}

/* LXC takes any name that a directory can have. */
static bool take_name(NslPart middle, NslCgroupContainer *container)
{
	if (middle.size == 0 || middle.size > NSL_PART_MAX || nsl_part_is(middle, "."))
		return false;
	container->identity.name = nsl_part_dup(middle);
	return true;
}

/* "NUMBER-NAME", as libvirt has it. */
static bool strip_number(NslPart part, NslPart *ret_name)
{
	gsize digits = nsl_part_span(part, NSL_PART_DIGITS);

	if (digits == 0 || digits + 1 >= part.size || part.at[digits] != '-')
		return false;
	*ret_name = nsl_part_after(part, digits + 1);
	return true;
}

static bool take_libvirt(NslPart middle, NslCgroupContainer *container)
{
	NslPart name;

	return strip_number(middle, &name) && take_name(name, container);
}

/*
 * "SNAP.APP" of a service, "SNAP.APP-UUID" of an application, "SNAP.hook.HOOK-UUID"; SNAP may be
 * "SNAP_INSTANCE", and "SNAP+COMPONENT", with an escaped '+'. The unit tells the rest.
 */
static bool take_snap(NslPart middle, NslCgroupContainer *container)
{
	NslPart name =
		nsl_part_first(middle, nsl_part_span(middle, NSL_PART_LOWER NSL_PART_DIGITS "-_"));
	NslPart rest = nsl_part_after(middle, name.size);

	if (nsl_part_span(name, NSL_PART_DIGITS "-_") == name.size || name.size > NSL_PART_MAX ||
	    rest.size < 2 || !(rest.at[0] == '.' || nsl_part_starts(rest, "\\x2b")))
		return false;
	container->identity.name = nsl_part_dup(name);
	return true;
}

/* "APP-NUMBER", the application's id escaped, so that its own '-' is "\x2d". */
static bool take_flatpak(NslPart middle, NslCgroupContainer *container)
{
	const char *dash = memrchr(middle.at, '-', middle.size);
	g_autofree char *name = NULL;
	gsize size;

	if (!dash || middle.size > NSL_PART_MAX)
		return false;
	size = (gsize)(dash - middle.at);
	if (!nsl_part_consists_of(nsl_part_after(middle, size + 1), NSL_PART_DIGITS))
		return false;
	name = nsl_part_unescape(nsl_part_first(middle, size));
	if (!name || !nsl_part_is_word((NslPart){name, strlen(name)}))
		return false;
	container->identity.name = g_steal_pointer(&name);
	return true;
}

/*
 * What names a container by itself. Not in here: who keeps watch over one ("libpod-conmon-…",
 * "crio-conmon-…", "lxc.monitor.…"), which is outside of it, and which no row takes.
 */
static const struct {
	const char *prefix;
	const char *suffix;
	const char *runtime;
	TakeFunc take;
	bool sandbox;
} patterns[] = {
	{"docker-", ".scope", "docker", take_long_id, false},
	{"docker-", ".scope", "buildkit", take_buildkit, false}, /* that in dockerd */
	{"libpod-", ".scope", "podman", take_long_id, false},
	{"libpod-", "", "podman", take_long_id, false},
	{"libpod-payload-", "", "podman", take_long_id, false}, /* --cgroups=split: quadlets */
	{"cri-containerd-", ".scope", "containerd", take_long_id, false},
	{"nerdctl-", ".scope", "containerd", take_long_id, false},
	{"crio-", ".scope", "cri-o", take_long_id, false},
	{"crio-", "", "cri-o", take_long_id, false},
	{"runc-", ".scope", "runc", take_word, false},
	{"crun-", ".scope", "crun", take_word, false},
	{"lxc.payload.", "", "lxc", take_name, false},
	{"lxc-", ".libvirt-lxc", "libvirt-lxc", take_libvirt, false},
	{"snap.", ".scope", "snap", take_snap, true},
	{"snap.", ".service", "snap", take_snap, true},
	{"app-flatpak-", ".scope", "flatpak", take_flatpak, true},
};

/*
 * Directories of engines, and what names a container at most so many levels below them; where
 * nothing does, the directory is known at least not to be a container's.
 */
static const struct {
	const char *group;
	guint levels;
	const char *runtime;
	TakeFunc take;
} members[] = {
	{"docker", 2, "docker", take_long_id}, /* "docker/buildx/ID" too */
	{"docker", 2, "buildkit", take_buildkit},
	{"buildkit", 1, "buildkit", take_buildkit},
	{"ecs", 3, "ecs", take_ecs},	      /* "ecs/TASK/ID", "ecs/CLUSTER/TASK/ID" */
	{"garden", 2, "garden", take_garden}, /* "garden/good/ID", "garden/bad/ID" */
	{"lxc", 1, "lxc", take_name},	      /* before LXC 3.1, and Proxmox VE's */
	{"lxc.payload", 1, "lxc", take_name}, /* LXC 3.1 to 4.0 */
	{"kubepods", 0, NULL, NULL},
	{"libpod_parent", 0, NULL, NULL},
	{"machine", 0, NULL, NULL}, /* libvirt's, without systemd */
};

bool nsl_part_container(NslPart part, NslCgroupContainer *container, bool *ret_sandbox)
{
	for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
		NslPart middle;

		if (!nsl_part_strip(part, patterns[i].prefix, patterns[i].suffix, &middle) ||
		    !patterns[i].take(middle, container))
			continue;
		container->identity.runtime = patterns[i].runtime;
		*ret_sandbox = patterns[i].sandbox;
		return true;
	}
	return false;
}

const char *nsl_part_group(NslPart part)
{
	for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
		if (nsl_part_is(part, members[i].group))
			return members[i].group;
	return NULL;
}

bool nsl_part_member(NslPart part, const char *group, guint level, NslCgroupContainer *container)
{
	for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
		if (level > members[i].levels || strcmp(group, members[i].group) != 0 ||
		    !members[i].take(part, container))
			continue;
		container->identity.runtime = members[i].runtime;
		return true;
	}
	return false;
}

/* A Kubernetes pod's UID; of a static pod's mirror it is 32 digits. */
static char *dup_pod_uid(NslPart part, char separator)
{
	char *uid;

	if (!is_uuid(part, separator, 12) &&
	    !(part.size == 32 && nsl_part_consists_of(part, NSL_PART_HEX)))
		return NULL;
	uid = nsl_part_dup(part);
	return g_strdelimit(uid, "_", '-');
}

/*
 * "kubepods-QOS-podUID.slice"; "kubepods-podUID.slice" where the class is Guaranteed. The kubelet's
 * --cgroup-root is before that ("kubelet-kubepods-…").
 */
static char *pod_of_slice(NslPart stem)
{
	static const char *const classes[] = {"-burstable", "-besteffort"};
	const char *pod = NULL;
	NslPart parent;

	for (gsize i = 0; i + 4 <= stem.size; i++)
		if (memcmp(stem.at + i, "-pod", 4) == 0)
			pod = stem.at + i;
	if (!pod)
		return NULL;
	parent = nsl_part_first(stem, (gsize)(pod - stem.at));
	for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
		if (nsl_part_strip(parent, "", classes[i], &parent))
			break;
	if (!nsl_part_is(parent, "kubepods") && !nsl_part_ends(parent, "-kubepods"))
		return NULL;
	return dup_pod_uid(nsl_part_after(stem, (gsize)(pod - stem.at) + 4), '_');
}

/* "libpod_pod_ID.slice", with its parent before it: "machine-libpod_pod_ID.slice". */
static char *podman_pod_of_slice(NslPart stem)
{
	static const char prefix[] = "libpod_pod_";
	gsize size = strlen(prefix) + NSL_PART_LONG_ID;
	NslPart id;

	if (stem.size < size ||
	    !nsl_part_strip(nsl_part_after(stem, stem.size - size), prefix, "", &id) ||
	    !nsl_part_is_long_id(id) || (stem.size > size && stem.at[stem.size - size - 1] != '-'))
		return NULL;
	return nsl_part_dup(id);
}

char *nsl_part_pod(NslPart part, const char *group, guint level)
{
	NslPart stem;
	char *pod;

	if (nsl_part_strip(part, "", ".slice", &stem)) {
		pod = pod_of_slice(stem);
		return pod ? pod : podman_pod_of_slice(stem);
	}
	if (!group)
		return NULL;
	if (strcmp(group, "kubepods") == 0 && level <= 2 && nsl_part_strip(part, "pod", "", &stem))
		return dup_pod_uid(stem, '-');
	if (strcmp(group, "libpod_parent") == 0 && level == 1 && nsl_part_is_long_id(part))
		return nsl_part_dup(part);
	return NULL;
}

bool nsl_part_request(NslPart part, NslPart *ret_slice, NslCgroupContainer *container)
{
	const char *first = memchr(part.at, ':', part.size);
	const char *last = memrchr(part.at, ':', part.size);
	g_autofree char *unit = NULL;
	NslPart slice;
	NslPart prefix;
	NslPart id;
	bool sandbox = false;

	if (!first || first == last || part.size > NSL_PART_MAX)
		return false;
	slice = nsl_part_first(part, (gsize)(first - part.at));
	prefix = (NslPart){first + 1, (gsize)(last - first) - 1};
	id = nsl_part_after(part, (gsize)(last - part.at) + 1);
	if (!nsl_part_is_slice(slice) || !nsl_part_is_word(prefix))
		return false;
	/* What systemd would have made of it. */
	unit = g_strdup_printf("%.*s-%.*s.scope", (int)prefix.size, prefix.at, (int)id.size, id.at);
	if (!nsl_part_container((NslPart){unit, strlen(unit)}, container, &sandbox))
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
static bool is_libvirt(NslPart machine, const char *driver, NslPart *ret_name)
{
	NslPart rest;

	return nsl_part_strip(machine, driver, "", &rest) && strip_number(rest, ret_name);
}

/*
 * What the machine `name` is, by the part after its unit: systemd-nspawn has its container in
 * "payload" and is itself in "supervisor", but on cgroup v1 makes neither; libvirt has "libvirt".
 */
static NslPartMachine classify(NslPart name, NslPart next, NslCgroupContainer *container)
{
	bool payload = nsl_part_is(next, "payload");
	NslPart given = name;

	if (nsl_part_is(next, "supervisor"))
		return NSL_PART_MACHINE_OTHER;
	if (!payload && is_libvirt(name, "lxc-", &given)) {
		container->identity.runtime = "libvirt-lxc";
	} else if (!payload &&
		   (nsl_part_is(next, "libvirt") || is_libvirt(name, "qemu-", &given))) {
		return NSL_PART_MACHINE_OTHER;
	} else {
		container->identity.runtime = "nspawn";
		container->weak = !payload;
	}
	container->identity.name = nsl_part_dup(given);
	return NSL_PART_MACHINE_CONTAINER;
}

NslPartMachine nsl_part_machine(NslPart part, NslPart next, NslCgroupContainer *container,
				char **ret_name)
{
	bool told = nsl_part_is(next, "payload") || nsl_part_is(next, "supervisor");

	for (gsize i = 0; i < G_N_ELEMENTS(machine_units); i++) {
		g_autofree char *text = NULL;
		NslPart middle;
		NslPart name;

		if (!nsl_part_strip(part, machine_units[i].prefix, machine_units[i].suffix,
				    &middle) ||
		    (machine_units[i].ambiguous && !told))
			continue;
		text = nsl_part_unescape(middle);
		if (!text)
			break;
		name = (NslPart){text, strlen(text)};
		if (name.size > MAX_MACHINE || !nsl_part_is_word(name))
			break;
		*ret_name = nsl_part_dup(name);
		return machine_units[i].vm ? NSL_PART_MACHINE_OTHER
					   : classify(name, next, container);
	}
	return NSL_PART_MACHINE_NONE;
}
