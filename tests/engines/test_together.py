# SPDX-License-Identifier: GPL-3.0-or-later
"""All engines at once, by name, in one listing; and what ps and lsns have of that."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import oci  # noqa: E402
import sandboxes  # noqa: E402
import unseen  # noqa: E402
from case import EngineCase, Seen  # noqa: E402
from rig import Refused  # noqa: E402


class Together(EngineCase):
    def start_all(self):
        """{engine: what it runs}; those that do not work here are told of."""
        daemons = []

        def containerd(rig):
            if not daemons:
                daemons.append(oci.Containerd(rig))
            return daemons[0]
        engines = {
            "runc": oci.Runc, "crun": oci.Crun, "Kubernetes": oci.Kubernetes,
            "containerd": containerd, "docker": lambda rig: oci.Docker(rig, containerd(rig)),
            "docker, remapped": lambda rig: oci.RemappedDocker(rig, containerd(rig)),
            "podman": oci.Podman, "podman, rootless": oci.RootlessPodman,
            "lxc": sandboxes.Lxc, "nspawn": sandboxes.Nspawn,
            "nspawn, booted": sandboxes.BootedNspawn, "bubblewrap": sandboxes.Bubblewrap,
            "firejail": sandboxes.Firejail, "chromium": sandboxes.Chromium,
            "unshare": sandboxes.Unshare}
        found, refused = {}, {}
        for name, make in engines.items():
            try:
                found[name] = make(self.rig).run_all()
            except Refused as why:
                refused[name] = str(why)
        if refused and (os.environ.get("NSL_ENGINES_REQUIRED") or len(found) < 3):
            self.refuse("; ".join("%s: %s" % pair for pair in refused.items()))
        for name, why in refused.items():
            print("without %s: %s" % (name, why), file=sys.stderr)
        return found

    def test_all(self):
        engines = self.start_all()
        containers = [one for those in engines.values() for one in those]
        self.show(containers)
        self.check(containers)
        self.check_unseen(containers)
        for container in containers:
            if container.name and container.name not in nsltest.command_of(container.pid):
                with self.subTest("%s: ps and lsns" % container):
                    text = self.peers_on(container)
                    self.assertIn(str(container.pid), text)
                    self.assertNotIn(container.name, text)

    def check_unseen(self, containers):
        """Nothing that nobody is told contradicts what root is told."""
        seen = [Seen(container) for container in containers]
        whole = self.document("--details")
        part = self.document("--details", user=nsltest.NOBODY)
        objects = 0
        for container, before in zip(containers, seen):
            with self.subTest("%s: root and nobody" % container):
                before.agree(Seen(container))
                inodes = before.inodes() - set(nsltest.root_namespaces().values())
                wrong, compared = unseen.compare(whole, part, inodes, before.processes)
                self.assertEqual(wrong, [])
                objects += compared
        self.assertGreater(objects, 0)  # at least those that are mounted: everybody may read that

    def show(self, containers):
        """One row of each, in the log; and what ps says of it."""
        table = self.table()
        for container in containers:
            rows = [row for row in table if row.pid == container.pid]
            peer = re.findall(r"^ *%d .*" % container.pid, self.peers_on(container), re.M)
            print("%s\n    ps: %s" % (rows[0].line if rows else container, peer[:1]),
                  file=sys.stderr)


if __name__ == "__main__":
    nsltest.main()
