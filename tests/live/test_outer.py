# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's procfs as it is seen from a container: the names of users, containers and `ip netns` are
those of the host's root directory, whatever the container has in the same places."""

import os
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


class Outer(nsltest.TestCase):
    def setUp(self):
        nsltest.need_root()
        nsltest.need("unshare", "mount", "ip")
        if not any((nsltest.namespaces_of(pid) or {}).get("pid") == 0xEFFFFFFC for pid in (1, 2)):
            self.skipTest("missing: a procfs of the initial PID namespace")
        super().setUp()
        self.place = self.directory()
        nsltest.write(os.path.join(self.place, "passwd"), "wrong:x:65534:65534::/:/bin/sh\n")
        os.mkdir(os.path.join(self.place, "proc"))

    def inside(self, *namespaces):
        """The words before a command that is to be in a container with the outer procfs."""
        place = shlex.quote(self.place)
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec",
                "mount --bind /proc %s/proc; mount -t tmpfs none /run;"
                " mount --bind %s/passwd /etc/passwd;"
                " exec unshare %s \"$@\"" % (place, place, " ".join(namespaces)), "sh"]

    def check(self, *namespaces):
        nsltest.need_root_mounts()
        name = "nslt%d" % os.getpid()
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=True)
        pid = self.process("unshare", "--net", "setpriv", "--reuid=65534", "--clear-groups",
                           "cat").pid
        proc = "--proc=" + os.path.join(self.place, "proc")
        document = self.run_nslist(proc, "--json", str(pid), name,
                                   prefix=self.inside(*namespaces)).json
        self.assertEqual(nsltest.get_process(document, pid)["user"], "nobody")
        self.assertEqual([ns["names"] for ns in document["namespaces"] if ns["names"]], [[name]])
        for source in "users", "netns", "containers":
            self.assertEqual(document["sources"][source], "complete")

    def test_pid_namespace(self):
        self.check("--pid", "--fork", "--mount-proc")

    def test_shared_pid_namespace(self):
        """As with hostPID: the PIDs are the caller's, and yet the names are the host's."""
        self.check("--uts")

    def test_inner(self):
        """A procfs of an inner PID namespace has no root directory, which is said once."""
        inner = self.process("unshare", "--pid", "--fork", "--mount-proc", "cat").pid
        child = nsltest.children_of(inner)[0]
        place = "/proc/%d/root/proc" % child
        result = self.run_nslist("--proc=" + place, "-t", "net")
        warned = [line for line in result.warnings if "no names of users" in line]
        self.assertEqual(warned, ["nslist: no names of users, containers and ip netns: %s is not of"
                                  " the initial PID namespace" % place])


if __name__ == "__main__":
    nsltest.main()
