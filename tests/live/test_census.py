# SPDX-License-Identifier: GPL-3.0-or-later
"""The census by BPF says what the procfs says, of all sorts of processes, and of what was set up;
and where it is refused, nobody notices. --census chooses between the two."""

import ctypes
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import holders  # noqa: E402
import nsltest  # noqa: E402

HELD = ("fd", "fd-path", "fd-passed", "fd-place", "many-fds", "socket", "socket-shared", "tun",
        "tun-bare", "thread", "thread-fd", "thread-socket", "mount-fd", "mount-thread", "owner",
        "parent-pid", "usertree")
# More than there have to be for their own list to be used (src/collect/mounts.c).
MOUNTED = ("mount", "mount-private", "mount-fd", "chrooted", "chain-mounts", "odd-path",
           "long-path", "mount-thread", "mount-often 700", "many-mounts 20")
OPEN_ANY = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
MANY = 400  # tasks, from which on nslist takes it by itself


def without_bpf():
    """The words of a command that takes the right to load BPF programs away."""
    nsltest.need("setpriv")
    lost = "-sys_admin,-bpf,-perfmon"
    return ("setpriv", "--bounding-set=" + lost, "--inh-caps=" + lost)


class CensusCase(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        nsltest.need_census("bpf")

    def hold(self, *arguments):
        """None: this system does not allow it."""
        try:
            return self.helper("nshold", *arguments)
        except unittest.SkipTest:
            return None


class Census(CensusCase):
    def test_interrupted(self):
        """Any call may say EAGAIN, where a signal comes meanwhile."""
        nsltest.need("strace")
        held = self.hold("socket") or self.hold("fd", "net")
        whole = self.document(census="bpf")
        for when in range(1, 12):
            document = self.document(census="bpf", env=nsltest.NO_LEAK_CHECK, prefix=(
                "strace", "-qq", "-o", "/dev/null", "-e", "trace=bpf", "-e",
                "inject=bpf:error=EAGAIN:when=%d" % when))
            self.assertEqual(document["kernel"], whole["kernel"], when)
            self.assertEqual(holders.all_problems(held.made, document), [], when)

    def test_holders(self):
        """Whatever is held by who nslist was told, with each kind of holder."""
        made = [self.hold(case) for case in HELD] + [self.hold("fd", kind) for kind in OPEN_ANY]
        made = [one for one in made if one]
        self.assertGreater(len(made), len(HELD) // 2)
        document = self.document(census="bpf")
        for one in made:
            self.assertEqual(holders.all_problems(one.made, document), [])

    def test_members(self):
        made = self.nsmake("new", "cgroup,ipc,mnt,net,pid,time,user,uts", "--count", "3")
        levels = self.nsmake("nested", "4", "pid,user").levels
        document = self.document(census="bpf")
        for pid, wanted in [(pid, made.ns) for pid in made.pids] + [
                (level["pid"], level["ns"]) for level in levels]:
            self.assertEqual(nsltest.get_process(document, pid)["ns"], wanted)

    def test_for_children(self):
        for words in (("pid", "--forked"), ("time", "--forked"), ("time",), ("pid",)):
            made = self.nsmake("children", *words)
            kind = words[0]
            document = self.document("--all", census="bpf")
            process = nsltest.get_process(document, made.pid)
            self.assertEqual(process["ns"], made.ns)
            if made.for_children is not None:
                self.assertIn({"kind": "for-children", "pid": made.pid}, [
                    {key: holder.get(key) for key in ("kind", "pid")} for holder in
                    nsltest.get_namespace(document, kind, made.for_children)["held_by"]])

    def test_zombie(self):
        """It has left all of its namespaces but two."""
        made = self.nsmake("zombie")
        process = nsltest.get_process(self.document("--all", census="bpf"), made.pid)
        self.assertEqual({kind for kind, inode in process["ns"].items() if inode is not None},
                         {"pid", "user"})

    def test_command_lines(self):
        """Without arguments, with odd ones, and of a kernel thread: by whichever way they come."""
        made = [self.nsmake("name", "2020"), self.nsmake("name", "6e", "1b5b316d", "c3a4*3")]
        found = {census: {row.key(): row.command for row in self.table(census=census)}
                 for census in ("bpf", "procfs")}
        for one in made:
            key = (one.pid, "uts", one.ns["uts"], False)
            self.assertEqual(found["bpf"][key], found["procfs"][key])

    def test_summary(self):
        """It shows of a namespace the first process, and of no other one the command line is read."""
        nsltest.need("strace")
        made = self.nsmake("new", "uts,ipc", "--count", "3")
        log = os.path.join(self.directory(), "log")
        for words, read in ((("--summary",), {made.pids[0]}),
                            (("--output=PID,NAMESPACE",), {made.pids[0]}),
                            (("--summary", "--filter=pid > 0"), set(made.pids)),
                            ((), set(made.pids))):
            result = self.run_nslist(*words, env=nsltest.NO_LEAK_CHECK, census="bpf", prefix=(
                "strace", "-f", "-qq", "-o", log, "-e", "trace=openat2"))
            self.assertIn(b"uts:[%d]" % made.ns["uts"], result.out)
            with open(log, encoding="utf-8", errors="replace") as file:
                opened = {int(pid) for pid in re.findall(r'"(\d+)/cmdline"', file.read())}
            self.assertEqual(opened & set(made.pids), read, words)
        for kind in ("uts", "ipc"):
            line = next(line for line in self.run_nslist("--summary", census="bpf").lines
                        if line.startswith("%s:[%d]" % (kind, made.ns[kind])))
            self.assertEqual(line.split()[1:3], ["3", str(made.pids[0])])
            self.assertIn(nsltest.command_of(made.pids[0]), line)

    def test_selected(self):
        made = self.nsmake("new", "uts,net", "--count", "2")
        for words in (("uts:[%d]" % made.ns["uts"],), ("--task=%d" % made.pids[0],),
                      (str(made.pids[1]),), (str(made.pids[0]), "net:[%d]" % made.ns["net"])):
            by_bpf, by_procfs = (
                [repr(row) for row in self.table(*words, census=census)]
                for census in ("bpf", "procfs"))
            self.assertTrue(by_bpf)
            self.assertEqual(by_bpf, by_procfs)


class Same(CensusCase):
    def keep(self, document, pids):
        """Of those processes alone, and without what a kernel thread says that it is doing."""
        processes = {process["pid"]: process for process in document["processes"]
                     if process["pid"] in pids}
        for process in processes.values():
            if process["comm"].startswith("kworker/"):
                process["comm"] = "kworker"
        namespaces = {}
        for ns in document["namespaces"]:
            ns["pids"] = [pid for pid in ns["pids"] if pid in pids]
            ns["held_by"] = [holder for holder in ns["held_by"]
                             if holder.get("pid") is None or holder["pid"] in pids]
            ns.pop("nprocs")
            namespaces[ns["type"], ns["ns"]] = ns
        return processes, namespaces

    def test_json(self):
        kept = [self.hold(case) for case in HELD]
        kept += [self.nsmake("new", "ipc,mnt,net,pid,uts", "--count", "3"),
                 self.nsmake("nested", "3", "pid,user"), self.nsmake("nested", "6", "pid,user"),
                 self.nsmake("children", "pid", "--forked"),
                 self.nsmake("children", "time"), self.nsmake("thread", "net"),
                 self.nsmake("fds", "uts"), self.nsmake("zombie"), self.nsmake("name", "6e")]
        self.compare_often(len(kept))

    def test_other_clock(self):
        """In a time namespace processes have started when its own clock says."""
        nsltest.need("unshare")
        made = self.nsmake("new", "uts")
        prefix = ("unshare", "--time", "--boottime", "5000", "--fork")
        found = [nsltest.get_process(self.document(census=census, prefix=prefix), made.pids[0])
                 for census in ("bpf", "procfs")]
        self.assertEqual(*found)
        here = nsltest.get_process(self.document(census="bpf"), made.pids[0])
        self.assertAlmostEqual(found[0]["start_ticks"] - here["start_ticks"],
                               5000 * os.sysconf("SC_CLK_TCK"), delta=1)

    def test_mounts(self):
        """Each where it is, in whatever mount namespace, covered or out of reach."""
        kept = [self.hold(*case.split()) for case in MOUNTED]
        made = {(ns["type"], ns["ns"]) for one in kept if one for ns in one.namespaces}
        found, wanted = [{(ns["type"], ns["ns"]): [
            holder for holder in ns["held_by"] if holder["kind"] == "mount"]
                          for ns in self.document("--all", census=census)["namespaces"]
                          if (ns["type"], ns["ns"]) in made} for census in ("bpf", "procfs")]
        self.assertEqual(wanted.keys(), made)
        self.assertEqual(found, wanted)
        self.assertGreater(sum(map(len, found.values())), 700)

    def compare_often(self, at_least):
        # What others do between the two listings is in one of them alone: then once more.
        for tries in range(5, 0, -1):
            try:
                self.compare(at_least)
                break
            except AssertionError:
                if tries == 1:
                    raise

    def compare(self, at_least):
        before = set(nsltest.list_pids())
        by_bpf = self.document("--all", census="bpf")
        by_procfs = self.document("--all", census="procfs")
        listed = [{process["pid"] for process in one["processes"]} for one in (by_bpf, by_procfs)]
        pids = before & set(nsltest.list_pids()) & listed[0] & listed[1]
        found, wanted = self.keep(by_bpf, pids), self.keep(by_procfs, pids)
        for mine, other in zip(found, wanted):
            both = mine.keys() & other.keys()
            self.assertGreater(len(both), at_least)
            for key in both:
                self.assertEqual(mine[key], other[key])
        # What the kernel hides from one of them it has to say itself.
        self.assertLessEqual(self.issues_of(by_bpf), self.issues_of(by_procfs))


class Refused(nsltest.TestCase):
    NEEDS = ("root",)

    def test_said_where_it_must_be_taken(self):
        result = self.run_nslist(census="bpf", prefix=without_bpf(), status=2)
        self.assertIn(b"--census=bpf", result.err)

    def test_silent(self):
        """With as many processes as it takes: the same listing, no word on stderr more."""
        made = self.nsmake("new", "uts", "--count", str(MANY))
        with_it = self.run_nslist(prefix=without_bpf())
        without = self.run_nslist(prefix=without_bpf(), census="procfs")
        self.assertEqual(with_it.err, without.err)
        for result in (with_it, without):
            found = {row.pid for row in result.rows if row.inode == made.ns["uts"]}
            self.assertEqual(found, set(made.pids))

    def test_inner_pid_namespace(self):
        """There the iterators' PIDs are not those of the procfs."""
        nsltest.need("unshare")
        made = self.nsmake("new", "uts", "--count", str(MANY))
        prefix = ("unshare", "--pid", "--fork", "--mount-proc")
        self.run_nslist(census="bpf", prefix=prefix, status=2)
        listed = {row.pid for row in self.run_nslist("--all", prefix=prefix).rows}
        self.assertFalse(listed & set(made.pids))

    def test_inner_pid_namespace_rings(self):
        """There the kernel's own lists count, and name nothing that others outside hold."""
        nsltest.need("unshare")
        self.nsmake("new", "uts,net")
        document = self.document("--all", prefix=("unshare", "--pid", "--fork", "--mount-proc"))
        if document["kernel"] is None or document["kernel"]["source"] != "bpf":
            self.skipTest("missing: BPF, or a kernel without listns(2)")
        self.assertGreater(document["kernel"]["known"], document["kernel"]["explained"])
        self.assertNotIn({"kind": "kernel"}, [holder for ns in document["namespaces"]
                                              for holder in ns["held_by"]])


class Unnoticed(CensusCase):
    def test_nothing_stays(self):
        """Neither a program nor a link is left in the kernel, nor a descriptor of them held."""
        libc = ctypes.CDLL(None, use_errno=True)

        def loaded():
            """The ids of all BPF programs (bpf(2), BPF_PROG_GET_NEXT_ID)."""
            found = set()
            attr = (ctypes.c_uint32 * 32)()
            numbers = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361}
            number = numbers.get(os.uname().machine)
            if number is None:
                raise unittest.SkipTest("missing: the number of bpf(2) on this machine")
            while libc.syscall(number, 11, attr, ctypes.sizeof(attr)) == 0:
                found.add(attr[1])
                attr[0] = attr[1]
            return found

        before = loaded()
        self.run_nslist(census="bpf")
        # The kernel frees them when it comes to it.
        nsltest.wait_until(lambda: not loaded() - before, "the end of the programs")


if __name__ == "__main__":
    nsltest.main()
