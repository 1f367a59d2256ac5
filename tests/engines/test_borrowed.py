# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody gets the name of another container: neither by arguments like those of its monitor, nor by
a cgroup that is named like its own. What is left of either is a claim, and the container that has
the name keeps it."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import oci  # noqa: E402
import rig as rigs  # noqa: E402
from case import EngineCase, Seen, is_of  # noqa: E402


class Borrowed(EngineCase):
    def find(self, document, pid):
        found = [entry for entry in document["containers"] if pid in entry["pids"]]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    def check_kept(self, victim):
        """The container itself is as if nobody had tried."""
        rows = [row for row in self.table() if is_of(row, victim)]
        self.assertEqual({row.key() for row in rows}, Seen(victim).rows())
        self.check_json(victim, Seen(victim), self.document())


class Arguments(Borrowed):
    def pretend(self, text):
        """A user's process with that command line; returns the PID of its child, which is in
        namespaces of its own."""
        home = self.rig.make("impostor", mode=0o755)
        path = shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "impostor.py"),
                           os.path.join(home, "i"))
        os.chmod(path, 0o644)
        words = [nsltest.PYTHON, path, "conmon"]
        pad = len(text) - sum(len(word) + 1 for word in words) - 1
        self.assertGreaterEqual(pad, 0)
        process = subprocess.Popen([*words, "x" * pad], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, user=nsltest.NOBODY,
                                   group=nsltest.NOBODY, extra_groups=[])
        self.addCleanup(self.end, process)
        process.stdin.write(text.hex().encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self.refuse("missing: namespaces for users")
        self.assertEqual(nsltest.read_bytes("/proc/%d/cmdline" % process.pid), text)
        child = int(line)
        nsltest.wait_until(lambda: nsltest.command_of(child) == "sleep 3600", "its child's start")
        return child

    @staticmethod
    def end(process):
        process.stdin.close()
        process.wait()
        process.stdout.close()

    def check_claim(self, pid, name):
        rows = [row for row in self.table() if row.pid == pid]
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(row.container, "podman:%s?" % name)
        entry = self.find(self.document(), pid)
        self.assertEqual((entry["runtime"], entry["name"], entry["evidence"], entry["claimed"]),
                         ("podman", name, "argv", True))

    def test_invented(self):
        """conmon's arguments, for a container that there is not."""
        name = self.rig.name("web")
        id = "%064x" % (0xdead << 200 | os.getpid())
        words = ["/usr/bin/conmon", "--api-version", "1", "-c", id, "-u", id, "-r",
                 "/usr/sbin/runc", "-b", self.rig.path("bundle"), "-p", self.rig.path("pidfile"),
                 "-n", name, "--exit-dir", self.rig.path("exits"), "--full-attach", "-s"]
        pid = self.pretend("".join(word + "\0" for word in words).encode())
        self.check_claim(pid, name)
        rows = {row.key() for row in self.table(name + "?")}
        self.assertLessEqual(Seen(rigs.Container("podman", pid, name)).rows(), rows)

    def test_copied(self):
        """Those of a real one's monitor, to the byte."""
        victim = self.start(oci.Podman, "run_plain")[0]
        text = nsltest.read_bytes("/proc/%d/cmdline" % victim.outside[0])
        self.assertIn(victim.name.encode(), text)
        pid = self.pretend(text)
        self.check_claim(pid, victim.name)
        self.check_kept(victim)
        document = self.document()
        self.assertNotEqual(self.find(document, pid)["key"],
                            self.find(document, victim.pid)["key"])


class Cgroups(Borrowed):
    def check_not(self, pid, victim):
        """Whatever the process is called, it is not that, unless it is said to be a claim."""
        for row in self.table():
            self.assertFalse(row.pid == pid and is_of(row, victim), row)
        document = self.document()
        entry = self.find(document, pid)
        owner = self.find(document, victim.pid)
        self.assertNotIn(pid, owner["pids"])
        if entry is not None:
            self.assertNotEqual(entry["key"], owner["key"])
            self.assertNotEqual(entry["evidence"], "state")
            self.assertTrue(entry["name"] != victim.name or entry["claimed"], entry)
        self.check_kept(victim)

    def start_docker(self):
        return self.start(lambda rig: oci.Docker(rig, oci.Containerd(rig)))

    def check_delegated(self, form):
        """A cgroup that a user got, with one in it of that form."""
        victim = self.start_docker()[0]
        enter = self.rig.enter_cgroup("/%s/%s" % (self.rig.name("delegated"), form % victim.id))
        helper = self.nsmake("new", "uts,ipc,net", prefix=enter)
        self.assertIn(form % victim.id, nsltest.read("/proc/%d/cgroup" % helper.pids[0]))
        self.check_not(helper.pids[0], victim)

    def test_delegated(self):
        self.check_delegated("docker/%s")

    def test_delegated_scope(self):
        self.check_delegated("docker-%s.scope")

    def test_inside(self):
        """In another container, which names the cgroups in its own as it likes."""
        victim, _, thief = self.start_docker()
        place = "/docker/%s/docker/%s" % (thief.id, victim.id)
        self.rig.enter_cgroup(place)
        for hierarchy in rigs.hierarchies():
            nsltest.write("%s%s/cgroup.procs" % (hierarchy, place), str(thief.pid))
        document = self.document()
        self.assertEqual(thief.pid in self.find(document, victim.pid)["pids"], False)
        entry = self.find(document, thief.pid)
        around = [entry]
        while around[-1]["parent"]:
            around.append(next(other for other in document["containers"]
                               if other["key"] == around[-1]["parent"]))
        self.assertEqual((around[-1]["id"], around[-1]["name"]), (thief.id, thief.name))
        for row in self.table():
            self.assertFalse(row.pid == thief.pid and is_of(row, victim), row)
        self.check_kept(victim)


if __name__ == "__main__":
    nsltest.main()
