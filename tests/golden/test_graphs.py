# SPDX-License-Identifier: GPL-3.0-or-later
"""The trees by owner, parent and container, the graph and the metrics, on recorded procfs trees (which
know of no relations: for those see unit/ and live/). The graph is drawn by dot(1), and what is then
to be read in the picture is compared; promtool(1) reads the metrics."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_golden  # noqa: E402
import nsltest  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = 40  # of a line in a node


class Trees(test_golden.GoldenCase):
    def test_whole(self):
        self.check_texts(
            ("basic-tree-owner.txt", "basic", "--tree=owner"),
            ("basic-tree-owner.txt", "basic", "-T", "--tree=parent", "--tree=owner"),
            ("basic-tree-parent-all.txt", "basic", "--tree=parent", "--all"),
            ("basic-tree-container.txt", "basic", "--tree=container"),
            ("hostile-tree-owner.txt", "hostile", "--tree=owner"),
            ("hostile-tree-container.txt", "hostile", "--tree=container"),
            ("basic-tree.txt", "basic", "--format=tree"))

    def test_nothing_to_list(self):
        for group in ("namespace", "owner", "container"):
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


def cut(text):
    """As a line of a label is."""
    end = len(text)
    while test_golden.width(text[:end]) > COLUMNS:
        end -= 1
    return text if end == len(text) else text[:end] + "..."


class Dot(test_golden.GoldenCase):
    def draw(self, text, kind="svg"):
        nsltest.need("dot")
        result = subprocess.run(["dot", "-T" + kind], input=text, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 0, result)
        # Of fonts without some character it may complain.
        self.assertNotIn(b"syntax", result.stderr)
        self.assertNotIn(b"entity", result.stderr)
        return result.stdout

    def read(self, text):
        """{a node's name: the lines in it}, of the picture."""
        nodes = {}
        for group in xml.etree.ElementTree.fromstring(self.draw(text)).iter(SVG + "g"):
            if group.get("class") == "node":
                lines = [line.text.replace("\xa0", " ") for line in group.iter(SVG + "text")]
                nodes[group.find(SVG + "title").text] = lines
        return nodes

    def test_whole(self):
        self.check_texts(
            ("basic.dot", "basic", "-Fdot", "-tnet,pid"),
            ("hostile.dot", "hostile", "--format=dot"))

    def test_drawn(self):
        """What is in the picture is what is in the table."""
        for case in ("basic", "hostile", "old", "noinit"):
            nodes = self.read(self.run_on(case, "-Fdot").out)
            members, names = {}, set()
            for row in self.run_on(case).rows:
                name = "%s:[%d]" % (row.type, row.inode)
                names.add(name)
                if row.pid and not row.for_children:
                    line = cut("%d %s" % (row.pid, row.command)).replace("\xa0", " ")
                    members.setdefault(name, []).append(line)
            self.assertEqual(set(nodes), names)
            for name, lines in members.items():
                count = "%d process%s" % (len(lines), "es" if len(lines) > 1 else "")
                more = ["+%d more" % (len(lines) - 3)] if len(lines) > 3 else []
                self.assertEqual(nodes[name], [name, count, *lines[:3], *more])

    def test_names(self):
        """What would be an escape, an entity or an end is shown as it is."""
        copy = self.copy_of("basic")
        for name in ('a"b', "a\\", '\\"', "\\N \\G \\l \\n", "<b>x</b>", "&lt;&#65;&amp;", "<", '"];}',
                     "/* -> */ # //", "{a|b}", "日本語", "$(x)`x`%s"):
            nsltest.write(os.path.join(copy, "3429", "cmdline"), name.encode())
            nodes = self.read(self.run_on(copy, "-Fdot", "net:[4026532676]").out)
            self.assertEqual(nodes["net:[4026532676]"][2], "3429 " + name)

    def test_empty(self):
        self.assertEqual(self.read(self.run_on("old", "-Fdot", "-ttime").out), {})

    def test_picture(self):
        self.assertTrue(self.draw(self.run_on("basic", "-Fdot", "-a").out, "png")
                        .startswith(b"\x89PNG"))

    def test_many(self):
        """200 namespaces are drawn, and neither in one row nor in one column."""
        copy = self.copy_of("old")
        for pid in range(1000, 1200):
            os.makedirs(os.path.join(copy, str(pid), "ns"))
            for name in os.listdir(os.path.join(copy, "2", "ns")):
                target = os.readlink(os.path.join(copy, "2", "ns", name))
                if name == "net":
                    target = "net:[%d]" % (4026540000 + pid)
                os.symlink(target, os.path.join(copy, str(pid), "ns", name))
            for name, text in (("comm", "x\n"), ("cmdline", "sleep\0infinity\0")):
                nsltest.write(os.path.join(copy, str(pid), name), text)
        picture = xml.etree.ElementTree.fromstring(self.draw(
            self.run_on(copy, "-Fdot", "-tnet").out))
        size = [float(picture.get(side).rstrip("pt")) for side in ("width", "height")]
        self.assertLess(max(size) / min(size), 5, size)


class Prometheus(test_golden.GoldenCase):
    def samples(self, text):
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")

    def check_tool(self, text):
        nsltest.need("promtool")
        result = subprocess.run(["promtool", "check", "metrics"], input=text,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, b""))

    def test_basic(self):
        text = self.run_on("basic", "-F", "prometheus").text
        text, n = re.subn(r"^(nslist_scan_duration_seconds) \d+\.\d{6}$", r"\1 0", text, flags=re.M)
        self.assertEqual(n, 1)
        self.assertEqual(text, test_golden.expected("basic.prom").decode())

    def test_promtool(self):
        for case in ("basic", "hostile", "old", "noinit"):
            for words in ([], ["--all"], ["-tnet"], ["60"], ["-P"]):
                status = 1 if words == ["60"] and case != "noinit" else 0
                self.check_tool(self.run_on(case, "-Fprometheus", *words, status=status).out)

    def test_types(self):
        text = self.run_on("basic", "-Fprometheus", "-tnet,uts").text
        self.assertEqual(set(re.findall(r'type="(\w+)"', text)), {"net", "uts"})

    def test_pids(self):
        """That process and its namespaces alone count; that somebody is in them is known."""
        samples = self.samples(self.run_on("basic", "-Fprometheus", "6300").text)
        self.assertEqual({value for name, value in samples.items() if "unpopulated" in name}, {"0"})
        self.assertEqual(samples['nslist_processes{type="pid"}'], "1")

    def test_unreadable(self):
        copy = self.copy_of("basic")
        self.make_unreadable(copy, 6301)
        result = self.run_on(copy, "-Fprometheus")
        samples = self.samples(result.text)
        self.assertEqual(samples["nslist_unreadable_processes"], "1")
        self.assertEqual(samples['nslist_source_complete{source="processes"}'], "0")
        self.assertEqual(samples['nslist_issues{source="processes"}'], "1")
        self.check_tool(result.out)

    def test_labels(self):
        """Of few values: nothing of what is in the tree is one."""
        text = self.run_on("hostile", "-Fprometheus", "-a").text
        for name, value in re.findall(r'(\w+)="([^"]*)"', text):
            self.assertRegex(value, r"\A[a-z-]+\Z", name)


if __name__ == "__main__":
    nsltest.main()
