# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs on recorded procfs trees (proc/): what is printed must be what stands in expected/,
text byte by byte, JSON parsed. Then errors and exit statuses, and terminals. What git cannot keep
(links that may not be read, folders without files, very long files) is made in a copy."""

import csv
import datetime
import io
import itertools
import json
import os
import re
import shutil
import sys
import time
import unicodedata
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import nsltest  # noqa: E402

UTF8 = {"LC_ALL": "C.UTF-8"}
ASCII = {"LC_ALL": "C"}
SCHEMA = os.path.join(nsltest.SOURCE, "data", "nslist.schema.json")
ELLIPSIS = "…"


def tree_of(case):
    return os.path.join(HERE, "proc", case)


def expected(name):
    return nsltest.read_bytes(os.path.join(HERE, "expected", name))


def expected_json(name):
    return json.loads(expected(name))


# What is said of a tree, whatever of it is shown.
WARNINGS = {
    "noinit": b"nslist: process 1: the namespaces could not be read: No data available\n",
}


def kept(name, keep):
    """The heading of a table, and the lines for whose (PID, namespace, command) `keep` holds."""
    first, *lines = expected(name).decode().splitlines(keepends=True)
    cells = [line.rstrip("\n").split(None, 2) for line in lines]
    return first + "".join(line for line, (pid, ns, command) in zip(lines, cells)
                           if keep(pid, ns, nsltest.split_container(command)[1]))


def width(line):
    """The columns that a line takes on a terminal."""
    columns = 0
    for character in line:
        if unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns


class GoldenCase(nsltest.TestCase):
    def run_on(self, case, *arguments, env=None, status=0, **more):
        """nslist with --proc on a recorded tree, or on a folder (with a "/")."""
        proc = case if "/" in case else tree_of(case)
        result = nsltest.run("--proc", proc, *arguments, env={**UTF8, **(env or {})}, **more)
        self.assertEqual(result.status, status, result)
        return result

    def check_text(self, name, case, *arguments, err=None, **more):
        result = self.run_on(case, *arguments, **more)
        self.assertEqual(result.out.decode(), expected(name).decode())
        self.assertEqual(result.err, WARNINGS.get(case, b"") if err is None else err)

    def check_texts(self, *rows):
        """(the golden, the tree, the arguments)"""
        for row in rows:
            with self.subTest(row):
                self.check_text(*row)

    def check_json(self, expected_document, case, *arguments):
        before = int(time.time())
        result = self.run_on(case, "--json", *arguments)
        document = result.json
        moment = datetime.datetime.strptime(document["time"], "%Y-%m-%dT%H:%M:%SZ")
        moment = moment.replace(tzinfo=datetime.timezone.utc).timestamp()
        self.assertTrue(before <= moment <= time.time(), document["time"])
        document["time"] = None
        self.assertEqual(document, expected_document)
        self.assertEqual(result.err, WARNINGS.get(case, b""))

    def check_error(self, result, status, *messages, out=b""):
        """The exit status and each line of stderr."""
        self.assertEqual(result.err.decode().splitlines(),
                         ["nslist: " + message for message in messages])
        self.assertEqual(result.status, status, result)
        if out is not None:
            self.assertEqual(result.out, out)

    def copy_of(self, case):
        """A copy that the test may change."""
        copy = os.path.join(self.directory(), "proc")
        shutil.copytree(tree_of(case), copy, symlinks=True)
        return copy

    def make_unreadable(self, copy, pid, *names):
        """What is no link cannot be read as one, by root neither."""
        for name in names or nsltest.TYPES:
            path = os.path.join(copy, str(pid), "ns", name)
            os.unlink(path)
            os.mkdir(path)


class Table(GoldenCase):
    def test_whole(self):
        self.check_texts(
            ("basic.txt", "basic"),
            ("basic-all.txt", "basic", "--all"),
            ("basic-reference.txt", "basic", "--reference=6240", "-t", "net,uts"),
            ("hostile.txt", "hostile"),
            ("noinit.txt", "noinit"),
            ("old.txt", "old"))

    def test_noheadings(self):
        result = self.run_on("basic", "--noheadings")
        self.assertEqual(result.out, expected("basic.txt").split(b"\n", 1)[1])
        self.assertEqual(result.err, b"")

    def test_selected(self):
        """The lines of the whole table with one of these PIDs or namespaces."""
        types = {"mnt:[4026531860]", "mnt:[4026532578]", "net:[4026532585]", "net:[4026532676]"}
        pids = {"6300", "7001"}
        namespaces = {"pid:[4026532583]", "time:[4026532702]"}
        for listed, *words in (
                (types, "--type=net,mnt"),
                (types, "-tmnt", "--type", "net"),
                ({"net:[4026532676]", "time:[4026532701]", "user:[4026532700]"},
                 "--task=7050,3429"),
                ({"net:[4026532676]", "uts:[4026531838]"}, "-ap3429", "-tuts,net"),
                (pids, "7001", "6300"),
                (pids, "/proc/7001/", tree_of("basic") + "/6300"),
                (namespaces, "pid:[4026532583]", "4026532702"),
                (namespaces, "pid:4026532583", "time:4026532702"),
                (namespaces, "/proc/6189/ns/pid", "/proc/7050/ns/time_for_children"),
                ({"user:[4026531837]"}, "user:[4026531837]"),
                ({"net:[4026532676]", "7001"}, "net:[4026532676]", "7001")):
            with self.subTest(words):
                result = self.run_on("basic", *words)
                self.assertEqual(result.text, kept(
                    "basic-all.txt", lambda pid, ns, command: pid in listed or ns in listed))
                self.assertEqual(result.err, b"")

    def test_lines(self):
        """A record is a line, and a line a record, whatever there is in it."""
        with_all = self.run_on("hostile", "--all").rows
        self.assertEqual(len(with_all), 8 * 11)
        self.assertTrue(all(row.pid is not None for row in with_all))

    def test_nothing_to_list(self):
        result = self.run_on("old", "--type=time")
        self.assertEqual(result.lines, [nsltest.HEADING])

    def test_any_locale(self):
        """The table is for scripts: what is piped is the same everywhere, and whole."""
        for case in ("basic", "hostile"):
            for locale in ("C", "POSIX", "C.UTF-8", "xx_XX.nonsense"):
                self.check_text(case + ".txt", case, env={"LC_ALL": locale, "COLUMNS": "20"})


class Tree(GoldenCase):
    def test_whole(self):
        self.check_texts(
            ("basic-tree.txt", "basic", "--tree"),
            ("basic-tree.txt", "basic", "--tree=namespace"),
            ("basic-tree-all-pid.txt", "basic", "-Ta", "-tpid"),
            ("hostile-tree.txt", "hostile", "-T"))

    def test_ascii(self):
        for words in (["-T"], ["--tree=container", "-tnet,pid"]):
            text = self.run_on("basic", *words).text
            for drawn, plain in (("├─", "|-"), ("└─", "`-"), ("│ ", "| ")):
                text = text.replace(drawn, plain)
            result = self.run_on("basic", *words, env=ASCII)
            self.assertEqual((result.text, result.err), (text, b""))

    def test_value_only_after_equals(self):
        """--tree 6300 is the tree of process 6300."""
        lines = self.run_on("basic", "--tree", "6300").lines
        self.assertIn("  └─6300 [sandbox:sh] sh", lines)
        self.assertEqual([line for line in lines if line in nsltest.TYPES], list(nsltest.TYPES))


class Summary(GoldenCase):
    def test_whole(self):
        self.check_texts(
            ("basic-summary.txt", "basic", "--summary"),
            ("basic-summary-all.txt", "basic", "-as", "-tpid,user"),
            ("basic-summary-columns.txt", "basic", "-s", "-otype,ns,nprocs,held-by"),
            ("hostile-summary.txt", "hostile", "-Fsummary"))

    def test_counts(self):
        """What it says of each namespace is what the document does."""
        for case, more in itertools.product(("basic", "hostile", "noinit", "old"), ([], ["-a"])):
            document = self.run_on(case, "--json", *more).json
            commands = {process["pid"]: process["uid"] for process in document["processes"]}
            rows = [line.split() for line in
                    self.run_on(case, "-sn", "-ons,nprocs,pid,uid", *more).lines]
            self.assertEqual(rows, [
                [str(ns["ns"]), str(ns["nprocs"])] +
                ([str(ns["pids"][0]), str(commands[ns["pids"][0]])] if ns["pids"] else ["-", "-"])
                for ns in document["namespaces"]])


class Matrix(GoldenCase):
    def test_whole(self):
        self.check_texts(
            ("basic-matrix.txt", "basic", "--matrix"),
            ("basic-matrix-columns.txt", "basic", "-m", "-ttime,pid", "-oUSER,START"),
            ("hostile-matrix.txt", "hostile", "-mn", "-tnet,mnt"))

    def test_cells(self):
        """Each row is a process, each cell what its link says."""
        for case, more in itertools.product(("basic", "hostile", "noinit"), ([], ["-a"])):
            document = self.run_on(case, "--json", *more).json
            roots = document["reference"]["namespaces"]
            rows = [line.split() for line in self.run_on(case, "-mr", *more).lines]
            self.assertEqual(rows[0], ["PID", *nsltest.TYPES, "COMMAND"])
            expected_rows = {
                str(process["pid"]): ["-" if inode == roots[name] else str(inode)
                                      for name, inode in process["ns"].items()]
                for process in document["processes"]}
            self.assertEqual({row[0]: row[1:-1] for row in rows[1:]}, expected_rows)
            self.assertEqual(len(rows), len(expected_rows) + 1)
            # Like ones stand together, in the order of the first of each.
            groups = [cells for cells, _ in itertools.groupby(rows[1:], lambda row: row[1:-1])]
            self.assertEqual(len(groups), len({tuple(cells) for cells in groups}))


class Lines(GoldenCase):
    """--jsonl, and that all formats tell of the same rows."""

    CASES = ("basic", "hostile", "noinit", "old")

    def objects(self, *arguments):
        return [nsltest.parse_json(line) for line in self.run_on(*arguments).lines]

    def test_whole(self):
        self.check_texts(
            ("basic.jsonl", "basic", "--jsonl", "-tpid,time"),
            ("basic-columns.jsonl", "basic", "-L", "-ttime,pid",
             "-o+nprocs,root,held-by,path,start,container-id"),
            ("hostile.jsonl", "hostile", "-L"))

    def test_same_rows(self):
        """The table, the lines, and the fields, row by row; and the document."""
        for case, more in itertools.product(self.CASES, ([], ["-a"], ["-tnet,pid"], ["6300"])):
            status = 1 if case != "basic" and "6300" in more else 0
            runs = [self.run_on(case, *words, *more, "-q", status=status)
                    for words in ([], ["-L"], ["-r"], ["-Jq"])]
            table = runs[0].rows
            lines = [nsltest.parse_json(line) for line in runs[1].lines]
            fields = [line.split(" ") for line in runs[2].lines]
            self.assertEqual(fields[0], ["PID", "NAMESPACE", "COMMAND"])
            for row, line, field in itertools.zip_longest(table, lines, fields[1:]):
                label = "%s:[%d]" % (row.type, row.inode)
                self.assertEqual(list(line), [
                    "pid", "namespace", "tid", "runtime", "container", "for_children", "zombie",
                    "entered", "command"])
                self.assertEqual((line["pid"], line["namespace"]), (row.pid, label))
                self.assertEqual(line["runtime"], (row.container or "").split(":")[0] or None)
                if row.pid is not None:
                    self.assertEqual((line["for_children"], line["zombie"]),
                                     (row.for_children, row.zombie))
                self.assertEqual(field[:2], ["-" if row.pid is None else str(row.pid),
                                             row.label])
            document = runs[3].json
            self.assertEqual({(ns["type"], ns["ns"]) for ns in document["namespaces"]},
                             {(row.type, row.inode) for row in table})
            self.assertEqual({process["pid"] for process in document["processes"]},
                             {row.pid for row in table} - {None})

    def test_same_rows_otherwise(self):
        """The summary and the matrix as JSON lines are what they are as fields."""
        for case, words in itertools.product(self.CASES, (["-s"], ["-m"], ["-ma"])):
            rows = [line.split(" ") for line in self.run_on(case, "-nr", *words, "-q").lines]
            roots = self.run_on(case, "-Jq").json["reference"]["namespaces"]
            lines = self.objects(case, "-L", *words, "-q")
            self.assertEqual(len(lines), len(rows))
            for row, line in zip(rows, lines):
                if words == ["-s"]:
                    self.assertEqual(list(line), [
                        "namespace", "nprocs", "pid", "user", "tid", "runtime", "container",
                        "for_children", "zombie", "entered", "command"])
                    self.assertEqual([line["namespace"], str(line["nprocs"])], row[:2])
                    continue
                self.assertEqual(list(line),
                                 ["pid", "ns", "runtime", "container", "zombie", "entered",
                                  "command"])
                children = [line["ns"].pop(name) for name in nsltest.CHILDREN.values()]
                self.assertEqual([inode for inode in children if inode], [
                    int(inode) for inode in re.findall(r"\[(\d+)\]\\x20for", row[-1])])
                cells = ["-" if inode == roots[name] else "?" if inode is None else str(inode)
                         for name, inode in line["ns"].items()]
                self.assertEqual([str(line["pid"]), *cells], row[:-1])

    def test_csv(self):
        """As Python's csv reads it, each field is what the JSON lines have, whole."""
        words = (["-aoPID,NS,ROOT,COMMAND,NETNS,HELD-BY,START,CONTAINER"], ["-s"], ["-m"], [])
        for case, rows in itertools.product(self.CASES, words):
            text = self.run_on(case, "-Fcsv", *rows, "-q").out.decode()
            self.assertTrue(text.endswith("\r\n"))
            read = list(csv.reader(io.StringIO(text, newline="")))
            bare = self.run_on(case, "-nFcsv", *rows, "-q").out.decode()
            self.assertEqual(list(csv.reader(io.StringIO(bare, newline=""))), read[1:])
            lines = self.objects(case, "-L", *rows, "-q")
            self.assertEqual(len(lines), len(read) - 1)
            for fields, line in zip(read[1:], lines):
                flat = []
                for key, value in line.items():
                    flat += list(value.values()) if key == "ns" and rows == ["-m"] else [value]
                self.assertEqual(fields, [self.as_field(value) for value in flat])

    @staticmethod
    def as_field(value):
        if value is None or isinstance(value, bool):
            return {None: "", True: "yes", False: "no"}[value]
        if isinstance(value, list):
            return ("; " if any(" " in item for item in value) else ",").join(value)
        return str(value)

    def test_same_commands(self):
        """The same text as in the document, whatever bytes it is of."""
        for case in self.CASES:
            document = self.run_on(case, "--json", "--all").json
            commands = {process["pid"]: process["command"] or process["comm"]
                        for process in document["processes"]}
            for line in self.objects(case, "-L", "--all"):
                if line["pid"] is not None:
                    self.assertEqual(line["command"],
                                     commands[line["pid"]])

    def test_raw_is_whole(self):
        """The bytes can be told from a field."""
        fields = {line.split(" ")[0]: line.split(" ")[1]
                  for line in self.run_on("hostile", "-anr", "-opid,command", "-tnet").lines}
        self.assertGreater(len(fields), 5)
        for pid, field in fields.items():
            command = nsltest.read_bytes(os.path.join(tree_of("hostile"), pid, "cmdline"))
            command = command.rstrip(b"\0").replace(b"\0", b" ")
            if command:
                found = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]),
                               field.encode())
                # Behind the sandbox that the process is in.
                self.assertEqual(re.sub(rb"^\[sandbox:.*?\] ", b"", found, flags=re.S).rstrip(b" "),
                                 command.rstrip(b" "))

    def test_list_columns(self):
        """The list says what the values are."""
        columns = self.run_on("basic", "-H", "-J").json
        names = [column["name"] for column in columns]
        self.assertEqual(names, [line.split()[0] for line in self.run_on("basic", "-H").lines])
        types = {"number": int, "string": str, "time": str, "boolean": bool, "array": list}
        for line in self.objects("basic", "-L", "--output-all"):
            self.assertEqual(list(line), [name.lower().replace("-", "_") for name in names])
            for column, value in zip(columns, line.values()):
                if value is not None:
                    self.assertIs(type(value), types[column["type"]], (column, value))


class Json(GoldenCase):
    def test_whole(self):
        for name, case, *words in (("basic-all.json", "basic", "-a"), ("hostile.json", "hostile"),
                                   ("noinit.json", "noinit"), ("old.json", "old")):
            with self.subTest(name):
                self.check_json(expected_json(name), case, *words)

    @staticmethod
    def part(keep, only=None, **scope):
        """What is left of the whole document: the namespaces for which `keep` holds, and who is in
        or holds them; with `only`, just these processes."""
        document = expected_json("basic-all.json")
        document["scope"].update({"all": False, **scope})
        document["namespaces"] = [ns for ns in document["namespaces"] if keep(ns)]
        listed = set()
        for ns in document["namespaces"]:
            ns["pids"] = [pid for pid in ns["pids"] if not only or pid in only]
            listed |= {*ns["pids"], *(holder["pid"] for holder in ns["held_by"] if not only)}
        document["processes"] = [process for process in document["processes"]
                                 if process["pid"] in listed]
        keys = {process["container"] for process in document["processes"]}
        parents = {container["parent"] for container in document["containers"]
                   if container["key"] in keys}
        document["containers"] = [container for container in document["containers"]
                                  if container["key"] in keys | parents]
        for container in document["containers"]:
            container["pids"] = [pid for pid in container["pids"] if pid in listed]
        return document

    def test_part(self):
        """What is selected differs from the whole by what is left out, and by `scope`."""
        pids = [6300, 7001]
        theirs = {4026532990}  # for children
        for process in expected_json("basic-all.json")["processes"]:
            theirs |= set(process["ns"].values()) if process["pid"] in pids else set()
        self.check_json(self.part(lambda ns: not ns["root"]), "basic")
        self.check_json(self.part(lambda ns: ns["type"] == "time" and not ns["root"],
                                  types=["time"]), "basic", "-ttime")
        self.check_json(self.part(lambda ns: ns["ns"] in theirs, pids, selectors=["6300", "7001"]),
                        "basic", "6300", "7001")

    def test_reference(self):
        """Other root namespaces: others are listed, and other processes are in a sandbox."""
        whole = expected_json("basic-all.json")
        document = self.run_on("basic", "--json", "--reference=6240", "-tcgroup").json
        (process,) = (each for each in whole["processes"] if each["pid"] == 6240)
        self.assertEqual(document["reference"], {"source": "pid", "namespaces": process["ns"]})
        whole["namespaces"][0]["root"] = False
        self.assertEqual(document["namespaces"], whole["namespaces"][:1])
        self.assertEqual(document["scope"], {**whole["scope"], "types": ["cgroup"], "all": False})
        for key in ("host", "complete", "issues", "kernel"):
            self.assertEqual(document[key], whole[key])
        keys = {1: "sandbox/1", 2: None, 35: None, 812: "sandbox/1", 3429: "sandbox/3429",
                3486: "sandbox/3429", 6150: "sandbox/1", 7001: "sandbox/1", 7050: "sandbox/7050"}
        self.assertEqual(document["processes"], [
            {**each, "container": keys[each["pid"]]} for each in whole["processes"] if each["pid"] in keys])
        self.assertEqual([(each["key"], each["parent"], each["shares"], each["pids"])
                          for each in document["containers"]], [
            ("sandbox/1", None, ["time", "user"], [1, 812, 6150, 7001]),
            ("sandbox/3429", "sandbox/1", ["time", "user"], [3429, 3486]),
            ("sandbox/7050", "sandbox/1", [], [7050])])

    def test_unmatched(self):
        """What does not exist leaves the document whole."""
        result = self.run_on("basic", "--json", "9999", status=1)
        self.assertEqual(result.json["namespaces"], [])
        self.assertEqual(result.json["processes"], [])
        self.check_error(result, 1, "no process 9999", out=None)


class Filter(GoldenCase):
    """What is left are the lines of the whole table for which the expression holds."""

    def test_kept(self):
        for expressions, keep in (
                (['TYPE == "net"'], lambda pid, ns, command: ns.startswith("net:")),
                (["PID > 6300 and not (PID >= 7001)"], lambda pid, ns, command: pid == "6301"),
                (["COMMAND =~ '^(sh|top)'"],
                 lambda pid, ns, command: command.split()[0] in ("sh", "top")),
                # What the table has no need of is collected for the expression.
                (["PPID == 6189"], lambda pid, ns, command: pid in ("6240", "6260")),
                (["UID == 65534 and COMM == 'dnsmasq'"], lambda pid, ns, command: pid == "3429"),
                (["NSPID == 1 && START < '2027'"],
                 lambda pid, ns, command: pid in ("6189", "6300")),
                # Rows of namespaces have no PID: neither this nor that.
                (["PID == 1 or PID != 1"], lambda pid, ns, command: pid != "--"),
                (["not PID"], lambda pid, ns, command: pid == "--"),
                (["false"], lambda pid, ns, command: False),
                (["TYPE == 'pid'", "PID > 6300"],
                 lambda pid, ns, command: ns.startswith("pid:") and pid > "6300")):
            with self.subTest(expressions):
                words = [word for each in expressions for word in ("--filter", each)]
                result = self.run_on("basic", *words)
                self.assertEqual(result.text, kept("basic.txt", keep))
                self.assertEqual(result.err, b"")

    def test_bytes(self):
        """Commands are what they are, not what is shown of them; in any locale."""
        for env in (UTF8, ASCII):
            for expression, pid in (("COMMAND =~ '\\x1b\\[2J'", 10), ("COMMAND =~ '\\t'", 10),
                                    ("COMMAND =~ '日本語'", 13), ("COMMAND == 'nuls'", 15),
                                    ("COMMAND =~ '^\\\\xff\\\\xfe '", 11)):
                rows = self.run_on("hostile", "-Q", expression, env=env).rows
                self.assertEqual([row.pid for row in rows], [pid], expression)

    def test_columns(self):
        lines = self.run_on("basic", "-opid,ppid", "-Q", "NS == 4026532583 and PPID").lines
        self.assertEqual(lines, [" PID PPID", "6189 6150", "6240 6189", "6260 6189"])

    def test_tree(self):
        lines = self.run_on("basic", "-T", "-Q", "NPROCS and PID <= 6240 and TYPE == 'pid'").lines
        self.assertEqual(lines, ["pid", "└─pid:[4026532583]", "  └─6189 [sandbox:bash] /bin/bash",
                                 "    └─6240 [sandbox:bash] sleep infinity"])
        lines = self.run_on("basic", "-T", "-Q", "PID == 6301 and TYPE == 'uts'").lines
        self.assertEqual(lines, ["uts", "└─uts:[4026532579]", "  └─6301 [sandbox:sh] top -b"])

    def test_json(self):
        """What is listed is filtered, PIDs too; how many there are is not."""
        document = self.run_on("basic", "--json", "-Q", "PID == 3486").json
        self.assertEqual([process["pid"] for process in document["processes"]], [3486])
        (ns,) = document["namespaces"]
        self.assertEqual((ns["ns"], ns["nprocs"], ns["pids"]), (4026532676, 2, [3486]))
        document = self.run_on("basic", "--json", "-Q", "false").json
        self.assertEqual((document["namespaces"], document["processes"]), ([], []))

    def test_selectors(self):
        rows = self.run_on("basic", "6300", "7050", "-Q", "ROOT == 'no' && TYPE =~ '^(net|user)$'").rows
        self.assertEqual([(row.pid, row.type) for row in rows], [(6300, "net"), (7050, "user")])
        result = self.run_on("basic", "6300", "9999", "-Q", "TYPE == 'net'", "--all", status=1)
        self.assertEqual([row.pid for row in result.rows], [6300])

    def test_wrong(self):
        for expression, *lines in (
                ("PIDD == 7", 'there is no column "PIDD"; is it PID?', "  PIDD == 7", "  ^"),
                ("TYPE == '日本' 7", "there has to be an operator here",
                 "  TYPE == '日本' 7", "  " + " " * 15 + "^"),
                ("PID\t== \x1b[2J", "there can be no such character here",
                 "  PID\\t== \\x1b[2J", "  " + " " * 8 + "^"),
                ("", "there has to be a column, a value or a parenthesis here", "  ", "  ^")):
            result = self.run_on("basic", "-Q", expression, status=2)
            self.check_error(result, 2, "--filter: " + lines[0], *lines[1:])

    def test_costly(self):
        """It is said, and with --strict it is what any other incomplete listing is."""
        copy = self.copy_of("basic")
        nsltest.write(os.path.join(copy, "35", "cmdline"), b"a" * (100 << 10))
        costly = ("-Q", "COMMAND =~ '^(a+)+b'")
        warning = '--filter: "^(a+)+b" is too costly for process 35; that counts as false'
        heading = expected("basic.txt").split(b"\n")[0] + b"\n"
        self.check_error(self.run_on(copy, *costly), 0, warning, out=heading)
        self.check_error(self.run_on(copy, *costly, "--strict", status=3), 3, warning, out=heading)
        self.check_error(self.run_on(copy, *costly, "-q"), 0, out=heading)
        saved = os.path.join(self.directory(), "saved")
        nsltest.write(saved, self.run_on(copy, "--json").out)
        for words, status in ((), 0), (("--strict",), 2):
            result = self.run_on(copy, *costly, "--diff", saved, *words, status=status)
            self.assertEqual(result.out, b"")
            self.assertIn("nslist: " + warning, result.err.decode().splitlines())
        rows = self.run_on(copy, "-Q", "COMMAND =~ '^a' and COMMAND !~ '^b'").rows
        self.assertEqual([row.pid for row in rows], [])
        rows = self.run_on(copy, "-Q", "COMMAND =~ '^a'").rows
        self.assertEqual([row.pid for row in rows], [35])


class Schema(GoldenCase):
    def setUp(self):
        super().setUp()
        try:
            import jsonschema
        except ImportError:
            raise unittest.SkipTest("missing: the Python module jsonschema") from None
        schema = json.loads(nsltest.read(SCHEMA))
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
        self.validator = validator(schema)

    def check(self, document):
        errors = [error.message for error in self.validator.iter_errors(document)]
        self.assertEqual(errors[:5], [])

    def test_expected(self):
        names = [name for name in os.listdir(os.path.join(HERE, "expected"))
                 if name.endswith(".json")]
        self.assertGreater(len(names), 0)
        for name in names:
            self.check(expected_json(name))

    def test_recorded(self):
        for case in sorted(os.listdir(os.path.join(HERE, "proc"))):
            for arguments in ([], ["--all"], ["60", "17", "6300"], ["--type=net"]):
                proc = "--proc=" + tree_of(case)
                self.check(nsltest.run("--json", proc, *arguments).json)

    def test_unreadable(self):
        copy = self.copy_of("basic")
        self.make_unreadable(copy, 6240)
        self.check(self.run_on(copy, "--json", "--strict", status=3).json)

    def test_live(self):
        for arguments in ([], ["--all"], [str(os.getpid())], ["--reference=self"]):
            arguments = [word.replace("self", str(os.getpid())) for word in arguments]
            self.check(nsltest.run("--json", *arguments).json)

    def test_it_is_no_rubber_stamp(self):
        document = expected_json("basic-all.json")
        for change in ({"schema": 2}, {"time": 5}, {"namespaces": None}, {"complete": "no"}):
            errors = list(self.validator.iter_errors({**document, **change}))
            self.assertNotEqual(errors, [], change)


class Made(GoldenCase):
    """What git cannot keep."""

    def test_long_command(self):
        copy = self.copy_of("basic")
        for pid, size in ((3429, 200 << 10), (3486, 128 << 10)):
            nsltest.write(os.path.join(copy, str(pid), "cmdline"), b"x" * size)
        rows = self.run_on(copy, "net:[4026532676]").rows
        self.assertEqual([row.command for row in rows],
                         ["x" * (128 << 10) + ELLIPSIS, "x" * (128 << 10)])
        long, whole = self.run_on(copy, "--json", "net:[4026532676]").json["processes"]
        self.assertEqual((long["command"], long["command_truncated"]), ("x" * (128 << 10), True))
        self.assertEqual((whole["command"], whole["command_truncated"]), ("x" * (128 << 10), False))

    def test_long_nothing(self):
        """Arguments that are all empty: the name, whole."""
        copy = self.copy_of("basic")
        nsltest.write(os.path.join(copy, "3429", "cmdline"), b"\0" * (200 << 10))
        rows = self.run_on(copy, "net:[4026532676]").rows
        self.assertEqual(rows[0].command, "dnsmasq")

    def test_zombie(self):
        copy = self.copy_of("basic")
        folder = os.path.join(copy, "3429", "ns")
        for name in set(os.listdir(folder)) - {"pid", "user"}:
            os.unlink(os.path.join(folder, name))
        stat = os.path.join(copy, "3429", "stat")
        nsltest.write(stat, nsltest.read(stat).replace(") S ", ") Z "))
        self.assertEqual([row.pid for row in self.run_on(copy, "net:[4026532676]").rows], [3486])
        self.assertEqual([row.type for row in self.run_on(copy, "3429").rows], ["pid", "user"])

    def test_without_links(self):
        """What was not recorded is not known: who else is where is not, either."""
        copy = self.copy_of("basic")
        shutil.rmtree(os.path.join(copy, "3429", "ns"))
        message = "process 3429: the namespaces could not be read: No data available"
        result = self.run_on(copy, "--strict", "-snroNPROCS", "net:[4026532676]", status=3)
        self.check_error(result, 3, message, out=b"-\n")
        result = self.run_on(copy, "3429", status=2)
        self.check_error(result, 2, "process 3429 is not visible", message, out=None)

    def test_without_cgroup(self):
        """Whose cgroup was not recorded may be in an engine's container."""
        copy = self.copy_of("basic")
        os.unlink(os.path.join(copy, "6240", "cgroup"))
        labels = {row.container for row in self.run_on(copy, "net:[4026532585]").rows}
        self.assertEqual(labels, {"sandbox:bash?", "sandbox:sh"})
        process, = self.run_on(copy, "--json", "6240").json["processes"]
        self.assertEqual(process["unknown"], ["unit", "machine"])

    def test_other_entries(self):
        """Only decimal names of folders are processes."""
        copy = self.copy_of("basic")
        for name in ("self", "thread-self", "3429x", "x3429", "-5", "4194305", "0"):
            shutil.copytree(os.path.join(copy, "3429"), os.path.join(copy, name), symlinks=True)
        self.check_text("basic.txt", copy)

    def test_unreadable_init(self):
        """As a sandbox has it: PID 1 is there, its links may not be read."""
        for case in ("noinit", "basic"):
            copy = self.copy_of(case)
            shutil.rmtree(os.path.join(copy, "1", "ns"), ignore_errors=True)
            shutil.copytree(os.path.join(copy, "2", "ns"), os.path.join(copy, "1", "ns"),
                            symlinks=True)
            self.make_unreadable(copy, 1)
            result = self.run_on(copy, "--quiet")
            self.assertEqual(result.text, expected(case + ".txt").decode())

    def test_init_without_links(self):
        """Of a tree recorded by who could not read PID 1's links."""
        copy = self.copy_of("noinit")
        os.mkdir(os.path.join(copy, "1", "ns"))
        self.check_text("noinit.txt", copy, err=WARNINGS["noinit"])

    def test_init_without_a_link(self):
        copy = self.copy_of("basic")
        os.unlink(os.path.join(copy, "1", "ns", "net"))
        self.check_text("basic.txt", copy, err=WARNINGS["noinit"])

    def test_guess(self):
        """Neither PID 1 nor kthreadd: the caller's own, and the JSON says that it is a guess."""
        copy = self.copy_of("basic")
        for pid in (1, 2, 35):
            shutil.rmtree(os.path.join(copy, str(pid)))
        os.symlink("812", os.path.join(copy, "self"))
        document = self.run_on(copy, "--json").json
        self.assertEqual(document["reference"]["source"], "guess")
        roots = document["reference"]["namespaces"]
        self.assertEqual(roots, expected_json("basic-all.json")["reference"]["namespaces"])
        self.assertFalse(any(ns["root"] for ns in document["namespaces"]))


class Unreadable(GoldenCase):
    """Processes whose links may not be read: the rest is listed, and it is said."""

    WHY = "the namespaces could not be read: Invalid argument"

    def warning(self, pids):
        """Root is told which; others, what to do."""
        n = len(pids)
        if os.geteuid() != 0:
            return "%d %s could not be read; run as root to see all of them" % (
                n, "process" if n == 1 else "processes")
        more = ", +%d more" % (n - 5) if n > 5 else ""
        return "%s %s%s: %s" % ("process" if n == 1 else "processes",
                                ", ".join(map(str, pids[:5])), more, self.WHY)

    def setUp(self):
        super().setUp()
        self.copy = self.copy_of("basic")

    def without(self, *pids):
        """Who is not seen may be in the namespaces that nobody else is in, and in a container."""
        text = expected("basic.txt").decode().replace(
            "for children of", "no visible process, for children of")
        text = re.sub(r"\[sandbox:(dnsmasq|bash|sh)\]", r"[sandbox:\1?]", text)
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if line[:10].strip() not in map(str, pids))

    def test_one(self):
        """What is said, and the exit status."""
        self.run_on(self.copy, "--strict")
        self.make_unreadable(self.copy, 6301)
        said, rest = [self.warning([6301])], self.without(6301).encode()
        unmatched = ['nothing visible is called "blue"']
        for words, status, messages, out in (
                ([], 0, said, rest), (["-q"], 0, [], rest), (["--strict"], 3, said, rest),
                (["-q", "9999"], 1, ["no process 9999"], None),  # an error is no warning
                (["-q", "blue", "7001"], 1, unmatched, None),
                (["--strict", "-q", "blue", "7001"], 3, unmatched, None),
                # With PIDs alone nothing but those is looked at: then nothing is missing.
                (["--strict", "7001"], 0, [], None)):
            with self.subTest(words):
                result = self.run_on(self.copy, *words, status=status)
                self.check_error(result, status, *messages, out=out)

    def test_one_link(self):
        """Half of what it is in would be misleading."""
        self.make_unreadable(self.copy, 6301, "uts")
        result = self.run_on(self.copy)
        self.check_error(result, 0, self.warning([6301]), out=self.without(6301).encode())

    def test_several(self):
        pids = [35, 812, 3429, 6189, 6240, 6301, 7050]
        for pid in pids:
            self.make_unreadable(self.copy, pid)
        self.check_error(self.run_on(self.copy), 0, self.warning(pids), out=None)

    def test_selected(self):
        """A selected process of which nothing can be read: nothing could be listed."""
        self.make_unreadable(self.copy, 6301)
        result = self.run_on(self.copy, "6301", status=2)
        hint = "" if os.geteuid() == 0 else "; run as root to see it"
        self.assertEqual(result.warnings[0], "nslist: process 6301 is not visible" + hint)
        self.assertEqual(result.warnings[1:],
                         ["nslist: " + self.warning([6301])] if hint == "" else [])
        self.assertEqual(result.rows, [])

    def test_nothing(self):
        for pid in os.listdir(self.copy):
            if pid.isdigit():
                self.make_unreadable(self.copy, pid)
        for arguments in ([], ["--strict"], ["blue"], ["--strict", "-J", "blue", "9999"]):
            self.run_on(self.copy, *arguments, status=2)
        # One line: without any root namespace nothing can be called non-root.
        self.check_error(self.run_on(self.copy, "-q", status=2), 2,
                         "%s: which namespaces are the root ones: Invalid argument" % self.copy)

    def test_json(self):
        self.make_unreadable(self.copy, 6301)
        self.make_unreadable(self.copy, 35)
        document = self.run_on(self.copy, "--json").json
        self.assertIs(document["complete"], False)
        self.assertEqual(document["sources"]["processes"], "partial")
        self.assertEqual(document["issues"], [{"source": "processes", "code": "EINVAL", "count": 2,
                                               "message": self.WHY, "pids": [35, 6301]}])

    def test_missing_facts(self):
        """A stat that makes no sense costs what it would have told, and is told."""
        nsltest.write(os.path.join(self.copy, "7001", "stat"), "nonsense\n")
        os.unlink(os.path.join(self.copy, "7001", "status"))
        result = self.run_on(self.copy, "--json", "7001")
        process = result.json["processes"][0]
        self.assertEqual(process["command"], "unshare --pid bash")
        for key in ("ppid", "start", "start_ticks", "kthread", "nspid", "uid"):
            self.assertIsNone(process[key], key)
        self.assertIs(result.json["complete"], False)


class Errors(GoldenCase):
    def test_no_process(self):
        result = self.run_on("basic", "9999", status=1)
        self.check_error(result, 1, "no process 9999", out=(nsltest.HEADING + "\n").encode())

    def test_the_rest_is_shown(self):
        result = self.run_on("basic", "9999", "6300", "wbe", "7001", status=1)
        self.check_error(result, 1, "no process 9999", 'nothing is called "wbe"', out=None)
        self.assertEqual({row.pid for row in result.rows}, {6300, 7001})

    def test_bytes(self):
        """Arguments are bytes in any locale; what is printed of them is safe."""
        for env in (UTF8, ASCII):
            result = self.run_on("basic", b"\xff\x1b[31m\n", env=env, status=1)
            self.check_error(result, 1, 'nothing is called "\\xff\\x1b[31m\\n"', out=None)

    def test_paths(self):
        ours = "the procfs is another system's, so files of this one are not looked at"
        for path, why in (("/proc/9999/ns/net", "No such file or directory"),
                          ("/proc/7001/comm", "it does not refer to a namespace"),
                          ("/run/netns/blue", ours)):
            result = self.run_on("basic", path, status=1)
            self.check_error(result, 1, "%s: %s" % (path, why), out=None)

    def test_reference(self):
        result = nsltest.run("--proc", tree_of("basic"), "--reference=9999")
        self.assertIn(result.status, (1, 2))
        self.check_error(result, result.status, "no process 9999 (--reference)")

    def test_error_in_a_cluster(self):
        result = self.run_on("basic", "--all", "-xq", status=2)
        self.check_error(result, 2, "unknown option -x; see nslist --help")

    def test_no_procfs(self):
        directory = self.directory()
        file = os.path.join(directory, "file")
        empty = os.path.join(directory, "empty")
        missing = os.path.join(directory, "missing")
        nsltest.write(file, "")
        os.mkdir(empty)
        no_processes = "no process directories; is a procfs mounted there?"
        for path, why in ((empty, no_processes), (missing, "No such file or directory"),
                          (file, "Not a directory")):
            for arguments in ([], ["--json"], ["7"], ["--tree", "-q", "--strict"]):
                result = self.run_on(path, *arguments, status=2)
                self.check_error(result, 2, "%s: %s" % (path, why))

    def test_no_procfs_bytes(self):
        result = nsltest.run(b"--proc=/\xff\n")
        self.check_error(result, 2, "/\\xff\\n: No such file or directory")
        result = nsltest.run("--proc=")
        self.check_error(result, 2, ": No such file or directory")


class Output(GoldenCase):
    FORMATS = ([], ["--tree"], ["--json"], ["-s"], ["-m"], ["-L"], ["-Fcsv"], ["-r"], ["-oPID,COMMAND"],
               ["--tree=owner"], ["--tree=container"], ["-Fdot"], ["-Fprometheus"])
    MANY = (["--help"], ["--version"], *FORMATS)

    def test_full(self):
        for words in self.MANY:
            with open("/dev/full", "wb") as full:
                result = self.run_on("basic", *words, stdout=full, status=2)
            self.check_error(result, 2, "cannot write the output: No space left on device")

    def test_closed(self):
        for words in self.MANY:
            result = self.run_on("basic", *words, stdout=None, preexec_fn=lambda: os.close(1),
                                 status=2)
            self.check_error(result, 2, "cannot write the output: Bad file descriptor")

    def test_all_closed(self):
        """What is opened in place of the standard descriptors gets none of the output."""
        directory = self.directory()
        copy = os.path.join(directory, "proc")
        shutil.copytree(tree_of("basic"), copy, symlinks=True)
        result = self.run_on(copy, "9999", stdout=None, stdin=None, status=2,
                             preexec_fn=lambda: os.closerange(0, 3))
        self.assertEqual(result.err, b"")

    def test_closed_stdin(self):
        for words in self.FORMATS:
            with_stdin = self.run_on("hostile", *words)
            result = self.run_on("hostile", *words, stdin=None, preexec_fn=lambda: os.close(0))
            self.assertEqual(len(result.out), len(with_stdin.out))

    def test_closed_stderr(self):
        """A message that nobody hears is not told somebody else."""
        result = self.run_on("basic", "9999", stderr=None, preexec_fn=lambda: os.close(2),
                             status=1)
        self.assertEqual(result.lines, [nsltest.HEADING])

    def test_closed_pipe(self):
        """As `| head` leaves it: no error."""
        for words in self.MANY:
            reading, writing = os.pipe()
            os.close(reading)
            result = self.run_on("basic", *words, stdout=writing)
            os.close(writing)
            self.check_error(result, 0)

    def test_help_and_version(self):
        for words in (["--help"], ["-h"], ["-h", "--json"]):
            result = self.run_on("basic", *words)
            self.assertTrue(result.text.startswith("Usage: nslist "))
            self.check_error(result, 0, out=None)
        result = nsltest.run("--version", "--proc=/nonexistent")
        version = r"\Anslist \d+\.\d+\.\d+\nGLib 2\.\d+\.\d+, json-c \d[\d.]+\n"
        self.assertRegex(result.text, version + r"\Z")
        self.check_error(result, 0, out=None)
        result = nsltest.run("--version", "--verbose")
        self.assertRegex(result.text, version + r"tasks by BPF iterators: (yes|no: .+)\n"
                         r"the kernel's own lists by BPF: (yes|no: .+)\n"
                         r"listns\(2\): (yes|no: .+)\n\Z")
        self.check_error(result, 0, out=None)
        self.check_error(nsltest.run("--verbose"), 2, "--verbose goes with --version")

    def test_abilities(self):
        """They are what a listing can do."""
        yes = b"tasks by BPF iterators: yes" in nsltest.run("-V", "--verbose").out
        self.assertEqual(nsltest.run("-q", "--census=bpf").status == 0, yes)

    def test_many_lines(self):
        """More than a pipe holds, to a reader that waits for nothing."""
        copy = self.copy_of("old")
        for pid in range(1000, 1040):
            shutil.copytree(os.path.join(copy, "500"), os.path.join(copy, str(pid)), symlinks=True)
            nsltest.write(os.path.join(copy, str(pid), "cmdline"), b"%d " % pid * 2000)
        rows = self.run_on(copy, "-tnet").rows
        self.assertEqual([row.pid for row in rows], [500, *range(1000, 1040)])
        for row in rows[1:]:
            self.assertEqual(row.command, ("%d " % row.pid * 2000))


class From(GoldenCase):
    """Saved documents of the recorded systems, as they are and with --all."""

    def save(self, case, *arguments):
        path = os.path.join(self.directory(), case + ".json")
        nsltest.write(path, self.run_on(case, "--json", *arguments).out)
        return path

    def run_from(self, *arguments, status=0):
        result = nsltest.run(*arguments, env=UTF8)
        self.assertEqual(result.status, status, result)
        return result

    def test_same_document(self):
        for case, more in itertools.product(("basic", "hostile", "noinit", "old"),
                                            ([], ["-ad"], ["-tnet"], ["-P"], ["11"], ["6300"],
                                             ["-QNPROCS > 1"])):
            with self.subTest(case=case, more=more):
                saved = nsltest.run("--proc", tree_of(case), "--json", *more)
                path = os.path.join(self.directory(), "saved.json")
                nsltest.write(path, saved.out)
                again = self.run_from("--json", "--from", path)
                self.assertEqual(again.out, saved.out)

    def test_same_text(self):
        """What the system itself gives."""
        for name, case, *arguments in (
                ("basic.txt", "basic"), ("hostile.txt", "hostile"), ("noinit.txt", "noinit"),
                ("old.txt", "old"), ("basic-tree.txt", "basic", "--tree"),
                ("hostile-tree.txt", "hostile", "-T"), ("basic-summary.txt", "basic", "-s"),
                ("basic-summary-columns.txt", "basic", "-s", "-otype,ns,nprocs,held-by"),
                ("basic-matrix.txt", "basic", "-m"), ("basic-tree-owner.txt", "basic", "-Towner"),
                ("basic-tree-container.txt", "basic", "-Tcontainer"),
                ("basic-tree-container-folded.txt", "basic", "-Tcontainer", "--fold"),
                ("basic.dot", "basic", "-Fdot", "-tnet,pid")):
            with self.subTest(name):
                result = self.run_from("--from", self.save(case), *arguments)
                self.assertEqual(result.out.decode(), expected(name).decode())
                self.assertEqual(result.err.replace(b"noinit.example: ", b""),
                                 WARNINGS.get(case, b""))

    def test_out_of_sight(self):
        """Of whom could not be seen then it is not said that there was nobody."""
        copy = self.copy_of("basic")
        shutil.rmtree(os.path.join(copy, "3429", "ns"))
        for case, message in ((copy, "no visible process %d"), ("basic", "no process %d")):
            result = self.run_from("--from", self.save(case), "9999", "-p9998", status=1)
            self.assertEqual([line.split(": ", 1)[1] for line in result.warnings
                              if " 999" in line],
                             [message % 9998 + " (--task)", message % 9999])

    def test_root_ones(self):
        """They are shown where the document lists them."""
        result = self.run_from("--from", self.save("basic", "--all"))
        self.assertEqual(result.out.decode(), expected("basic-all.txt").decode())

    def test_hosts(self):
        hosts = ["--from", self.save("basic"), "--from", self.save("old")]
        for name, *arguments in (("hosts.txt", "-tnet,time"),
                                 ("hosts-summary.txt", "-s", "-tmnt,net"),
                                 ("hosts-matrix.txt", "-m", "-tnet,mnt"),
                                 ("hosts-tree.txt", "-Tcontainer", "-tnet"),
                                 ("hosts.dot", "-Fdot", "-tmnt")):
            with self.subTest(name):
                result = self.run_from(*hosts, *arguments)
                self.assertEqual(result.out.decode(), expected(name).decode())
                self.assertEqual(result.err, b"")

    def test_much(self):
        """A document's selectors and filters are bounded: each process is compared with them."""
        path = self.save("basic")
        document = json.loads(nsltest.read(path))
        for scope, refused in (({"selectors": ["5"] * 8192}, False),
                               ({"selectors": ["5"] * 8193}, True),
                               ({"selectors": ["5"] * 8192, "tasks": [5]}, True),
                               ({"filters": ["PID".ljust(4096)] * 2}, False),
                               ({"filters": ["PID".ljust(4096)] * 2 + ["1"]}, True)):
            nsltest.write(path, json.dumps(dict(document, scope=dict(document["scope"], **scope))))
            result = nsltest.run("-q", "--diff", path, "--from", path, env=UTF8)
            self.assertEqual(result.err.decode(),
                             "nslist: %s: its selectors or filters are too many\n" % path
                             if refused else "")
            self.assertEqual(result.status, 2 if refused else 0)


class Terminal(GoldenCase):
    """What is cut, and to what width."""

    COLUMNS = (40, 80, 200)

    def on_terminal(self, case, *arguments, columns=80, env=None):
        result = nsltest.run_on_terminal("--proc=" + tree_of(case), *arguments, columns=columns,
                                         env={**UTF8, "NO_COLOR": "1", **(env or {})})
        self.assertEqual(result.status, 0, result)
        return result

    COLORS = {"NO_COLOR": "", "TERM": "xterm"}

    def check_cut(self, case, *arguments):
        whole = self.run_on(case, *arguments).lines
        for columns in self.COLUMNS:
            lines = self.on_terminal(case, *arguments, columns=columns).lines
            self.assertEqual(len(lines), len(whole))
            for line, uncut in zip(lines, whole):
                self.assertLessEqual(width(line), columns, line)
                self.assertTrue(uncut.startswith(line), line)
                # No more is missing than has to be: the next character would not fit.
                if line != uncut:
                    self.assertGreater(width(uncut[: len(line) + 1]), columns, line)

    def test_cut(self):
        groups = ["--tree=" + group for group in ("owner", "parent", "container")]
        for case, *words in (
                ("basic",), ("basic", "--noheadings"), ("basic", "--noheadings", "--all"),
                ("hostile", "--noheadings"), ("basic", "--tree"), ("hostile", "--tree"),
                *(("basic", group) for group in groups),
                *(("hostile", "--all", group) for group in groups)):
            with self.subTest((case, *words)):
                self.check_cut(case, *words)

    def test_colors(self):
        """Nothing but that is added."""
        for case, words in itertools.product(("basic", "hostile"), ([], ["-T"], ["-s"], ["-m"])):
            for columns in self.COLUMNS:
                plain = self.on_terminal(case, *words, columns=columns, env={"TERM": "xterm"}).text
                colored = self.on_terminal(case, *words, columns=columns, env=self.COLORS).text
                self.assertIn("\x1b[", colored)
                self.assertEqual(re.sub("\x1b\\[[0-9]*m", "", colored), plain)
                for line in colored.splitlines():
                    if "\x1b" in line:
                        self.assertRegex(line, "\x1b\\[0m[^\x1b]*\\Z")

    def test_no_colors(self):
        """no-color.org: set, and not empty; nor where the terminal has none."""
        for env, words in (({"NO_COLOR": "0", "TERM": "xterm"}, []),
                           ({"NO_COLOR": "", "TERM": "dumb"}, []),
                           ({"NO_COLOR": "", "TERM": ""}, []),
                           (self.COLORS, ["--color=never"]), (self.COLORS, ["-r"]),
                           (self.COLORS, ["-L"]), (self.COLORS, ["-J"])):
            self.assertNotIn(b"\x1b", self.on_terminal("basic", *words, env=env).out)

    FOLDING = {"TERM": "xterm"}

    def unfolded(self, lines):
        """(PID, namespace) of each row that the lines of a folded table, whole, stand for."""
        rows = []
        for line in lines[1:]:
            if line.startswith(12 * " "):
                rows += [(rows[-1][0], label) for label in line.split()]
                continue
            pid, more, label, first, rest = re.match(
                r" *(--|\d+)(?: \+(\d+))?  (?:(\w+:\[\d+\])(?:\*\*)? *|as (\d+) +) (.*)",
                line + " ").groups()
            if label:
                rows.append((pid, label))
                continue
            pids = [pid]
            for word in rest.split()[-1].split(",") if more else []:
                low, _, high = word.partition("-")
                pids += [str(each) for each in range(int(low), int(high or low) + 1)]
            self.assertEqual(len(pids), int(more or 0) + 1)
            rows += [(each, of) for each in pids for pid, of in rows if pid == first]
        return sorted(rows)

    def test_fold(self):
        """Nothing that is folded is lost."""
        for case, words in itertools.product(("basic", "hostile", "noinit"), ([], ["-a"], ["-tnet,pid"])):
            whole = [(str(row.pid or "--"), "%s:[%d]" % (row.type, row.inode))
                     for row in self.run_on(case, *words, "-q").rows]
            folded = self.run_on(case, *words, "--fold", "-q").lines
            self.assertEqual(self.unfolded(folded), sorted(whole))
            self.assertLessEqual(len(folded), len(whole) + 1)
            wide = self.on_terminal(case, *words, "-q", "-u", columns=500, env=self.FOLDING).lines
            self.assertEqual(self.unfolded(wide), sorted(whole))
            for columns in (50, 80, 120):
                for line in self.on_terminal(case, *words, "-q", columns=columns,
                                             env=self.FOLDING).lines:
                    self.assertLessEqual(width(line), columns, line)
            never = self.on_terminal(case, *words, "-qu", "--fold=never", env=self.FOLDING)
            self.assertEqual(never.out, self.run_on(case, *words, "-q").out)

    def test_fold_when(self):
        """On a terminal for people that has a width."""
        for env, words, columns, folds in (
                ({"TERM": "xterm"}, [], 80, True), ({"TERM": "dumb"}, [], 80, False),
                ({"TERM": ""}, [], 80, False), ({"TERM": "xterm"}, [], 0, False),
                ({"TERM": "xterm", "COLUMNS": "90"}, [], 0, True),
                ({"TERM": "dumb"}, ["--fold"], 80, True),
                ({"TERM": "xterm"}, ["--fold=never"], 80, False),
                ({"TERM": "xterm"}, ["-n"], 80, False), ({"TERM": "xterm"}, ["-r"], 80, False),
                ({"TERM": "xterm"}, ["-o", "pid,ns"], 80, False),
                ({"TERM": "xterm"}, ["--fold=auto"], 80, True)):
            text = self.on_terminal("basic", *words, columns=columns, env=env).text
            self.assertEqual("  as 3429  " in text, folds, (env, words, columns))

    def test_fold_excludes(self):
        for words, other in ((["-oPID"], "--output"), (["-n"], "--noheadings"), (["-r"], "--raw"),
                             (["--output-all"], "--output-all"), (["-d"], "--details"),
                             (["-s"], "--summary"), (["-T"], "--tree"), (["-J"], "--json"),
                             (["-L"], "--jsonl"), (["-Fcsv"], "--format=csv")):
            self.check_error(self.run_on("basic", "--fold", *words, status=2), 2,
                             "--fold and %s exclude each other" % other)

    def test_fold_tree(self):
        self.check_text("basic-tree-container-folded.txt", "basic", "--tree=container", "--fold")

    def test_longer_than_the_screen(self):
        """One line says so: just when it is."""
        lines = len(self.run_on("basic", "--fold").lines)
        rows = len(self.run_on("basic").lines) - 1
        for screen in (lines - 1, lines, lines + 1):
            result = nsltest.run_on_terminal("--proc=" + tree_of("basic"), columns=200, rows=screen,
                                             env={**UTF8, **self.FOLDING})
            self.check_error(result, 0, *(
                ["%d rows; nslist -c: a row a container, nslist -s: a row a namespace" % rows]
                if screen < lines else []), out=None)
        for words in (["-q"], ["-s"], ["-J"]):
            result = nsltest.run_on_terminal("--proc=" + tree_of("basic"), *words, rows=2,
                                             env={**UTF8, **self.FOLDING})
            self.assertEqual(result.err, b"")

    def test_no_container(self):
        """A heading alone says nothing to whoever looks for the first time."""
        copy = self.copy_of("basic")
        for name in os.listdir(copy):
            if name.isdigit() and name != "1":
                shutil.rmtree(os.path.join(copy, name))
        said = "no container and no sandbox; nslist alone lists all namespaces"
        for words, wanted in ((["-c"], True), (["-cq"], False), (["-c", "-Q", "PID"], False),
                              (["-c", "1"], False), ([], False)):
            result = nsltest.run_on_terminal("--proc=" + copy, *words, columns=80, env=UTF8)
            self.assertEqual(len(result.lines), 1)
            self.assertEqual(said in result.err.decode(), wanted, words)
        self.assertNotIn(said, nsltest.run("--proc=" + copy, "-c").err.decode())

    def test_color_when(self):
        """Bare it means always, which nothing is above."""
        for words in (["--color"], ["--color=always"]):
            result = self.run_on("basic", *words, env={"NO_COLOR": "1", "TERM": "dumb"})
            self.assertTrue(result.text.startswith("\x1b[1m"))
        self.check_text("basic.txt", "basic", "--color=auto", env=self.COLORS)

    def test_grid(self):
        """No column takes the place of those after it."""
        for words in (["-s"], ["-m"], ["-oPID,PATH,START,COMMAND"]):
            for columns in self.COLUMNS:
                for line in self.on_terminal("hostile", *words, columns=columns).lines:
                    self.assertLessEqual(width(line), columns)

    def test_notruncate(self):
        for case, words in itertools.product(("basic", "hostile"),
                                             ([], ["-T"], ["-s"], ["-m"], ["-r"], ["-L"])):
            whole = self.run_on(case, *words).out
            for columns in self.COLUMNS:
                result = self.on_terminal(case, "--notruncate", *words, columns=columns)
                self.assertEqual(result.out, whole)

    def test_json(self):
        """JSON is never cut."""
        document = self.run_on("hostile", "--json").json
        cut = self.on_terminal("hostile", "--json", columns=40).json
        del document["time"], cut["time"]
        self.assertEqual(cut, document)

    def test_width_unknown(self):
        """Then COLUMNS, and else 80, as other programs have it."""
        for columns, env in ((50, {"COLUMNS": "50"}), (80, {"COLUMNS": ""}),
                             (80, {"COLUMNS": "many"}), (80, {"COLUMNS": "0"})):
            lines = self.on_terminal("hostile", columns=0, env=env).lines
            self.assertEqual(max(map(width, lines)), columns)

    def test_ascii(self):
        """To a terminal that is not one of UTF-8 goes ASCII alone."""
        for words in ([], ["--tree"], ["--tree", "--notruncate"], ["-Fcsv"]):
            result = self.on_terminal("hostile", *words, columns=500, env=ASCII)
            self.assertTrue(result.out.isascii(), result)
            self.assertIn(rb"\xe6\x97\xa5", result.out)
        for words in (["-J"], ["-L"], ["-m", "-L"]):
            result = self.on_terminal("hostile", *words, env=ASCII)
            self.assertTrue(result.out.isascii(), result)
            self.assertIn(rb"\u65e5", result.out)

    def test_ascii_messages(self):
        """A part of a character of UTF-8 is a control character to a terminal of ISO 8859-1."""
        for env, shown in ((ASCII, b"\\xc3\\x9b"), (UTF8, "\u00db".encode())):
            result = nsltest.run_on_terminal("--proc=" + tree_of("basic"), "n\u00db",
                                             both=True, env=env)
            self.assertEqual(result.out.splitlines()[-1],
                             b'nslist: nothing is called "n' + shown + b'"')
        # What nslist says itself has no such character.
        for words in (["-Q", "PID == 1 or " * 9 + "?"], ["-H"]):
            result = nsltest.run_on_terminal(*words, both=True, env=ASCII)
            self.assertTrue(result.out.isascii(), result)
            self.assertNotIn(b"\\x", result.out)

    def test_safe(self):
        """Nothing that a terminal acts on but the ends of lines; in a file neither."""
        texts = {words: self.run_on("hostile", "--all", *words).text for words in (
            ("-L", "--output-all"), ("-r", "--output-all"), ("-s",), ("-m",), ("-J",))}
        self.assertNotIn("\\/", texts["-J",])
        for *words, env in itertools.product(
                ("-q", "-T", "-J", "-u", "-s", "-m", "-L", "-Fcsv"), (UTF8, ASCII)):
            texts[(*words, str(env))] = self.on_terminal("hostile", *words, env=env).text
        for words, text in texts.items():
            for character in text.replace("\r\n" if "-Fcsv" in words else "\n", ""):
                self.assertNotIn(unicodedata.category(character), ("Cc", "Cf", "Cn", "Zl", "Zp"))


if __name__ == "__main__":
    nsltest.main()
