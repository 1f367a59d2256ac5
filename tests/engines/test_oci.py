# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of the OCI kind: the name, or else the id, that was given is the one that is shown."""

import os
import re
import sys

for _folder in ("live", "support"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", _folder))
import nsltest  # noqa: E402
import oci  # noqa: E402
import test_questions  # noqa: E402
from case import EngineCase  # noqa: E402


class Runtimes(EngineCase):
    def test_runc(self):
        self.check(self.start(oci.Runc))

    def test_crun(self):
        self.check(self.start(oci.Crun))

    def test_containerd(self):
        self.check(self.start(oci.Containerd))


class Docker(EngineCase):
    def test_names(self):
        """By itself, in another container's PID namespace, and in the host's network."""
        containers = self.start(lambda rig: oci.Docker(rig, oci.Containerd(rig)))
        plain, debug, node = containers
        self.assertEqual(debug.namespaces["pid"], plain.namespaces["pid"])
        self.assertEqual(node.namespaces["net"], nsltest.root_namespaces()["net"])
        self.check(containers)

    def make_applets(self, rig):
        """dockerd, and programs that are run in its containers."""
        for applet in ("ip", "readlink"):
            os.symlink("busybox", os.path.join(rig.rootfs(), "bin", applet))
        self.docker = oci.Docker(rig, oci.Containerd(rig))
        return self.docker

    def test_coming_from_docker(self):
        """What the manual page says to who comes from docker: what that says, nslist does."""
        web, _, node = self.start(self.make_applets)
        env = {"DOCKER_HOST": self.docker.host, "DOCKER_CONFIG": self.rig.path("client")}
        calls = {theirs: ours for theirs, ours in test_questions.manual_calls(
            "COMING FROM IP, PS AND DOCKER").items() if theirs.startswith("docker")}
        self.assertGreaterEqual(len(calls), 7)
        words = {str(inode) for inode in web.namespaces.values()}
        for container in web, node:
            words |= {container.name, container.id, str(container.pid)}
        loopback = {web: {"127.0.0.1/8"}, node: set()}  # named where it has no other address
        for call in calls.items():
            for container in web, node:
                places = [("web", container.name), ("COMMAND", "readlink /proc/self/ns/net")]
                theirs, ours = ("\n".join(test_questions.shell(test_questions.put(
                    text, *(place for place in places if place[0] in call[0])), env=env))
                    for text in call)
                with self.subTest(call[0], container=container.name):
                    if "NetworkMode" in call[0]:
                        self.assertEqual(theirs.strip() == "host",
                                         "net" in re.split("[ ,]", ours.splitlines()[1]))
                        continue
                    said, shown = ({word for word in words | loopback[container] if word in text}
                                   for text in (theirs, ours))
                    self.assertTrue(said or container is node)
                    self.assertLessEqual(said, shown)

    def test_kubelet(self):
        """In a pod's cgroup, which does not say whose the container is."""
        self.check(self.start(lambda rig: oci.Docker(rig, oci.Containerd(rig)), "run_kubelet"))

    def test_userns_remap(self):
        containers = self.start(lambda rig: oci.RemappedDocker(rig, oci.Containerd(rig)))
        self.assertNotEqual(containers[0].namespaces["user"], nsltest.root_namespaces()["user"])
        self.check(containers)


class Podman(EngineCase):
    def test_plain(self):
        self.check(self.start(oci.Podman, "run_plain"))

    def test_uidmap(self):
        self.check(self.start(oci.Podman, "run_uidmap"))

    def test_bridge(self):
        """Its network namespace has a name, too."""
        containers = self.start(oci.Podman, "run_bridge")
        self.check(containers)
        found = nsltest.get_namespace(self.document(), "net", containers[0].namespaces["net"])
        self.assertEqual(len(found["names"]), 1, found)

    def test_pod(self):
        containers = self.start(oci.Podman, "run_pod")
        infra, member = containers
        self.assertEqual(infra.namespaces["net"], member.namespaces["net"])
        self.check(containers)

    def test_outer(self):
        """From a container that has the host's procfs: the names are the engine's."""
        web, monitor, nslist = self.start(oci.Podman, "run_outer")
        document = nsltest.parse_json(nslist("--json"))
        for container in web, monitor:
            key = nsltest.get_process(document, container.pid)["container"]
            found, = [entry for entry in document["containers"] if entry["key"] == key]
            self.assertEqual((found["runtime"], found["name"], found["id"], found["claimed"]),
                             ("podman", container.name, container.id, False))

    def test_image(self):
        """From the image that the recipe makes, a container and a network namespace of the host
        have their names."""
        web, netns, nslist = self.start(oci.Podman, "run_image")
        rows = [nsltest.parse_json(line) for line in nslist("--containers", "--jsonl").splitlines()]
        self.assertEqual([(row["runtime"], row["pid"]) for row in rows if row["name"] == web.name],
                         [("podman", web.pid)])
        document = nsltest.parse_json(nslist("--json", netns))
        inode = os.stat(os.path.join(nsltest.NETNS, netns)).st_ino
        found = nsltest.get_namespace(document, "net", inode)
        self.assertEqual(found["names"], [netns])

    def test_rootless(self):
        self.check(self.start(oci.RootlessPodman))


class Kubernetes(EngineCase):
    def test_containerd(self):
        self.check(self.start(oci.Kubernetes, "run_containerd"))

    def test_crio(self):
        self.check(self.start(oci.Kubernetes, "run_crio"))


if __name__ == "__main__":
    nsltest.main()
