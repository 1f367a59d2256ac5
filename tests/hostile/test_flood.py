# SPDX-License-Identifier: GPL-3.0-or-later
"""Very many of everything that a user can make. Nothing is lost among it, the time grows with the
number and no faster, and the memory is bounded. What each costs is printed."""

import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

PART = 4 if nsltest.SANITIZED else 1  # then everything takes longer
FACTOR = 2.5  # that four times as many may cost beyond four times the time; squares cost four


def cpu_of(*arguments, prefix=()):
    """Seconds of CPU that a run takes, workers included: the median of three."""
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = nsltest.run(*arguments, prefix=prefix)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert result.status == 0, result
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(took)[1]


class Flood(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.alone = cpu_of()
        self.memory = nsltest.memory_of("--json")

    def flood(self, kind, count):
        return self.helper("flood", kind, str(count))

    def check_cost(self, kind, count, mib, *arguments, prefix=None):
        """Whether it is linear in the number, and takes no more than so many MiB beyond what it
        takes without. What was made stays, for the test to look at."""
        costs = []
        for some in (count // PART // 4, count // PART):
            made = self.flood(kind, some)
            words = prefix(made) if prefix else ()
            costs.append(cpu_of(*arguments, prefix=words) - self.alone)
            if some != count // PART:
                made.end()
        memory = nsltest.memory_of("--json") - self.memory
        print("%d %s: %.0f ms of CPU beyond %.0f, a quarter of them %.0f; %.1f MiB more" % (
            count // PART, kind, costs[1] * 1e3, self.alone * 1e3, costs[0] * 1e3, memory / 1024),
            file=sys.stderr)
        # What a run takes alone varies by more than a few of them cost.
        self.assertLess(costs[1], 4 * FACTOR * max(costs[0], self.alone / 2))
        self.assertLess(memory, mib * 1024 * nsltest.SLOWER)
        return made

    def holders_of(self, document, kind, inode):
        return [(holder["kind"], holder.get("pid"))
                for holder in nsltest.get_namespace(document, kind, inode)["held_by"]]

    def test_threads(self):
        made = self.check_cost("threads", 20000, 40)
        self.assertEqual(self.holders_of(self.document(), "uts", made.uts), [("thread", made.pid)])
        # Each of them selected.
        tids = sorted(os.listdir("/proc/%d/task" % made.pid), key=int)[1:]
        some, all_of_them = cpu_of("-q", *tids[::4]), cpu_of("-q", *tids)
        print("%d TIDs: %.0f ms, a quarter of them %.0f" % (len(tids), all_of_them * 1e3,
                                                            some * 1e3), file=sys.stderr)
        self.assertLess(all_of_them, 4 * FACTOR * some)

    def test_fds(self):
        made = self.check_cost("fds", 100000, 160)
        result = self.run_nslist("--json")
        self.assertEqual([kind for kind, _ in self.holders_of(result.json, "uts", made.uts)],
                         ["fd"])
        # What nslist has written it reads, however much users make of it.
        saved = os.path.join(self.directory(), "saved.json")
        with open(saved, "wb") as file:
            file.write(result.out)
        self.assertEqual(self.run_nslist("--from", saved, "--json").json["namespaces"],
                         result.json["namespaces"])

    def test_mounts(self):
        made = self.check_cost("mounts", 20000, 16)
        document = self.document("-a")
        holders = nsltest.get_namespace(document, "uts", made.uts)["held_by"]
        self.assertEqual([(holder["kind"], holder["path"], holder["mnt_ns"])
                          for holder in holders], [("mount", "/mnt/uts", made.mnt)])
        # What is left out is told.
        self.assertIs(document["complete"], False)
        self.assertIn("limit", {issue["code"] for issue in document["issues"]
                                if issue["source"] == "mounts"})
        self.run_nslist("--strict", status=3)

    def test_stacks(self):
        """From a stack of mounts each mount below takes as many steps, and without BPF to find out
        what it is, too. The others are left out, which is told."""
        nsltest.need_census("procfs")
        alone = cpu_of("-q", "--census=procfs")
        for _ in range(3):
            self.flood("stack", 8000 // PART)
        took = cpu_of("-q", "--census=procfs") - alone
        print("three stacks of %d: %.0f ms of CPU beyond %.0f" % (
            8000 // PART, took * 1e3, alone * 1e3), file=sys.stderr)
        self.assertLess(took, 2.7 * nsltest.SLOWER)
        issues = self.run_nslist("--json", census="procfs").json["issues"]
        if not nsltest.SANITIZED:
            self.assertIn(("mounts", "limit"), [(issue["source"], issue["code"])
                                                for issue in issues])

    def test_stack(self):
        """Most paths are left out, which is told; what is mounted is not. (While others mount
        something, the kernel is asked for each mount alone, and that takes as many steps.)"""
        nsltest.need_census("bpf")
        made = self.flood("stack", 8000)

        def listed():
            took = cpu_of("-q") - self.alone
            document = self.document("-a")
            holders = nsltest.get_namespace(document, "uts", made.uts)["held_by"]
            print("8000 in a stack of 8000: %.0f ms of CPU beyond %.0f; %s" % (
                took * 1e3, self.alone * 1e3, holders), file=sys.stderr)
            return (took < 1.5 * nsltest.SLOWER and
                    ("mount", made.mnt) in [(holder["kind"], holder.get("mnt_ns"))
                                            for holder in holders] and
                    "limit" in {issue["code"] for issue in document["issues"]
                                if issue["source"] == "mounts"})
        nsltest.wait_until(listed, "a listing in time, of all that is mounted", 90 * nsltest.SLOWER)

    def check_held(self, kind, count, mib):
        made = self.check_cost(kind, count, mib)
        found = {ns["ns"] for ns in self.document()["namespaces"] if ns["type"] == kind}
        self.assertLessEqual(set(made.held), found)

    def test_uts(self):
        self.check_held("uts", 5000, 32)

    def test_net(self):
        self.check_held("net", 1500, 16)

    def test_users(self):
        """As deep as the kernel lets them nest: 32 below the first."""
        made = self.flood("users", 32)
        document = self.document()
        for parent, child in zip(made.users, made.users[1:]):
            self.assertEqual(nsltest.get_namespace(document, "user", child)["parent"], parent)
        self.assertEqual(nsltest.get_namespace(document, "user", made.users[-1])["pids"],
                         [made.pid])

    def test_processes(self):
        made = self.check_cost("processes", 15000, 48)
        self.assertEqual(nsltest.get_namespace(self.document(), "uts", made.uts)["nprocs"],
                         15000 // PART + 1)

    def test_names(self):
        count = 10000

        def inside(made):
            return ["nsenter", "-m", "-t", str(made.pid)]
        made = self.check_cost("names", count, 64, prefix=inside)
        rows = self.run_nslist("-t", "net", "-J", prefix=inside(made)).json
        named = {ns["ns"]: len(ns["names"]) for ns in rows["namespaces"] if ns["names"]}
        self.assertEqual(set(named), set(made.nets))
        self.assertEqual(sum(named.values()), count // PART)

    def test_addresses(self):
        """20,000 of them on one interface."""
        nsltest.need("ip", "nsenter")
        made = self.nsmake("new", "net")
        count = 20000 // PART
        batch = "link set lo up\n" + "".join(
            "addr add 10.%d.%d.%d/32 dev lo\n" % (i >> 16, i >> 8 & 255, i & 255)
            for i in range(1, count + 1))
        subprocess.run(["nsenter", "-n", "-t", str(made.pids[0]), "ip", "-batch", "-"],
                       input=batch.encode(), check=True)
        result = self.run_nslist("-J", "-d", "net:%d" % made.ns["net"])
        detail = nsltest.get_namespace(result.json, "net", made.ns["net"])["detail"]
        self.assertGreaterEqual(sum(len(interface["addresses"]) for interface in
                                    detail["interfaces"]), count)
        print("%d addresses: %.2f s" % (count, result.seconds), file=sys.stderr)


if __name__ == "__main__":
    nsltest.main()
