# SPDX-License-Identifier: GPL-3.0-or-later
"""Column PATH: whatever row it is of, it opens as that very namespace, or is "-". Asked of the kernel
(NS_GET_NSTYPE, the file's inode) of each row, over all the cases that nshold and nsmake can make, and
of mounts that another user could make lead elsewhere."""

import fcntl
import itertools
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import holders  # noqa: E402
import nsltest  # noqa: E402

NS_GET_NSTYPE = 0xB703
FLAGS = {"cgroup": 0x02000000, "ipc": 0x08000000, "mnt": 0x00020000, "net": 0x40000000,
         "pid": 0x20000000, "time": 0x00000080, "user": 0x10000000, "uts": 0x04000000}
CASES = (["mount"], ["mount-private"], ["mount-fd"], ["chrooted"], ["chain-mounts"],
         ["many-mounts", "20"], ["mount-often", "20"], ["long-path"], ["mount-thread"], ["odd-path"],
         ["fd"], ["fd-path"], ["fd-passed"], ["fd-place"], ["many-fds", "20"], ["socket"],
         ["socket-shared"], ["tun"], ["thread"], ["thread-fd"], ["thread-socket"], ["owner"],
         ["chain-owners"], ["usertree"], ["parent-pid"], ["uid65534"])
# Those in which nothing holds it but a socket, an owner, a mount namespace that nobody can be followed
# into, or a path that is too long to open.
NO_PATH = {"mount-fd", "chrooted", "long-path", "socket", "socket-shared", "tun", "thread-socket",
           "owner", "usertree"}


class Paths(nsltest.TestCase):
    NEEDS = ("root",)

    def rows(self, *arguments, **more):
        result = self.run_nslist("-L", "-o", "pid,type,ns,path,command", *arguments, **more)
        return [json.loads(line) for line in result.lines]

    def problem(self, row):
        """Why the path of a row is not right; None: it is."""
        path = row.get("path")
        if path is None:
            return None
        try:
            fd = os.open(os.fsencode(path), os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            return "%s: %s" % (row, error)
        try:
            found = fcntl.ioctl(fd, NS_GET_NSTYPE), os.fstat(fd).st_ino
        except OSError as error:
            return "%s: %s" % (row, error)
        finally:
            os.close(fd)
        return None if found == (FLAGS[row["type"]], row["ns"]) else "%s is %s" % (row, found)

    def check(self, inodes, *arguments, **more):
        """The rows of these namespaces."""
        rows = [row for row in self.rows(*arguments, **more) if row["ns"] in inodes]
        self.assertEqual([problem for problem in map(self.problem, rows) if problem], [])
        return rows

    def check_made(self, made):
        inodes = {ns["ns"] for ns in made.namespaces}
        rows = self.check(inodes, "--threads")
        self.assertEqual({row["ns"] for row in rows}, inodes)
        for ns in made.namespaces[:4]:
            self.check({ns["ns"]}, holders.label(ns))
        return rows

    def test_holders(self):
        for case in CASES:
            with self.subTest(case[0]):
                made = self.helper("nshold", *case)
                rows = self.check_made(made)
                if case[0] not in NO_PATH:
                    self.assertTrue(any("path" in row and row["path"] for row in rows
                                        if row["pid"] is None or case[0] == "thread"), rows)
                made.end()

    def test_members(self):
        made = self.nsmake("new", "ipc,mnt,net,pid,time,user,uts,cgroup")
        inodes = set(made.ns.values())
        rows = self.check(inodes)
        self.assertEqual({row["ns"] for row in rows if row["path"]}, inodes)

    def test_for_children(self):
        for kind in ("pid", "time"):
            made = self.nsmake("children", kind, "--forked")
            rows = self.check({made.for_children})
            self.assertEqual([row["path"] for row in rows if row["pid"] == made.pid],
                             ["/proc/%d/ns/%s" % (made.pid, nsltest.CHILDREN[kind])])

    def bind(self, process, source, place):
        """In the mount namespace of a process."""
        subprocess.run(["nsenter", "--mount=/proc/%d/ns/mnt" % process.pid, "mount", "--bind",
                        source, place], check=True)

    def mounted(self, *words):
        """A namespace that is only mounted in the mount namespace of another process; the place."""
        directory = self.directory()
        place = os.path.join(directory, "net")
        nsltest.write(place, "")
        made = self.nsmake("fds", "net")
        process = self.process("unshare", *words, "--mount", "--propagation=private", "cat")
        self.bind(process, "/proc/%d/fd/%d" % (made.pid, made.fd), place)
        inode = made.ino
        made.end()
        return process, inode, place

    def test_other_mount_namespace(self):
        process, inode, place = self.mounted()
        rows = self.check({inode})
        self.assertEqual([(row["path"], row["command"]) for row in rows], [
            ("/proc/%d/root%s" % (process.pid, place),
             "mounted at %s in mnt:[%d] of %d cat" % (
                 place, nsltest.namespaces_of(process.pid)["mnt"], process.pid))])

    def test_mount_namespace_of_another_user_namespace(self):
        """Whoever is root in there can put a FIFO, or a file that never answers, in its place."""
        _, inode, place = self.mounted("--user", "--map-root-user")
        rows = self.check({inode})
        self.assertEqual([(row["path"], row["command"][:len(place) + 11]) for row in rows],
                         [(None, "mounted at " + place)])

    def test_covered(self):
        """By what is mounted over it, over a directory above it, and not by what is beside it."""
        for over, many in itertools.product(("net", ""), (False, True)):
            with self.subTest(over, many=many):
                # From so many mounts on, the kernel's own list says what is on them.
                often = self.helper("nshold", "mount-often", "700") if many else None
                process, inode, place = self.mounted()
                directory = os.path.dirname(place)
                self.bind(process, "/dev/null" if over else "/sys",
                          os.path.join(directory, over).rstrip("/"))
                rows = self.check({inode})
                self.assertEqual([(row["path"], row["command"]) for row in rows], [
                    (None, "mounted at %s in mnt:[%d] of %d cat (covered)" % (
                        place, nsltest.namespaces_of(process.pid)["mnt"], process.pid))])
                found = nsltest.get_namespace(self.document(), "net", inode)
                self.assertIs(found["held_by"][0]["covered"], True)
                if often:
                    often.end()

    def test_covered_by_another_namespace(self):
        process, inode, place = self.mounted()
        other = self.nsmake("fds", "net")
        self.bind(process, "/proc/%d/fd/%d" % (other.pid, other.fd), place)
        rows = self.check({inode, other.ino}, "net:[%d]" % inode, "net:[%d]" % other.ino)
        found = {row["command"].rpartition("cat")[2]: (row["ns"], row["path"]) for row in rows
                 if row["command"].startswith("mounted")}
        self.assertEqual(found, {" (covered)": (inode, None),
                                 "": (other.ino, "/proc/%d/root%s" % (process.pid, place))})

    def test_names(self):
        """Of ip netns: a mount, a link to a process, and what is not there any more."""
        name, inode = self.add_netns()
        link = self.name("-link")
        made = self.nsmake("new", "net")
        os.symlink("/proc/%d/ns/net" % made.pids[0], nsltest.NETNS + "/" + link)
        self.addCleanup(os.unlink, nsltest.NETNS + "/" + link)
        rows = self.check({inode, made.ns["net"]})
        self.assertEqual({row["path"] for row in rows},
                         {nsltest.NETNS + "/" + name, "/proc/%d/ns/net" % made.pids[0]})

    def test_other_procfs(self):
        """Paths are below the procfs that was asked for."""
        made = self.nsmake("new", "uts")
        rows = self.check({made.ns["uts"]}, "--proc=/proc/self/root/proc")
        self.assertEqual({row["path"] for row in rows},
                         {"/proc/self/root/proc/%d/ns/uts" % made.pids[0]})


if __name__ == "__main__":
    nsltest.main()
