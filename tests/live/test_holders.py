# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces that no process is in, and who keeps each alive: every case of nshold, in the JSON,
the table, --persistent, and selected by inode. And what the search leaves behind: nothing. Other
kernels than this one are in tests/kernels."""

import contextlib
import fcntl
import os
import resource
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import holders  # noqa: E402
import nsltest  # noqa: E402

NS_GET_USERNS = 0xB701
NS_GET_PARENT = 0xB702
NS_GET_OWNER_UID = 0xB704

KERNEL = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])


def state_of(pid):
    """What a listing could have changed of another process: its mounts and open files."""
    fds = {}
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/%d/task" % pid):
            directory = "/proc/%d/task/%s/fd" % (pid, task)
            for fd in os.listdir(directory):
                fds[task, fd] = os.readlink(os.path.join(directory, fd))
        with open("/proc/%d/mountinfo" % pid, "rb") as file:
            # Names of ip netns are anybody's, and show wherever /run/netns is shared.
            return fds, [line for line in file if b" /run/netns" not in line]
    return fds, None


class HolderCase(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.own = nsltest.namespaces_of("self")

    def hold(self, *arguments):
        return self.helper("nshold", *arguments)

    def check(self, *arguments, says=None):
        made = self.hold(*arguments)
        pids = [os.getpid(), *made.pids]
        before = [state_of(pid) for pid in pids]
        children = nsltest.own_children()
        document = self.document()
        self.assertEqual(holders.all_problems(made.made, document), [])
        # By the procfs each namespace is opened, for what the kernel's own lists tell of it.
        opened = self.document(census="procfs")
        self.assertEqual(holders.all_problems(made.made, opened), [])
        if "dead-fuse" not in arguments:  # a file system that is not asked is said to be
            self.assertNotIn("relations", [issue["source"] for issue in opened["issues"]])
        self.check_table(made)
        self.check_persistent(made)
        self.check_selected(made)
        # While the case stands: a worker that it blocks would end with it.
        self.reap_strangers(children)
        self.assertEqual([state_of(pid) for pid in pids], before, "a listing has changed something")
        for ns in document["namespaces"]:
            self.assertNotIn("nslist", [holder.get("comm") for holder in ns["held_by"]])
        self.assertNotIn("nslist", [process["comm"] for process in document["processes"]])
        return made, document

    def check_each(self, *cases):
        for case in cases:
            with self.subTest(case):
                self.check(case)[0].end()

    def check_table(self, made):
        rows = self.table()
        for ns in made.namespaces:
            found = [row for row in rows if (row.type, row.inode) == (ns["type"], ns["ns"])]
            if ns["pids"]:
                self.assertEqual([row.pid for row in found], ns["pids"])
            else:
                self.assertEqual([(row.pid, row.command) for row in found],
                                 [(None, holders.summary(ns, self.own["mnt"],
                                                           holders.members_of(made.namespaces)))])

    def check_persistent(self, made):
        rows = self.table("--persistent")
        self.assertEqual({row.pid for row in rows if not row.for_children}, {None})
        listed = {(row.type, row.inode) for row in rows}
        for ns in made.namespaces:
            self.assertEqual((ns["type"], ns["ns"]) in listed, not ns["pids"], ns)
        document = self.document("--persistent")
        self.assertEqual([ns for ns in document["namespaces"] if ns["pids"]], [])

    def check_selected(self, made):
        for ns in made.namespaces[:12]:
            word = holders.label(ns)
            rows = self.table(word)
            self.assertEqual({(row.type, row.inode) for row in rows}, {(ns["type"], ns["ns"])})
            self.assertEqual([row.command for row in rows if row.pid is None],
                             holders.reasons(ns, self.own["mnt"],
                                             holders.members_of(made.namespaces)))
            self.assertEqual([row.pid for row in rows if row.pid is not None], ns["pids"])


class Mounts(HolderCase):
    def test_each(self):
        self.check_each("mount", "mount-private", "mount-fd", "mount-thread", "odd-path",
                        "chain-mounts")

    def test_chrooted(self):
        made, _ = self.check("chrooted")
        self.assertNotIn("net:[", nsltest.read("/proc/%d/mountinfo" % made.pids[0]),
                         "the process sees it itself")

    def test_many(self):
        made, _ = self.check("many-mounts", "1000")
        self.assertEqual(len(made.namespaces), 1001)

    def test_often(self):
        """A namespace that is mounted in thousands of places, which any user can do, takes time in
        proportion."""
        seconds = []
        for count in (2000, 16000):
            made = self.hold("mount-often", str(count))
            self.assertEqual(holders.all_problems(made.made, self.document()), [])
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.run_nslist("--type", "net")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime - before.ru_utime)
            made.end()
        self.assertLess(seconds[1], 16 * max(seconds[0], 0.02), seconds)

    def test_same_path(self):
        """Mounted at one path in several mount namespaces it has that many holders, also where it
        is selected by that path."""
        made = self.hold("mount")
        ns = made.namespaces[0]
        path = ns["held_by"][0]["path"]
        copies = [self.process("unshare", "--mount", "--propagation=private", "cat")
                  for _ in range(2)]
        inodes = {nsltest.namespaces_of(process.pid)["mnt"] for process in copies}
        for word in (holders.label(ns), path):
            with self.subTest(word):
                found = holders.find(self.document(word), ns)
                self.assertEqual({holder["mnt_ns"] for holder in found["held_by"]},
                                 inodes | {self.own["mnt"]})
                self.assertEqual({holder["path"] for holder in found["held_by"]}, {path})

    def test_long_path(self):
        made, _ = self.check("long-path")
        self.assertGreater(len(made.namespaces[1]["held_by"][0]["path"]), 10000)

    def test_every_mount_once(self):
        """A mount namespace that several processes are in is looked at once."""
        made = self.hold("mount-private")
        mnt, net = made.namespaces
        for _ in range(3):
            self.process("nsenter", "--mount=/proc/%d/ns/mnt" % made.pids[0], "cat")
        found = holders.find(self.document(), net)
        self.assertEqual(len(holders.find(self.document(), mnt)["pids"]), 4)
        self.assertEqual(found["held_by"], net["held_by"])


class Files(HolderCase):
    def test_types(self):
        for kind in nsltest.TYPES:
            with self.subTest(kind):
                self.check("fd", kind)

    def test_path(self):
        made, _ = self.check("fd-path")
        holder = made.namespaces[0]["held_by"][0]
        link = os.readlink("/proc/%d/fd/%d" % (holder["pid"], holder["fd"]))
        self.assertTrue(link.startswith("/"), "its link tells the namespace: %s" % link)

    def test_many(self):
        made, _ = self.check("many-fds", "10000")
        self.assertGreater(len(os.listdir("/proc/%d/fd" % made.pids[0])), 10000)

    def test_shared(self):
        """Of two processes both are named."""
        made = self.hold("fd")
        holder = made.namespaces[0]["held_by"][0]
        path = "/proc/%d/fd/%d" % (holder["pid"], holder["fd"])
        with open(path, "rb") as file:
            found = holders.find(self.document(), made.namespaces[0])
            self.assertEqual([(held["pid"], held["fd"]) for held in found["held_by"]],
                             sorted([(holder["pid"], holder["fd"]), (os.getpid(), file.fileno())]))

    def test_each(self):
        self.check_each("fd-passed", "fd-place")


class KernelOnly(HolderCase):
    """Only the kernel knows of these: by listns(2), or by its own lists, which BPF follows."""

    def need_lists(self):
        if KERNEL < (6, 19):
            nsltest.need_census("bpf")

    def check_kernel(self, *case):
        self.need_lists()
        ns = self.hold(*case).namespaces[0]
        document = self.document()
        found = holders.find(document, ns)
        self.assertEqual(document["kernel"]["source"], "listns" if KERNEL >= (6, 19) else "bpf")
        if ns["type"] != "net" and KERNEL < (6, 18):
            self.assertIsNone(found)
            self.assertEqual(document["kernel"]["types"], ["net"])
            self.run_nslist(holders.label(ns), status=1)
            self.skipTest("missing: the kernel's list of %s namespaces, Linux 6.18" % ns["type"])
        self.assertIsNotNone(found)
        self.assertEqual(found["held_by"], [{"kind": "kernel"}])
        self.assertEqual(holders.fact_problems(ns, found), [])
        self.assertIn(ns["type"], document["kernel"]["types"])
        self.assertGreater(document["kernel"]["known"], document["kernel"]["explained"])

    def test_in_flight(self):
        self.check_kernel("flight")

    def test_types_in_flight(self):
        self.need_lists()
        for kind in ("uts", "user", "mnt"):
            with self.subTest(type=kind):
                self.check_kernel("flight", kind)

    def test_watched(self):
        self.check_kernel("inotify")
        self.check_kernel("inotify", "ipc")

    def test_tree_of_mounts(self):
        self.check_kernel("open-tree")
        self.check_kernel("open-tree", "uts")

    def test_without_bpf(self):
        """Neither then is the namespace found, nor does the listing say that there is none."""
        ns = self.hold("flight").namespaces[0]
        document = self.document("--census=procfs")
        if KERNEL < (6, 19):
            self.assertIsNone(holders.find(document, ns))
            self.assertIsNone(document["kernel"])
            self.assertEqual(document["sources"]["kernel"], "skipped")


class Sockets(HolderCase):
    def test_each(self):
        self.check_each("socket", "socket-shared")

    def test_tun(self):
        self.check("tun")

    def test_tun_without_a_device(self):
        self.check("tun-bare")


class Threads(HolderCase):
    def test_each(self):
        self.check_each("thread", "thread-fd", "thread-socket")

    def test_children(self):
        made, _ = self.check("thread-children")
        ns = made.namespaces[0]
        holder = ns["held_by"][0]
        path = "/proc/%d/task/%d/ns/time_for_children" % (holder["pid"], holder["tid"])
        for census in ("auto", "procfs"):
            with self.subTest(census):
                document = self.document("-d", census=census)
                self.assertIn("monotonic",
                              str(nsltest.get_namespace(document, "time", ns["ns"])["detail"]))
                shown = self.run_nslist(str(ns["ns"]), "-nro", "PATH", census=census)
                self.assertEqual(shown.lines, [path])
        saved = os.path.join(self.directory(), "saved.json")
        nsltest.write(saved, self.run_nslist("--json", "-t", "time").out)
        self.run_nslist("--from=" + saved, "--diff=" + saved)

    def test_rows(self):
        nsltest.need_root_mounts()
        made = self.hold("thread")
        ns = made.namespaces[0]
        holder = ns["held_by"][0]

        def lines(*arguments):
            return [row.line for row in self.table(*arguments) if row.inode == ns["ns"]]
        wanted = "%10d  %-20s  (thread of %d) %s" % (holder["tid"], holders.label(ns),
                                                     holder["pid"], holders.COMM)
        self.assertNotIn(wanted, lines())
        self.assertEqual([line for line in lines("--threads") if wanted == line], [wanted])


class Above(HolderCase):
    def test_each(self):
        self.check_each("owner", "chain-owners", "usertree", "parent-pid")

    def test_uid(self):
        made, _ = self.check("uid65534")
        self.assertEqual({ns["owner_uid"] for ns in made.namespaces}, {65534})

    def climb(self, fd, kind, inode, found):
        """{(type, inode): (parent, owner, owner_uid)} of a namespace and all above it, by ioctl."""
        key = kind, inode
        if key in found:
            return
        found[key] = None
        relations = {}
        for name, request in (("parent", NS_GET_PARENT), ("owner", NS_GET_USERNS)):
            relations[name] = None
            if name == "parent" and kind not in ("pid", "user"):
                continue
            try:
                other = fcntl.ioctl(fd, request)
            except PermissionError:
                continue
            try:
                relations[name] = os.fstat(other).st_ino
                self.climb(other, kind if name == "parent" else "user", relations[name], found)
                if kind != "user" and name == "owner":
                    relations["uid"] = self.uid(other)
            finally:
                os.close(other)
        if kind == "user":
            relations["uid"] = self.uid(fd)
        found[key] = relations["parent"], relations["owner"], relations["uid"]

    def uid(self, fd):
        return struct.unpack("I", fcntl.ioctl(fd, NS_GET_OWNER_UID, bytes(4)))[0]

    def test_to_the_top(self):
        """All that is above, up to the initial namespaces, with --all."""
        nsltest.need_initial_pid_namespace()
        above = {}
        for case in ("chain-owners", "parent-pid", "uid65534", "fd-path"):
            for ns in self.hold(case).namespaces:
                for holder in ns["held_by"]:
                    if holder["kind"] != "fd":
                        continue
                    with open("/proc/%d/fd/%d" % (holder["pid"], holder["fd"]), "rb") as file:
                        self.climb(file.fileno(), ns["type"], ns["ns"], above)
        self.assertGreater(len(above), 8)
        document = self.document("--all")
        for (kind, inode), facts in above.items():
            found = nsltest.get_namespace(document, kind, inode)
            self.assertIsNotNone(found, (kind, inode))
            self.assertEqual((found["parent"], found["owner"], found["owner_uid"]), facts, found)
            self.assertEqual(set(found["unknown"]) & {"parent", "owner", "owner_uid"}, set())

    def test_id(self):
        made = self.hold("fd")
        ns = made.namespaces[0]
        holder = ns["held_by"][0]
        try:
            nsid = nsltest.ns_id("/proc/%d/fd/%d" % (holder["pid"], holder["fd"]))
        except OSError:
            self.skipTest("missing: NS_GET_ID, Linux 6.18")
        self.assertEqual(holders.find(self.document(), ns)["nsid"], nsid)
        self.assertEqual({row.inode for row in self.table("nsid:%d" % nsid)}, {ns["ns"]})


class Denied(HolderCase):
    def test_parent_outside(self):
        """In a user and a pid namespace of its own, what is above these is out of reach: unknown,
        and never the root."""
        words = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
        result = self.run_nslist("--json", "--all", prefix=words)
        document = result.json
        self.assertTrue(document["namespaces"])
        for ns in document["namespaces"]:
            if ns["type"] in ("user", "pid"):
                self.assertIsNone(ns["parent"], ns)
                self.assertIn("parent", ns["unknown"])
            if ns["type"] == "user":
                self.assertIsNone(ns["owner"], ns)
                self.assertIn("owner", ns["unknown"])
            self.assertNotIn(self.own["user"], (ns["parent"], ns["owner"], ns["ns"]))

    def test_unprivileged(self):
        """Somebody else's holders are not told, and nothing is made up."""
        kept = [self.hold(case) for case in ("fd", "socket", "mount-private", "usertree", "thread")]
        result = self.run_nslist("--json", user=nsltest.NOBODY)
        document = result.json
        self.assertIs(document["complete"], False)
        self.assertEqual(document["sources"]["fds"], "partial")
        for made in kept:
            for ns in made.namespaces:
                found = holders.find(document, ns)
                if found is None:
                    continue
                for key in ("parent", "owner", "owner_uid"):
                    self.assertIn(found[key], (ns[key], None), found)
                    if found[key] is None and ns[key] is not None:
                        self.assertIn(key, found["unknown"])

    def test_own_holders(self):
        """What an ordinary user holds, in a user namespace of its own, that user finds."""
        for case in ("fd", "thread", "thread-fd", "thread-children", "owner", "parent-pid",
                     "mount-private", "mount-thread"):
            with self.subTest(case):
                made = self.helper("nshold", case, user=nsltest.NOBODY,
                                   prefix=("unshare", "--user", "--map-root-user"))
                document = self.document(user=nsltest.NOBODY)
                for ns in made.namespaces:
                    found = holders.find(document, ns)
                    self.assertIsNotNone(found, ns)
                    self.assertEqual(holders.held_by(found), ns["held_by"])
                    self.assertEqual(found["pids"], ns["pids"])
                    if "owner" in found["unknown"]:
                        # To get at what is mounted elsewhere takes more than belongs to the user.
                        self.assertEqual(found["held_by"][0]["kind"], "mount")
                        self.assertEqual((found["owner"], found["owner_uid"]), (None, None))
                        continue
                    self.assertEqual((found["owner"], found["parent"]), (ns["owner"], ns["parent"]))
                    self.assertEqual(found["owner_uid"], nsltest.NOBODY)
                made.end()

    def test_other_pid_namespace(self):
        """From within a pid namespace what is outside is not seen, and what is inside is."""
        outside = self.hold("fd")
        words = ("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c",
                 """exec 3>&1; mkfifo $0/in $0/out; "$1" fd <$0/in >$0/out & exec 4>$0/in
                 read -r line <$0/out; echo "$line"; shift; "$@" 4>&-; exec 4>&-; wait""",
                 self.directory(), nsltest.program("nshold"))
        result = nsltest.run("--json", prefix=words)
        line, _, text = result.text.partition("\n")
        document = nsltest.parse_json(text)
        self.assertEqual(holders.all_problems(nsltest.parse_json(line), document, all_seen=False),
                         [])
        self.assertIsNone(holders.find(document, outside.namespaces[0]))


class Hanging(HolderCase):
    def seconds(self):
        started = time.monotonic()
        self.run_nslist()
        return time.monotonic() - started

    def test_dead_file_system(self):
        """A file system that does not answer, as somebody's open file and among the mounts: all
        is found, and at most a second is lost."""
        without = min(self.seconds() for _ in range(3))
        made, document = self.check("dead-fuse")
        self.assertLess(min(self.seconds() for _ in range(3)), without + 1 * nsltest.SLOWER)
        self.assertEqual([issue for issue in document["issues"]
                          if set(made.pids) & set(issue["pids"])], [])

    def test_blocked_reader(self):
        """Processes whose command lines cannot be read do not keep holders from being found."""
        stuck = self.helper("stuck", "3")
        made = [self.hold(case) for case in ("fd", "socket", "mount-fd", "thread", "chain-mounts")]
        document = self.document()
        for case in made:
            self.assertEqual(holders.all_problems(case.made, document), [])
        for inode in stuck.uts:
            self.assertEqual(len(nsltest.get_namespace(document, "uts", inode)["pids"]), 1)


class Swapped(HolderCase):
    def test_nothing_else_is_opened(self):
        """Somebody keeps replacing the namespace behind an fd by a file that only root may open.
        To open a device can do harm, so nslist must not; this file tells if it has."""
        made = self.hold("swapped")
        fifo = os.path.join(made.dir, "fifo")
        # It can be opened for writing when somebody opens it for reading.
        waiting = self.process("sh", "-c", "cat; : >$0", fifo)
        waiting.process.stdin.close()
        try:
            for _ in range(80):
                self.run_nslist("--json")
                self.assertIsNone(waiting.process.poll(), "it has opened the file")
        finally:
            waiting.process.kill()


class Selected(HolderCase):
    def test_path_of_a_mount(self):
        """However its path is written, a mount is one holder."""
        made = self.hold("mount")
        ns = made.namespaces[0]
        path = ns["held_by"][0]["path"]
        for word in (path, path.replace("/ns", "/./ns"), "/proc/self/root" + path):
            with self.subTest(word):
                self.assertEqual([row.command for row in self.table(word)],
                                 holders.reasons(ns, self.own["mnt"],
                                             holders.members_of(made.namespaces)))
                found = holders.find(self.document(word), ns)
                self.assertEqual(found["held_by"], ns["held_by"])

    def test_path_into_another_mount_namespace(self):
        made = self.hold("mount-private")
        ns = made.namespaces[1]
        word = "/proc/%d/root%s" % (made.pids[0], ns["held_by"][0]["path"])
        self.assertEqual([row.command for row in self.table(word)],
                         holders.reasons(ns, self.own["mnt"],
                                             holders.members_of(made.namespaces)))

    def test_path_of_an_open_file(self):
        made = self.hold("fd")
        ns = made.namespaces[0]
        word = "/proc/%(pid)d/fd/%(fd)d" % ns["held_by"][0]
        self.assertEqual([row.command for row in self.table(word)],
                         holders.reasons(ns, self.own["mnt"],
                                             holders.members_of(made.namespaces)))


class Together(HolderCase):
    def test_all_at_once(self):
        made = [self.hold(case) for case in (
            "mount-private", "mount-fd", "chrooted", "chain-mounts", "odd-path", "fd",
            "fd-path", "fd-passed", "socket", "socket-shared", "tun", "thread", "thread-fd",
            "thread-children", "owner", "chain-owners", "usertree", "parent-pid", "uid65534",
            "mount")]
        document = self.document()
        for case in made:
            self.assertEqual(holders.all_problems(case.made, document), [], case.made["case"])

    def test_no_mount_survives(self):
        """What nslist enters and opens does not keep a mount namespace alive."""
        made = self.hold("chain-mounts")
        self.run_nslist()
        inodes = {ns["ns"] for ns in made.namespaces}
        made.end()
        left = {ns["ns"] for ns in self.document()["namespaces"]
                if ns["ns"] in inodes and ns["held_by"] and not ns["pids"]}
        self.assertEqual(left, set())


if __name__ == "__main__":
    nsltest.main()
