# SPDX-License-Identifier: GPL-3.0-or-later
"""Net namespaces that one descriptor holds, whose user does what he can that nobody sees it: a
device under another path than its own, descriptors that are something else at each look, and more
of them than fit. And a process without a name. Each with both censuses."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

TUN = os.makedev(10, 200)
RUNS = 200
TRACED = 10
SIOCGSKNS = 0x894C
FDS = 15000  # a hard limit of 20,000 open files is common


class HideCase(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.censuses = ["procfs"]
        try:
            nsltest.need_census("bpf")
            self.censuses.append("bpf")
        except unittest.SkipTest as missing:
            print("not with BPF: %s" % missing, file=sys.stderr)
        self.before = self.issues_of(self.document())

    def held_by(self, made, document, inode=None):
        """[(kind, pid, fd)] of the namespace."""
        found = nsltest.get_namespace(document, "net", inode or made.net)
        self.assertIsNotNone(found, "hidden")
        return [(holder["kind"], holder.get("pid"), holder.get("fd"))
                for holder in found["held_by"] if holder["kind"] in ("fd", "socket")]

    def new_issues(self, document):
        """But for those of a busy machine, on which anybody may be late."""
        return {issue for issue in self.issues_of(document) - self.before
                if issue[1] != "ETIMEDOUT"}


class Tun(HideCase):
    """A tun device is told by what it is, wherever it is mounted."""

    def node(self):
        directory = self.directory()
        path = os.path.join(directory, "tun")
        os.chmod(directory, 0o755)
        try:
            os.mknod(path, 0o020666, TUN)
            os.chmod(path, 0o666)
            os.close(os.open(path, os.O_RDWR))
        except OSError as error:
            raise unittest.SkipTest("missing: tun devices (%s)" % error)
        return path

    def check(self, *arguments):
        node = self.node()
        for user in (nsltest.NOBODY, None):
            made = self.helper("hide", "tun", node, *arguments, user=user)
            shown = os.path.join("/proc/%d/fd" % made.pid, str(made.fd))
            self.assertEqual(os.stat(shown).st_rdev, TUN)
            for census in self.censuses:
                document = self.document(census=census)
                self.assertEqual(self.held_by(made, document), [("socket", made.pid, made.fd)])
                self.assertEqual(self.new_issues(document), set())
            made.end()

    def test_elsewhere(self):
        """Over another device, and over a path of none; fdinfo has locks before what tells of a tun
        device, as many as one likes."""
        for words in (("/dev/null",), ("/etc/passwd",), ("/etc/passwd", "--locks"),
                      ("/dev/null", "--locks")):
            with self.subTest(words):
                self.check(*words)

    def test_deep(self):
        """A path that is longer than any may be: the kernel does not show it."""
        self.check("--deep")


class Swap(HideCase):
    """A descriptor that is another file by the time that it is copied."""

    def test_swapped(self):
        made = self.helper("hide", "swap")
        wanted = ("socket", made.pid, made.fd)
        allowed = {wanted, ("socket", made.pid, made.swapped)}
        for census in self.censuses:
            for _ in range(RUNS // len(self.censuses)):
                document = self.document("net:[%d]" % made.net, census=census)
                holders = self.held_by(made, document)
                self.assertIn(wanted, holders)
                self.assertLessEqual(set(holders), allowed)

    def test_asks_sockets_only(self):
        """What a copy of a file is asked would be a question of root's to any driver."""
        nsltest.need("strace")
        made = self.helper("hide", "swap")
        asked = set()
        log = os.path.join(self.directory(), "log")
        for _ in range(TRACED):
            self.run_nslist("--json", env=nsltest.NO_LEAK_CHECK, census="procfs", prefix=(
                "strace", "-f", "-y", "-qq", "-o", log, "-e", "trace=ioctl"))
            with open(log, encoding="utf-8", errors="replace") as file:
                for line in file:
                    match = re.search(r"ioctl\(\d+<(.*?)>, (?:SIOCGSKNS|%#x)" % SIOCGSKNS, line)
                    if match:
                        asked.add(match.group(1))
        self.assertTrue(asked, "nothing was asked")
        self.assertEqual([path for path in asked if not path.startswith(("socket:", "UDP", "TCP",
                                                                         "UNIX", "NETLINK"))
                          and not path.endswith("/tun")], [])
        self.assertIsNotNone(made.pid)


class Many(HideCase):
    """However many descriptors of one namespace there are, the one of another is seen."""

    def test_behind_others(self):
        made = self.helper("hide", "fds", str(FDS))
        for census in self.censuses:
            document = self.document(census=census)
            self.assertEqual(self.held_by(made, document), [("fd", made.pid, made.fd)])
            self.assertEqual(len(self.held_by(made, document, made.other)), FDS)
            self.assertEqual(self.new_issues(document), set())


class Name(HideCase):
    """A process without a name and arguments is one as any other."""

    def test_without(self):
        made = self.helper("hide", "name", user=nsltest.NOBODY)
        for name in ("comm", "cmdline"):
            self.assertEqual(nsltest.read("/proc/%d/%s" % (made.pid, name)).strip(), "", name)
        for census in self.censuses:
            process = next(process for process in self.document(census=census)["processes"]
                           if process["pid"] == made.pid)
            self.assertEqual((process["comm"], process["command"], process["uid"]),
                             ("", None, nsltest.NOBODY))
            self.assertEqual(process["container"], "sandbox/%d" % made.pid)


# In a mount and a UTS namespace of its own, with an empty /mnt.
MOUNTS = """
import ctypes, json, os, sys
c = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUTS, BIND, PRIVATE = 0x20000, 0x4000000, 0x1000, 0x44000
def check(result):
    if result:
        print("missing: a mount: " + os.strerror(ctypes.get_errno()), file=sys.stderr)
        sys.exit(77)
check(c.unshare(NEWNS | NEWUTS))
check(c.mount(None, b"/", None, PRIVATE, None))
check(c.mount(b"nslt", b"/mnt", b"tmpfs", 0, None))
"""

LONG = MOUNTS + """
def bind(source, place, new=True):
    if new:
        check(c.unshare(NEWUTS))
        open(place, "w").close()
    check(c.mount(source, os.fsencode(place), None, BIND, None))
    return os.stat(source).st_ino
os.makedirs("/mnt/root"), os.makedirs("/mnt/deep")
os.chdir("/mnt/deep")
for _ in range(9000):
    os.mkdir("d" * 250), os.chdir("d" * 250)
before = bind(b"/proc/self/ns/uts", "/mnt/before")
bind(b".", "/mnt/root", False)
after = bind(b"/proc/self/ns/uts", "/mnt/after")
long = bind(b"/proc/self/ns/uts", "long")
last = bind(b"/proc/self/ns/uts", "/mnt/last")
check(c.unshare(NEWUTS))
os.chdir("/")
print(json.dumps({"pid": os.getpid(), "uts": [before, after, long, last]}), flush=True)
sys.stdin.read()
"""


class LongPaths(nsltest.TestCase):
    """Two megabytes of a path, of a mount's root and of the place of another one: what is mounted
    after it is listed all the same."""

    def check(self, *arguments):
        nsltest.need_root()
        made = self.helper("python", "-c", LONG, path=sys.executable)
        document = self.document(*arguments)
        paths = [[holder["path"] for holder in nsltest.get_namespace(document, "uts", uts)["held_by"]
                  if holder["kind"] == "mount"] for uts in made.uts]
        self.assertEqual(paths, [["/mnt/before"], ["/mnt/after"], [""], ["/mnt/last"]])
        self.assertEqual(document["sources"]["mounts"], "complete")

    def test_procfs(self):
        self.check("--census=procfs")

    def test_bpf(self):
        nsltest.need_census("bpf")
        self.check("--census=bpf")


STACK = MOUNTS + """
uts = os.stat("/proc/self/ns/uts").st_ino
for place in (b"/mnt/stack-a", b"/mnt/stack-b"):
    open(place, "w").close()
for n in range(300):
    for place in (b"/mnt/stack-a", b"/mnt/stack-b"):
        source = b"/proc/self/ns/uts" if n % 2 else b"/proc/self/ns/ipc"
        check(c.mount(source, place, None, BIND, None))
check(c.unshare(NEWUTS))
print(json.dumps({"pid": os.getpid(), "uts": uts}), flush=True)
sys.stdin.read()
"""


class Stack(HideCase):
    """The kernel goes through all mounts of a stack whenever its path is looked up: that is done
    once, and not for each of them."""

    def test_looked_up_once(self):
        nsltest.need("strace")
        made = self.helper("python", "-c", STACK, path=sys.executable)
        log = os.path.join(self.directory(), "log")
        for census in self.censuses:
            document = self.document(census=census, env=nsltest.NO_LEAK_CHECK, prefix=(
                "strace", "-f", "-qq", "-o", log, "-e", "trace=openat2"))
            holders = nsltest.get_namespace(document, "uts", made.uts)["held_by"]
            self.assertEqual({holder["path"] for holder in holders},
                             {"/mnt/stack-a", "/mnt/stack-b"})
            with open(log, encoding="utf-8", errors="replace") as file:
                looks = [line for line in file if '"stack-' in line]
            self.assertIn(len(looks), range(1, 5), looks)


if __name__ == "__main__":
    nsltest.main()
