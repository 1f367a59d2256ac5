# SPDX-License-Identifier: GPL-3.0-or-later
"""The trees by owner, parent and container, on recorded procfs trees (which know of no relations: for
those see unit/ and live/)."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_golden  # noqa: E402
import nsltest  # noqa: E402


class Trees(test_golden.GoldenCase):
    def test_owner(self):
        self.check_text("basic-tree-owner.txt", "basic", "--tree=owner")

    def test_parent(self):
        self.check_text("basic-tree-parent-all.txt", "basic", "--tree=parent", "--all")

    def test_container(self):
        self.check_text("basic-tree-container.txt", "basic", "--tree=container")

    def test_ascii(self):
        self.check_text("basic-tree-container-ascii.txt", "basic", "--tree=container", "-tnet,pid",
                        env=test_golden.ASCII)

    def test_hostile(self):
        self.check_text("hostile-tree-owner.txt", "hostile", "--tree=owner")
        self.check_text("hostile-tree-container.txt", "hostile", "--tree=container")

    def test_last_group_counts(self):
        self.check_text("basic-tree-owner.txt", "basic", "-T", "--tree=parent", "--tree=owner")

    def test_nothing_to_list(self):
        for group in ("owner", "container"):
            self.assertEqual(self.run_on("old", "--tree=" + group, "-ttime").out, b"")
        self.assertEqual(self.run_on("old", "--tree=parent", "-tuser").out, b"")

    def test_everything_is_there(self):
        """Each namespace of the table; of the tree by container, each process too."""
        for case in ("basic", "hostile", "old"):
            rows = self.run_on(case).rows
            for group in ("owner", "container"):
                text = self.run_on(case, "--tree=" + group).text
                for row in rows:
                    self.assertIn("─%s:[%d]" % (row.type, row.inode), text)
                    if group == "container" and row.pid:
                        self.assertEqual(len(re.findall("─%d " % row.pid, text)), 1)

    def test_filter(self):
        """Of a namespace whose processes are left out it is not said that there are none."""
        text = self.run_on("basic", "--tree=container", "pid:[4026532990]", "net:[4026532676]",
                           "-Q", "TYPE == 'pid'").text
        self.assertEqual(text, "other processes\n├─pid:[4026532990]  for children of 7001 unshare "
                               "--pid bash\n└─7001 unshare --pid bash\n")

    def test_refused(self):
        for words, message in (
                (["--tree=parent", "-tnet"], "--tree=parent is about pid and user, which --type "
                                             "leaves out"),
                (["-oPID", "--tree=owner"], "--output and --tree exclude each other")):
            self.check_error(self.run_on("basic", *words, status=2), 2, message)


if __name__ == "__main__":
    nsltest.main()
