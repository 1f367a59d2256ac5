/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/cgroup: paths as engines and systemd make them (documented, or shown in bug
 * reports), such as look like them and are not, and what nobody makes but may offer.
 */
#include "attribute/cgroup.h"

#include <limits.h>
#include <string.h>

#include "test.h"

#define ID	   "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376"
#define ID2	   "432624d2150b349fe35ba397284dea788c2bf66b885d14dfc1569b01890ca7da"
#define ID3	   "ee4b20e90ac7f42a10bd004d05646b13d8ab5e2c5e7cbc01abf8006bac016459"
#define BUILD	   "jvifp9a6b1lxa1kuw8bwfcovf"
#define UID_	   "a5c1f8d5_1919_434d_add7_4afaafdaef89"
#define UID	   "a5c1f8d5-1919-434d-add7-4afaafdaef89"
#define STATIC_UID "187bff14cccb94f179e943eacce55bb3"
#define USER	   "/user.slice/user-1000.slice/user@1000.service"
#define KUBE	   "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice"
#define X2D	   "\\x2d"
#define DISTRO	   "/wsl-user/distro-280/systemd"

/*
 * A text, or the one path of cgroup v2, and what it tells: containers, outermost first, with " > "
 * between: RUNTIME ID-OR-NAME, the runtime with a "?" where it needs an engine's record ("-" where
 * it is not known), then what there is of " space=", " pod=", " owner="; then "unit UNIT", with
 * " in N" containers ("its unit": the last part of the path; "below UNIT": that has made its
 * cgroup); then "machine NAME".
 */
typedef struct Case {
	const char *text;
	const char *expected;
} Case;

static void describe_container(GString *out, const NslCgroupContainer *container)
{
	g_string_append(out, container->identity.runtime ? container->identity.runtime : "-");
	g_string_append(out, container->needs_engine_record ? "? " : " ");
	g_string_append(out,
			container->identity.id ? container->identity.id : container->identity.name);
	if (container->containerd_ns)
		g_string_append_printf(out, " space=%s", container->containerd_ns);
	if (container->identity.pod_uid)
		g_string_append_printf(out, " pod=%s", container->identity.pod_uid);
	if (container->maker != -1)
		g_string_append_printf(out, " owner=%" G_GINT64_FORMAT, container->maker);
}

static char *describe(const NslCgroup *cgroup, const char *text)
{
	GString *all = g_string_new(NULL);
	const char *last = strrchr(text, '/');

	for (guint i = 0; i < cgroup->containers->len; i++) {
		g_string_append(all, i > 0 ? " > " : "");
		describe_container(all, &g_array_index(cgroup->containers, NslCgroupContainer, i));
	}
	if (cgroup->unit) {
		g_string_append(all, all->len > 0 ? ", " : "");
		if (cgroup->below_unit)
			g_string_append_printf(all, "below %s", cgroup->unit);
		else if (last && cgroup->unit_depth == 0 &&
			 g_str_has_prefix(last + 1, cgroup->unit) &&
			 strchr("\n", last[1 + strlen(cgroup->unit)]))
			g_string_append(all, "its unit");
		else
			g_string_append_printf(all, "unit %s", cgroup->unit);
		if (cgroup->unit_depth > 0)
			g_string_append_printf(all, " in %u", cgroup->unit_depth);
	}
	if (cgroup->machine)
		g_string_append_printf(all, "%smachine %s", all->len > 0 ? ", " : "",
				       cgroup->machine);
	return g_string_free(all, FALSE);
}

static void check_case(const Case *test, const char *root)
{
	/* A path is without the end of a line. */
	bool path = test->text[0] == '/' && !g_str_has_suffix(test->text, "\n");
	g_autofree char *text =
		path ? g_strdup_printf("0::%s\n", test->text) : g_strdup(test->text);
	g_auto(NslCgroup) cgroup = {0};
	g_autofree char *found = NULL;

	nsl_cgroup_read(&cgroup, text, root, NULL);
	found = describe(&cgroup, text);
	if (strcmp(found, test->expected) == 0)
		return;
	g_test_message("\"%s\":\n  is       %s\n  expected %s", text, found, test->expected);
	g_test_fail();
}

static const Case cases[] = {
	/* Docker. */
	/* v1, as Debian 8, CentOS 7 and Alpine show it. */
	{"10:net_prio:/" ID "\n9:perf_event:/" ID "\n3:cpuacct:/" ID "\n2:cpu:/" ID "\n", "-? " ID},
	/* From a sibling's cgroup namespace. */
	{"/../" ID, "-? " ID},
	/* Docker Desktop, Container-Optimized OS, systemd's driver with a parent. */
	{"/podruntime/docker", "-? podruntime"},
	{"/kata_" ID, "-? " ID},
	{"/docker/kata_" ID, "docker " ID},
	{"/system.slice/docker-" ID ".scope", "docker " ID ", its unit"},
	{"/docker/" ID, "docker " ID},
	{"/docker/buildx/" ID, "docker " ID},
	/* Rootless. */
	{USER "/user.slice/docker-" ID ".scope", "docker " ID " owner=1000, its unit"},
	/* --cgroup-parent, without systemd: could be another engine's. */
	{"/actions_job/" ID, "-? " ID " space=actions_job"},
	{"/docker/" ID "/" ID2, "docker " ID " > -? " ID2},
	{"/system.slice/docker.service/BestEffort.slice/"
	 "BestEffort-pod0d33f94b_ab1a_11e6_9e1a_68f7281d8004.slice/" ID,
	 "-? " ID ", below docker.service"},
	/* The daemons. */
	{"/system.slice/docker.service", "its unit"},
	/* A process that moved within its container. */
	{"/system.slice/docker-" ID ".scope/grp.scope", "docker " ID ", unit grp.scope in 1"},
	{"/docker/" ID "/system.slice/payload/x.service", "docker " ID},
	/* BuildKit, in dockerd, of its own, and in a container. */
	{"/system.slice/system.slice:docker:" BUILD, "buildkit " BUILD},
	{"/system.slice/docker-" BUILD ".scope", "buildkit " BUILD ", its unit"},
	{"/docker/" BUILD, "buildkit " BUILD},
	{"/docker/buildkit/" BUILD, "buildkit " BUILD},
	{"/buildkit/" BUILD, "buildkit " BUILD},
	{"/docker/buildx/" ID "/buildkit/" BUILD, "docker " ID " > buildkit " BUILD},

	/* Podman. */
	{"/libpod_parent/libpod-" ID "/container", "podman " ID},
	/* --cgroup-parent. */
	{"/foo/libpod-" ID, "podman " ID},
	/* --cgroups=disabled, from a terminal. */
	{USER "/app.slice/app-org.gnome.Terminal.slice/vte-spawn-" UID ".scope", "its unit"},
	{"/machine.slice/libpod-" ID ".scope/container",
	 "podman " ID ", below libpod-" ID ".scope"},
	/* Quadlets (--cgroups=split), and what is beside the container. */
	{"/system.slice/nginx.service/libpod-payload-" ID, "podman " ID ", below nginx.service"},
	{"/system.slice/nginx.service/runtime", "below nginx.service"},
	{USER "/app.slice/app-kollektivkart.slice/kollektivkart@8000.service/libpod-payload-" ID,
	 "podman " ID " owner=1000, below kollektivkart@8000.service"},
	{"/system.slice/foo.service/payload/libpod-" ID, "podman " ID ", below foo.service"},
	/* Pods. */
	{"/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID2 ".scope/container",
	 "podman " ID2 " pod=" ID ", below libpod-" ID2 ".scope"},
	{USER "/user.slice/user-libpod_pod_" ID ".slice/libpod-" ID2 ".scope/container",
	 "podman " ID2 " pod=" ID " owner=1000, below libpod-" ID2 ".scope"},
	{"/libpod_parent/" ID "/libpod-" ID2, "podman " ID2 " pod=" ID},
	{"/libpod_parent/" ID "/" ID2, "-? " ID2 " pod=" ID},
	{"/xlibpod_pod_" ID ".slice/libpod-" ID2 ".scope", "podman " ID2 ", its unit"},
	/* conmon is outside. */
	{"/machine.slice/libpod-conmon-" ID ".scope", "its unit"},
	{USER "/user.slice/libpod-conmon-" ID ".scope", "its unit"},
	{"/libpod_parent/conmon", ""},
	/* With systemd in it. */
	{"/machine.slice/libpod-" ID ".scope/container/system.slice/sshd.service",
	 "podman " ID ", unit sshd.service in 1"},

	/* containerd, nerdctl and runc. */
	{"/system.slice/nerdctl-" ID, "containerd " ID},
	{"/buildkit/" ID, "-? " ID},
	{USER "/user.slice/user.slice:nerdctl:" ID,
	 "containerd " ID " owner=1000, below user@1000.service"},
	{"/system.slice:runc:r1", "runc r1"},
	{"/user.slice:runc:my.c_1", "runc my.c_1"},
	{"/user.slice/crun-buildah-buildah123.scope", "crun buildah-buildah123, its unit"},
	{"/system.slice/nerdctl-" ID ".scope", "containerd " ID ", its unit"},
	{USER "/user.slice/nerdctl-" ID ".scope", "containerd " ID " owner=1000, its unit"},
	{"/system.slice/runc-r1.scope", "runc r1, its unit"},
	{USER "/user.slice/crun-my.c_1.scope", "crun my.c_1 owner=1000, its unit"},
	/* ctr, nerdctl and runc without systemd: weak. */
	{"/default/" ID, "-? " ID " space=default"},
	{"/ns1/c1", "-? ns1 > -? c1 space=ns1"},
	{"/r1", "-? r1"},
	{"/user.slice/c1", ""},
	{"/ns1/c 1", "-? ns1"},
	{"/-x", ""},
	{"/.", ""},

	/* Kubernetes. */
	/* From within a cgroup namespace (a DaemonSet's, k0s, minikube): what is above has no name.
	 */
	{"/../../../burstable/pod" UID "/" ID, "cri " ID " pod=" UID},
	{"/../../pod" STATIC_UID "/" ID, "cri " ID " pod=" STATIC_UID},
	{"/../crio-" ID ".scope", "cri-o " ID ", its unit"},
	{"/../../../kubepods-pod" STATIC_UID ".slice/docker-" ID ".scope",
	 "docker " ID " pod=" STATIC_UID ", its unit"},
	{"/../../../a/b/pod" UID "/" ID, "-? " ID},
	/* Drivers that ask systemd for the pod's slice alone. */
	{KUBE "/cri-containerd-" ID, "containerd " ID " pod=" UID},
	{"11:devices:/kubepods.slice/kubepods-pod" UID_ ".slice/" ID "\n", "cri " ID " pod=" UID},
	/* Docker, with the kubelet's --cgroup-root=/docker. */
	{"/docker/pod" UID "/" ID, "docker " ID " pod=" UID},
	/* Kata Containers. */
	{"/kubepods/pod" UID "/kata_" ID, "cri " ID " pod=" UID},
	{KUBE "/kata_" ID, "cri " ID " pod=" UID},
	{"/kubepods/burstable/pod" UID "/kata_" ID "x", ""},
	{"/kata_overhead/" ID, "-? " ID " space=kata_overhead"},
	/* k3s, RKE2, MicroK8s, k0s. */
	{"/system.slice/k3s-agent.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID,
	 "containerd " ID " pod=" UID ", below k3s-agent.service"},
	/* Those of one pod in several hierarchies of v1. */
	{"11:pids:/kubepods/besteffort/pod" UID "/" ID "\n10:cpuset:/kubepods/besteffort/pod" UID
	 "/" ID "\n9:memory:/kubepods/besteffort/pod" UID "/" ID
	 "\n1:name=systemd:/kubepods/besteffort/pod" UID "/" ID "\n",
	 "cri " ID " pod=" UID},
	/* The kubelet's other parts. */
	{"/kubepods.slice/kubepods-burstable.slice", ""},
	/* Each class, and each of the two drivers. */
	{KUBE "/cri-containerd-" ID ".scope", "containerd " ID " pod=" UID ", its unit"},
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/docker-" ID ".scope",
	 "docker " ID " pod=" UID ", its unit"},
	{"/kubepods/burstable/pod" UID "/" ID, "cri " ID " pod=" UID},
	/* Static pods: their mirrors' UIDs are hashes. */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC_UID
	 ".slice/cri-containerd-" ID ".scope",
	 "containerd " ID " pod=" STATIC_UID ", its unit"},
	/* --cgroup-root */
	{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	 "kubelet-kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	 "containerd " ID " pod=" UID ", its unit"},
	/* systemd's names and a runtime without systemd. */
	{"/kubepods-besteffort-pod" UID_ ".slice:cri-containerd:" ID, "containerd " ID " pod=" UID},
	/* Further down: what a pod makes in its container. */
	{"/kubepods/besteffort/pod" UID "/" ID "/kube-proxy", "cri " ID " pod=" UID},
	{KUBE "/crio-" ID ".scope/container", "cri-o " ID " pod=" UID ", below crio-" ID ".scope"},
	/* Without a container. */
	{KUBE, ""},
	{"/kubepods/burstable/pod" UID, ""},
	{"/kubepods", ""},
	{KUBE "/crio-conmon-" ID ".scope", "its unit"},
	{"/kubepods/besteffort/pod" UID "/crio-conmon-" ID, ""},
	/* What is no pod. */
	{"/pod" UID "/" ID, "-? " ID " space=pod" UID},
	{"/kubepods/burstable/pod" UID "x/" ID, "-? " ID},
	{"/kubepods/a/b/pod" UID "/" ID, "-? " ID},
	{"/mykubepods-pod" UID_ ".slice/docker-" ID ".scope", "docker " ID ", its unit"},
	{"/kubepods-guaranteed-pod" UID_ ".slice/docker-" ID ".scope", "docker " ID ", its unit"},
	{"/kubepods-pod.slice/docker-" ID ".scope", "docker " ID ", its unit"},

	/* LXC, Incus and LXD. */
	{"11:hugetlb:/lxc/juju-machine-1-lxc-0\n2:name=systemd:/lxc/juju-machine-1-lxc-0\n",
	 "lxc juju-machine-1-lxc-0"},
	/* A unit of the path that comes before the one which has most. */
	{"4:cpu:/docker/" ID2 "\n3:pids:/docker/" ID "/cron.service\n2:freezer:/docker/" ID
	 "/docker/" ID3 "\n",
	 "docker " ID " > docker " ID3 ", unit cron.service in 1"},
	/* A name that was in use: LXC adds a number; which it was the monitor tells. */
	{"/lxc.payload.web-1", "lxc web-1"},
	{"/../lxc.monitor.web", ""},
	{"/lxc/100/ns/system.slice/postfix.service", "lxc 100, unit postfix.service in 1"},
	{"/system.slice/lxc-net.service", "its unit"},
	{"/lxc.payload.c1", "lxc c1"},
	{"/lxc.payload/c1", "lxc c1"},
	{"/lxc/c1", "lxc c1"},
	{"/lxc/101/ns/init.scope", "lxc 101, unit init.scope in 1"},
	{"/lxc/docker", "lxc docker"},
	{"/lxc.payload.c\xc3\xb6 \x1b[1m\xff", "lxc c\xc3\xb6 \x1b[1m\xff"},
	{"/lxc.monitor.c1", ""},
	{"/lxc.monitor/c1", ""},
	{"/lxc.pivot", ""},
	{"/lxc.payload.", ""},
	{"/lxc", ""},
	{"/lxc.payload", ""},
	/* libvirt's. */
	{"4:cpu:/machine/lxc-1268-sl.libvirt-lxc\n", "libvirt-lxc sl"},
	{"/machine.slice/machine-lxc" X2D "1268" X2D "sl.scope",
	 "libvirt-lxc sl, its unit, machine lxc-1268-sl"},
	{"/machine.slice/machine-lxc" X2D "1" X2D "a" X2D "b.scope/libvirt",
	 "libvirt-lxc a-b, below machine-lxc" X2D "1" X2D "a" X2D "b.scope, machine lxc-1-a-b"},
	{"4:cpu:/machine/lxc-sl.libvirt-lxc\n", ""},

	/* Machines. */
	/* rkt's, on v1: nothing shows what it is. */
	{"1:name=systemd:/machine.slice/machine-rkt" X2D
	 "0a2e1c4f.scope/system.slice/debian.service\n",
	 "nspawn? rkt-0a2e1c4f, unit debian.service in 1, machine rkt-0a2e1c4f"},
	{USER "/machine.slice/systemd-nspawn@web.service/payload/init.scope",
	 "nspawn web owner=1000, unit init.scope in 1"},
	{"/machine.slice/machine-web.scope/payload",
	 "nspawn web, below machine-web.scope, machine web"},
	{"/machine.slice/systemd-nspawn@media-01.service/payload/init.scope",
	 "nspawn media-01, unit init.scope in 1, machine media-01"},
	{"/machine.slice/container@g.service/payload/system.slice/a.service",
	 "nspawn g, unit a.service in 1, machine g"},
	/* A container may call itself as libvirt would call a machine. */
	{"/machine.slice/machine-qemu" X2D "1" X2D "x.scope/payload",
	 "nspawn qemu-1-x, below machine-qemu" X2D "1" X2D "x.scope, machine qemu-1-x"},
	/* cgroup v1 has no payload; what else could be there? A virtual machine. */
	{"1:name=systemd:/machine.slice/machine-web.scope\n", "nspawn? web, its unit, machine web"},
	{"1:name=systemd:/machine.slice/systemd-nspawn@web.service\n",
	 "nspawn? web, its unit, machine web"},
	/* nspawn itself. */
	{"/machine.slice/machine-web.scope/supervisor", "below machine-web.scope, machine web"},
	{"/machine.slice/systemd-nspawn@web.service/supervisor",
	 "below systemd-nspawn@web.service, machine web"},
	{"/machine.slice/container@g.service/supervisor", "below container@g.service, machine g"},
	/* Virtual machines. */
	{"/machine.slice/machine-qemu" X2D "6" X2D "vm1.scope/libvirt/emulator",
	 "below machine-qemu" X2D "6" X2D "vm1.scope, machine qemu-6-vm1"},
	{"4:cpuset:/machine.slice/machine-qemu" X2D "6" X2D "vm1.scope/vcpu0\n",
	 "below machine-qemu" X2D "6" X2D "vm1.scope, machine qemu-6-vm1"},
	{"/machine.slice/machine-ch" X2D "1" X2D "x.scope/libvirt",
	 "below machine-ch" X2D "1" X2D "x.scope, machine ch-1-x"},
	{"/machine.slice/systemd-vmspawn@v.service", "its unit, machine v"},
	{"4:cpu:/machine/qemu-1-vm.libvirt-qemu/emulator\n", ""},
	/* A service that is called so. */
	{"/system.slice/container@g.service", "its unit"},
	/* A user's own: no machine of the system's. */
	{USER "/app.slice/machine-web.scope/payload",
	 "nspawn web owner=1000, below machine-web.scope"},
	/* In a container: its own machined's. */
	{"/lxc.payload.c1/machine.slice/machine-web.scope/payload",
	 "lxc c1 > nspawn web, below machine-web.scope in 1"},
	/* Names that no machine has. */
	{"/machine.slice/machine-a" X2D ".scope", "nspawn? a-, its unit, machine a-"},
	{"/machine.slice/machine-a\\x2.scope/payload", "below machine-a\\x2.scope"},
	{"/machine.slice/machine-a\\x.scope/payload", "below machine-a\\x.scope"},
	{"/machine.slice/machine-a\\.scope/payload", "below machine-a\\.scope"},
	{"/machine.slice/machine-a\\xzz.scope/payload", "below machine-a\\xzz.scope"},
	{"/machine.slice/machine-a\\x00.scope/payload", "below machine-a\\x00.scope"},
	{"/machine.slice/machine-a\\x2f.scope/payload", "below machine-a\\x2f.scope"},
	{"/machine.slice/machine-a\\x0a.scope/payload", "below machine-a\\x0a.scope"},
	{"/machine.slice/machine-.scope/payload", "below machine-.scope"},
	{"/machine.slice/systemd-nspawn@.service/payload", ""},
	{"/machine.slice/machine-" ID "x.scope/payload", "below machine-" ID "x.scope"},

	/* Sandboxes. */
	/* Before snapd 2.44: a session's cgroups but where snap-confine has its own. */
	{"7:freezer:/snap.hello-world\n1:name=systemd:/user.slice/user-1000.slice/"
	 "session-2.scope\n",
	 "snap hello-world, its unit"},
	{"9:devices:/snap.lxd.hook.configure\n1:name=systemd:/system.slice/snapd.service\n",
	 "snap lxd, its unit"},
	{"7:freezer:/snap.foo_bar\n1:name=systemd:/\n", "snap foo_bar"},
	{"7:freezer:/snap.\n", "-? snap."},
	{"7:freezer:/snap.Foo\n", "-? snap.Foo"},
	{"7:freezer:/snap.1\n", "-? snap.1"},
	/* In a quota group. */
	{"/snap.foo.slice", ""},
	{USER "/snap.code.code-" UID ".scope", "snap code owner=1000, its unit"},
	/* Flatpak before 1.13. */
	{USER "/flatpak-org.gnome.Builder-4711.scope",
	 "flatpak org.gnome.Builder owner=1000, its unit"},
	{"1:name=systemd:" USER "/flatpak-com.spotify.Client-2816.scope\n",
	 "flatpak com.spotify.Client owner=1000, its unit"},
	{USER "/app.slice/flatpak-session-helper.service", "its unit"},
	{"/system.slice/flatpak-system-helper.service", "its unit"},
	{"/system.slice/snap.lxd.daemon.service", "snap lxd, its unit"},
	{"/system.slice/snap.lxd.hook.configure-4706fe54.scope", "snap lxd, its unit"},
	{"/system.slice/snap.a\\x2bb.hook.install-1.scope", "snap a, its unit"},
	{"/system.slice/snap..x.scope", "its unit"},
	{"/system.slice/snap.1.x.scope", "its unit"},
	{"/system.slice/snap.Firefox.x.scope", "its unit"},
	{"/system.slice/snap.firefox.scope", "its unit"},
	{"/system.slice/snap.firefox..scope", "its unit"},
	{"/system.slice/snapd.service", "its unit"},
	{USER "/app.slice/app-flatpak-org.mozilla.firefox-2891.scope",
	 "flatpak org.mozilla.firefox owner=1000, its unit"},
	{USER "/app.slice/app-flatpak-md.obsidian.Obsidian" X2D "beta-3634276202.scope",
	 "flatpak md.obsidian.Obsidian-beta owner=1000, its unit"},
	{USER "/app.slice/app-flatpak-com.valvesoftware.Steam.scope", "its unit"},
	{USER "/app.slice/app-flatpak--1.scope", "its unit"},
	{USER "/app.slice/app-flatpak-a\\x-1.scope", "its unit"},
	{USER "/app.slice/app-gnome-firefox-2891.scope", "its unit"},
	/* An application has no units below. */
	{"/system.slice/snap.docker.dockerd.service/docker/" ID,
	 "snap docker > docker " ID ", below snap.docker.dockerd.service"},
	{"/system.slice/snap.x.y.service/ssh.service", "snap x, below snap.x.y.service"},

	/* Clouds. */
	/* ECS's agent, and a task's on cgroup v2. */
	{"/ecstasks.slice/ecstasks-e95a40efbde84cbc8600660a109ec194.slice", ""},
	{"11:freezer:/ecs/default/e95a40efbde84cbc8600660a109ec194/" ID "\n", "ecs " ID},
	/* Nomad's exec tasks, before and since 1.7, and its docker. */
	{"/nomad.slice/share.slice/b30be889-ebb4-8524-cc84-bfd79acd6057.promtail.scope",
	 "its unit"},
	/* Mesos, which has its own containerizer: no record of it is known. */
	{"4:memory:/mesos/0a2e1c4f-0c2a-4b6f-8a86-9b1a8b1c3d55\n",
	 "-? mesos > -? 0a2e1c4f-0c2a-4b6f-8a86-9b1a8b1c3d55 space=mesos"},
	/* Firecracker's jailer, Slurm, YARN: likewise. */
	{"/firecracker/551e7604-e35c-42b3-b825-416853441234",
	 "-? firecracker > -? 551e7604-e35c-42b3-b825-416853441234 space=firecracker"},
	/* ECS on EC2, and on Fargate before and since 1.4. */
	{"1:name=systemd:/ecs/55091c13-b8cf-4801-b527-f4601742204d/" ID "\n", "ecs " ID},
	{"3:cpuacct:/ecs/my-cluster/e39cda25f9824fe9b035e2f57e81c793/" ID "\n", "ecs " ID},
	{"1:name=systemd:/ecs/34dc0b5e626f2c5c4c5170e34b10e765-1234567890\n",
	 "ecs 34dc0b5e626f2c5c4c5170e34b10e765-1234567890"},
	{"1:name=systemd:/ecs/34dc0b5e626f2c5c4c5170e34b10e765/"
	 "34dc0b5e626f2c5c4c5170e34b10e765-1234567890\n",
	 "ecs 34dc0b5e626f2c5c4c5170e34b10e765-1234567890"},
	{"1:name=systemd:/ecs/34dc0b5e626f2c5c4c5170e34b10e765-\n", ""},
	{"1:name=systemd:/ecs/34dc0b5e626f2c5c4c5170e34b10e76-1234567890\n", ""},
	{"1:name=systemd:/ecs/a/b/c/" ID "\n", "-? " ID},
	/* Cloud Foundry and Concourse. */
	{"13:memory:/system.slice/garden.service/garden/70eb4ce5-a065-4401-6990-88ed\n",
	 "garden 70eb4ce5-a065-4401-6990-88ed, below garden.service"},
	{"1:freezer:/garden/6f265890-5165-7fab-6b52-18d1\n", "garden 6f265890-5165-7fab-6b52-18d1"},
	{"5:cpu:/system.slice/garden.service/garden/good/2f57368b-0eda-4e52-64d8-af5c\n",
	 "garden 2f57368b-0eda-4e52-64d8-af5c, below garden.service"},
	{"5:cpu:/garden/0d233f08-00c2-43d8-5b57-2c2af4f5bfc0\n",
	 "garden 0d233f08-00c2-43d8-5b57-2c2af4f5bfc0"},
	{"5:cpu:/garden/0d233f08-00c2-43d8-5b57\n", ""},
	{"5:cpu:/garden/0d233f08_00c2_43d8_5b57_2c2af4f5bfc0\n", ""},

	/* Units. */
	/* Capsules: a manager of its own, of a user whom systemd makes. */
	{"/capsule.slice/capsule@test.service/app.slice/run-p9-i1.service", "its unit"},
	{"/capsule.slice/capsule@test.service", "its unit"},
	{"/capsule.slice/capsule@test.service/app.slice/libpod-" ID ".scope",
	 "podman " ID " owner=-2, its unit"},
	{"/capsule.slice/capsule@test.service/machine.slice/machine-x.scope/payload",
	 "nspawn x owner=-2, below machine-x.scope"},
	{USER "/app.slice/capsule@test.service/a.service", "below capsule@test.service"},
	/* Other inits: OpenRC, with elogind or without, runit, s6. */
	{"1:name=openrc:/sshd\n", ""},
	{"9:pids:/\n2:cpu:/\n1:name=openrc:/docker\n", ""},
	{"/openrc.sshd", "-? openrc.sshd"},
	{"1:name=elogind:/2\n0::/\n", ""},
	{"/1", "-? 1"},
	/* What services and managers make below them. */
	{"/system.slice/systemd-udevd.service/udev", "below systemd-udevd.service"},
	{"/system.slice/systemd-nsresourced.service/supervisor",
	 "below systemd-nsresourced.service"},
	{USER "/app.slice/app-dbus" X2D ":1.2" X2D "org.a.b.slice/dbus-:1.2-org.a.b@0.service",
	 "its unit"},
	{"/system.slice/dev-zram0.swap", "its unit"},
	/* systemd before 205; Upstart and cgmanager. */
	{"1:name=systemd:/system/sshd.service\n", "-? system"},
	{"8:memory:/\n1:name=systemd:/user.slice/user-1000.slice/session-c2.scope\n", "its unit"},
	/* Ubuntu 16.04: v1, of a session, each hierarchy. */
	{"11:cpu,cpuacct:/user.slice/user-0.slice/session-1.scope\n9:freezer:/\n4:pids:/user.slice/"
	 "user-0.slice/session-1.scope\n1:name=systemd:/user.slice/user-0.slice/"
	 "session-1.scope\n0::/\n",
	 "unit session-1.scope"},
	{"/", ""},
	{"/init.scope", "its unit"},
	{"/system.slice/ssh.service", "its unit"},
	{"/system.slice/system-getty.slice/getty@tty1.service", "its unit"},
	{"/system.slice/dev" X2D "a.service", "its unit"},
	{"/system.slice/systemd-journald-dev-log.socket", "its unit"},
	{"/system.slice/home.mount", "its unit"},
	{"/user.slice/user-1000.slice/session-3.scope", "its unit"},
	{USER, "its unit"},
	{USER "/app.slice", "unit user@1000.service"},
	{USER "/app.slice/foo.service", "its unit"},
	{"/user.slice/user-0.slice/user@0.service/app.slice/dbus.socket", "its unit"},
	/* What is below a unit is what it makes. */
	{"/system.slice/ssh.service/x.service", "below ssh.service"},
	{"/system.slice/ssh.service/system.slice/x.service", "below ssh.service"},
	{"/x.service/user@5.service/y.service", "below x.service"},
	{USER "/user@0.service/x.service", "below user@0.service"},
	/* As cgroups' own files are called. */
	{"/system.slice/_cpu.service", "unit cpu.service"},
	{"/system.slice/__x.service", "unit _x.service"},
	{"/_tasks.slice/x.service", "its unit"},
	/* No units. */
	{"/system.slice", ""},
	{"/system.slice/.service", ""},
	{"/system.slice/getty@.service", ""},
	{"/system.slice/@x.service", ""},
	{"/system.slice/getty####@tty6.service/xxx", ""},
	{"/system.slice/a b.service", ""},
	{"/system.slice/\xc3\xb6.service", ""},
	{"/system.slice/\xff.service", ""},
	{"/system.slice/foo.timer", ""},
	{"/system.slice/foo.Service", ""},
	{"/.slice/x.service", ""},
	{"/x/y.service", "-? x"},
	{"/user.slice/user@x.service/y.service", "below user@x.service"},
	{"/user.slice/user@4294967295.service/y.service", "below user@4294967295.service"},
	{"/user.slice/user@-1.service/y.service", "below user@-1.service"},

	/* Nested ones. */
	/* kind on v1; k3d; minikube's containerd in Docker; dind with systemd's driver. */
	{"11:pids:/docker/" ID "/kubelet/kubepods/besteffort/pod" UID "/" ID2
	 "\n1:name=systemd:/docker/" ID "/kubelet/kubepods/besteffort/pod" UID "/" ID2 "\n",
	 "docker " ID " > cri " ID2 " pod=" UID},
	/* The unit is nothing without the container that it is in. */
	{"3:memory:/docker/" ID
	 "\n1:name=systemd:/machine.slice/machine-rkt.scope/system.slice/debian.service\n",
	 "docker " ID ", machine rkt"},
	/* RancherOS; docker in docker. */
	{"9:name=systemd:/docker/" ID "/docker/" ID2 "\n", "docker " ID " > docker " ID2},
	/* kind, and minikube with CRI-O. */
	{"/system.slice/docker-" ID
	 ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	 "kubelet-kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID2 ".scope",
	 "docker " ID " > containerd " ID2 " pod=" UID ", unit cri-containerd-" ID2 ".scope in 1"},
	{"/docker/" ID KUBE "/crio-" ID2 ".scope",
	 "docker " ID " > cri-o " ID2 " pod=" UID ", unit crio-" ID2 ".scope in 1"},
	/* docker in a pod, in LXC, in nspawn: the pod is that of the outer one alone. */
	{KUBE "/cri-containerd-" ID ".scope/docker/" ID2,
	 "containerd " ID " pod=" UID " > docker " ID2 ", below cri-containerd-" ID ".scope"},
	/* A user's engine in a container: whose UID 1000 is cannot be told. */
	{"/lxc.payload.c1" USER "/user.slice/libpod-" ID ".scope/container",
	 "lxc c1 > podman " ID ", below libpod-" ID ".scope in 1"},
	/* Of a systemd in a user's container. */
	{USER "/user.slice/libpod-" ID ".scope/container/system.slice/ssh.service",
	 "podman " ID " owner=1000, unit ssh.service in 1"},
	/* A container in a user's container is the user's. */
	{USER "/user.slice/libpod-" ID ".scope/container/docker/" ID2,
	 "podman " ID " owner=1000 > docker " ID2 " owner=1000, below libpod-" ID ".scope"},
	/* The monitor of a container in a container. */
	{"/lxc.payload.c1/machine.slice/libpod-conmon-" ID ".scope",
	 "lxc c1, unit libpod-conmon-" ID ".scope in 1"},
	{"/docker/" ID "/docker/" ID2 "/docker/" ID3,
	 "docker " ID " > docker " ID2 " > docker " ID3},

	/* Hostile ones. */
	/* Ids of a wrong length or alphabet. */
	{"/system.slice/docker-.scope", "its unit"},
	{"/system.slice/docker-34dc0b5e.scope", "its unit"},
	{"/system.slice/docker-" ID "0.scope", "its unit"},
	{"/docker/34DC0B5E626F2C5C4C5170E34B10E7654CE36F0FCD532739F4445BAABEA03376", ""},
	{"/docker/34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea0337g", ""},
	{"/docker/" ID " ", ""},
	{"/docker/ " ID, ""},
	{"/docker", ""},
	{"/docker/a/b/" ID, "-? " ID},
	{"/system.slice/docker-" ID ".scope2", ""},
	{"/system.slice/mydocker-" ID ".scope", "its unit"},
	{"/system.slice/libpod-" ID ".service", "its unit"},
	{"/buildkit/jvifp9a6b1lxa1kuw8bwfcov", ""},
	{"/system.slice/runc-.scope", "its unit"},
	/* Requests that systemd would refuse. */
	{"/system.slice:docker:", ""},
	{"/system.slice:docker:34dc", ""},
	{"/:docker:" ID, ""},
	{"/system:docker:" ID, ""},
	{"/system.slice::" ID, ""},
	{"/system.slice:docker" ID, ""},
	{"/system.slice:a:docker:" ID, ""},
	{"/::", ""},
	/* A path with colons is a path. */
	{"/system.slice/a:b.service", "its unit"},
	/* Removed since. */
	{"/system.slice/docker-" ID ".scope (deleted)", "docker " ID ", unit docker-" ID ".scope"},
	{"/docker/" ID " (deleted)", "docker " ID},
	{"/system.slice/ssh.service (deleted)", "unit ssh.service"},
	{"/lxc.payload.c1 (deleted)", "lxc c1"},
	{"/lxc.payload.c1 (deleted)/x", "lxc c1 (deleted)"},
	{"0:: (deleted)\n", ""},
	/* Seen from within a cgroup namespace. */
	{"/..", ""},
	{"/../..", ""},
	{"/../ssh.service", "its unit"},
	{"/../docker-" ID ".scope", "docker " ID ", its unit"},
	{"/../../system.slice/docker-" ID ".scope", "docker " ID ", its unit"},
	{"/../../.." KUBE "/cri-containerd-" ID ".scope",
	 "containerd " ID " pod=" UID ", its unit"},
	/* The kernel makes none of these. */
	{"/system.slice/../docker-" ID ".scope", ""},
	{"/docker/" ID "/../" ID2, "docker " ID},
	{"/lxc/..", ""},
	{"/lxc/./x", ""},
	{"//system.slice///docker-" ID ".scope//", "docker " ID ", unit docker-" ID ".scope"},
	{"0::\n", ""},
	{"0::x\n", ""},
	{"0:/docker/" ID "\n", ""},
	{"/docker/" ID "\n", ""},
	{":::::\n", ""},
	{"\n\n\n", ""},
	{"", ""},
	{"0", ""},
	{"0:", ""},
	/* Without its last newline; with one of DOS. */
	{"0::/docker/" ID, "docker " ID},
	{"/system.slice/ssh.service\r", ""},

	/* Files of several lines. */
	/* v1: docker with cgroupfs, as many show it. */
	{"14:name=systemd:/docker/" ID "\n13:rdma:/\n12:pids:/docker/" ID "\n11:hugetlb:/docker/" ID
	 "\n10:net_prio:/docker/" ID "\n9:perf_event:/docker/" ID "\n8:net_cls:/docker/" ID "\n",
	 "docker " ID},
	/* v1: a session. */
	{"13:name=systemd:/user/1000.user/c2.session\n12:pids:/\n1:cpuset:/\n",
	 "-? user > -? 1000.user space=user"},
	/* Hybrid: the engine leaves the unified hierarchy alone. */
	{"12:net_cls,net_prio:/docker/" ID "\n11:freezer:/docker/" ID
	 "\n10:rdma:/\n1:name=systemd:/docker/" ID "\n0::/system.slice/containerd.service\n",
	 "docker " ID ", its unit"},
	/* Hybrid: a service; controllers that it does not use. */
	{"9:pids:/system.slice/ssh.service\n8:freezer:/\n1:name=systemd:/system.slice/"
	 "ssh.service\n0::/system.slice/ssh.service\n",
	 "its unit"},
	/* v1: some controllers tell a service too, others just the container. */
	{"11:perf_event:/kubepods-besteffort-pod" UID_ ".slice:cri-containerd:" ID3
	 "\n10:blkio:/system.slice/containerd.service/kubepods-besteffort-pod" UID_
	 ".slice:cri-containerd:" ID3 "\n",
	 "containerd " ID3 " pod=" UID ", below containerd.service"},
	/* The deepest path is taken whole, the more trusted one first where they are alike. */
	{"3:cpu:/docker/" ID "\n2:pids:/docker/" ID "/docker/" ID2 "\n1:name=systemd:/docker/" ID3
	 "\n",
	 "docker " ID " > docker " ID2},
	{"3:cpu:/docker/" ID "\n2:pids:/docker/" ID2 "\n1:name=systemd:/docker/" ID3 "\n",
	 "docker " ID3},
	{"3:cpu:/docker/" ID "\n0::/docker/" ID2 "\n", "docker " ID2},
	/* What is sure is worth more than any number of guesses. */
	{"3:cpu:/ns1/c1\n0::/docker/" ID "\n", "docker " ID},
	/* Other named hierarchies are not engines'. */
	{"2:name=elogind:/c1\n1:name=foo:/docker/" ID "\n", ""},
	/* Malformed lines take nothing from the others. */
	{"garbage\n::\n12:pids\n0::/docker/" ID "\n\xff\xfe\n", "docker " ID},
	{"0::/docker/" ID "\n0::/docker/" ID2 "\n", "docker " ID},
	/* What a container sees of itself. */
	{"12:memory:/\n1:name=systemd:/\n0::/\n", ""},
	/* runit's services, each in its own cgroup of some hierarchies. */
	{"4:memory:/" UID "\n3:devices:/system.slice/runit.service/" UID
	 "\n1:name=systemd:/system.slice/runit.service\n",
	 "-? a5c1f8d5-1919-434d-add7-4afaafdaef89, below runit.service"},
};

/* Where PID 1 is a systemd that is not at the top. */
TEST(manager_root)
{
	static const struct {
		const char *init;
		Case test;
	} roots[] = {
		/* WSL 2 with several distributions. */
		{"0::" DISTRO "/init.scope\n", {DISTRO "/system.slice/ssh.service", "its unit"}},
		{"0::" DISTRO "/init.scope\n", {DISTRO USER "/app.slice/a.service", "its unit"}},
		{"0::" DISTRO "/init.scope\n",
		 {DISTRO "/system.slice/docker-" ID ".scope", "docker " ID ", its unit"}},
		{"0::" DISTRO "/init.scope\n", {DISTRO "/docker/" ID, "docker " ID}},
		{"0::" DISTRO "/init.scope\n", {DISTRO, ""}},
		{"0::" DISTRO "/init.scope\n", {DISTRO "/init.scope", "its unit"}},
		/* Another one's, of which PID 1 knows nothing. */
		{"0::" DISTRO "/init.scope\n",
		 {DISTRO "2/a.service", "-? wsl-user > -? distro-280 space=wsl-user"}},
		/* A container without a cgroup namespace is all there is of the system here. */
		{"11:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "/init.scope\n",
		 {"11:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "/system.slice/a.service\n",
		  "its unit"}},
		{"1:name=systemd:/lxc/101/ns/init.scope\n",
		 {"1:name=systemd:/lxc/101/ns/docker/" ID "\n", "docker " ID}},
		{"1:name=systemd:/machine.slice/machine-a.scope/init.scope\n",
		 {"1:name=systemd:/machine.slice/machine-a.scope/machine.slice/machine-b.scope\n",
		  "nspawn? b, its unit, machine b"}},
		/* At the top; no systemd; unreadable. */
		{"0::/init.scope\n", {"/system.slice/a.service", "its unit"}},
		{"0::/docker/" ID "\n", {"/docker/" ID, "docker " ID}},
		{"11:pids:/docker/" ID "/init.scope\n",
		 {"/docker/" ID "/a.service", "docker " ID ", unit a.service in 1"}},
		{"", {"/system.slice/a.service", "its unit"}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(roots); i++) {
		g_autofree char *root = nsl_cgroup_manager_root(roots[i].init);

		check_case(&roots[i].test, root);
	}
}

TEST(cases)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check_case(&cases[i], NULL);
}

/* Each container's path ends with the part that names it. */
TEST(paths)
{
	static const struct {
		const char *path;
		const char *expected[3];
	} paths[] = {
		{"/system.slice/docker-" ID ".scope/init", {"/system.slice/docker-" ID ".scope"}},
		{"/lxc/101/ns/docker/" ID "/x", {"/lxc/101", "/lxc/101/ns/docker/" ID}},
		{"/machine.slice/machine-a" X2D "b.scope/payload/init.scope",
		 {"/machine.slice/machine-a" X2D "b.scope"}},
		{"/libpod_parent/" ID "/libpod-" ID2, {"/libpod_parent/" ID "/libpod-" ID2}},
		{"/../docker/" ID "/x", {"/../docker/" ID}},
		{"/ns1/c1/x", {"/ns1", "/ns1/c1"}},
		{"/kubepods-pod" UID_ ".slice:crio:" ID "/x",
		 {"/kubepods-pod" UID_ ".slice:crio:" ID}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *text = g_strdup_printf("0::%s (deleted)\n", paths[i].path);
		g_auto(NslCgroup) cgroup = {0};
		guint n = 0;

		nsl_cgroup_read(&cgroup, text, NULL, NULL);
		for (; n < cgroup.containers->len && n < G_N_ELEMENTS(paths[i].expected); n++)
			g_assert_cmpstr(
				g_array_index(cgroup.containers, NslCgroupContainer, n).path, ==,
				paths[i].expected[n]);
		g_assert_cmpuint(n, ==, cgroup.containers->len);
		g_assert_null(paths[i].expected[n]);
	}
}

/* As deep as a path gets, deeper, longer, and more lines than there are hierarchies. */
TEST(bounds)
{
	static const struct {
		const char *start;
		const char *repeated;
		const char *end;
		guint n; /* how often that is repeated */
		guint n_containers;
		const char *runtime; /* of the innermost */
		bool unit;
	} bounds[] = {
		{"0::", "/lxc/x", "", 600, NSL_CGROUP_CONTAINERS, "lxc", false},
		{"0::", "/a", "", PATH_MAX, 0, NULL, false}, /* longer than any */
		{"0::", "/", "", PATH_MAX, 0, NULL, false},
		{"0::/lxc.payload.", "x", "", 255, 1, "lxc", false},
		{"0::/lxc.payload.", "x", "", 256, 0, NULL, false},
		{"0::/", "x", ".scope\n", 249, 0, NULL, true},
		{"0::/", "x", ".scope\n", 250, 0, NULL, false},
		{"", "1:a:/b\n", "", 100000, 1, NULL, false},
		{"", "x\n", "0::/docker/" ID, 100000, 1, "docker", false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bounds); i++) {
		g_autoptr(GString) text = g_string_new(bounds[i].start);
		g_auto(NslCgroup) cgroup = {0};

		for (guint j = 0; j < bounds[i].n; j++)
			g_string_append(text, bounds[i].repeated);
		g_string_append(text, bounds[i].end);
		nsl_cgroup_read(&cgroup, text->str, NULL, NULL);
		g_assert_cmpuint(cgroup.containers->len, ==, bounds[i].n_containers);
		g_assert_true((cgroup.unit != NULL) == bounds[i].unit);
		if (bounds[i].n_containers > 0)
			g_assert_cmpstr(g_array_index(cgroup.containers, NslCgroupContainer,
						      bounds[i].n_containers - 1)
						.identity.runtime,
					==, bounds[i].runtime);
	}
}

/* Whether a process is in a cgroup of a hierarchy. */
TEST(is_in)
{
	static const char text[] = "5:cpu,cpuacct:/a/b\n1:name=systemd:/x.service\n0::/docker/y\n";
	static const struct {
		const char *hierarchy;
		const char *path;
		bool in;
	} places[] = {
		{"", "/docker/y", true},       {"", "/docker", true},
		{"", "/dock", false},	       {"", "/docker/y/z", false},
		{"", "/docker/", false},       {"", "/a/b", false},
		{"cpu,cpuacct", "/a/b", true}, {"cpu,cpuacct", "/docker/y", false},
		{"cpu", "/a/b", false},	       {"name=systemd", "/x.service", true},
		{"pids", "/a/b", false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
		g_assert_cmpint(nsl_cgroup_is_in(text, places[i].hierarchy, places[i].path), ==,
				places[i].in);
}
