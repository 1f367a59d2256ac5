# SPDX-License-Identifier: GPL-3.0-or-later
"""The trees by owner, parent and container, the graph and the metrics, of real namespaces: what is
below what is what those say who made them."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


def lines_above(lines):
    """{(type, inode): what stands above, a line's text or None}, of a tree's lines."""
    found, path = {}, []
    for line in lines:
        label = line.lstrip("│├└─ ")
        depth = (len(line) - len(label)) // 2
        del path[depth:]
        match = re.match(r"(\w+):\[(\d+)\]", label)
        if match:
            key = (match.group(1), int(match.group(2)))
            assert key not in found, line
            found[key] = path[-1] if path else None
        path.append(match.group(0) if match else label)
    return found


def label(kind, inode):
    return "%s:[%d]" % (kind, inode)


class Nested(nsltest.TestCase):
    DEPTH = 3

    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.levels = self.nsmake("nested", str(self.DEPTH), "pid,user").levels
        self.roots = nsltest.root_namespaces()

    def chain(self, kind):
        """The inodes of the levels, from the outside in, after the root one."""
        inodes = [level["ns"][kind] for level in self.levels]
        if inodes[0] != self.roots[kind]:
            inodes.insert(0, self.roots[kind])
        return inodes

    def test_parent(self):
        """Also of one process alone: up to the root ones."""
        for words in [], [str(self.levels[-1]["pid"])]:
            above = lines_above(self.run_nslist("--tree=parent", *words).lines)
            for kind in ("pid", "user"):
                chain = self.chain(kind)
                for outer, inner in zip(chain, chain[1:]):
                    self.assertEqual(above[kind, inner], label(kind, outer))
                self.assertEqual(above[kind, chain[0]], kind)

    def test_owner(self):
        above = lines_above(self.run_nslist("--tree=owner").lines)
        users, pids = self.chain("user"), self.chain("pid")
        for outer, inner in zip(users, users[1:]):
            self.assertEqual(above["user", inner], label("user", outer))
        for user, pid in zip(users[1:], pids[1:]):
            self.assertEqual(above["pid", pid], label("user", user))

    def test_one_type(self):
        """The owners are there, though they are not asked for."""
        lines = self.run_nslist("--tree=owner", "-tpid").lines
        above = lines_above(lines)
        users, pids = self.chain("user"), self.chain("pid")
        for user, pid in zip(users[1:], pids[1:]):
            self.assertEqual(above["pid", pid], label("user", user))
            self.assertTrue([line for line in lines
                             if line.endswith(label("user", user) + " (not selected)")])

    def test_dot(self):
        text = self.run_nslist("-Fdot").text
        for kind in ("pid", "user"):
            chain = self.chain(kind)
            self.assertNotIn('"%s" [label' % label(kind, chain[0]), text)
            for outer, inner in zip(chain[1:], chain[2:]):
                self.assertIn('"%s" -> "%s";\n' % (label(kind, outer), label(kind, inner)), text)
        for user, pid in zip(self.chain("user")[1:], self.chain("pid")[1:]):
            self.assertIn('"%s" -> "%s" [style=dashed];\n'
                          % (label("user", user), label("pid", pid)), text)
        text = self.run_nslist("-Fdot", "--all").text  # with the root ones
        for kind in ("pid", "user"):
            outer, inner = self.chain(kind)[:2]
            self.assertIn('"%s" -> "%s";\n' % (label(kind, outer), label(kind, inner)), text)

    def test_drawn(self):
        nsltest.need("dot")
        for words in ([], ["--all"]):
            text = self.run_nslist("-Fdot", *words).out
            picture = subprocess.run(["dot", "-Tpng"], input=text, stdout=subprocess.PIPE,
                                     check=True).stdout
            self.assertTrue(picture.startswith(b"\x89PNG"))


class Details(nsltest.TestCase):
    def test_host_name(self):
        """What a uts namespace is, in its line."""
        nsltest.need_root()
        name = label("uts", self.nsmake("new", "uts").ns["uts"])
        for group in ("owner", "container"):
            for words, found in (([], False), (["--details"], True)):
                lines = self.run_nslist("--tree=" + group, *words, name).lines
                self.assertEqual(["  " + os.uname().nodename in line for line in lines
                                  if name in line], [found])
        text = self.run_nslist("-Fdot", "--details", name).text
        self.assertIn('[label="%s\\l%s\\l1 process\\l' % (name, os.uname().nodename), text)


class Without(nsltest.TestCase):
    """A namespace that nobody is in."""

    def test_container(self):
        nsltest.need_root()
        made = self.nsmake("fds", "uts")
        lines = self.run_nslist("--tree=container").lines
        start = lines.index("no process")
        found = [line for line in lines[start:] if label("uts", made.ino) in line]
        self.assertEqual(len(found), 1)
        self.assertIn("held by fd %d of %d" % (made.fd, made.pid), found[0])


class Prometheus(nsltest.TestCase):
    def test_counts(self):
        """As it was set up."""
        nsltest.need_root()
        made = self.nsmake("new", "net,uts", "--count", "3")
        held = self.nsmake("fds", "ipc")
        words = [label("net", made.ns["net"]), label("ipc", held.ino)]
        text = self.run_nslist("-Fprometheus", *words).text
        samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
        for name, value in (('namespaces{type="net"}', 1), ('namespaces{type="ipc"}', 1),
                            ('namespaces{type="uts"}', 0), ('processes{type="net"}', 3),
                            ('unpopulated_namespaces{type="ipc"}', 1),
                            ('unpopulated_namespaces{type="net"}', 0),
                            ('unpopulated_namespaces_by_holder{holder="fd"}', 1),
                            ('unpopulated_namespaces_by_holder{holder="mount"}', 0)):
            self.assertEqual(samples["nslist_" + name], str(value), name)
        self.assertLess(float(samples["nslist_scan_duration_seconds"]), nsltest.HANGING)
        self.assertGreater(float(samples["nslist_scan_duration_seconds"]), 0)

    def test_promtool(self):
        nsltest.need("promtool")
        text = self.run_nslist("-Fprometheus").out
        result = subprocess.run(["promtool", "check", "metrics"], input=text,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, b""))


if __name__ == "__main__":
    nsltest.main()
