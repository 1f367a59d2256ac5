# SPDX-License-Identifier: GPL-3.0-or-later
"""Selecting and narrowing: PIDs, inodes, paths and their unions, --task, --type, --all and
--reference; and what is said of a selector that nothing fits. Names are in test_netns.py."""

import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

KERNEL = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])


def keys(rows):
    return [row.key() for row in rows]


def all_of(pid, namespaces):
    """The rows of a process that is selected by its PID."""
    return [(pid, kind, namespaces[kind], False) for kind in nsltest.TYPES if kind in namespaces]


def ended_process():
    """The PID of a process that is gone."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


class SelectorCase(nsltest.TestCase):
    def uts(self, *arguments):
        """A helper with a new uts namespace, which anyone may make inside a user namespace."""
        return self.nsmake("new", "uts" if os.geteuid() == 0 else "user,uts", *arguments)


class Processes(SelectorCase):
    def test_pid(self):
        """Its processes and namespaces alone, once; who else is in there, and holds it, counts."""
        made = self.uts("--count", "2")
        pid = made.pids[1]
        for words in [str(pid)], [str(pid), str(pid), "/proc/%d" % pid]:
            self.assertEqual(keys(self.table(*words)), all_of(pid, made.ns))
        document = self.document(str(pid))
        self.assertEqual([process["pid"] for process in document["processes"]], [pid])
        self.assertEqual({ns["type"]: ns["ns"] for ns in document["namespaces"]}, made.ns)
        for ns in document["namespaces"]:
            self.assertEqual(ns["pids"], [pid])
            if ns["type"] == "uts":
                self.assertIn(ns["nprocs"], (2,) if os.geteuid() == 0 else (2, None))

    def test_pid_with_others(self):
        """Columns of members and holders take a scan of the system, and no further rows."""
        nsltest.need_root()
        made = self.uts("--count", "2")
        pid = made.pids[0]
        with open("/proc/%d/ns/uts" % pid, "rb") as file:
            holder = "held by fd %d of %d " % (file.fileno(), os.getpid())
            result = self.run_nslist("-L", "-tuts", "-oPID,NPROCS,HELD-BY", str(pid))
        row, = map(json.loads, result.text.splitlines())
        self.assertEqual((row["pid"], row["nprocs"]), (pid, 2))
        self.assertTrue([text for text in row["held_by"] if text.startswith(holder)], row)

    def test_pid_in_root_namespaces_alone(self):
        with nsltest.Process("cat") as process:
            self.assertEqual(keys(self.table(str(process.pid))),
                             all_of(process.pid, nsltest.namespaces_of(process.pid)))

    def test_thread(self):
        """The ID of a thread, which is in other namespaces than its process."""
        made = self.nsmake("thread", "uts")
        self.assertNotEqual(made.ns["uts"], made.thread_ns["uts"])
        for word in (str(made.tid), "/proc/%d" % made.tid):
            result = self.run_nslist(word)
            self.assertEqual(keys(result.rows), all_of(made.tid, made.thread_ns))
            self.assertEqual({row.thread_of for row in result.rows}, {made.pid})
            self.assertIn("nslist: %d is a thread of %d" % (made.tid, made.pid), result.warnings)
        both = keys(self.table(str(made.tid), "--threads", str(made.pid)))
        self.assertEqual(both, all_of(made.pid, made.ns) + all_of(made.tid, made.thread_ns))
        document = self.document(str(made.tid))
        self.assertEqual({ns["type"]: ns["ns"] for ns in document["namespaces"]}, made.thread_ns)
        self.assertNotIn(made.tid, [pid for ns in document["namespaces"] for pid in ns["pids"]])
        self.assertEqual(keys(self.table(str(made.pid))), all_of(made.pid, made.ns))

    def test_first_thread_ended(self):
        """A process is where its other threads are, as the whole listing says of them."""
        made = self.helper("hide", "first")
        tid, = set(map(int, os.listdir("/proc/%d/task" % made.pid))) - {made.pid}
        left = nsltest.namespaces_of(made.pid)
        links = nsltest.namespaces_of(tid)
        own = {kind: links[kind] for kind in nsltest.TYPES if kind in links and kind not in left}
        self.assertEqual(own["uts"], made.uts)
        for words in (str(made.pid),), ("/proc/%d" % made.pid,), ("--threads", str(made.pid)):
            rows = self.table(*words)
            self.assertEqual(keys(rows), all_of(made.pid, left) + all_of(tid, own), words)
            self.assertEqual({row.thread_of for row in rows}, {None, made.pid})
        document = self.document(str(made.pid))
        self.assertEqual({ns["type"]: ns["ns"] for ns in document["namespaces"]}, left | own)
        listed = {ns["type"] for ns in self.document("--task", str(made.pid))["namespaces"]}
        self.assertEqual(listed, {"user", "uts"})

    def test_plain_thread(self):
        """In no other namespaces than its process, which is not shown."""
        ended = threading.Event()
        thread = threading.Thread(target=ended.wait)
        thread.start()
        try:
            result = self.run_nslist(str(thread.native_id))
        finally:
            ended.set()
            thread.join()
        self.assertEqual(keys(result.rows),
                         all_of(thread.native_id, nsltest.namespaces_of("self")))
        self.assertEqual({row.thread_of for row in result.rows}, {os.getpid()})

    def test_proc_self(self):
        """Is nslist itself, not a helper of its own."""
        for word in ("/proc/self", "/proc/self/"):
            result = self.run_nslist(word)
            self.assertEqual({row.pid for row in result.rows}, {result.pid})
            own = nsltest.namespaces_of("self")
            self.assertEqual(keys(result.rows), all_of(result.pid, own))

    def test_proc_self_ns(self):
        made = self.uts()
        own = nsltest.namespaces_of("self")["uts"]
        rows = self.table("/proc/self/ns/uts")
        self.assertEqual({row.inode for row in rows}, {own})
        self.assertNotIn(made.ns["uts"], {row.inode for row in rows})
        self.assertIn(os.getpid(), {row.pid for row in rows})

    def test_no_such_pid(self):
        gone = ended_process()
        for word in (str(gone), "0", str(nsltest.PID_MAX), "/proc/%d" % nsltest.PID_MAX):
            with self.subTest(word):
                result = self.run_nslist(word, status=1)
                self.assertEqual(result.rows, [])
                self.assertIn("nslist: no process %s" % word.rpartition("/")[2], result.warnings)


class Namespaces(SelectorCase):
    def test_root_namespace(self):
        """Selected, it is shown without --all."""
        nsltest.need_root()
        inode = nsltest.root_namespaces()["time"]
        rows = self.table("time:[%d]" % inode)
        self.assertIn((os.getpid(), "time", inode, False), keys(rows))
        self.assertEqual({row.inode for row in rows}, {inode})

    def test_relative_path(self):
        made = self.uts()
        rows = self.table("ns/uts", cwd="/proc/%d" % made.pids[0])
        self.assertEqual(keys(rows), [(made.pids[0], "uts", made.ns["uts"], False)])

    def test_fd(self):
        """A namespace that nobody is in, by the path of who has it open."""
        for kind in ("net", "pid", "user"):
            made = self.nsmake("fds", kind)
            rows = self.table("/proc/%d/fd/%d" % (made.pid, made.fd))
            self.assertEqual(keys(rows), [(None, kind, made.ino, False)])
            self.assertTrue(rows[0].command)
            document = self.document("/proc/%d/fd/%d" % (made.pid, made.fd))
            found = nsltest.get_namespace(document, kind, made.ino)
            self.assertEqual((found["pids"], found["nprocs"]), ([], 0))

    def test_wrong_type(self):
        """Where the inode is known, so is its type."""
        for inode in (self.uts().ns["uts"], nsltest.root_namespaces()["uts"]):
            result = self.run_nslist("net:%d" % inode, status=1)
            self.assertEqual(result.rows, [])
            self.assertIn("nslist: no namespace net:%d: it is uts:[%d]" % (inode, inode),
                          result.warnings)

    def test_no_such_inode(self):
        made = self.uts()
        used = made.ns["uts"]
        made.end()
        self.assertNotIn(used, {ns.get("uts") for ns in nsltest.walk().values() if ns})
        for word in ("uts:[%d]" % used, "4294967295", "99999999999999999999999"):
            with self.subTest(word):
                result = self.run_nslist(word, status=1)
                self.assertEqual(result.rows, [])
                self.assertIn("nslist: no namespace %s" % word, result.warnings)


class Paths(SelectorCase):
    def refuse(self, word, reason, **more):
        result = self.run_nslist(word, status=1, **more)
        self.assertEqual(result.rows, [])
        self.assertIn("nslist: %s: %s" % (word, reason), result.warnings)

    def test_no_such_file(self):
        for word in ("/nonexistent/nslist", "/proc/%d/ns/net" % nsltest.PID_MAX):
            self.refuse(word, "No such file or directory")

    def test_no_namespace(self):
        """A FIFO does not block."""
        fifo = os.path.join(self.directory(), "fifo")
        os.mkfifo(fifo)
        for word in ("/etc/passwd", "/etc/", "./", "/proc/meminfo", fifo):
            self.refuse(word, "it does not refer to a namespace")


class Peers(SelectorCase):
    """The net namespace at the other end of a veth of the caller's."""

    NEEDS = ("root", "ip")

    def test_other_end(self):
        """By name and by index, down too; not a pair elsewhere that has the same indices."""
        made, other = self.nsmake("new", "net"), self.nsmake("new", "net", "--count", "2")
        name = self.make_veth(made.pids[0])
        index = int(nsltest.read("/sys/class/net/%s/ifindex" % name))
        # Elsewhere, an eth0 whose peer has that index, too.
        subprocess.run(["nsenter", "--net=/proc/%d/ns/net" % other.pids[0], "ip", "link", "add",
                        "x", "index", str(index), "type", "veth", "peer", "name", "eth0"],
                       check=True)
        for word in ("peer:" + name, "peer:%d" % index):
            rows = self.table(word)
            self.assertEqual(keys(rows), [(made.pids[0], "net", made.ns["net"], False)])
        document = self.document("peer:" + name)
        self.assertEqual([ns["ns"] for ns in document["namespaces"]], [made.ns["net"]])
        self.assertEqual(self.table("-tuts", "peer:" + name), [])

    def test_without_a_process(self):
        """What only a name, or the kernel for the veth's sake, holds."""
        name, inode = self.add_netns()
        made = self.process("ip", "netns", "exec", name, "cat")
        one = self.make_veth(made.pid)
        made.end()
        self.assertEqual({row.inode for row in self.table("peer:" + one)}, {inode})

    def test_this_one(self):
        """Seen from the other end: a root namespace, all of whose processes are shown."""
        made = self.nsmake("new", "net")
        self.make_veth(made.pids[0])
        rows = self.table("peer:eth0", prefix=("nsenter", "--net=/proc/%d/ns/net" % made.pids[0]))
        self.assertEqual({row.inode for row in rows}, {nsltest.namespaces_of("self")["net"]})
        self.assertIn(os.getpid(), {row.pid for row in rows})

    def test_both_here(self):
        made = self.nsmake("new", "net")
        inside = ("nsenter", "--net=/proc/%d/ns/net" % made.pids[0])
        subprocess.run([*inside, "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"],
                       check=True)
        rows = self.table("peer:one", prefix=inside)  # nslist's own, too
        self.assertEqual({row.inode for row in rows}, {made.ns["net"]})
        self.assertIn(made.pids[0], {row.pid for row in rows})

    def test_refused(self):
        for word, why in (("peer:lo", "it is no veth: it has no other end"),
                          ("peer:nslt-none", "there is no such interface here"),
                          ("peer:2147483646", "there is no such interface here"),
                          ("peer:99999999999", "there is no such interface here")):
            result = nsltest.run("-q", word)
            self.assertEqual((result.status, result.rows, result.warnings),
                             (1, [], ["nslist: %s: %s" % (word, why)]))

    def test_not_seen(self):
        """Who may not look at it is told so."""
        made = self.nsmake("new", "net")
        name = self.make_veth(made.pids[0])
        result = nsltest.run("-q", "peer:" + name, user=nsltest.NOBODY)
        self.assertEqual((result.status, result.rows), (1, []))
        self.assertEqual(result.warnings,
                         ["nslist: peer:%s: the net namespace at its other end is not seen; run as "
                          "root to see all of them" % name])


class Mounts(SelectorCase):
    """The mount namespaces in which a file system is mounted."""

    NEEDS = ("root", "mount", "umount", "unshare")

    def mount(self, *words):
        subprocess.run(["mount", *words], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", words[-1]], check=False,
                        stderr=subprocess.DEVNULL)

    def private(self):
        """A folder of which no mount namespace made from now on has a copy that follows it."""
        place = self.directory()
        self.mount("-t", "tmpfs", "nslt", place)
        subprocess.run(["mount", "--make-private", place], check=True)
        return place

    def apart(self, script, *words, prefix=()):
        """A process in a mount namespace of its own in which the script was run."""
        return self.process(*prefix, "unshare", "--mount", "--propagation=private", "sh", "-c",
                            script + " && exec cat", "sh", *words)

    def left(self, pid):
        """Lets a mount alone hold the process's mount namespace; its inode."""
        place = os.path.join(self.private(), "mnt")
        nsltest.write(place, "")
        self.mount("--bind", "/proc/%d/ns/mnt" % pid, place)
        return os.stat(place).st_ino

    def namespaces(self, word):
        return {row.inode for row in self.table("-tmnt", word)}

    def test_where_it_was(self):
        """Still mounted by namespaces without a process, at that place and, of the same file
        system, at another one; here nothing is mounted there."""
        place = self.directory()
        holder = self.apart('mount -t tmpfs nslt "$1"', place)
        within = ("nsenter", "--mount=/proc/%d/ns/mnt" % holder.pid)
        elsewhere = self.apart('mount --bind "$1" "$2" && umount "$1"', place, self.directory(),
                               prefix=within)
        bystander = self.apart('umount "$1"', place, prefix=within)
        held = {self.left(holder.pid), self.left(elsewhere.pid)}
        self.assertEqual(self.namespaces("mount:" + place), held)
        for process in (holder, elsewhere):
            process.end()
        for word in (place, place + "/", os.path.relpath(place)):
            self.assertEqual(self.namespaces("mount:" + word), held)
        self.assertNotIn(nsltest.namespaces_of(bystander.pid)["mnt"], held)
        self.assertEqual({row.pid for row in self.table("mount:" + place)}, {None})
        document = self.document("mount:" + place)
        self.assertEqual({ns["ns"]: ns["nprocs"] for ns in document["namespaces"]},
                         dict.fromkeys(held, 0))

    def test_what_is_there_now(self):
        """Something new is mounted there: who has the old one alone is none of them."""
        place = self.directory()
        process = self.apart('mount -t tmpfs old "$1"', place)
        inode = nsltest.namespaces_of(process.pid)["mnt"]
        self.assertEqual(self.namespaces("mount:" + place), {inode})
        self.mount("-t", "tmpfs", "nslt", place)
        self.assertNotIn(inode, self.namespaces("mount:" + place))
        if "mnt" not in nsltest.surroundings():
            self.assertIn(nsltest.namespaces_of("self")["mnt"], self.namespaces("mount:" + place))

    def test_device(self):
        """By the numbers that mountinfo shows, and by the node of a block device."""
        nsltest.need("losetup", "mkfs.ext4")
        place = self.directory()
        image = os.path.join(self.private(), "image")
        with open(image, "xb") as file:
            file.truncate(4 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        done = subprocess.run(["losetup", "--find", "--show", image], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False, text=True)
        if done.returncode != 0:
            self.skipTest("missing: loop devices")
        node = done.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", node], check=True)
        process = self.apart('mount "$1" "$2"', node, place)
        inode = self.left(process.pid)
        process.end()
        numbers = os.stat(node).st_rdev
        link = os.path.join(self.private(), "link")
        os.symlink(node, link)
        for word in (node, link, "%d:%d" % (os.major(numbers), os.minor(numbers)), place):
            self.assertEqual(self.namespaces("mount:" + word), {inode}, word)

    def test_kernel_alone(self):
        """What holds the mount namespace, an open list of its mounts, cannot be seen, and no
        namespace is mounted in it."""
        nsltest.need_census("bpf")
        if KERNEL < (6, 18):
            self.skipTest("missing: the kernel's list of mnt namespaces, Linux 6.18")
        place = self.directory()
        holder = self.apart('mount -t tmpfs nslt "$1" && { umount --all --types nsfs; :; }', place)
        inode = nsltest.namespaces_of(holder.pid)["mnt"]
        self.assertNotIn(" - nsfs ", nsltest.read("/proc/%d/mountinfo" % holder.pid))
        with open("/proc/%d/mountinfo" % holder.pid, encoding="utf-8"):
            holder.end()
            self.assertEqual(self.namespaces("mount:" + place), {inode})

    def test_nothing(self):
        place = self.directory()
        for word in (place, "0:4294967295", "nslt-none", "/dev/null"):
            result = nsltest.run("-q", "mount:" + word)
            self.assertEqual((result.status, result.rows, result.warnings),
                             (1, [], ["nslist: mount:%s: no mount namespace that is seen has it "
                                      "mounted" % word]))


class Unions(SelectorCase):
    def test_several(self):
        first = self.uts("--count", "2")
        second = self.nsmake("new", "ipc" if os.geteuid() == 0 else "user,ipc")
        third = self.uts()
        rows = self.table(str(first.ns["uts"]), str(second.pids[0]),
                          "/proc/%d/ns/uts" % third.pids[0])
        wanted = [(pid, "uts", first.ns["uts"], False) for pid in first.pids]
        wanted += all_of(second.pids[0], second.ns)
        wanted += [(third.pids[0], "uts", third.ns["uts"], False)]
        self.assertEqual(sorted(keys(rows)), sorted(wanted))
        self.assertEqual([row.pid for row in rows], sorted(row.pid for row in rows))


class Narrowing(SelectorCase):
    def test_task(self):
        """The namespaces that it is in, with everybody in them."""
        nsltest.need_root()
        made = self.nsmake("new", "ipc,uts", "--count", "3")
        self.uts()
        wanted = [(pid, kind, made.ns[kind], False) for pid in sorted(made.pids)
                  for kind in ("ipc", "uts")]
        pid = str(made.pids[1])
        for words in (["--task", pid], ["--task=" + pid], ["-p" + pid], ["-p", pid]):
            with self.subTest(words):
                self.assertEqual(keys(self.table(*words)), wanted)

    def test_task_in_root_namespaces_alone(self):
        nsltest.need_root()
        with nsltest.Process("cat") as process:
            if nsltest.namespaces_of(process.pid)["mnt"] != nsltest.root_namespaces()["mnt"]:
                self.skipTest("missing: being in the root namespaces")
            self.assertEqual(self.table("--task", str(process.pid)), [])
            rows = self.table("--all", "-tuts", "--task", str(process.pid))
            self.assertIn(process.pid, [row.pid for row in rows])
            self.assertIn(os.getpid(), [row.pid for row in rows])

    def test_task_that_is_a_thread(self):
        """What it is in is listed; that it is in there does not make it a process."""
        nsltest.need_root()
        made = self.nsmake("thread", "uts")
        task = ["-tuts", "--task", str(made.tid)]
        row, = self.table(*task)
        self.assertEqual((row.pid, row.type, row.inode), (None, "uts", made.thread_ns["uts"]))
        self.assertTrue(row.command.startswith("thread %d of %d " % (made.tid, made.pid)), row)
        document = self.document(*task)
        self.assertEqual([(ns["ns"], ns["nprocs"]) for ns in document["namespaces"]],
                         [(made.thread_ns["uts"], 0)])
        self.assertEqual(document["processes"], [])

    def test_task_that_is_gone(self):
        pid = ended_process()
        result = self.run_nslist("--task", str(pid), status=1)
        self.assertEqual(result.rows, [])
        self.assertIn("nslist: no process %d (--task)" % pid, result.warnings)


class Reference(SelectorCase):
    def test_all_is_the_whole_walk(self):
        made = self.uts()
        before = nsltest.rows_of(nsltest.walk(), None)
        rows = self.table("--all")
        after = nsltest.rows_of(nsltest.walk(), None)
        pids = {row[0] for row in before & after}
        found = {row.key() for row in rows}
        self.assertIn(made.pids[0], pids)
        self.assertEqual({row for row in found if row[0] in pids},
                         {row for row in before | after if row[0] in pids})
        self.assertEqual(len(found), len(rows))

    def test_reference(self):
        """Seen from inside, all others are the strangers."""
        made = self.uts("--count", "2")
        other = self.uts()
        result = self.run_nslist("--reference", str(made.pids[0]))
        found = {row.key() for row in result.rows}
        inodes = {row.inode for row in result.rows}
        self.assertNotIn(made.ns["uts"], inodes)
        self.assertNotIn(made.ns["net"], inodes)
        self.assertIn((other.pids[0], "uts", other.ns["uts"], False), found)
        own = nsltest.namespaces_of("self")
        self.assertIn((os.getpid(), "uts", own["uts"], False), found)

    def test_reference_that_has_ended(self):
        made = self.nsmake("zombie")
        result = self.run_nslist("--reference", str(made.pid), status=2)
        self.assertEqual(result.out, b"")
        self.assertEqual(len(result.warnings), 1)


if __name__ == "__main__":
    nsltest.main()
