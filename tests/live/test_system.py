# SPDX-License-Identifier: GPL-3.0-or-later
"""The listing of the whole system against others' accounts of it, while helpers of every kind run:
a walk in Python, one in shell, and lsns. And other views of the system: PID namespaces, procfs
mounts, chroots. Other processes may come and go meanwhile, so what is compared is what was the
same before and after."""

import datetime
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


def walk_in_shell():
    """{(pid, type, inode)} by find and its own readlink."""
    found = subprocess.run(
        "cd /proc && find [0-9]* -maxdepth 2 -path '[0-9]*/ns/*' -type l -printf '%p %l\\n' "
        "2>/dev/null | sed 's,/ns/, ,'", shell=True, stdout=subprocess.PIPE, check=False).stdout
    rows = set()
    for line in found.decode().splitlines():
        pid, name, link = line.split(" ")
        kind, _, inode = link.partition(":")
        if name == kind:
            rows.add((int(pid), kind, int(inode.strip("[]"))))
    return rows


def members(rows):
    """Rows without those for children, and without the word that says so."""
    return {(pid, kind, inode) for pid, kind, inode, children in rows if not children}


class Whole(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.roots = nsltest.root_namespaces()
        self.nsmake("new", ",".join(nsltest.TYPES), "--count", "2")
        for kind in nsltest.TYPES:
            self.nsmake("new", kind)
        self.nsmake("new", "user,net,uts", user=nsltest.NOBODY)
        self.nsmake("nested", "4", "pid,user")
        self.nsmake("children", "pid")
        self.nsmake("children", "pid", "--forked")
        self.nsmake("children", "time")
        self.nsmake("thread", "uts")
        self.nsmake("zombie")
        self.nsmake("zombie", user=nsltest.NOBODY)
        self.nsmake("name", "1b5b6d")
        self.nsmake("fds", "net")

    def stable(self, look):
        """What `look` returns, and the rows that a walk finds both before and after: of processes
        that were the same in both."""
        before = nsltest.walk()
        found = look()
        after = nsltest.walk()
        same = {pid: ns for pid, ns in before.items() if after.get(pid) == ns and ns}
        self.assertGreater(len(same), 30)
        return found, same

    def test_table_is_the_walk(self):
        rows, same = self.stable(self.table)
        found = [row.key() for row in rows if row.pid in same]
        self.assertEqual(len(set(found)), len(found))
        self.assertEqual(set(found), nsltest.rows_of(same, self.roots))
        # In order: by PID, then by type.
        self.assertEqual(found, sorted(found, key=lambda row: row[:2]))

    def test_json_is_the_walk(self):
        document, same = self.stable(self.document)
        rows = nsltest.rows_of(same, self.roots)
        found = {(pid, ns["type"], ns["ns"]) for ns in document["namespaces"]
                 for pid in ns["pids"] if pid in same}
        self.assertEqual(found, members(rows))
        for process in document["processes"]:
            namespaces = same.get(process["pid"])
            if namespaces:
                self.assertEqual(process["ns"],
                                 {kind: namespaces.get(kind) for kind in nsltest.TYPES})
        children = {(holder["pid"], ns["type"], ns["ns"], True) for ns in document["namespaces"]
                    for holder in ns["held_by"]
                    if holder["kind"] == "for-children" and holder["pid"] in same}
        self.assertEqual(children, {row for row in rows if row[3]})

    def test_tree_is_the_walk(self):
        tree, same = self.stable(self.tree)
        found = {(pid, kind, inode, nsltest.split_marks(nsltest.split_container(text)[1])[0])
                 for (kind, inode), lines in tree.items() for _, pid, text in lines if pid in same}
        self.assertEqual(found, nsltest.rows_of(same, self.roots))

    def test_tree_is_a_process_tree(self):
        """Who stands below whom there is that one's child."""
        for lines in self.tree().values():
            path = []
            for depth, pid, _ in lines:
                del path[depth - 2:]
                parent = int(nsltest.stat_of(pid)[1])
                if path:
                    self.assertEqual(parent, path[-1])
                else:
                    self.assertNotIn(parent, [other for _, other, _ in lines])
                path.append(pid)

    def test_commands(self):
        rows, same = self.stable(self.table)
        roots = {row[0] for row in nsltest.rows_of(same, self.roots)}
        checked = 0
        for row in rows:
            if row.pid in roots and row.pid in same:
                command = nsltest.command_of(row.pid)
                if command.isprintable():
                    self.assertEqual(row.command, command)
                    checked += 1
        self.assertGreater(checked, 20)

    def test_shell(self):
        shell, same = self.stable(lambda: (walk_in_shell(), self.table()))
        found, rows = shell
        around = nsltest.surroundings()
        wanted = {row for row in found if row[0] in same and
                  row[2] not in (self.roots[row[1]], around.get(row[1]))}
        self.assertGreater(len(wanted), 20)
        self.assertEqual(members({row.key() for row in rows if row.pid in same}), wanted)

    def test_lsns(self):
        """The same namespaces with as many processes each. Lsns has the root ones too, which are
        left out here; old ones know no time namespaces; some count threads' or dead ends' (nobody
        is in them): only what has processes is compared."""
        nsltest.need("lsns")
        look, same = self.stable(lambda: (subprocess.run(
            ["lsns", "--json", "--output", "NS,TYPE,NPROCS,PID"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False), self.document()))
        lsns, document = look
        if lsns.returncode != 0:  # a process went away at the wrong moment: it gives up
            self.skipTest("missing: an lsns that survives the end of a process")
        # Only namespaces that no process joined or left meanwhile.
        stable = {}
        for pid, kind, inode in members(nsltest.rows_of(same, self.roots)):
            stable.setdefault((kind, inode), []).append(pid)
        theirs = {(ns["type"], int(ns["ns"])): (int(ns["nprocs"]), int(ns["pid"]))
                  for ns in json.loads(lsns.stdout)["namespaces"]
                  if ns["nprocs"] is not None and int(ns["nprocs"]) > 0}
        ours = {(ns["type"], ns["ns"]): (ns["nprocs"], min(ns["pids"], default=None))
                for ns in document["namespaces"]}
        kinds = {kind for kind, _ in theirs}
        self.assertGreaterEqual(kinds, set(nsltest.TYPES) - {"time"})
        compared = 0
        for key, pids in stable.items():
            self.assertEqual(ours[key], (len(pids), min(pids)))
            if key[0] in kinds:
                self.assertEqual(theirs.get(key), ours[key], key)
                compared += 1
        self.assertGreater(compared, 15)
        # And none that we do not have, but for those of processes that have gone since.
        around = nsltest.surroundings()
        for key, (_, pid) in theirs.items():
            if key[1] not in (self.roots[key[0]], around.get(key[0])) and pid in same:
                self.assertIn(key, ours)


INSIDE = """
helper = Helper("nsmake", "new", "uts,ipc", "--count", "2")
try:
    rows = run()
    document = run("--json")
    print(json.dumps({"made": helper.made, "own": namespaces_of("self"), "pid": os.getpid(),
                      "init": namespaces_of(1), "status": [rows.status, document.status],
                      "rows": [row.key() for row in rows.rows], "document": document.json,
                      "err": rows.err.decode()}))
finally:
    helper.end()
"""


class Views(nsltest.TestCase):
    """Nslist where the world looks different."""

    NEEDS = ("root", "unshare", "mount")

    def wanted_inside(self, found):
        made = found["made"]
        return [[pid, kind, made["ns"][kind], False] for pid in sorted(made["pids"])
                for kind in ("ipc", "uts")]

    def test_new_pid_namespace(self):
        """With a procfs of its own: root is what PID 1 there is in."""
        self.nsmake("new", "uts")
        found = nsltest.run_python_as(None, INSIDE,
                                      ["unshare", "--fork", "--pid", "--mount-proc"])
        self.assertEqual(found["pid"], 1)
        self.assertEqual(found["status"], [0, 0])
        self.assertEqual(found["rows"], self.wanted_inside(found))
        document = found["document"]
        self.assertEqual(document["reference"]["source"], "pid1")
        self.assertEqual(document["reference"]["namespaces"],
                         {kind: found["init"][kind] for kind in nsltest.TYPES})
        self.assertIs(document["complete"], False)
        self.assertEqual(found["err"].splitlines(),
                         ["nslist: processes outside this PID namespace cannot be seen"])

    def test_new_pid_namespace_without_its_procfs(self):
        """Then /proc shows the outer PIDs, and nslist itself is not in the root namespace."""
        made = self.nsmake("new", "uts")
        result = self.run_nslist(prefix=["unshare", "--fork", "--pid"])
        rows = [row.key() for row in result.rows]
        self.assertIn((made.pids[0], "uts", made.ns["uts"], False), rows)
        # unshare, which was started as result.pid, is the one whose children are there.
        children = [row for row in rows if row[0] == result.pid]
        self.assertEqual([row[1:2] + row[3:] for row in children], [("pid", True)])
        inside = [row for row in result.rows if row.inode == children[0][2] and row.pid and
                  not row.for_children]
        self.assertEqual([row.command for row in inside], [nsltest.NSLIST])
        self.assertNotIn(inside[0].pid, (1, 2))

    def test_self_without_its_procfs(self):
        """/proc/self is what it is there, not a process of the same number."""
        own = nsltest.namespaces_of("self")
        for word in ("/proc/self", "/proc/self/ns/pid"):
            with self.subTest(word):
                result = self.run_nslist(word, prefix=["unshare", "--fork", "--pid", "--uts"])
                self.assertNotIn(own["pid"], [row.inode for row in result.rows])
                self.assertNotIn(own["uts"], [row.inode for row in result.rows])
                self.assertIn(nsltest.NSLIST, [row.command.split(" ")[0] for row in result.rows])

    def test_time_namespace(self):
        """Whatever its clocks say, a process has started when it did: also before they begin."""
        pid = os.getpid()
        started = nsltest.start_of(pid) // os.sysconf("SC_CLK_TCK")
        nsltest.wait_until(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) > started + 3,
                           "a clock that is ahead of the start")
        words = ("-qnr", "-ostart", "-tmnt", str(pid))
        expected = self.run_nslist(*words).text
        for offset in (-started - 2, 1000000):
            inside = self.run_nslist(*words, prefix=["unshare", "--time", "--boottime",
                                                     str(offset)]).text
            with self.subTest(offset):
                self.assertLessEqual(abs(datetime.datetime.fromisoformat(inside.strip()[:-1]) -
                                         datetime.datetime.fromisoformat(expected.strip()[:-1])),
                                     datetime.timedelta(seconds=1))

    def test_without_run_netns(self):
        """No names there are nothing to complain about."""
        script = 'mount -t tmpfs nslt /run && exec "$@"'
        prefix = ["unshare", "--mount", "sh", "-c", script, "sh"]
        before = nsltest.run()
        result = self.run_nslist(prefix=prefix)
        self.assertEqual(result.warnings, before.warnings)
        self.assertEqual([row.type for row in result.rows if row.pid == result.pid], ["mnt"])

    def test_chroot(self):
        """A root directory with a /proc and little else."""
        nsltest.need("chroot")
        place = self.directory()
        script = ('mount --rbind / "$0" && mount -t proc proc "$0/proc" && '
                  'mount -t tmpfs nslt "$0/run" && mount -t tmpfs nslt "$0/etc" && '
                  'exec chroot "$0" "$@"')
        prefix = ["unshare", "--mount", "sh", "-c", script, place]
        made = self.nsmake("new", "uts")
        result = nsltest.run("--json", prefix=prefix)
        if result.status in (126, 127):
            self.skipTest("missing: libraries in a root directory without /etc")
        self.assertEqual(result.status, 0, result)
        document = result.json
        self.assertEqual(nsltest.get_namespace(document, "uts", made.ns["uts"])["pids"], made.pids)
        self.assertIsNone(document["host"]["machine_id"])

    def test_without_proc(self):
        """No procfs: nothing can be listed, and that is said."""
        if nsltest.SANITIZED:
            self.skipTest("missing: a build that runs without /proc, which sanitizers do not")
        for what in ("mount -t tmpfs nslt /proc", "mount --bind /var /proc"):
            with self.subTest(what):
                prefix = ["unshare", "--mount", "sh", "-c", what + ' && exec "$@"', "sh"]
                result = self.run_nslist(prefix=prefix, status=2)
                self.assertEqual(result.out, b"")
                self.assertEqual(len(result.warnings), 1)
                self.assertIn("/proc", result.warnings[0])

    def test_proc_option(self):
        """Given as itself it is the same listing."""
        made = self.nsmake("new", "uts,net")
        for word in ("/proc", "/proc/", "/proc/self/root/proc", "/proc/%d/root/proc" % os.getpid()):
            with self.subTest(word):
                rows = [row for row in self.table("--proc=" + word) if row.pid in made.pids]
                self.assertEqual([row.key() for row in rows], [
                    (made.pids[0], kind, made.ns[kind], False) for kind in ("net", "uts")])
                self.assertEqual(self.document("--proc", word)["reference"]["namespaces"],
                                 nsltest.root_namespaces())

    def test_proc_of_an_inner_pid_namespace(self):
        """Its PIDs, and its PID 1's namespaces as the root ones."""
        code = ("import sys; sys.path.insert(0, %r); import nsltest, json\n"
                "with nsltest.Helper('nsmake', 'new', 'uts', '--count', '2') as helper:\n"
                "    print(json.dumps({'made': helper.made}), flush=True)\n"
                "    sys.stdin.read()\n" % os.path.join(nsltest.TESTS, "support"))
        inner = self.helper_in_pid_namespace(code)
        proc = "/proc/%d/root/proc" % inner["child"]
        made = inner["made"]
        rows = self.table("--proc", proc)
        self.assertEqual([row.key() for row in rows], [
            (pid, "uts", made["ns"]["uts"], False) for pid in sorted(made["pids"])])
        document = self.document("--proc", proc)
        self.assertEqual(document["reference"]["source"], "pid1")
        init = nsltest.namespaces_of(inner["child"])
        self.assertEqual(document["reference"]["namespaces"],
                         {kind: init[kind] for kind in nsltest.TYPES})
        self.assertIs(document["complete"], False)
        # Names are those of a system, and this is a part of one: one issue says so.
        self.assertEqual(document["sources"]["netns"], "partial")
        self.assertEqual(len([issue for issue in document["issues"]
                              if issue["source"] == "netns"]), 1)
        self.assertEqual([row.pid for row in self.table("--proc", proc, "1")], [1] * 8)
        # A path within that procfs is of that system; one beside it is not looked at.
        rows = self.table("--proc", proc, "%s/%d/ns/uts" % (proc, made["pids"][0]))
        self.assertEqual({row.inode for row in rows}, {made["ns"]["uts"]})
        result = self.run_nslist("--proc", proc, "/run/netns/x", status=1)
        self.assertEqual(len([line for line in result.warnings if "/run/netns/x" in line]), 1)

    def helper_in_pid_namespace(self, code):
        process = subprocess.Popen(
            ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", nsltest.PYTHON, "-c",
             code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        found = json.loads(process.stdout.readline())
        found["child"] = nsltest.children_of(process.pid)[0]
        return found

    def test_proc_of_the_outer_one(self):
        """From within a PID namespace, the host's /proc by another path."""
        made = self.nsmake("new", "uts")
        place = self.directory()
        script = ('mount --rbind /proc "$0" && mount -t proc proc /proc && "$@" --proc "$0" --json')
        prefix = ["unshare", "--fork", "--pid", "--mount", "sh", "-c", script, place]
        document = self.run_nslist(prefix=prefix).json
        found = nsltest.get_namespace(document, "uts", made.ns["uts"])
        self.assertEqual(found["pids"], made.pids)
        self.assertEqual(document["reference"]["namespaces"], nsltest.root_namespaces())

    def test_proc_that_is_none(self):
        for word in ("/nonexistent", "/etc/passwd", self.directory(), ""):
            with self.subTest(word):
                result = self.run_nslist("--proc=" + word, status=2)
                self.assertEqual(result.out, b"")
                self.assertEqual(len(result.warnings), 1)


if __name__ == "__main__":
    nsltest.main()
