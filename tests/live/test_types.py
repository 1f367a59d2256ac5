# SPDX-License-Identifier: GPL-3.0-or-later
"""Every type of namespace, and their members: that each process which a helper put into a new
namespace is listed in it, in the table, the tree and the JSON, and in no other."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


class Shared(nsltest.TestCase):
    def test_shares_and_own(self):
        """What a process shares with the host, and what is its own: whatever rows are listed."""
        made = self.nsmake("new", "uts,ipc")
        roots = nsltest.root_namespaces()
        inside = nsltest.namespaces_of(made.pids[0])
        own = [kind for kind in nsltest.TYPES if kind in inside and inside[kind] != roots[kind]]
        row = {"pid": made.pids[0], "own": own,
               "shares": [kind for kind in nsltest.TYPES if kind in inside and kind not in own]}
        columns = "-oPID,SHARES,OWN"
        lines = self.run_nslist("-tuts", "-L", columns, str(made.ns["uts"])).lines
        self.assertEqual([json.loads(line) for line in lines], [row])
        for expression, holds in (('SHARES =~ "^mnt$"', "mnt" not in own), ('OWN == "ipc"', True),
                                  ('OWN != "ipc"', False), ('SHARES == "uts"', False),
                                  ('SHARES !~ "ut"', True)):
            lines = self.run_nslist("-tuts", "-L", columns, str(made.ns["uts"]), "-Q",
                                    expression).lines
            self.assertEqual(len(lines), int(holds), expression)


class Types(nsltest.TestCase):
    def check(self, kinds, *arguments, count=1):
        made = self.nsmake("new", ",".join(kinds), *arguments)
        pids = sorted(made.pids)
        self.assertEqual(len(pids), count)
        self.check_table(made, kinds, pids)
        self.check_json(made, kinds, pids)
        self.check_tree(made, kinds, pids)

    def check_table(self, made, kinds, pids):
        rows = self.table()
        wanted = [(pid, kind, made.ns[kind], False) for pid in pids for kind in sorted(kinds)]
        self.assertEqual([row.key() for row in rows if row.pid in pids], wanted)
        inodes = {made.ns[kind] for kind in kinds}
        self.assertEqual([row.key() for row in rows if row.inode in inodes], wanted)
        for row in rows:
            if row.pid in pids:
                self.assertEqual(row.command, nsltest.command_of(row.pid))
                self.assertFalse(row.named)
        # Nsmake itself stayed in the root namespaces.
        self.assertNotIn(made.process.pid, [row.pid for row in rows])

    def check_json(self, made, kinds, pids):
        document = self.document()
        for kind in nsltest.TYPES:
            found = nsltest.get_namespace(document, kind, made.ns[kind])
            if kind not in kinds:
                self.assertIsNone(found, "a root namespace is listed")
                continue
            self.assertEqual(found["pids"], pids)
            self.assertEqual(found["nprocs"], len(pids))
            self.assertIs(found["root"], False)
            held = [holder for holder in found["held_by"]
                    if holder["kind"] not in ("owner-of", "parent-of")]
            self.assertEqual((found["names"], held), ([], []))
        for pid in pids:
            process = nsltest.get_process(document, pid)
            self.assertEqual(process["ns"], made.ns)
            self.assertEqual(process["command"], nsltest.command_of(pid))
            self.assertEqual(process["comm"], "nsmake")
            self.assertEqual(process["uid"], os.geteuid())
            self.assertIs(process["kthread"], False)
            self.assertIs(process["responsive"], True)
            self.assertIs(process["command_truncated"], False)
            self.assertEqual(process["start_ticks"], nsltest.start_of(pid))

    def check_tree(self, made, kinds, pids):
        tree = self.tree()
        for kind in nsltest.TYPES:
            found = tree.get((kind, made.ns[kind]))
            if kind in kinds:
                self.assertEqual([(depth, pid) for depth, pid, _ in found],
                                 [(2, pid) for pid in pids])
                self.assertEqual(found[0][2], nsltest.command_of(pids[0]))
            else:
                self.assertIsNone(found)

    def test_each(self):
        for kind in nsltest.TYPES:
            with self.subTest(kind):
                # Anyone may make a user namespace, and others only inside of one.
                self.check([kind] if os.geteuid() == 0 or kind == "user" else [kind, "user"])

    def test_all_types_together(self):
        self.check(nsltest.TYPES)

    def test_five_members(self):
        nsltest.need_root()
        self.check(["net", "uts"], "--count", "5", count=5)

    def test_kernel_threads_have_names(self):
        """A kernel thread has no command line: its name stands there (kdevtmpfs, where it is)."""
        nsltest.need_root()
        roots = nsltest.root_namespaces()
        rows = nsltest.rows_of(nsltest.walk(), roots)
        threads = {}
        for pid, kind, inode, _ in rows:
            fields = nsltest.stat_of(pid)
            if int(fields[6]) & 0x00200000:  # PF_KTHREAD
                threads[pid] = (kind, inode)
        if not threads:
            self.skipTest("missing: a kernel thread in a namespace of its own")
        document = self.document()
        for pid, (kind, inode) in threads.items():
            name = nsltest.read("/proc/%d/comm" % pid).rstrip("\n")
            row = [row for row in self.table() if row.pid == pid and row.type == kind]
            self.assertEqual([(row[0].inode, row[0].command)], [(inode, name)])
            self.assertIs(nsltest.get_process(document, pid)["kthread"], True)
            self.assertEqual(nsltest.get_process(document, pid)["comm"], name)


class Nested(nsltest.TestCase):
    def check(self, kinds, depth=5):
        made = self.nsmake("nested", str(depth), ",".join(kinds))
        rows = [row.key() for row in self.table()]
        document = self.document()
        self.assertEqual(len(made.levels), depth)
        for level in made.levels:
            pid = level["pid"]
            self.assertEqual([row for row in rows if row[0] == pid],
                             [(pid, kind, level["ns"][kind], False) for kind in kinds])
            process = nsltest.get_process(document, pid)
            self.assertEqual(process["nspid"], level["nspid"])
            self.assertEqual(process["ns"], level["ns"])
            for kind in kinds:
                found = nsltest.get_namespace(document, kind, level["ns"][kind])
                self.assertEqual((found["pids"], found["nprocs"]), ([pid], 1))
        if "pid" in kinds:
            self.assertEqual(len(made.levels[-1]["nspid"]), depth + 1)

    def test_filter(self):
        """By its PID in any of the PID namespaces; a column that is yes or no, bare or compared."""
        nsltest.need_root()
        made = self.nsmake("nested", "3", "pid")
        last = made.levels[-1]
        for number in last["nspid"]:
            rows = self.table("-tpid", "-QNSPID == %d" % number, str(last["pid"]))
            self.assertEqual([row.pid for row in rows], [last["pid"]], number)
        self.assertEqual(self.table("-QNSPID == %d" % nsltest.PID_MAX, str(last["pid"])), [])
        roots = set(nsltest.root_namespaces().values())
        own = set(last["ns"].values()) - roots
        for expression, wanted in (("ROOT", roots), ("not ROOT", own), ("ROOT == true", roots),
                                   ("ROOT == 0", own), ("ROOT != 'yes'", own), ("ROOT =~ 'no'", own)):
            found = self.run_nslist("-nr", "-oNS", "-Q" + expression, str(last["pid"])).lines
            self.assertEqual(set(map(int, found)), set(last["ns"].values()) & wanted, expression)

    def test_nested_pid(self):
        nsltest.need_root()
        self.check(["pid"])

    def test_nested_user(self):
        """Also as deep as there is."""
        self.check(["user"])
        self.check(["pid", "user"], depth=31)


class Zombie(nsltest.TestCase):
    """A dead process that nobody has waited for is in a PID and a user namespace, no others."""

    def test_zombie_is_no_member(self):
        made = self.nsmake("zombie")
        result = self.run_nslist("--json")
        self.assertIsNone(nsltest.get_namespace(result.json, "uts", made.uts))
        self.assertNotIn(str(made.pid), result.err.decode().replace(",", " ").split())
        self.assertNotIn(made.uts, [row.inode for row in self.table()])

    def test_zombie_selected_shows_what_it_has(self):
        made = self.nsmake("zombie")
        namespaces = nsltest.namespaces_of(made.pid)
        self.assertNotIn("uts", namespaces)
        if not namespaces:
            self.skipTest("missing: a kernel that shows a zombie's namespaces")
        rows = self.table(str(made.pid))
        self.assertEqual({row.key() for row in rows},
                         nsltest.rows_of({made.pid: namespaces}, None))
        self.assertEqual({row.command for row in rows}, {"nsmake"})
        process = nsltest.get_process(self.document(str(made.pid)), made.pid)
        self.assertEqual(process["ns"],
                         {kind: namespaces.get(kind) for kind in nsltest.TYPES})

    def test_zombie_in_a_user_namespace(self):
        """As it is when it dies in one and its parent stays outside."""
        made = self.nsmake("zombie", user=nsltest.NOBODY if os.geteuid() == 0 else None)
        namespaces = nsltest.namespaces_of(made.pid)
        if not namespaces or namespaces.get("user") == nsltest.root_namespaces()["user"]:
            self.skipTest("missing: a kernel that shows a zombie's user namespace")
        rows = [row.key() for row in self.table() if row.pid == made.pid]
        self.assertEqual(rows, [(made.pid, "user", namespaces["user"], False)])


if __name__ == "__main__":
    nsltest.main()
