# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not seen is not "none": the same busy system listed by root and by somebody who sees
less. No value of the second listing contradicts the first (support/unseen.py)."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import test_claims  # noqa: E402
import unseen  # noqa: E402

NOBODY = nsltest.NOBODY


class Unseen(test_claims.Case):
    def setUp(self):
        super().setUp()
        self.inodes = set()
        self.pids = set()
        for user in (None, NOBODY):
            made = self.nsmake("new", "user,uts,net,pid,ipc", "--count", "2", user=user)
            self.add(made)
        self.made = made
        self.roots = self.nsmake("new", "uts")
        self.add(self.roots)
        for case in ("fd", "mount", "thread", "socket", "owner", "uid65534"):
            held = self.helper("nshold", case)
            self.inodes |= {ns["ns"] for ns in held.namespaces}
        # A container, of a user's, and one who has entered it.
        place = self.cgroup(sorted(self.places)[0], "docker/" + self.cid)
        for user in (None, NOBODY):
            made = self.nsmake("new", "user,uts,net", user=user)
            nsltest.write(place + "/cgroup.procs", str(made.pids[0]))
            self.add(made)
            self.pids.add(self.process("nsenter", "-t", str(made.pids[0]), "--user", "--uts",
                                       "--preserve-credentials", "cat").pid)
        self.pids.add(self.process("unshare", "--user", "--map-root-user", "--net", "cat",
                                   user=NOBODY).pid)
        for pid in self.pids:
            self.inodes |= set(nsltest.namespaces_of(pid).values())
        self.inodes -= set(nsltest.root_namespaces().values())

    def add(self, made):
        self.inodes |= set(made.ns.values()) - set(nsltest.root_namespaces().values())
        self.pids |= set(made.pids)

    def check_same(self, whole, part):
        wrong = unseen.contradictions(whole["scope"], part["scope"], [], "scope")
        found, compared = unseen.compare(whole, part, self.inodes, self.pids)
        self.assertEqual(wrong + found, [])
        self.assertGreater(compared, 0)

    def compare(self, *arguments, **more):
        nsltest.wait_for_network()
        whole = self.document("--details", *arguments)
        nsltest.wait_for_network()
        part = self.document("--details", *arguments, **(more or {"user": NOBODY}))
        self.assertIs(part["complete"], False)
        self.assertEqual(part["sources"]["processes"], "partial")
        self.assertIn("processes", {issue["source"] for issue in part["issues"]})
        self.check_same(whole, part)
        return whole, part

    def check_members(self, part):
        """What is seen is there, and is not passed off as all."""
        for kind in ("uts", "net", "ipc"):
            found = nsltest.get_namespace(part, kind, self.made.ns[kind])
            self.assertIsNone(found["nprocs"])
            self.assertEqual(found["pids"], sorted(self.made.pids))
            self.assertLessEqual({"nprocs", "pids", "held_by"}, set(found["unknown"]))

    def test_nobody(self):
        _, part = self.compare()
        self.check_members(part)

    def test_nobody_selected(self):
        _, part = self.compare("uts:[%d]" % self.made.ns["uts"])
        self.assertEqual(part["scope"]["selectors"], ["uts:[%d]" % self.made.ns["uts"]])

    def test_all_moved(self):
        """Of a user who sees only processes in namespaces of their own: these are no root ones."""
        self.need_known_roots()
        nsltest.need("unshare", "setpriv")
        _, part = self.compare(prefix=["unshare", "--mount", "--uts", "--ipc", "setpriv",
                                       "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY,
                                       "--clear-groups"])
        for kind in ("uts", "ipc"):
            self.assertEqual(part["reference"]["namespaces"][kind],
                             nsltest.root_namespaces()[kind])

    def test_entered(self):
        """By a user's process: that the container is whose namespace it is, only root is told."""
        nsltest.need_root_mounts()
        nsltest.need("nsenter", "setpriv")
        place = self.cgroup(sorted(self.places)[0], "docker/" + self.cid[::-1])
        web = self.nsmake("new", "net,uts").pids[0]
        nsltest.write(place + "/cgroup.procs", str(web))
        pid = self.process("nsenter", "-t", str(web), "--net", "setpriv", "--reuid=65534",
                           "--regid=65534", "--clear-groups", "cat").pid
        self.pids.add(pid)
        whole, part = self.compare()
        self.assertEqual(nsltest.get_process(whole, pid)["entered"],
                         nsltest.get_process(whole, web)["container"])
        found = nsltest.get_process(part, pid)
        self.assertIsNone(found["entered"])
        self.assertIn("entered", found["unknown"])
        self.assertIn(("namespaces", True),
                      [(entry["evidence"], entry["claimed"]) for entry in part["containers"]
                       if entry["key"] == found["container"]])

    def test_persistent(self):
        """A namespace that somebody unseen may be in is not one that nobody is in."""
        name, _ = self.add_netns()
        self.assertIn(name, self.run_nslist("-P").text)
        self.assertEqual(self.run_nslist("-P", "-q", user=NOBODY).lines, [nsltest.HEADING])
        self.assertIn("no visible process, created by ip netns add %s" % name,
                      self.run_nslist("-q", user=NOBODY).text)
        metrics = self.run_nslist("-Fprometheus", "-q", user=NOBODY).text
        self.assertNotIn('unpopulated_namespaces{type="net"}', metrics)
        self.assertNotIn("by_holder{", metrics)

    def test_counts(self):
        word = "uts:[%d]" % self.made.ns["uts"]
        self.assertIn(" ≥2 ", self.run_nslist("-s", "-q", word, user=NOBODY).text)
        self.assertEqual(self.run_nslist("-snrq", "-oNPROCS", word, user=NOBODY).lines, ["-"])
        self.assertEqual(self.table("-q", word, "-QNPROCS == 2", user=NOBODY), [])
        self.assertEqual(len(self.table("-q", word, "-QNPROCS == 2")), 2)

    def in_mounts(self, script):
        """The words before a command that is to be in a mount namespace that is there for both."""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], check=False,
                              stderr=subprocess.PIPE)
        if done.returncode != 0:
            self.skipTest("missing: %s: %s" % (script, done.stderr.decode()))
        pid = self.process("unshare", "--mount", "--propagation", "private", "sh", "-ec",
                           script + "; exec cat").pid
        return ["nsenter", "--mount=/proc/%d/ns/mnt" % pid]

    def need_known_roots(self):
        """Where PID 1 may not be looked at, by somebody in a mount namespace of its own: elsewhere
        that one is taken for the root one."""
        nsltest.need_initial_pid_namespace()

    def test_hidepid(self):
        self.need_known_roots()
        nsltest.need("unshare", "nsenter", "setpriv")
        for mode in (1, 2, 4):
            with self.subTest(mode):
                prefix = self.in_mounts("mount -t proc -o hidepid=%d proc /proc" % mode)
                _, part = self.compare(prefix=[
                    *prefix, "setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY,
                    "--clear-groups", "sh", "-c", 'shift; exec "$0" "$@"',
                    nsltest.public_program("nslist")])
                self.check_members(part)

    def test_capabilities(self):
        """Each missing in turn: the others are there."""
        self.need_known_roots()
        nsltest.need("setpriv")
        names = subprocess.run(["setpriv", "--list-caps"], stdout=subprocess.PIPE, check=True,
                               encoding="ascii").stdout.split()
        names = names[: int(nsltest.read("/proc/sys/kernel/cap_last_cap")) + 1]
        nsltest.wait_for_network()
        whole = self.document("--details")
        for name in names:
            with self.subTest(name):
                nsltest.wait_for_network()
                lost = "--bounding-set=-%s" % name, "--inh-caps=-%s" % name
                self.check_same(whole, self.document("--details", prefix=["setpriv", *lost]))

    def test_capability_and_numbered_namespaces(self):
        """Where the caller's net namespace numbers others (netnsid), each is opened for its number:
        of one that cannot be, the owner is known to the kernel's own lists all the same."""
        self.need_known_roots()
        nsltest.need("setpriv")
        nsltest.need_census("bpf")
        self.make_veth(self.made.pids[0])
        whole = self.document()
        part = self.document(prefix=["setpriv", "--bounding-set=-sys_ptrace",
                                     "--inh-caps=-sys_ptrace"])
        owners = [{ns["ns"]: (ns["owner"], ns["owner_uid"]) for ns in document["namespaces"]
                   if ns["type"] == "net" and ns["ns"] in self.inodes}
                  for document in (whole, part)]
        self.assertGreater(len(owners[0]), 1)
        self.assertEqual(*owners)

    def check_inside(self, prefix, **more):
        """In a PID namespace of its own, where PIDs are other numbers."""
        nsltest.wait_for_network()
        whole = self.document("--details", "--all")
        nsltest.wait_for_network()
        part = self.document("--details", "--all", prefix=prefix, **more)
        self.assertIs(nsltest.parse_json(self.run_nslist("-J", prefix=prefix, **more).text)
                      ["complete"], False)
        wrong, compared = unseen.compare(whole, part, self.inodes | set(
            part["reference"]["namespaces"].values()), (), unseen.NUMBERS)
        self.assertEqual(wrong, [])
        self.assertGreater(compared, 0)
        return part

    def test_bubblewrap(self):
        nsltest.need("bwrap")
        self.check_inside(["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
                           "--unshare-pid", "--unshare-net"])
        self.check_inside(["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
                           "--unshare-all"], user=NOBODY)

    def test_container(self):
        """With its own procfs, where the host's namespaces are mounted, and where they are not."""
        nsltest.need("unshare")
        name, inode = self.add_netns()
        self.inodes.add(inode)
        for hide in "", "umount -R /run/netns":
            part = self.check_inside([*self.in_mounts(hide or "true"), "unshare", "--pid", "--fork",
                                      "--mount-proc"])
            found = nsltest.get_namespace(part, "net", inode)
            self.assertEqual(found is None, bool(hide))
            if found:
                self.assertIsNone(found["nprocs"])

    def test_own_procfs(self):
        """In a PID namespace of its own, root too sees a part: of that PID namespace all."""
        nsltest.need("unshare")
        prefix = ["unshare", "--pid", "--fork", "--mount-proc"]
        document = self.document("--all", prefix=prefix)
        self.assertIs(nsltest.parse_json(self.run_nslist("-J", prefix=prefix).text)["complete"],
                      False)
        for ns in document["namespaces"]:
            if ns["type"] == "pid" and ns["pids"]:
                self.assertNotIn("nprocs", ns["unknown"])
            else:
                self.assertIsNone(ns["nprocs"])
        self.run_nslist("--strict", prefix=prefix, status=3)


if __name__ == "__main__":
    nsltest.main()
