# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines that run OCI containers, each in directories of its own, and what they say of their
containers. Each is a class: made with a rig, and asked to run something, it gives Containers, or
raises Refused. runc and crun leave no process behind that would tell where they keep their state:
theirs is in the usual place.
"""

import hashlib
import itertools
import json
import os
import pwd
import subprocess

import nsltest
from rig import Container, Refused, need

SLEEP = ["/bin/sleep", "3600"]
_users = itertools.count()


def make_user(rig, home):
    """A user of the system with subordinate UIDs; its name."""
    need("useradd", "userdel")
    name = rig.name("nslt%s-" % chr(ord("a") + next(_users)))  # a rig may have several
    rig.undo_by("userdel --force %s || ! id %s" % (name, name))
    rig.run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", home,
            "--shell", "/bin/sh", "--add-subids-for-system", name)
    return name


class Bundle:
    """An OCI bundle of the rig's root file system, and its containers by runc."""

    def __init__(self, rig):
        need("runc")
        self.rig = rig

    def write(self, directory, cgroup, annotations=None, shared=None):
        """`shared`: {type of namespace: whose process}."""
        self.rig.run("runc", "spec", "--bundle", directory)
        path = os.path.join(directory, "config.json")
        config = json.loads(nsltest.read(path))
        config["process"]["terminal"] = False
        config["process"]["args"] = SLEEP
        config["process"].pop("rlimits", None)
        config["root"]["path"] = self.rig.rootfs()
        config["linux"]["cgroupsPath"] = cgroup
        config["annotations"] = annotations or {}
        links = {"network": "net", "ipc": "ipc", "uts": "uts"}
        for namespace in config["linux"]["namespaces"]:
            if shared and links.get(namespace["type"]) in shared:
                kind = links[namespace["type"]]
                namespace["path"] = "/proc/%d/ns/%s" % (shared[kind], kind)
                if kind == "uts":
                    config.pop("hostname", None)
        nsltest.write(path, json.dumps(config))

    def run(self, directory, id, root="/run/runc"):
        """Runs it; returns the PID that runc knows."""
        self.rig.tidy(root, os.path.join(root, id))
        self.rig.stop_by("runc", "--root", root, "delete", "--force", id)
        self.rig.run("runc", "--root", root, "run", "--detach", "--bundle", directory, id)
        return json.loads(self.rig.run("runc", "--root", root, "state", id))["pid"]


class Runc:
    """runc by itself."""

    def __init__(self, rig):
        self.rig, self.bundle = rig, Bundle(rig)

    def run_all(self):
        id = self.rig.name("runc")
        directory = self.rig.make("bundle", id)
        self.rig.cgroup("/" + id)
        self.bundle.write(directory, "/" + id)
        return [Container("runc", self.bundle.run(directory, id), id=id)]


class Crun:
    """crun by itself. It refuses hybrid cgroups: the hierarchy of version 2 beside those of
    version 1 is hidden from it."""

    def __init__(self, rig):
        need("crun", "runc", "unshare")
        self.rig, self.bundle = rig, Bundle(rig)

    def run_all(self):
        id = self.rig.name("crun")
        directory = self.rig.make("bundle", id)
        self.rig.cgroup("/" + id)
        self.rig.tidy("/run/crun", "/run/crun/" + id)
        self.rig.stop_by("crun", "delete", "--force", id)
        self.bundle.write(directory, "/" + id)
        words = ["crun", "run", "--detach", "--bundle", directory, id]
        if os.path.ismount("/sys/fs/cgroup/unified"):
            hide = 'umount /sys/fs/cgroup/unified && exec "$@"'
            words = ["unshare", "--mount", "sh", "-c", hide, "sh", *words]
        self.rig.run(*words)
        state = json.loads(self.rig.run("crun", "state", id))
        return [Container("crun", state["pid"], id=id)]


class Kubernetes:
    """Pods as containerd and CRI-O run them for Kubernetes: bundles with their cgroups' paths,
    annotations and places, run by runc as these do. No kubelet is needed for what there is to
    read."""

    UID = "0f12ab34-5678-4cde-9f01-%012x"

    def __init__(self, rig):
        self.rig, self.bundle = rig, Bundle(rig)
        self.uid = self.UID % os.getpid()

    def _id(self, number):
        return hashlib.sha256(b"%d of %d" % (number, os.getpid())).hexdigest()

    def _run(self, directory, id, root, cgroup, annotations, shared=None):
        self.rig.tidy(os.path.dirname(root), os.path.dirname(os.path.dirname(directory)))
        self.rig.remove(directory)
        os.makedirs(directory)
        self.rig.cgroup(cgroup)
        self.bundle.write(directory, cgroup, annotations, shared)
        return self.bundle.run(directory, id, root)

    def run_containerd(self):
        """A pod's sandbox, and a container that shares its namespaces."""
        pod = self.rig.name("web-")
        slice = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod%s.slice" % (
            self.uid.replace("-", "_"))
        cri = "io.kubernetes.cri."
        common = {cri + "sandbox-id": self._id(1), cri + "sandbox-name": pod,
                  cri + "sandbox-namespace": "shop", cri + "sandbox-uid": self.uid}
        made, shared = [], None
        for number, kind in ((1, "sandbox"), (2, "container")):
            id = self._id(number)
            name = self.rig.name("nginx") if kind == "container" else None
            annotations = {cri + "container-type": kind, **common}
            if name:
                annotations[cri + "container-name"] = name
            pid = self._run("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id, id,
                            "/run/containerd/runc/k8s.io",
                            "/%s/cri-containerd-%s.scope" % (slice, id), annotations, shared)
            made.append(Container("containerd", pid, name, id=id, pod=pod, pod_namespace="shop",
                                  pod_uid=self.uid))
            shared = {"net": pid, "ipc": pid, "uts": pid}
        return made

    def run_crio(self):
        pod, name, id = self.rig.name("db-"), self.rig.name("postgres"), self._id(3)
        kubernetes = "io.kubernetes."
        annotations = {
            kubernetes + "container.name": name, kubernetes + "pod.name": pod,
            kubernetes + "pod.namespace": "shop", kubernetes + "pod.uid": self.uid,
            kubernetes + "cri-o.ContainerType": "container", kubernetes + "cri-o.ContainerID": id,
            kubernetes + "cri-o.Name": "k8s_%s_%s_shop_%s_0" % (name, pod, self.uid)}
        cgroup = "/kubepods/besteffort/pod%s/crio-%s" % (self.uid, id)
        pid = self._run("/run/containers/storage/overlay-containers/%s/userdata" % id, id,
                        "/run/runc", cgroup, annotations)
        self.rig.remove("/run/containers/storage/overlay-containers/" + id)
        return [Container("cri-o", pid, name, id=id, pod=pod, pod_namespace="shop",
                          pod_uid=self.uid)]

    def run_all(self):
        return self.run_containerd() + self.run_crio()


class Containerd:
    """containerd, with ctr; and what dockerd runs its containers with."""

    def __init__(self, rig):
        need("containerd", "ctr", "runc")
        self.rig = rig
        self.address = rig.path("containerd.sock")
        # These places cannot be chosen.
        rig.tidy("/run/containerd", "/run/containerd/s", "/run/containerd/fifo",
                 "/run/containerd/runc", "/opt/containerd")
        config = rig.write("containerd.toml", 'version = 2\n'
                           'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
                           '[plugins."io.containerd.internal.v1.opt"]\npath = "%s"\n'
                           % rig.path("containerd-opt"))
        daemon = rig.start("containerd", "--config", config, "--root", rig.path("containerd-root"),
                           "--state", rig.path("containerd"), "--address", self.address)
        rig.wait_for_socket(self.address, daemon)

    def ctr(self, *words):
        return self.rig.run("ctr", "--address", self.address, "--namespace", self.space, *words)

    @property
    def space(self):
        return self.rig.name("space")

    def run_all(self):
        id = self.rig.name("ctr")
        self.rig.tidy("/run/containerd/runc/" + self.space)
        self.rig.cgroup("/%s/%s" % (self.space, id))
        self.rig.stop_by("ctr", "--address", self.address, "--namespace", self.space, "tasks",
                         "delete", "--force", id)
        self.ctr("run", "--detach", "--null-io", "--label", "role=web", "--rootfs",
                 self.rig.rootfs(), id, *SLEEP)
        # TASK, PID, STATUS
        tasks = {line.split()[0]: int(line.split()[1])
                 for line in self.ctr("tasks", "list").splitlines()[1:]}
        return [Container("containerd", tasks[id], id=id)]


class Docker:
    """dockerd, on a containerd of the rig's."""

    def __init__(self, rig, containerd, *options):
        need("dockerd", "docker")
        self.rig = rig
        self.directory = rig.path("docker%d" % len(options))
        address = os.path.join(self.directory, "sock")
        self.host = "unix://" + address
        os.makedirs(self.directory)
        rig.tidy("/etc/docker", "/run/docker")
        if not os.path.exists("/etc/docker/key.json"):
            rig.remove("/etc/docker/key.json")
        config = rig.write(os.path.join(self.directory, "daemon.json"), "{}")
        rig.cgroup("/docker")
        daemon = rig.start(
            "dockerd", "--config-file", config, "--data-root", os.path.join(self.directory, "data"),
            "--exec-root", os.path.join(self.directory, "run"), "--pidfile",
            os.path.join(self.directory, "pid"), "--host", self.host, "--containerd",
            containerd.address, "--iptables=false", "--ip6tables=false", "--bridge=none",
            "--storage-driver=overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs", *options)
        rig.wait_for_socket(address, daemon)
        archive = rig.path("rootfs.tar")
        rig.run("tar", "-C", rig.rootfs(), "-cf", archive, ".")
        self.docker("import", archive, "bb")

    def docker(self, *words):
        return self.rig.run("docker", "--host", self.host, "--config", self.rig.path("client"),
                            *words)

    def run(self, name, *options):
        """What `docker inspect` says of a new container."""
        self.rig.stop_by("docker", "--host", self.host, "rm", "--force", name)
        self.docker("run", "--detach", "--name", name, *options, "bb", *SLEEP)
        state = json.loads(self.docker("inspect", name))[0]
        return Container("docker", state["State"]["Pid"], state["Name"].lstrip("/"),
                         id=state["Id"])

    def run_kubelet(self):
        """As the kubelet has it run, without systemd."""
        uid = "a5c1f8d5-1919-434d-add7-4afaafdaef89"
        name, pod = self.rig.name("nginx"), self.rig.name("web-0")
        group = "/kubepods/burstable/pod" + uid
        self.rig.cgroup(group)
        made = self.run("k8s_%s_%s_prod_%s_0" % (name, pod, uid), "--network", "none",
                        "--cgroup-parent", group)
        return [Container("docker", made.pid, name, id=made.id, pod=pod, pod_namespace="prod",
                          pod_uid=uid)]

    def run_all(self):
        """By itself, in another's PID namespace, and in the host's network."""
        web = self.rig.name("web")
        return [self.run(web, "--network", "none"),
                self.run(self.rig.name("debug"), "--network", "none", "--pid", "container:" + web),
                self.run(self.rig.name("node"), "--network", "host")]


class RemappedDocker(Docker):
    """dockerd whose containers have a user namespace: of a user that is made for it."""

    def __init__(self, rig, containerd):
        super().__init__(rig, containerd, "--userns-remap", make_user(rig, rig.path("none")))

    def run_all(self):
        return [self.run(self.rig.name("remapped"), "--network", "none")]


class Podman:
    """Podman with root's means, in directories that it is told of on the command line."""

    LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")

    def __init__(self, rig):
        need("podman", "conmon", "runc")
        self.rig = rig
        self.network = rig.name("net")
        self.bridge = rig.name("nb")
        self.words = ["podman", "--root", rig.path("podman"), "--runroot", rig.path("podman-run"),
                      "--tmpdir", rig.path("podman-tmp"), "--runtime", "runc",
                      "--cgroup-manager", "cgroupfs", "--events-backend", "file",
                      "--network-config-dir", rig.make("networks")]
        self.env = {"CONTAINERS_CONF": rig.write("containers.conf", (
            '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
            'apparmor_profile = "unconfined"\n'
            '[engine]\nruntime = "runc"\ninfra_command = "/bin/sleep 3600"\n'
            '[network]\nnetwork_backend = "cni"\n'))}
        self._prepare()
        archive = rig.path("podman.tar")
        rig.run("tar", "-C", rig.rootfs(), "-cf", archive, ".")
        os.chmod(archive, 0o644)
        self.podman("import", archive, "bb")

    def _prepare(self):
        rig = self.rig
        rig.tidy("/run/libpod", "/run/crun", "/run/runc", "/var/lib/cni", "/run/containers",
                 "/var/lib/containers", "/etc/cni/net.d")
        rig.remove("/var/lib/cni/results/" + self.network)
        if not os.path.exists("/var/lib/containers/cache"):
            rig.remove("/var/lib/containers/cache")
        rig.cgroup("/libpod_parent")
        self._write_network()

    def _write_network(self):
        """A bridge without the rules of a packet filter, which would outlive it."""
        self.rig.write("networks/%s.conflist" % self.network, json.dumps({
            "cniVersion": "0.4.0", "name": self.network,
            "plugins": [{"type": "bridge", "bridge": self.bridge, "ipMasq": False,
                         "ipam": {"type": "host-local", "dataDir": self.rig.path("ipam"),
                                  "ranges": [[{"subnet": "10.213.77.0/24"}]]}}]}))

    def podman(self, *words):
        return self.rig.run(*self.words, *words, env=self.env)

    def stop_by(self, *words):
        self.rig.stop_by("env", *("%s=%s" % pair for pair in self.env.items()), *self.words, *words)

    def inspect(self, name, **more):
        state = json.loads(self.podman("inspect", "--type", "container", name))[0]
        return Container("podman", state["State"]["Pid"], state["Name"], id=state["Id"],
                         outside=(state["State"]["ConmonPid"],), **more)

    def run(self, name, *options, **more):
        self.stop_by("rm", "--force", "--time", "0", name)
        self.podman("run", "--detach", "--name", name, *options, *self.LIMITS, "localhost/bb",
                    *SLEEP)
        return self.inspect(name, **more)

    def run_plain(self):
        return [self.run(self.rig.name("pod"), "--network", "none")]

    def run_uidmap(self):
        return [self.run(self.rig.name("mapped"), "--network", "none",
                         "--uidmap", "0:200000:65536")]

    def run_bridge(self):
        need("ip")
        if not os.path.exists("/usr/lib/cni/bridge"):
            raise Refused("missing: the package containernetworking-plugins")
        self.rig.undo_by("ip link delete %s || ! ip link show %s" % (self.bridge, self.bridge))
        return [self.run(self.rig.name("bridged"), "--network", self.network)]

    def run_pod(self):
        """The infrastructure container of a pod, and one more in it."""
        name = self.rig.name("shop")
        self.stop_by("pod", "rm", "--force", "--time", "0", name)
        self.podman("pod", "create", "--name", name, "--network", "none", "--infra-image",
                    "localhost/bb", "--infra-command", "/bin/sleep 3600")
        pod = json.loads(self.podman("pod", "inspect", name))
        # Of these it forgets those that have no controller.
        self.rig.tidy_cgroup("/libpod_parent/" + pod["Id"])
        member = self.run(self.rig.name("till"), "--pod", name, pod_uid=pod["Id"])
        return [self.inspect(pod["InfraContainerID"], pod_uid=pod["Id"]), member]

    def run_outer(self):
        """Another one, and one that has the host's procfs and nslist: with its own PID and cgroup
        namespaces, as engines give them. Returns both, and what runs a command in the latter."""
        volumes = [word for path in ("/lib", "/lib64", "/usr/lib") if os.path.exists(path)
                   for word in ("--volume", "%s:%s:ro" % (os.path.realpath(path), path))]
        nslist = nsltest.program("nslist")
        monitor = self.run(self.rig.name("monitor"), "--network", "none", "--cgroupns", "private",
                           "--cap-add", "SYS_PTRACE", "--volume", "/proc:/host/proc:ro",
                           "--volume", "%s:/nslist:ro" % os.path.realpath(nslist), *volumes)
        return self.run_plain()[0], monitor, lambda *words: self.podman(
            "exec", monitor.name, "/nslist", "--proc=/host/proc", *words)

    def run_image(self):
        """The image of data/examples/Containerfile, made and run by the commands that this file has.
        Returns another container, the name of a network namespace, and what runs nslist in there."""
        need("cmake", "ip", "pkg-config")
        library = self.rig.run("pkg-config", "--variable=libdir", "glib-2.0").strip()
        if not os.path.exists(library + "/libglib-2.0.a"):
            raise Refused("missing: a static library of GLib")
        recipe = os.path.join(nsltest.SOURCE, "data", "examples", "Containerfile")
        with open(recipe, encoding="utf-8") as file:
            build, run = (line.split()[2:] for line in file if line.startswith("#   podman "))
        image = "localhost/" + self.rig.name("image")
        folder = os.path.join(nsltest.BUILD, "static")
        for options in (["-S", nsltest.SOURCE, "-B", folder, "-DNSL_STATIC=ON",
                         "-DBUILD_TESTING=OFF"], ["--build", folder, "--parallel", "2"]):
            subprocess.run(["cmake", *options], stdout=subprocess.DEVNULL, check=True)
        places = {"nslist": image, "BUILD": folder, "Containerfile": recipe}
        self.podman(*(places.get(word, word) for word in build))
        netns = self.rig.name("nslt-")
        self.rig.undo_by("ip netns delete %s || ! test -e /run/netns/%s" % (netns, netns))
        self.rig.run("ip", "netns", "add", netns)
        return self.run_plain()[0], netns, lambda *words: self.podman(
            run[0], *self.LIMITS, *(places.get(word, word) for word in run[1:]), *words)

    def run_all(self):
        return self.run_plain() + self.run_uidmap() + self.run_bridge() + self.run_pod()


class RootlessPodman(Podman):
    """Podman as a user, in that user's usual places: the user is made for it."""

    def _prepare(self):
        rig = self.rig
        need("newuidmap", "setpriv")
        home, run = rig.make("home"), rig.make("home-run")
        user = make_user(rig, home)
        entry = pwd.getpwnam(user)
        uid, gid = str(entry.pw_uid), str(entry.pw_gid)
        for path in (home, run):
            os.chown(path, entry.pw_uid, entry.pw_gid)
            os.chmod(path, 0o700)
        self.words = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups", "podman",
                      "--runtime", "runc", "--cgroup-manager", "cgroupfs",
                      "--events-backend", "file"]
        self.env.update(HOME=home, XDG_RUNTIME_DIR=run, USER=user)
        for path in ("/tmp/containers-user-" + uid, "/tmp/podman-run-" + uid,
                     "/tmp/storage-run-" + uid, "/tmp/run-" + uid):
            rig.remove(path)

    def podman(self, *words):
        return self.rig.run(*self.words, *words, env=self.env, cwd="/")

    def run_all(self):
        return [self.run(self.rig.name("own"), "--network", "none",
                         evidence=("state", "cgroup", "argv"))]
