# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes while nslist looks: PIDs that are used again at once, threads that take over those of
processes, mounts and namespaces that come and go, and a process that forks away. Nobody is shown
with another's namespaces, command line, thread or container, nobody who stays is missing, and each
run ends as it should. Here a few runs; all of them: tests/hostile/race."""

import contextlib
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

CENSUSES = ("procfs", "bpf")
FORKING = "processes fork and end faster than they can be read"
SECONDS = 5  # that a churn is looked at, and
MOST = 25    # how often at most
LOOKS = 10   # for who forks away
THREAD = re.compile(r"t(\d{10})")
MOUNT = re.compile(r"/m(\d{10})$")


class Cgroups:
    """Cgroups that are called as Docker calls a container's: who is in one is in that container."""

    def __init__(self, count):
        self.ids = ["%064x" % (0xace + n) for n in range(count)]
        self.paths = []
        for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/systemd"):
            if os.path.exists(root + "/cgroup.procs"):
                self.root = "%s/nslt-race-%d" % (root, os.getpid())
                break
        else:
            return
        try:
            os.mkdir(self.root)
            for name in self.ids:
                path = "%s/docker-%s.scope" % (self.root, name)
                os.mkdir(path)
                self.paths.append(path)
        except OSError:  # a container's, which is read-only: then without
            self.remove()

    def remove(self):
        for path in (*self.paths, self.root):
            def is_gone(path=path):
                with contextlib.suppress(OSError):
                    os.rmdir(path)
                return not os.path.exists(path)
            nsltest.wait_until(is_gone, "the end of %s" % path)
        self.paths = []


class Tally:
    """What a number of runs came to."""

    def __init__(self):
        self.runs = self.claims = self.labels = self.threads = self.mounts = 0
        self.unclosed = 0  # runs that said that processes forked away faster than they were read
        self.late = 0  # that something did not answer in time: so it may be on a busy machine
        self.wrong = []

    def __str__(self):
        return ("%d runs: %d command lines, %d labels, %d threads and %d mounts compared, %d wrong; "
                "%d runs not closed, %d times late" % (
                    self.runs, self.claims, self.labels, self.threads, self.mounts,
                    len(self.wrong), self.unclosed, self.late))


class Checker:
    """Compares a listing with what those in it say of themselves."""

    def __init__(self, ids, staying, issues, tally):
        self.ids, self.staying, self.issues, self.tally = ids, staying, issues, tally

    def wrong(self, *what):
        self.tally.wrong.append(what)

    def check_claim(self, pid, command, namespaces):
        """`namespaces`: {type: inode}, of those types that are known. Its cgroup, or None."""
        words = command.split(" ")
        if words[0] != "claim":
            return None
        claimed = {kind: int(inode) for kind, inode in (word.split(":") for word in words[3:])}
        self.tally.claims += 1
        if int(words[1]) != pid:
            self.wrong("another's command line", pid, command)
        for kind, inode in namespaces.items():
            if inode is not None and inode != claimed[kind]:
                self.wrong("another's namespaces", pid, kind, inode, command)
        return words[2]

    def check_label(self, cgroup, label, what):
        if cgroup is None:
            return
        self.tally.labels += 1
        wanted = None if cgroup == "-" else self.ids[int(cgroup)]
        if (label is None) != (wanted is None) or (wanted and not wanted.startswith(label)):
            self.wrong("another's label", label, wanted, what)

    def check_holder(self, ns, holder):
        for pattern, text, what in ((THREAD, holder.get("comm"), "threads"),
                                    (MOUNT, holder.get("path"), "mounts")):
            match = pattern.search(text or "")
            if match and holder["kind"] == ("thread" if what == "threads" else "mount"):
                setattr(self.tally, what, getattr(self.tally, what) + 1)
                if (ns["type"], ns["ns"]) != ("uts", int(match.group(1))):
                    self.wrong("another's holder", ns["type"], ns["ns"], holder)

    def check_document(self, document):
        processes = {process["pid"]: process for process in document["processes"]}
        containers = {container["key"]: container for container in document["containers"]}
        for pid, process in processes.items():
            cgroup = self.check_claim(pid, process["command"] or "", process["ns"])
            container = containers.get(process["container"])
            docker = container["id"] if container and container["runtime"] == "docker" else None
            self.check_label(cgroup, docker, process)
        for ns in document["namespaces"]:
            for pid in ns["pids"]:
                if processes[pid]["ns"][ns["type"]] != ns["ns"]:
                    self.wrong("a member that says otherwise", ns["ns"], processes[pid])
            for holder in ns["held_by"]:
                self.check_holder(ns, holder)
        for issue in document["issues"]:
            if issue["message"].startswith(FORKING):
                self.tally.unclosed += 1
            elif issue["code"] in ("ETIMEDOUT", "skipped"):
                self.tally.late += 1
            elif (issue["source"], issue["code"], issue["message"]) not in self.issues:
                self.wrong("an issue", issue)
        self.check_staying({(pid, kind, inode) for pid, process in processes.items()
                            for kind, inode in process["ns"].items()})

    def check_table(self, rows):
        for row in rows:
            if row.pid is None or row.for_children:
                continue
            cgroup = self.check_claim(row.pid, row.command, {row.type: row.inode})
            match = re.fullmatch(r"docker:([0-9a-f]+)", row.container or "")
            self.check_label(cgroup, match.group(1) if match else None, row)
        self.check_staying({(row.pid, row.type, row.inode) for row in rows})

    def check_staying(self, found):
        for pid in self.staying.pids:
            for kind in ("ipc", "uts"):
                if (pid, kind, self.staying.ns[kind]) not in found:
                    self.wrong("who stays is missing", pid, kind)


class Race(nsltest.TestCase):
    NEEDS = ("root",)

    def churn(self, census, most, seconds=None):
        """Runs nslist beside a churn, and returns the Tally."""
        nsltest.need_census(census)
        cgroups = Cgroups(4)
        self.addCleanup(cgroups.remove)
        staying = self.nsmake("new", "uts,ipc", "--count", "3")
        before = self.document(census=census)
        tally = Tally()
        checker = Checker(cgroups.ids, staying, self.issues_of(before), tally)
        racer = self.helper("racer", "churn", self.directory(), *cgroups.paths)
        end = time.monotonic() + seconds if seconds else None
        try:
            while tally.runs < most and (end is None or time.monotonic() < end):
                as_json = tally.runs % 3 != 2
                words = ("--strict", *(("--json",) if as_json else ()))
                result = nsltest.run(*words, census=census)
                tally.runs += 1
                if as_json:
                    document = result.json
                    checker.check_document(document)
                    whole = document["complete"] and not document["issues"]
                else:
                    tally.unclosed += FORKING.encode() in result.err
                    checker.check_table(result.rows)
                    whole = not result.err
                self.assertEqual(result.status, 0 if whole else 3, result)
        finally:
            racer.end()
        print("%s: %s" % (census, tally), file=sys.stderr)
        return tally

    def check_churn(self, census):
        tally = self.churn(census, MOST, SECONDS * nsltest.SLOWER)
        self.assertEqual(tally.wrong, [])
        self.assertGreater(tally.claims, tally.runs, "there was no churn")

    def test_churn_procfs(self):
        self.check_churn("procfs")

    def test_churn_bpf(self):
        self.check_churn("bpf")


class ForksAway(nsltest.TestCase):
    """Somebody is always in its namespaces, each for a moment."""

    NEEDS = ("root",)

    def count_seen(self, census, microseconds, runs):
        """How often its namespaces are listed; and how often nothing is said of it at all."""
        nsltest.need_census(census)
        racer = self.helper("racer", "fork", str(microseconds))
        inodes = {str(racer.made[kind]) for kind in ("net", "uts")}
        seen = silent = 0
        for _ in range(runs):
            result = nsltest.run("-tnet,uts", census=census)
            self.assertEqual(result.status, 0, result)
            found = {str(row.inode) for row in result.rows if row.pid}
            seen += inodes <= found
            silent += not inodes <= found and FORKING.encode() not in result.err
        print("%s, %d µs: seen in %d of %d runs, %d silent" % (
            census, microseconds, seen, runs, silent), file=sys.stderr)
        racer.end()
        return seen, silent

    def check(self, census):
        seen, silent = self.count_seen(census, 2000, LOOKS)
        self.assertGreaterEqual(seen, LOOKS - 1)
        self.assertEqual(silent, 0)

    def test_procfs(self):
        self.check("procfs")

    def test_bpf(self):
        self.check("bpf")

    def test_outer_procfs(self):
        """nslist's own workers are not among who is new, however its PIDs are counted there."""
        self.helper("racer", "fork", "2000")
        for _ in range(LOOKS):
            result = nsltest.run("-tpid", prefix=("unshare", "--fork", "--pid"),
                                 census="procfs")
            self.assertEqual(result.status, 0, result)
            own = {row.pid for row in result.rows
                   if row.command.startswith(nsltest.NSLIST + " ") and not row.for_children}
            self.assertEqual(len(own), 1, result)

    def test_as_fast_as_it_can(self):
        """Whoever cannot be caught is not passed over in silence."""
        for census in CENSUSES:
            self.assertEqual(self.count_seen(census, 0, 4 * LOOKS)[1], 0)


class Moves(nsltest.TestCase):
    NEEDS = ("root",)

    def test_always_listed(self):
        """Whoever changes his namespaces all the time is not where he was: but there he is."""
        pid = self.helper("racer", "move").made["pid"]
        for census in CENSUSES:
            with self.subTest(census):
                nsltest.need_census(census)
                for _ in range(LOOKS):
                    result = nsltest.run("--type=uts", census=census)
                    self.assertEqual([row.pid for row in result.rows if row.pid == pid], [pid],
                                     result)

    def test_selected(self):
        """Nobody looks at one selected process again."""
        pid = self.helper("racer", "move").made["pid"]
        for _ in range(LOOKS):
            result = self.run_nslist("--type=uts", str(pid))
            self.assertEqual([row.pid for row in result.rows], [pid])


if __name__ == "__main__":
    nsltest.main()
