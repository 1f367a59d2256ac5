# SPDX-License-Identifier: GPL-3.0-or-later
"""Many containers, as people see them: 22 of five processes each, in cgroups called as LXC's are, on
a terminal of 120 columns and 50 rows. Others that run here are left out by a filter."""

import csv
import io
import os
import re
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import test_questions  # noqa: E402

N_CONTAINERS = 22
N_PROCESSES = 5
OWN = ("ipc", "mnt", "net", "pid", "uts")
OWN_TYPES = ",".join(OWN)
SCREEN = {"columns": 120, "rows": 50, "env": {"LC_ALL": "C.UTF-8", "TERM": "xterm"}}


class Many(test_questions.QuestionCase):
    def setUp(self):
        super().setUp()
        self.prefix = "nslt%dm" % os.getpid()
        self.made = {}
        for number in range(N_CONTAINERS):
            # Not in the order of their names.
            name = "%s%02d" % (self.prefix, number * 5 % N_CONTAINERS)
            self.made[name], _ = self.make_in("lxc.payload." + name, OWN_TYPES, "--count",
                                              str(N_PROCESSES))

    def shown(self, *words):
        """What a terminal gets, and how many lines that is."""
        result = nsltest.run_on_terminal(*words, **SCREEN)
        self.assertEqual(result.status, 0, result)
        for name in self.made:
            self.assertIn(name, result.text)
        for line in result.lines:
            self.assertLessEqual(len(line), SCREEN["columns"])
        return result

    def test_table(self):
        words = ["-Q", 'CONTAINER =~ "^%s"' % self.prefix]
        self.assertLessEqual(len(self.shown(*words).lines), 100)
        # The same data, unfolded, is in the pipe.
        wanted = {(pid, kind, made.ns[kind]) for made in self.made.values()
                  for pid in made.pids for kind in OWN}
        whole = nsltest.run(*words)
        self.assertEqual({(row.pid, row.type, row.inode) for row in whole.rows}, wanted)
        self.assertEqual(len(whole.rows), len(wanted))
        folded = self.shown(*words).lines[1:]
        others = [line for line in folded if re.match(r" *\d+ \+3  as \d+ ", line)]
        self.assertEqual(len(others), N_CONTAINERS)
        for made in self.made.values():
            line, = [line for line in others if "  as %d " % made.pids[0] in line]
            self.assertTrue(line.strip().startswith("%d +3  " % made.pids[1]))

    def test_one_line_says_so(self):
        result = nsltest.run_on_terminal("-Q", 'CONTAINER =~ "^%s"' % self.prefix, **SCREEN)
        rows = N_CONTAINERS * N_PROCESSES * len(OWN)
        self.assertIn("nslist: %d rows; nslist -c: a row a container" % rows, result.err.decode())
        quiet = nsltest.run_on_terminal("-q", **SCREEN)
        self.assertEqual(quiet.err, b"")

    def test_containers(self):
        words = ["-c", "-Q", 'NAME =~ "^%s"' % self.prefix]
        result = self.shown(*words)
        self.assertLessEqual(len(result.lines), 30)
        self.assertEqual(result.lines[0].split(),
                         ["NAME", "RUNTIME", "PROCS", "PID", "SHARES", "ADDRESS", "UP"])
        names = [line.split()[0] for line in result.lines[1:]]
        self.assertEqual(names, sorted(self.made))
        roots = nsltest.root_namespaces()
        for line in result.lines[1:]:
            name, runtime, procs, pid, shares, address, up = line.split()
            made = self.made[name]
            ns = nsltest.namespaces_of(made.pids[0])
            self.assertEqual((runtime, procs, pid), ("lxc", "5", str(min(made.pids))))
            self.assertEqual(shares.split(","),
                             [kind for kind in sorted(ns) if ns[kind] == roots.get(kind)])
            self.assertEqual(address, "-")
            self.assertRegex(up, r"\A\d+[smh]\Z")

    def test_names_stand_out(self):
        """In the containers, in their tree, and in the table."""
        name = sorted(self.made)[0]
        colours = {**SCREEN, "env": {**SCREEN["env"], "NO_COLOR": ""}}
        for words, shown in ((["-c"], name), (["--tree=container"], "lxc:" + name),
                             ([], "[lxc:%s]" % name)):
            text = nsltest.run_on_terminal("-q", *words, name, **colours).text
            self.assertIn("\x1b[36m%s\x1b[0m" % shown, text)

    def test_edge(self):
        """At 50 columns nobody takes a part of what is shared for all of it."""
        lines = nsltest.run_on_terminal("-q", "-c", sorted(self.made)[0],
                                        **{**SCREEN, "columns": 50}).lines
        self.assertRegex(lines[1], r"(cgroup,time,user|\S…) *\Z")

    def test_containers_for_programs(self):
        words = ["-c", "-Q", 'NAME =~ "^%s" and PROCS == 5' % self.prefix]
        lines = [nsltest.parse_json(line) for line in nsltest.run(*words, "-L").lines]
        read = list(csv.DictReader(io.StringIO(nsltest.run(*words, "-Fcsv").out.decode())))
        self.assertEqual([line["name"] for line in lines], sorted(self.made))
        for line, row in zip(lines, read):
            self.assertEqual(list(line), ["name", "runtime", "pod", "procs", "pid", "shares",
                                          "address", "up"])
            self.assertEqual((row["NAME"], row["PROCS"], row["PID"], row["POD"], row["SHARES"]),
                             (line["name"], "5", str(line["pid"]), "", ",".join(line["shares"])))
            self.assertIsInstance(line["up"], int)
            self.assertGreaterEqual(int(row["UP"]), line["up"])
        one = sorted(self.made)[3]
        fields = nsltest.run("-cnr", "-oNAME,OWN", one).lines
        self.assertEqual(fields, ["%s %s" % (one, ",".join(OWN))])
        # By a PID alone it is just that one's container, and it is counted whole.
        pid = self.made[one].pids[2]
        self.assertEqual(nsltest.run("-cnr", "-oNAME,PROCS,PID", str(pid)).lines,
                         ["%s 5 %d" % (one, min(self.made[one].pids))])

    def test_address(self):
        nsltest.need("ip")
        nsltest.need("nsenter")
        name, made = sorted(self.made.items())[0]
        inside = ["nsenter", "--net=/proc/%d/ns/net" % made.pids[0]]
        for words in ("link add v0 type veth peer name v1", "addr add 192.0.2.7/24 dev v0",
                      "link set v1 up", "link set v0 up"):
            if subprocess.run([*inside, "ip", *words.split()], check=False).returncode != 0:
                self.skipTest("missing: veth")
        self.assertEqual(nsltest.run("-cnr", "-oADDRESS", name).lines, ["192.0.2.7/24"])

    def test_narrow(self):
        """On 50 columns rows can still be told apart."""
        narrow = {**SCREEN, "columns": 50}
        for words in (["-c", "-Q", 'NAME =~ "^%s"' % self.prefix],
                      ["-Q", 'CONTAINER =~ "^%s"' % self.prefix]):
            lines = nsltest.run_on_terminal("-q", *words, **narrow).lines
            self.assertEqual(len(set(lines)), len(lines))
            self.assertLessEqual(max(len(line) for line in lines), 50)

    def test_tree(self):
        words = ["--tree=container", "-Q", 'CONTAINER =~ "^%s"' % self.prefix]
        result = self.shown(*words)
        self.assertLessEqual(len(result.lines), 100)
        names = re.findall(r"^lxc:(\S+)", result.text, re.M)
        self.assertEqual(names, sorted(self.made))
        for made in self.made.values():
            self.assertRegex(result.text, r"(?m)─%d \+3 " % made.pids[1])
        whole = nsltest.run(*words).text
        for made in self.made.values():
            for pid in made.pids:
                self.assertRegex(whole, r"(?m)─%d " % pid)


def width(text):
    """Columns of a terminal."""
    return sum(0 if unicodedata.combining(character) else
               2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


class Wide(test_questions.QuestionCase):
    """Characters that take two columns, in names and commands."""

    NAME, COMMAND = "\u6f22\u5b57", "\u65e5\u672c\u8a9e" * 30

    def setUp(self):
        super().setUp()
        nsltest.need("nsenter")
        self.pid = self.make(OWN_TYPES, "--exec", "tail", "-f", "/dev/null", self.COMMAND).pids[0]
        subprocess.run(["nsenter", "-t", str(self.pid), "-u", nsltest.PYTHON, "-c",
                        "import socket; socket.sethostname('%s%d')" % (self.NAME, os.getpid())],
                       check=True)

    def lines_of(self, columns, *words):
        result = nsltest.run_on_terminal("-q", *words, str(self.pid), **{**SCREEN,
                                                                         "columns": columns})
        for line in result.lines:
            self.assertLessEqual(width(line), columns, line)
        return result.lines

    def test_straight(self):
        """What stands below a heading begins where it does."""
        for columns in (50, 51, 66, 80, 120):
            with self.subTest(columns):
                heading, *rows = self.lines_of(columns, "-c")
                row, = [row for row in rows if row.startswith(self.NAME)]
                before = row[:row.index("sandbox")]
                self.assertEqual(width(before), heading.index("RUNTIME"))
                number = row[:row.index(" %d  " % self.pid)] + " %d" % self.pid
                self.assertEqual(width(number), heading.index("PID") + len("PID"))
                heading, *rows = self.lines_of(columns, "-t", "net,uts", "-o",
                                               "pid,container,namespace,command")
                self.assertEqual(len(rows), 2)
                for row in rows:
                    self.assertEqual(width(row[:re.search("(net|uts):", row).start()]),
                                     heading.index("NAMESPACE"))

    def test_full(self):
        """As much as fits is shown, not more and not a half."""
        for columns in (50, 51, 79, 80):
            with self.subTest(columns):
                for words, first in (([], 1), (["--tree=container"], 0)):
                    line = [line for line in self.lines_of(columns, "-t", "uts", *words)[first:]
                            if "%d" % self.pid in line][0]
                    self.assertIn(width(line), (columns - 1, columns))


if __name__ == "__main__":
    nsltest.main()
