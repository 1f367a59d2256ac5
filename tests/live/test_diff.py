# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since a saved document: a day in the life of a host. Only what the test has made
is compared with what is told; others come and go meanwhile."""

import csv
import io
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import test_questions  # noqa: E402
from changes import about  # noqa: E402

OWN = "ipc,mnt,net,pid,uts"


class Case(test_questions.QuestionCase):
    def save(self, name="base.json", **more):
        path = os.path.join(self.directory(), name)
        nsltest.write(path, self.run_nslist("-qJ", **more).out)
        return path

    def changes(self, base, *words, status=1, **more):
        result = self.run_nslist("--diff", base, "-L", *words, status=status, **more)
        return [nsltest.parse_json(line) for line in result.lines]


class Day(Case):
    def test_day(self):
        """Containers start and stop, one is entered, a net namespace leaks through an open file, another
        has a name."""
        prefix = "nslt%dd" % os.getpid()
        staying, _ = self.make_in("lxc.payload." + prefix + "stay", OWN, "--count", "2")
        ending, _ = self.make_in("lxc.payload." + prefix + "end", OWN)
        keys = {process["container"] for process in self.document()["processes"]
                if process["pid"] in (staying.pids[0], ending.pids[0])}
        base = self.save()
        starting, _ = self.make_in("lxc.payload." + prefix + "start", OWN)
        inside = self.process("nsenter", "-t", str(staying.pids[0]), "-u", "-i", "-n", "cat").pid
        leak, = self.helper("nshold", "fd", "net").namespaces
        holder = leak["held_by"][0]
        name, named = self.add_netns()
        ended = {"pids": list(ending.pids), "inodes": [ending.ns[kind] for kind in OWN.split(",")]}
        ending.end()
        # It takes the kernel a moment to remove what nobody is in.
        nsltest.wait_until(lambda: not {ns["ns"] for ns in self.document()["namespaces"]} &
                           set(ended["inodes"]), "the end of namespaces")
        changes = self.changes(base)
        pids = {*starting.pids, *staying.pids, *ended["pids"], inside}
        inodes = {leak["ns"], named, *ended["inodes"],
                  *(made.ns[kind] for made in (starting, staying) for kind in OWN.split(","))}
        containers = {process["container"] for process in self.document()["processes"]
                      if process["pid"] in starting.pids}
        found = about(changes, pids, inodes, keys | containers)
        wanted = {("came", "container", key, None) for key in containers}
        wanted |= {("came", "namespace", starting.ns[kind], None) for kind in OWN.split(",")}
        wanted |= {("came", "process", pid, None) for pid in (*starting.pids, inside)}
        wanted |= {("went", "container", key, None) for key in keys if "end" in key}
        wanted |= {("went", "namespace", inode, None) for inode in ended["inodes"]}
        wanted |= {("went", "process", pid, None) for pid in ended["pids"]}
        wanted |= {("came", "namespace", inode, None) for inode in (leak["ns"], named)}
        self.assertEqual(set(found), wanted)
        # What people see: who is in a new container, or gone with it, has no line of its own.
        implied = {which[1:3] for which, change in found.items() if change["implied"]}
        self.assertEqual(implied, {("namespace", starting.ns[kind]) for kind in OWN.split(",")} |
                         {("namespace", inode) for inode in ended["inodes"]} |
                         {("process", pid) for pid in (*starting.pids, *ended["pids"])})
        text = self.run_nslist("--diff", base, status=1).text
        self.assertRegex(text, r"(?m)^\+ container  lxc:%sstart +1 process, %d " % (
            prefix, starting.pids[0]))
        self.assertRegex(text, r"(?m)^- container  lxc:%send " % prefix)
        self.assertRegex(text, r"(?m)^\+ process    %d +\[in lxc:%sstay\] cat in " % (inside, prefix))
        self.assertRegex(text, r"(?m)^\+ namespace  net:\[%d\]\*\* +created by ip netns add %s$" % (
            named, name))
        self.assertRegex(text, r"(?m)^\+ namespace  net:\[%d\] +held by fd \d+ of %d " % (
            leak["ns"], holder["pid"]))
        self.assertNotRegex(text, r"(?m)^. (namespace +[a-z]+:\[%d\]|process +%d )" % (
            starting.ns["net"], starting.pids[0]))
        # The same in every form.
        read = list(csv.DictReader(io.StringIO(
            self.run_nslist("--diff", base, "-Fcsv", status=1).out.decode())))
        document = nsltest.parse_json(self.run_nslist("--diff", base, "-J", status=1).text)
        self.assertEqual(document["after"]["boot_id"], document["before"]["boot_id"])
        for other in (about(document["changes"], pids, inodes, keys | containers),
                      {(row["change"], row["what"],
                        int(row["pid"] or row["ns"]) if row["pid"] or row["ns"]
                        else row["container"], row["field"] or None): row for row in read
                       if row["pid"] and int(row["pid"]) in pids or
                       row["ns"] and int(row["ns"]) in inodes or
                       row["what"] == "container" and row["container"] in keys | containers}):
            self.assertEqual(set(other), wanted)

    def test_nothing(self):
        """Two documents that are one."""
        base = self.save()
        self.run_nslist("-q", "--diff", base, "--from", base, status=0)

    def test_unmatched(self):
        """A name that stands for nothing on either side is told of, as elsewhere."""
        base = self.save()
        made = self.nsmake("new", "uts")
        result = self.run_nslist("-q", "--diff", base, "nslt-wbe", "uts:1", str(made.pids[0]),
                                 status=1)
        self.assertEqual(sorted(result.warnings),
                         ['nslist: no namespace uts:1', 'nslist: nothing is called "nslt-wbe"'])
        self.assertIn(b" %d " % made.pids[0], result.out)

    def test_two_documents(self):
        made = self.nsmake("new", "uts,net")
        before = self.save()
        inodes, pids = {made.ns["uts"], made.ns["net"]}, list(made.pids)
        made.end()
        after = self.save("after.json")
        found = about(self.changes(before, "--from", after), pids, inodes)
        self.assertEqual(set(found), {("went", "namespace", inode, None) for inode in inodes} |
                         {("went", "process", pid, None) for pid in pids})
        found = about(self.changes(after, "--from", before, "-tuts"), (), inodes)
        self.assertEqual(set(found), {("came", "namespace", made.ns["uts"], None)})

    def test_moves(self):
        """A process goes to other namespaces; somebody opens a file that holds one."""
        held = self.nsmake("new", "uts")
        process = self.process("sh", "-c", "read -r line; echo \"$line\"; read -r _;"
                               " exec unshare -u -i cat")
        base = self.save()
        process.process.stdin.write(b"\n")
        process.process.stdin.flush()
        nsltest.wait_until(lambda: nsltest.command_of(process.pid) == "cat", "other namespaces")
        opener = self.process("sh", "-c", "exec 7</proc/%d/ns/uts; exec cat" % held.pids[0]).pid
        own = nsltest.namespaces_of(process.pid)
        found = about(self.changes(base), {process.pid},
                      {own["uts"], own["ipc"], held.ns["uts"]})
        change = found.pop(("changed", "namespace", held.ns["uts"], "held_by"))
        self.assertEqual(change["came"], ["held by fd 7 of %d cat" % opener])
        self.assertEqual(set(found) - {("changed", "process", process.pid, "namespaces"),
                                       ("changed", "process", process.pid, "container")},
                         {("came", "namespace", own["uts"], None),
                          ("came", "namespace", own["ipc"], None),
                          ("came", "process", process.pid, None)} & set(found) |
                         {("came", "namespace", own["uts"], None),
                          ("came", "namespace", own["ipc"], None)})


    def test_named(self):
        """By `ip netns`, while another name leads nowhere, as there may be at any time."""
        made = self.nsmake("new", "net")
        os.makedirs(nsltest.NETNS, exist_ok=True)
        stale = os.path.join(nsltest.NETNS, self.name())
        with open(stale, "xb"):
            self.addCleanup(os.unlink, stale)
        base = self.save()
        name = self.name()
        subprocess.run(["ip", "netns", "attach", name, str(made.pids[0])], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=True)
        found = about(self.changes(base), (), {made.ns["net"]})
        change = found["changed", "namespace", made.ns["net"], "names"]
        self.assertEqual((change["came"], change["went"]), ([name], []))


class Unseen(Case):
    def test_of_nobody(self):
        """What somebody else could not see has not come; what he makes has."""
        staying = self.nsmake("new", "uts")
        base = self.save(user=nsltest.NOBODY)
        saved = time.time()
        nsltest.wait_until(lambda: time.time() > saved + 2, "a later second")
        starting = self.nsmake("new", "uts")
        result = self.run_nslist("--diff", base, "-L", status=1)
        changes = [nsltest.parse_json(line) for line in result.lines]
        found = about(changes, {*staying.pids, *starting.pids},
                      {staying.ns["uts"], starting.ns["uts"]})
        self.assertEqual({key[2] for key in found} & {*staying.pids, staying.ns["uts"]}, set())
        self.assertIn(("came", "process", starting.pids[0], None), found)
        self.assertTrue([line for line in result.warnings if "out of sight before" in line])

    def test_strict(self):
        base = self.save(user=nsltest.NOBODY)
        self.run_nslist("-q", "--strict", "--diff", base, status=2)


class Scope(Case):
    def test_of_the_document(self):
        """A document about a part is compared with that part alone."""
        made = self.nsmake("new", "uts")
        path = os.path.join(self.directory(), "part.json")
        nsltest.write(path, self.run_nslist("-qJ", "uts:%d" % made.ns["uts"]).out)
        self.run_nslist("-q", "--diff", path, status=0)
        self.nsmake("new", "uts")
        self.run_nslist("-q", "--diff", path, status=0)
        result = self.run_nslist("--diff", path, str(made.pids[0]), status=2)
        self.assertEqual(result.warnings, [
            "nslist: %s: it is about a part of its system: give no other selectors" % path])

    def test_of_a_document(self):
        """Of one that was made from another one no selector would help."""
        base = self.save()
        path = os.path.join(self.directory(), "part.json")
        nsltest.write(path, self.run_nslist("-qJ", "-tnet", "--from", base).out)
        result = self.run_nslist("--diff", path, status=2)
        self.assertEqual(result.warnings, [
            "nslist: %s: it is a part of another document: compare with that one" % path])

    def test_of_other_types(self):
        """Nothing can be said of what only one of them is about."""
        paths = [os.path.join(self.directory(), name) for name in ("net.json", "mnt.json")]
        for path in paths:
            nsltest.write(path, self.run_nslist("-qJ", "-t", os.path.basename(path)[:3]).out)
        for word in ("--from", paths[1]), ("-t", "mnt"):
            result = self.run_nslist("--diff", paths[0], *word, status=2)
            self.assertEqual(result.warnings, ["nslist: %s: it is about none of these types" % (
                paths[1] if word[0] == "--from" else paths[0])])

    def test_refused(self):
        base = self.save()
        for words, why in ((["-c"], "--containers"), (["-s"], "--summary"),
                           (["-o", "PID"], "--output"), (["-Fdot"], "--format=dot"),
                           (["--from", base, "--from", base], "several")):
            result = self.run_nslist("--diff", base, *words, status=2)
            self.assertEqual(len(result.warnings), 1)
            self.assertIn(why, result.warnings[0])
            self.assertEqual(result.out, b"")


if __name__ == "__main__":
    nsltest.main()
