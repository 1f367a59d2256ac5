# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces for children: what a process has unshared for those it will fork, and is not in
itself (pid and time). Between unshare(2) and the first fork the kernel shows no such PID
namespace."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


class Children(nsltest.TestCase):
    NEEDS = ("root",)

    def summary(self, *arguments):
        return [nsltest.parse_json(line) for line in
                self.run_nslist("-sL", "-o+ns", *arguments).lines]

    def rows_of(self, made, *arguments):
        pids = {made.pid, made.child} - {None}
        return [row for row in self.table(*arguments)
                if row.pid in pids or row.inode == made.for_children]

    def test_pid_before_the_first_fork(self):
        """No row and no complaint; selected, the process has its root namespaces."""
        made = self.nsmake("children", "pid")
        if made.for_children is not None:
            self.skipTest("missing: a kernel that does not show the namespace before it is used")
        result = self.run_nslist("--json")
        self.assertIsNone(nsltest.get_process(result.json, made.pid))
        self.assertNotIn(made.pid, [pid for issue in result.json["issues"]
                                    for pid in issue["pids"]])
        self.assertNotIn(made.pid, [row.pid for row in self.table()])
        rows = self.table(str(made.pid))
        self.assertEqual([row.key() for row in rows],
                         [(made.pid, kind, made.ns[kind], False) for kind in nsltest.TYPES])
        everything = [row.key() for row in self.table("--all") if row.pid == made.pid]
        self.assertEqual(everything, [row.key() for row in rows])

    def test_pid_with_a_child(self):
        """In the table, the JSON and the tree."""
        made = self.nsmake("children", "pid", "--forked")
        rows = self.rows_of(made)
        self.assertEqual([row.key() for row in rows],
                         sorted([(made.pid, "pid", made.for_children, True),
                                 (made.child, "pid", made.for_children, False)]))
        for row in rows:
            self.assertEqual(row.command, nsltest.command_of(row.pid))
        document = self.document()
        found = nsltest.get_namespace(document, "pid", made.for_children)
        self.assertEqual((found["pids"], found["nprocs"]), ([made.child], 1))
        self.assertEqual(found["held_by"], [{"kind": "for-children", "pid": made.pid}])
        self.assertEqual(nsltest.get_process(document, made.pid)["ns"], made.ns)
        self.assertEqual(nsltest.get_process(document, made.child)["nspid"], [made.child, 1])
        found = {pid: text for _, pid, text in self.tree()[("pid", made.for_children)]}
        self.assertEqual(found, {
            made.pid: "(for children) " + nsltest.command_of(made.pid),
            made.child: nsltest.command_of(made.child)})

    def test_time(self):
        """Nobody is in it, but it is listed: as itself, with why, and as the process's; so it is
        where it is selected, by whatever stands for it."""
        made = self.nsmake("children", "time")
        wanted = [(None, "time", made.for_children, False),
                  (made.pid, "time", made.for_children, True)]
        rows = self.rows_of(made)
        command = nsltest.command_of(made.pid)
        self.assertEqual([row.key() for row in rows], wanted)
        self.assertEqual([row.command for row in rows],
                         ["for children of %d %s" % (made.pid, command), command])
        for word in (str(made.for_children), "time:[%d]" % made.for_children,
                     "/proc/%d/ns/time_for_children" % made.pid):
            with self.subTest(word):
                self.assertEqual([row.key() for row in self.table(word)], wanted)
        self.assertEqual(self.rows_of(made, "--type", "pid,uts"), [])
        self.assertEqual(len(self.rows_of(made, "--type", "time")), 2)
        own = [(made.pid, kind, made.ns[kind], False) for kind in nsltest.TYPES]
        own.insert(6, wanted[1])
        self.assertEqual([row.key() for row in self.table(str(made.pid))], own)
        document = self.document()
        found = nsltest.get_namespace(document, "time", made.for_children)
        self.assertEqual((found["pids"], found["nprocs"]), ([], 0))
        self.assertEqual(found["held_by"], [{"kind": "for-children", "pid": made.pid}])
        self.assertEqual(nsltest.get_process(document, made.pid)["ns"]["time"], made.ns["time"])

    def test_summary(self):
        """A namespace's row tells of the lowest process in it, and of none where there is none,
        whatever is selected."""
        forked = self.nsmake("children", "pid", "--forked")
        time = self.nsmake("children", "time")
        thread = self.nsmake("thread", "uts")
        row_of = {}
        for made, kind, inode in ((forked, "pid", forked.for_children),
                                  (time, "time", time.for_children),
                                  (thread, "uts", thread.thread_ns["uts"])):
            row, = [row for row in self.summary("-t" + kind) if row["ns"] == inode]
            row_of[inode] = row
            words = [(str(made.pid), "--threads"), (kind + ":%d" % inode,)]
            if made is thread:
                words.append((str(made.tid),))
            for selected in words:
                found = [row for row in self.summary("-t" + kind, *selected) if row["ns"] == inode]
                self.assertEqual(found, [row], selected)
        self.assertEqual(
            [(row["nprocs"], row["pid"], row["for_children"]) for row in row_of.values()],
            [(1, forked.child, False), (0, None, None), (0, None, None)])
        row, = [row for row in self.summary("-tpid", "-Q", "FOR-CHILDREN")
                if row["ns"] == forked.for_children]
        self.assertEqual(row, row_of[forked.for_children])

    def test_time_with_a_child(self):
        made = self.nsmake("children", "time", "--forked")
        self.assertEqual([row.key() for row in self.rows_of(made)],
                         sorted([(made.pid, "time", made.for_children, True),
                                 (made.child, "time", made.for_children, False)]))
        found = nsltest.get_namespace(self.document(), "time", made.for_children)
        self.assertEqual(found["pids"], [made.child])

    def test_same_as_its_own_is_no_row(self):
        """A member of a PID namespace has its children there: that says nothing new."""
        made = self.nsmake("new", "pid,time")
        rows = [row.key() for row in self.table() if row.pid == made.pids[0]]
        self.assertEqual(rows, [(made.pids[0], "pid", made.ns["pid"], False),
                                (made.pids[0], "time", made.ns["time"], False)])


if __name__ == "__main__":
    nsltest.main()
