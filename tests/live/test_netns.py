# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that `ip netns` gives: the rows for them, the marks, selecting by them in every way,
and what else may be found in that directory. What a name refers to is asked of the file system
(the bind mount's inode)."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


def path_of(name):
    return "%s/%s" % (nsltest.NETNS, name)


class NetnsCase(nsltest.TestCase):
    NEEDS = ("root", "ip", "mount", "umount")

    def bind(self, source, suffix=""):
        """One more name for a namespace, by a bind mount."""
        name = self.file(suffix)
        subprocess.run(["mount", "--bind", source, path_of(name)], check=True)
        self.addCleanup(subprocess.run, ["umount", path_of(name)], check=True)
        return name

    def file(self, suffix=""):
        """An empty file among the names."""
        os.makedirs(nsltest.NETNS, exist_ok=True)
        name = self.name(suffix)
        nsltest.write(path_of(name), "")
        self.addCleanup(os.unlink, path_of(name))
        return name

    def symlink(self, target, suffix=""):
        os.makedirs(nsltest.NETNS, exist_ok=True)
        name = self.name(suffix)
        os.symlink(target, path_of(name))
        self.addCleanup(os.unlink, path_of(name))
        return name

    def member(self, name):
        """A process in it, as `ip` makes one (which gives it a mount namespace too)."""
        process = self.process("ip", "netns", "exec", name, "cat")
        return process.pid, nsltest.namespaces_of(process.pid)

    def name_row(self, name, inode):
        return "%10s  %-20s  created by ip netns add %s" % ("--", "net:[%d]" % inode, name)

    def given_row(self, name, inode):
        return "%10s  %-20s  named %s by ip netns" % ("--", "net:[%d]" % inode, name)

    def table(self, *arguments, **more):
        """Without the rows of holders in other mount namespaces: `ip netns exec` makes one, with
        copies of the mounts. Those rows are live/holders'."""
        return [row for row in super().table(*arguments, **more)
                if not (row.pid is None and re.search(r" in (mnt:\[\d+\]|\d+ other mount namespaces)", row.line))]

    def lines_of(self, inode, *arguments, **more):
        return [row.line for row in self.table(*arguments, **more) if row.inode == inode]


class Names(NetnsCase):
    def test_without_a_process(self):
        """In the table, the JSON and the tree; not where another type is asked for."""
        name, inode = self.add_netns()
        self.assertEqual(self.lines_of(inode), [self.name_row(name, inode)])
        self.assertEqual(self.lines_of(inode, "--type", "uts,mnt"), [])
        self.assertEqual(len(self.lines_of(inode, "--type", "net")), 1)
        found = nsltest.get_namespace(self.document(), "net", inode)
        self.assertEqual((found["names"], found["nprocs"], found["pids"]), ([name], 0, []))
        self.assertEqual(found["held_by"], [{
            "kind": "mount", "path": path_of(name),
            "mnt_ns": nsltest.namespaces_of("self")["mnt"]}])
        self.assertIs(found["root"], False)
        line, = [line for line in self.run_nslist("--tree").lines if str(inode) in line]
        self.assertTrue(line.endswith("net:[%d]**  created by ip netns add %s" % (inode, name)))

    def test_member(self):
        name, inode = self.add_netns()
        pid, namespaces = self.member(name)
        self.assertEqual(namespaces["net"], inode)
        rows = [row for row in self.table() if row.pid == pid]
        self.assertEqual([row.key() for row in rows],
                         [(pid, "mnt", namespaces["mnt"], False), (pid, "net", inode, False)])
        self.assertEqual([row.named for row in rows], [False, True])
        self.assertEqual(rows[1].line, "%10d  %-20s  cat" % (pid, "net:[%d]**" % inode))
        self.assertEqual(self.lines_of(inode), [self.name_row(name, inode), rows[1].line])
        found = nsltest.get_namespace(self.document(), "net", inode)
        self.assertEqual((found["names"], found["nprocs"], found["pids"]), ([name], 1, [pid]))

    def test_first_rows(self):
        """The names come first, sorted."""
        second, _ = self.add_netns("-b")
        first, _ = self.add_netns("-a")
        self.nsmake("new", "user,uts")
        rows = self.table()
        pids = [row.pid is None for row in rows]
        self.assertEqual(pids, sorted(pids, reverse=True))
        names = [row.command for row in rows if row.command.startswith("created by ip netns add ")]
        self.assertEqual(names, sorted(names))
        self.assertIn("created by ip netns add " + first, names)
        self.assertIn("created by ip netns add " + second, names)

    def test_unprivileged(self):
        """Anyone may list the names; who is inside, not everyone can see."""
        name, inode = self.add_netns()
        row = self.name_row(name, inode).replace("created", "no visible process, created")
        self.assertEqual(self.lines_of(inode, user=nsltest.NOBODY), [row])


class Selecting(NetnsCase):
    def test_every_way_is_the_same(self):
        name, inode = self.add_netns()
        self.add_netns()
        pid, _ = self.member(name)
        wanted = self.lines_of(inode)
        self.assertEqual(len(wanted), 2)
        for word in (name, path_of(name), "net:[%d]" % inode, "net:%d" % inode, str(inode),
                     "/proc/%d/ns/net" % pid, "/proc/%d/root%s" % (pid, path_of(name)),
                     "/run/../run/netns//%s" % name):
            with self.subTest(word):
                self.assertEqual([row.line for row in self.table(word)], wanted)

    def test_by_path(self):
        """The path that selects it is a mount that is known already, however often it is given."""
        name, inode = self.add_netns()
        for words in ["./" + name], [path_of(name), path_of(name), name, str(inode)]:
            rows = self.table(*words, cwd=nsltest.NETNS)
            self.assertEqual([row.line for row in rows], [self.name_row(name, inode)])
        found = nsltest.get_namespace(self.document(path_of(name)), "net", inode)
        self.assertEqual([holder["mnt_ns"] for holder in found["held_by"]],
                         [nsltest.namespaces_of("self")["mnt"]])

    def test_process_directory(self):
        """/proc/PID is the process: all its namespaces, like the PID."""
        name, inode = self.add_netns()
        pid, namespaces = self.member(name)
        wanted = [(pid, kind, namespaces[kind], False) for kind in nsltest.TYPES]
        for word in (str(pid), "/proc/%d" % pid, "/proc/%d/" % pid):
            with self.subTest(word):
                rows = self.table(word)
                self.assertEqual([row.key() for row in rows], wanted)
                self.assertEqual([row.inode for row in rows if row.named], [inode])

    def test_bind_mount_elsewhere(self):
        """A namespace that a descriptor holds, and so does a mount outside /run/netns, is found by
        its path."""
        for kind in "uts", "net":
            made = self.nsmake("fds", kind)
            place = os.path.join(self.directory(), kind)
            nsltest.write(place, "")
            subprocess.run(["mount", "--bind", "/proc/%d/fd/%d" % (made.pid, made.fd), place],
                           check=True)
            self.addCleanup(subprocess.run, ["umount", place], check=True)
            rows = self.table(place)
            self.assertEqual([row.key() for row in rows], [(None, kind, made.ino, False)] * 2)
            self.assertTrue(rows[0].line.endswith("mounted at " + place), rows[0].line)
            self.assertIn("held by fd %d of %d " % (made.fd, made.pid), rows[1].line)
            found = nsltest.get_namespace(self.document(place), kind, made.ino)
            self.assertIn(place, [holder.get("path") for holder in found["held_by"]])


class Odd(NetnsCase):
    def test_two_names(self):
        first, inode = self.add_netns("-a")
        pid, _ = self.member(first)
        second = self.name("-b")
        subprocess.run(["ip", "netns", "attach", second, str(pid)], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", second], check=True)
        self.assertEqual(os.stat(path_of(second)).st_ino, inode)
        self.assertEqual(self.lines_of(inode)[:2],
                         [self.name_row(first, inode), self.name_row(second, inode)])
        self.assertEqual(self.lines_of(inode, second), self.lines_of(inode))
        found = nsltest.get_namespace(self.document(), "net", inode)
        self.assertEqual(found["names"], [first, second])
        own = nsltest.namespaces_of("self")["mnt"]
        self.assertEqual([holder["path"] for holder in found["held_by"]
                          if holder["mnt_ns"] == own], [path_of(first), path_of(second)])

    def test_two_names_by_a_bind_mount(self):
        first, inode = self.add_netns("-a")
        second = self.bind(path_of(first), "-b")
        self.assertEqual(self.lines_of(inode),
                         [self.name_row(first, inode), self.name_row(second, inode)])

    def test_symlink_to_a_process(self):
        """As `docker inspect` recipes have it: a link to /proc/PID/ns/net is a name to ip too."""
        made = self.nsmake("new", "net")
        inode = made.ns["net"]
        name = self.symlink("/proc/%d/ns/net" % made.pids[0])
        lines = self.lines_of(inode)
        self.assertEqual(lines[0], self.given_row(name, inode))
        self.assertEqual(lines[1], "%10d  %-20s  %s" % (
            made.pids[0], "net:[%d]**" % inode, nsltest.command_of(made.pids[0])))
        self.assertEqual(self.lines_of(inode, name), lines)
        self.assertEqual(nsltest.get_namespace(self.document(), "net", inode)["held_by"], [])

    def test_symlink_to_a_root_namespace(self):
        """A name for a root namespace is no reason to list it; selected, it is listed."""
        name = self.symlink("/proc/self/ns/net")
        inode = nsltest.root_namespaces()["net"]
        if nsltest.namespaces_of("self")["net"] != inode:
            self.skipTest("missing: being in the root net namespace")
        self.assertEqual(self.lines_of(inode), [])
        rows = self.table(name)
        self.assertEqual(rows[0].line, self.given_row(name, inode))
        self.assertIn(os.getpid(), [row.pid for row in rows])

    def check_harmless(self, name):
        """The entry is no name, and takes nothing else with it."""
        other, inode = self.add_netns()
        result = self.run_nslist()
        self.assertIn(self.name_row(other, inode), result.lines)
        self.assertNotIn(name, result.text)
        return result

    def check_stale(self, name, kind=""):
        """It is warned of, an issue, and said to be so where it is selected."""
        message = "%s refers to no%s namespace (stale name)" % (path_of(name), kind)
        result = self.check_harmless(name)
        self.assertIn("nslist: " + message, result.warnings)
        self.assertIn(("netns", "stale", message), self.issues_of(self.document()))
        self.assertEqual(self.document()["sources"]["netns"], "partial")
        # It hides none of the others' names.
        self.assertEqual([ns["ns"] for ns in self.document()["namespaces"]
                          if "names" in ns["unknown"]], [])
        self.run_nslist("--strict", status=3)
        for word in (name, path_of(name)):
            with self.subTest(word):
                result = self.run_nslist("--quiet", word, status=1)
                self.assertEqual(result.warnings, ["nslist: " + message])

    def test_stale_file(self):
        """What `ip netns` leaves after a boot, or a delete that failed half-way."""
        self.check_stale(self.file())
        self.check_stale(self.symlink("/proc/%d/ns/net" % nsltest.PID_MAX, "-link"))

    def test_symlink_to_itself(self):
        """An entry that cannot be read at all is noted, and costs nothing else."""
        name = self.symlink("loop-to-itself")
        os.unlink(path_of(name))
        os.symlink(path_of(name), path_of(name))
        self.check_harmless(name)
        notes = [issue["message"] for issue in self.document()["issues"]]
        self.assertTrue([note for note in notes if name in note], notes)

    def test_names_that_engines_give(self):
        """A mount that is an engine's is not said to be made by ip netns."""
        first, inode = self.add_netns()
        for prefix in ("cni-", "cni-d8f3a2c1-1c1e-4a8e-9b5a-", "netns-d8f3a2c1-1c1e-4a8e-9b5a-", ""):
            with self.subTest(prefix):
                suffix = "%012d" % os.getpid()
                name = prefix + suffix
                self._names.append(os.fsencode(path_of(name)))
                nsltest.write(path_of(name), "")
                self.addCleanup(os.unlink, path_of(name))
                subprocess.run(["mount", "--bind", path_of(first), path_of(name)], check=True)
                self.addCleanup(subprocess.run, ["umount", path_of(name)], check=True)
                row = self.given_row if prefix else self.name_row
                self.assertIn(row(name, inode), self.lines_of(inode))

    def test_many_copies(self):
        """In several mount namespaces it is one holder, and one process is named where it is one."""
        name, inode = self.add_netns()
        first = self.process("unshare", "--mount", "--propagation=private", "cat")
        word = "net:[%d]" % inode

        def commands():
            return [row.command for row in nsltest.TestCase.table(self, word)]
        self.assertEqual(commands(), [
            "created by ip netns add " + name,
            "mounted at %s in mnt:[%d] of %d cat" % (
                path_of(name), nsltest.namespaces_of(first.pid)["mnt"], first.pid)])
        for _ in range(2):
            self.process("unshare", "--mount", "--propagation=private", "cat")
        self.assertEqual(commands(), ["created by ip netns add " + name,
                                      "mounted at %s in 3 other mount namespaces" % path_of(name)])
        result = self.run_nslist("-r", "-n", "-o", "held-by", word)
        self.assertIn("mounted\\x20at\\x20%s\\x20in\\x204\\x20mount\\x20namespaces" %
                      path_of(name), result.text)

    def test_other_things(self):
        """A directory, a FIFO, and a namespace of another type."""
        name = self.name("-dir")
        os.makedirs(path_of(name))
        self.addCleanup(os.rmdir, path_of(name))
        fifo = self.name("-fifo")
        os.mkfifo(path_of(fifo))
        self.addCleanup(os.unlink, path_of(fifo))
        made = self.nsmake("new", "uts")
        self.symlink("/proc/%d/ns/uts" % made.pids[0], "-uts")
        for one in (name, fifo):
            self.check_stale(one)
        rows = [row for row in self.table() if row.inode == made.ns["uts"]]
        self.assertEqual([row.pid for row in rows], made.pids)
        self.assertFalse(rows[0].named)

    def test_odd_bytes(self):
        """Newline, escape and a byte that is not UTF-8 in a name: one line, nothing raw."""
        first, inode = self.add_netns()
        suffix = os.fsdecode(b"\n\x1b[31m\xff\xc3\xa9")
        name = self.bind(path_of(first), suffix)
        shown = name.split("\n", maxsplit=1)[0] + "\\n\\x1b[31m\\xffé"
        env = {"LC_ALL": "C.UTF-8"}
        self.assertIn(self.name_row(shown, inode), self.lines_of(inode, env=env))
        found = nsltest.get_namespace(self.document(), "net", inode)
        text = name.split("\n", maxsplit=1)[0] + "\n\x1b[31m\\xffé"
        self.assertIn(text, found["names"])
        self.assertEqual(self.lines_of(inode, name), self.lines_of(inode))
        self.assertEqual(self.lines_of(inode, path_of(name)), self.lines_of(inode))


if __name__ == "__main__":
    nsltest.main()
