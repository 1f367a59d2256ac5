# SPDX-License-Identifier: GPL-3.0-or-later
"""The known defects of listns.v3.py and lsns, which nslist is not to have. Where another file tests
a whole topic (processes that vanish: live/test_churn.py), here is just the defect."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


class Listns(nsltest.TestCase):
    def test_commands_are_never_blank(self):
        """It shows no command at all under Python 3."""
        self.nsmake("new", "user,uts")
        self.nsmake("name", b"nothing".hex())
        self.nsmake("name", b"empty".hex(), "")
        rows = self.table("--all") + self.table()
        self.assertGreater(len(rows), 8)
        alive = set(nsltest.list_pids())
        self.assertEqual([row for row in rows if not row.command.strip() and row.pid in alive], [])

    def test_each_row_once(self):
        """It lists `pid` twice, once for the children."""
        made = self.nsmake("new", "user,pid,time", "--count", "2")
        keys = [(row.pid, row.type) for row in self.table() if row.pid in made.pids]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(len(keys), 6)
        keys = [row.key() for row in self.table("--all")]
        self.assertEqual(len(keys), len(set(keys)))

    def test_unreadable_init(self):
        """Where PID 1's links may not be read everything is non-root to it."""
        user = nsltest.NOBODY if os.geteuid() == 0 else None
        roots = nsltest.root_namespaces()
        made = self.nsmake("new", "user,uts", user=user)
        with nsltest.Process("cat", user=user) as process:
            rows = self.table(user=user)
            self.assertIn(made.ns["uts"], [row.inode for row in rows])
            self.assertNotIn(process.pid, [row.pid for row in rows])
            self.assertEqual([row for row in rows if row.inode in roots.values()], [])

    def test_unreadable_name(self):
        """One entry of /run/netns that cannot be read takes all the others away."""
        nsltest.need_root()
        nsltest.need("ip")
        names = [self.add_netns("-a")[0], self.name("-b"), self.add_netns("-c")[0]]
        paths = [os.path.join(nsltest.NETNS, name) for name in names]
        os.symlink(paths[1], paths[1])
        self.addCleanup(os.unlink, paths[1])
        commands = [row.command for row in self.table()]
        for name in (names[0], names[2]):
            self.assertIn("created by ip netns add " + name, commands)
        self.assertNotIn("created by ip netns add " + names[1], commands)
        self.assertIs(self.document()["complete"], False)

    def test_same_layout(self):
        """Its header and columns, which scripts cut at."""
        made = self.nsmake("new", "user,uts")
        lines = self.run_nslist().lines
        self.assertEqual(lines[0], "       PID  Namespace             Thread/Command")
        line = [line for line in lines if "uts:[%d]" % made.ns["uts"] in line][0]
        pid, label, rest = line.split(None, 2)
        self.assertEqual((pid, label), (str(made.pids[0]), "uts:[%d]" % made.ns["uts"]))
        self.assertEqual(nsltest.split_container(rest)[1].split()[0],
                         nsltest.command_of(made.pids[0]).split()[0])
        self.assertEqual(line[:10], "%10d" % made.pids[0])
        self.assertEqual(line[12:32], "%-20s" % ("uts:[%d]" % made.ns["uts"]))


class Lsns(nsltest.TestCase):
    def test_selected_process_vanishes(self):
        """The end of one process ends the whole listing there, empty, with exit status 1."""
        staying = self.nsmake("new", "user,uts", "--count", "2")
        for _ in range(100):
            process = subprocess.Popen(["true"])
            result = nsltest.run(str(process.pid), str(staying.ns["uts"]))
            process.wait()
            self.assertIn(result.status, (0, 1), result)
            self.assertEqual({row.pid for row in result.rows} - {process.pid}, set(staying.pids))

    def test_command_and_namespace_are_of_one_process(self):
        """It reads the command by the bare PID when it prints: of whoever has that PID by then."""
        made = self.nsmake("new", "user,uts", "--exec", "sleep", "1000")
        process = nsltest.get_process(self.document(), made.pids[0])
        self.assertEqual((process["command"], process["ns"]["uts"]), ("sleep 1000", made.ns["uts"]))
        self.assertEqual(process["comm"], "sleep")


if __name__ == "__main__":
    nsltest.main()
