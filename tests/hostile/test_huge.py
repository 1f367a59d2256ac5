# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines without end: 64 GiB of it, which costs its process nothing. Nslist shows 128 KiB,
says that there is more, and needs no more memory than that takes."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

LIMIT = 128 << 10
SHOWN = "hugecmd " + "A" * (LIMIT - len("hugecmd "))
ONE_KIB = 100 << 10  # KiB that a run may take with one of them
MANY_KIB = 400 << 10
SOME = 200


class Huge(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        self.before = self.issues_of(self.document())

    def test_table(self):
        """Whole lines where there is no terminal, and a mark that this is not all."""
        made = self.helper("hugecmd")
        result = self.run_nslist()
        rows = [row for row in result.rows if row.pid == made.pid and row.type == "uts"]
        self.assertEqual([row.inode for row in rows], [made.uts])
        self.assertTrue(rows[0].command == SHOWN + "…", (len(rows[0].command),
                                                         rows[0].command[-20:]))
        self.assertFalse([line for line in result.warnings if str(made.pid) in line])

    def test_json(self):
        made = self.helper("hugecmd")
        result = self.run_nslist("--json")
        document = result.json
        process = nsltest.get_process(document, made.pid)
        self.assertIs(process["command_truncated"], True)
        self.assertIs(process["responsive"], True)
        self.assertTrue(process["command"] == SHOWN, len(process["command"]))
        self.assertEqual(self.issues_of(document), self.before)

    def test_memory(self):
        self.helper("hugecmd")
        for words in ([], ["--json"], ["--tree"]):
            self.assertLess(nsltest.memory_of(*words), ONE_KIB * nsltest.SLOWER)

    def test_tree(self):
        made = self.helper("hugecmd")
        text = {pid: text for _, pid, text in self.tree()[("uts", made.uts)]}[made.pid]
        self.assertTrue(text == SHOWN + "…", len(text))

    def test_terminal(self):
        """There it is cut to the width like any other."""
        made = self.helper("hugecmd")
        result = nsltest.run_on_terminal(columns=80)
        line = [line for line in result.lines if str(made.uts) in line][0]
        self.assertEqual(len(line), 80)
        self.assertTrue(line.endswith("A" * 20))

    def test_time(self):
        """It is not read to its end, which would take minutes."""
        self.helper("hugecmd")
        self.assertLess(self.run_nslist().seconds, 2 * nsltest.SLOWER)

    def test_small_one_is_whole(self):
        """At the limit, and beyond it."""
        for count, cut in ((LIMIT - 3, False), (LIMIT - 1, True)):
            with self.subTest(count):
                # "x", a zero byte, the argument, a zero byte
                length = min(count, 100000)
                arguments = ["78", "61*%d" % length, "62*%d" % (count - length - 1)]
                made = self.nsmake("name", "6e616d65", *arguments)
                text = nsltest.command_of(made.pid)
                self.assertEqual(len(text), count + 2)
                process = nsltest.get_process(self.document(), made.pid)
                self.assertIs(process["command_truncated"], cut)
                self.assertTrue(process["command"] == text[:LIMIT], len(process["command"]))

    def test_many(self):
        """Two hundred of them: all are listed, and the memory stays in proportion."""
        helpers = []
        path = nsltest.program("hugecmd")
        try:
            for _ in range(SOME):
                helpers.append(subprocess.Popen([path], stdin=subprocess.PIPE,
                                                stdout=subprocess.PIPE))
            made = [nsltest.parse_json(helper.stdout.readline()) for helper in helpers]
            alone = nsltest.memory_of("--version")
            for words in ([], ["--json"]):
                result = self.run_nslist(*words)
                memory = nsltest.memory_of(*words)
                print("%d huge command lines %s: %.1f MiB (%.1f MiB for --version), %.2f s" % (
                    SOME, words, memory / 1024, alone / 1024, result.seconds), file=sys.stderr)
                self.assertLess(memory, MANY_KIB * nsltest.SLOWER)
                for one in made:
                    self.assertIn(b"%d" % one["uts"], result.out)
        finally:
            for helper in helpers:
                helper.stdin.close()
                helper.wait()
                helper.stdout.close()


if __name__ == "__main__":
    nsltest.main()
