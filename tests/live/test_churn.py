# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that come and go while nslist looks: every run is whole, who stays is in each listing,
and nobody is shown with another's name or namespaces."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

RUNS = 50
NAME = re.compile(r"c\d{8}")


class Churn(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.staying = self.nsmake("new", "uts,ipc", "--count", "3")
        self.issues = self.own_issues(self.document())
        self.roots = nsltest.root_namespaces()

    def own_issues(self, document):
        """Without what root may not look at: programs of others, with more rights than the tests have,
        may start meanwhile."""
        return {issue for issue in self.issues_of(document)
                if issue[1] != "EACCES" or issue[0] == "relations"}

    def churn(self):
        self.nsmake("churn", "200", "240")

    def check_name(self, command, inode):
        """A churner's name is made of its uts inode. Before it has one it is called nsmake."""
        if NAME.fullmatch(command):
            self.assertEqual(command, "c%08d" % (inode % 100000000))
            return 1
        return 0

    def test_table(self):
        self.churn()
        named = 0
        for _ in range(RUNS):
            rows = self.table()
            found = [row.key() for row in rows]
            for pid in self.staying.pids:
                for kind in ("ipc", "uts"):
                    self.assertIn((pid, kind, self.staying.ns[kind], False), found)
            self.assertEqual(len(set(found)), len(found), "the same row twice")
            self.assertNotIn("", [row.command for row in rows])
            for row in rows:
                if row.type == "uts":
                    named += self.check_name(row.command, row.inode)
        self.assertGreater(named, RUNS, "there was no churn")

    def test_json(self):
        """That some could not be read in time may be said, but not as a rule."""
        self.churn()
        named = 0
        late = 0
        for _ in range(RUNS):
            document = self.document()
            issues = self.own_issues(document)
            told = {issue for issue in issues if issue[:2] == ("processes", "forking")}
            late += bool(told)
            self.assertEqual(issues - told, self.issues)
            uts = nsltest.get_namespace(document, "uts", self.staying.ns["uts"])
            self.assertEqual(uts["pids"], sorted(self.staying.pids))
            for process in document["processes"]:
                if process["ns"]["uts"] in (None, self.roots["uts"]):
                    continue  # it was looked at before it had one
                named += self.check_name(process["command"] or "", process["ns"]["uts"])
            self.check_references(document)
        self.assertGreater(named, RUNS, "there was no churn")
        self.assertLess(late, RUNS // 4)

    def check_references(self, document):
        """Who is said to be in a namespace says so itself, and the other way round."""
        processes = {process["pid"]: process for process in document["processes"]}
        self.assertEqual(len(processes), len(document["processes"]))
        for ns in document["namespaces"]:
            self.assertEqual(ns["pids"], sorted(set(ns["pids"])))
            for pid in ns["pids"]:
                self.assertEqual(processes[pid]["ns"][ns["type"]], ns["ns"])
            self.assertEqual(ns["nprocs"], len(ns["pids"]))
            self.assertTrue(ns["pids"] or ns["held_by"], ns)

    def test_tree(self):
        """Where a parent may have gone, and its PID be another's, between two looks."""
        self.churn()
        for _ in range(RUNS // 2):
            found = self.tree()
            pids = [pid for _, pid, _ in found[("uts", self.staying.ns["uts"])]]
            self.assertEqual(sorted(pids), sorted(self.staying.pids))

    def test_selected(self):
        """One process is looked at, whatever the others do."""
        self.churn()
        pid = self.staying.pids[0]
        for _ in range(RUNS // 2):
            self.assertEqual([row.key() for row in self.table(str(pid), "-tipc,uts")],
                             [(pid, kind, self.staying.ns[kind], False) for kind in ("ipc", "uts")])

    def test_whole(self):
        """No warning but those there were, and --strict has no other reason to complain: but for
        programs of others, as in own_issues(), and what could not be read in time, as in the JSON."""
        def warnings(result):
            return [line for line in result.warnings
                    if not line.endswith(("not permitted", "Permission denied"))]
        def is_late(line):
            return "faster than they can be read" in line
        status = nsltest.run("--strict").status
        before = [line for line in warnings(nsltest.run()) if not is_late(line)]
        late = 0
        self.churn()
        for _ in range(RUNS // 5):
            result = nsltest.run("--strict")
            told = [line for line in warnings(result) if is_late(line)]
            self.assertEqual(result.status, 3 if told else status, result)
            self.assertEqual([line for line in warnings(result) if line not in told], before)
            late += bool(told)
        self.assertLess(late, RUNS // 10)


if __name__ == "__main__":
    nsltest.main()
