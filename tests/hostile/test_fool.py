# SPDX-License-Identifier: GPL-3.0-or-later
"""Eighty processes, threads, host names, mount points and cgroups whose names are to fool whoever
reads a listing: fake labels, marks and rows, invisible characters, what ends a line or a string.
Every format that prints text is read by another program, and says what was set up."""

import csv
import io
import itertools
import json
import os
import re
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

UTF8 = {"LC_ALL": "C.UTF-8"}
SCHEMA = os.path.join(nsltest.SOURCE, "data", "nslist.schema.json")

LABEL = "[docker:web] x"
# Unicode's Default_Ignorable_Code_Point beside what Python does not print, and blanks.
INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800\ufffc" + \
    "".join(map(chr, itertools.chain(range(0xfe00, 0xfe10), range(0xe0100, 0xe01f0))))

TEXTS = [
    LABEL, " " + LABEL, "\t" + LABEL, "\u034f" + LABEL, "\u115f" + LABEL, "\u3164" + LABEL,
    "\u2800" + LABEL, "\u00a0" + LABEL, "\u3000 \u2003" + LABEL, "\u202e" + LABEL, "\u200b" + LABEL,
    "\ufe0f" + LABEL, "\U000e0041" + LABEL, "\u0301" + LABEL, "\u1161" + LABEL, "\ue000" + LABEL,
    "[Docker:web] x", "[docker2:web] x", "[in docker:web] x", "[docker:web", "[docker:web?] x",
    "[bwrap] x", "[\u200bdocker:web] x", "[docker\u3164:web] x", "\uff3bdocker:web\uff3d x",
    "[\u0434ocker:web] x", "(for children) x", " (for children) x", "(for",
    "(thread of 1) x", "(pid:[1] for children) x", "<defunct> x", "\u200b<defunct> x",
    "\uff1cdefunct> x", "\uff08for children) x", "a\n      4242  net:[1]               x", "a\r 1  net:[1]  x",
    "a\tb\vc\fd", "\x1b[2J\x1b[1;1H", "\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\", "\x1b]0;t\x07",
    "\u009b31m", "a\u0085b", "a\u2028b\u2029c", "\u05e9\u05dc\u05d5\u05dd 4242", "a\u202eb\u202c",
    "\u2066a\u2069", "e" + "\u0301\u0302\u0303\u0304\u0305\u0306" * 9, "a \u0301\u20dd",
    '"},{"pid":1,"command":"x', '"]; x [label="y', "\\", 'a\\"', "\\N\\G\\l", "{a|b}",
    "<b>&lt;&#38;",
    'x{type="net"} 1\ny 2', "a\\nb\\x5b", "--", "-", "net:[1]", "net:[1]**", "%s%n%d", "'$(x)`y`",
    "\ufffe\uffff\U0010ffff", "\u0378", "\ufeffx", "\u00ad", "\u061ca",
    "caf\u00e9 \u65e5\u672c \U0001f98a",
]
RAW = [b"\xff\xfe", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80\xed\xb0\x80", b"\xf4\x90\x80\x80",
       b"\xe2\x82", b"\x80" + LABEL.encode(), b"\xc1\x9b31m", b"a\xf0\x9f\xa6"]
ARGUMENTS = [text.encode() for text in TEXTS] + RAW

FORMATS = [[], ["-n"], ["-u"], ["--threads"], ["-a"], ["-s"], ["-m"], ["-d"], ["--color=always"],
           ["-T"], ["-T", "-d"], ["--tree=owner"], ["--tree=parent"], ["--tree=container"],
           ["-J"], ["-J", "-d"], ["-L"], ["-L", "--output-all"], ["-F", "dot"],
           ["-F", "dot", "-d"], ["-F", "prometheus"], ["-r"], ["-r", "--output-all"],
           ["--output-all"], ["-m", "--threads"], ["-c"], ["-c", "-L"], ["-c", "-r"], ["--fold"],
           ["--tree=container", "--fold"]]

# In the system's own words: hosts, threads and mounts whose names are given as hexadecimal.
MAKER = r"""
import ctypes, json, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
NEWUTS, NEWNS = 0x04000000, 0x00020000
def inode(path):
    return os.stat(path).st_ino
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
kind, names = sys.argv[1], [bytes.fromhex(word) for word in sys.argv[2:]]
made = {}
if kind == "hosts":
    made["pids"], made["inodes"] = [], []
    for name in names:
        ends, pipe = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            libc.prctl(1, 9, 0, 0, 0)
            check(libc.unshare(NEWUTS))
            check(libc.sethostname(name, len(name)))
            os.write(ends[1], b"x")
            os.close(pipe[1])
            os.read(pipe[0], 1)
            os._exit(0)
        assert os.read(ends[0], 1) == b"x"
        made["pids"].append(pid)
        made["inodes"].append(inode("/proc/%d/ns/uts" % pid))
elif kind == "threads":
    made["tids"], made["inodes"] = [], []
    for name in names:
        ready = threading.Event()
        def body(name=name, ready=ready):
            check(libc.prctl(15, name, 0, 0, 0))
            check(libc.unshare(NEWUTS))
            tid = threading.get_native_id()
            made["tids"].append(tid)
            made["inodes"].append(inode("/proc/self/task/%d/ns/uts" % tid))
            ready.set()
            threading.Event().wait()
        threading.Thread(target=body, daemon=True).start()
        assert ready.wait(30)
else:
    check(libc.unshare(NEWNS))
    check(libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None))
    check(libc.mount(b"none", b"/mnt", b"tmpfs", 0, None))
    made["inodes"] = []
    for name in names:
        path = b"/mnt/" + name
        os.close(os.open(path, os.O_CREAT))
        ends, pipe = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            check(libc.unshare(NEWUTS))
            os.write(ends[1], b"x")
            os.read(pipe[0], 1)
            os._exit(0)
        assert os.read(ends[0], 1) == b"x"
        source = b"/proc/%d/ns/uts" % pid
        made["inodes"].append(inode(source))
        check(libc.mount(source, path, None, 0x1000, None))
        os.kill(pid, 9)
        os.waitpid(pid, 0)
made["pid"] = os.getpid()
print(json.dumps(made), flush=True)
sys.stdin.read()
os._exit(0)
"""


def unquoted(field):
    """The bytes that a field of --raw stands for."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), field.encode())


class Fool(nsltest.TestCase):
    @classmethod
    def setUpClass(cls):
        nsltest.need_root()

    def setUp(self):
        super().setUp()
        self.commands = {}  # {(pid, uts inode): bytes of the command line, or of the name}
        for number, raw in enumerate(ARGUMENTS):
            # As an argument alone, as one of several, and as a name without arguments.
            words = ([raw], [raw, b"", b"end"], [])[number % 3]
            made = self.nsmake("name", raw[:15].hex(), *(word.hex() for word in words))
            self.commands[made.pid, made.ns["uts"]] = b" ".join(words) if words else raw[:15]
        for word, count in ((b"", 1), (b"\x01", 131000), (LABEL.encode(), 9000)):
            made = self.nsmake("name", b"name".hex(), "%s*%d" % (word.hex(), count))
            self.commands[made.pid, made.ns["uts"]] = word * count or b"name"
        names = [raw[:60] for raw in ARGUMENTS[::4]]
        self.hosts = self.maker("hosts", names)
        self.host_names = dict(zip(self.hosts.inodes, names))
        names = [raw[:15] for raw in ARGUMENTS[::3]]
        self.threads = self.maker("threads", names)
        names = [raw.replace(b"/", b"_") for raw in ARGUMENTS[::2]]
        self.mounts = self.maker("mounts", names)
        self.paths = dict(zip(self.mounts.inodes, names))

    def mine(self):
        """Selectors of all the namespaces that were made."""
        inodes = {inode for _, inode in self.commands}
        inodes.update(self.hosts.inodes, self.threads.inodes, self.mounts.inodes)
        return ["uts:%d" % inode for inode in sorted(inodes)]

    def maker(self, kind, names):
        return self.helper("nsmake", "-c", MAKER, kind, *(name.hex() for name in names),
                           path=nsltest.PYTHON)

    def check_clean(self, text, words):
        """Nothing that moves text, hides, or is drawn upon nothing."""
        for match in re.finditer(r"[^\x20-\x7e\n]+", text):
            before, marks = text[match.start() - 1:match.start()] or "\n", 0
            around = (words, text[max(0, match.start() - 40):match.end() + 40])
            for char in match[0]:
                self.assertTrue(char.isprintable() and char not in INVISIBLE, around)
                if unicodedata.category(char)[0] == "M":
                    marks += 1
                    self.assertNotIn(before, " \n", around)
                    self.assertLessEqual(marks, 4, around)
                else:
                    before, marks = char, 0

    def read(self, *words):
        result = self.run_nslist(*words, env=UTF8)
        text = result.text
        if "--color=always" in words:
            text = re.sub("\x1b\\[[0-9;]*m", "", text)
        self.check_clean(text, words)
        self.check_clean(result.err.decode(), words)
        self.assertTrue(text == "" or text.endswith("\n"), words)  # no nested namespace
        return text

    def check_command(self, command, pid):
        """No label but of a sandbox, which it may well be in, and no mark but the table's own."""
        label = re.match(r"\[sandbox[^ \]]*\] ", command)
        rest = command[label.end():] if label else command
        self.assertIsNone(re.match(r" *\[[A-Za-z][^ \]]*[:\]]| *\[in ", rest), (pid, command[:80]))
        self.assertIsNone(re.match(r" *(\((for|thread of|\w+:\[)|<defunct>)", rest),
                          (pid, command[:80]))

    def check_table(self):
        for words in ([], ["-n"], ["-u"], ["--color=always"]):
            lines = self.read(*words).split("\n")[:-1]
            if "-n" not in words:
                self.assertEqual(lines.pop(0), nsltest.HEADING)
            self.rows_are_right(lines)

    def rows_are_right(self, lines):
        rows = [nsltest.Row(line) for line in lines]
        mine = {pid: inode for pid, inode in self.commands}
        self.assertEqual(sorted((row.pid, row.inode) for row in rows
                                if row.pid in mine and row.type == "uts"), sorted(self.commands))
        for line, row in zip(lines, rows):
            if row.pid in mine:
                self.check_command(line[34:], row.pid)
        mounted = [row.inode for row in rows if row.pid is None and row.inode in self.paths]
        self.assertEqual(sorted(mounted), sorted(self.paths))

    def check_folded(self):
        """What is no row is one process's further namespaces, or says as which one it is."""
        nsltest.need_root_mounts()  # else all are of one sandbox, and fold into one row
        lines = self.read("--fold").split("\n")[1:-1]
        more = re.compile(r" {12}(\w+:\[\d+\](\*\*)? ?)+| *\d+( \+\d+)?  as \d+ .*")
        self.rows_are_right([line for line in lines if not more.fullmatch(line)])

    def check_containers(self):
        """A word for each column; a sandbox is called by its host name, whatever that is."""
        hosts = {pid: self.host_names[inode]
                 for pid, inode in zip(self.hosts.pids, self.hosts.inodes)}
        rows = {line["pid"]: line for line in map(nsltest.parse_json, self.read("-cL").splitlines())}
        heading, *lines = self.read("-c", "-o", "name,runtime,procs,pid").splitlines()
        self.assertEqual(heading.split(), ["NAME", "RUNTIME", "PROCS", "PID"])
        for line in lines:
            _, runtime, _, pid = line.split()
            if int(pid) in hosts:
                self.assertEqual(runtime, "sandbox")
        for pid, name in hosts.items():
            self.assertEqual(rows[pid]["name"], name.decode(errors="backslashreplace"))

    def check_csv(self):
        """Values come back whole, by a reader that knows nothing of nslist."""
        text = self.run_nslist("-Fcsv", "-tuts", "-o", "pid,ns,command", env=UTF8).out.decode()
        heading, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        self.assertEqual(heading, ["PID", "NS", "COMMAND"])
        self.assertEqual({len(row) for row in rows}, {3})
        found = {(int(pid), int(inode)): command for pid, inode, command in rows if pid}
        for key, command in self.commands.items():
            self.assertEqual(found[key][:10000].rstrip(" "),
                             command.decode(errors="backslashreplace")[:10000].rstrip(" "))
        for words in (["-Fcsv"], ["-c", "-Fcsv"]):  # a terminal does what a control character says
            result = nsltest.run_on_terminal(*words, env=UTF8)
            self.check_clean(result.text.replace("\r\n", "\n"), words)

    def check_threads(self):
        nsltest.need_root_mounts()  # else each is labelled with that
        lines = self.read("--threads", "-n").split("\n")[:-1]
        rows = {nsltest.Row(line).inode: line for line in lines if "  (thread of " in line}
        for tid, inode in zip(self.threads.tids, self.threads.inodes):
            line = rows[inode]
            self.assertEqual(nsltest.Row(line).pid, tid)
            mark = "(thread of %d) " % self.threads.pid
            self.assertTrue(line[34:].startswith(mark))
            self.check_command(line[34 + len(mark):], tid)

    def check_raw(self):
        """Its fields can be undone, by a program that knows nothing of nslist."""
        for line in self.read("-nr", "-o", "pid,ns,command", "-tuts").split("\n")[:-1]:
            pid, inode, field = line.split(" ")
            key = (int(pid) if pid != "-" else None, int(inode))
            if key in self.commands:
                label = re.match(r"\[sandbox[^\]]*\]\\x20", field)
                rest = field[label.end():] if label else field
                self.check_command(rest.replace("\\x20", " "), pid)
                self.assertEqual(unquoted(rest).rstrip(b" "), self.commands[key].rstrip(b" "))
        columns = [line.split()[0] for line in self.read("-H").splitlines()]
        lines = self.read("-r", "--output-all").split("\n")[:-1]
        self.assertEqual({len(line.split(" ")) for line in lines}, {len(columns)})

    def check_all_formats(self):
        """No control character, nothing invisible, in any of them."""
        for words in FORMATS:
            with self.subTest(words):
                self.read(*words)
        for inode in (*list(self.host_names)[::5], *list(self.paths)[::9]):
            self.read("-d", "uts:%d" % inode)
        self.assertEqual(self.read("-s", "-n", *self.mine()).count("\n"), len(self.mine()))

    def check_json(self):
        nsltest.need("jq")
        text = self.read("-J", "-d")
        document = nsltest.parse_json(text)
        try:
            import jsonschema
        except ImportError:
            self.skipTest("missing: the Python module jsonschema")
        jsonschema.validate(document, json.loads(nsltest.read(SCHEMA)))
        query = '.namespaces[] | select(.type == "uts") | "\\(.ns) \\(.pids)"'
        lines = subprocess.run(["jq", "-r", query], input=text.encode(), check=True,
                               stdout=subprocess.PIPE).stdout.decode().splitlines()
        members = {int(line.split(" ")[0]): json.loads(line.split(" ")[1]) for line in lines}
        for pid, inode in self.commands:
            self.assertEqual(members[inode], [pid])
        details = {ns["ns"]: ns["detail"] for ns in document["namespaces"] if ns["type"] == "uts"}
        for inode, name in self.host_names.items():
            self.assertEqual(details[inode]["hostname"], name.decode(errors="backslashreplace"))

    def check_lines(self):
        nsltest.need("jq")
        text = self.read("-L", "-tuts", "-o", "pid,ns,command")
        out = subprocess.run(["jq", "-c", "[.pid, .ns]"], input=text.encode(), check=True,
                             stdout=subprocess.PIPE).stdout.decode()
        found = {tuple(json.loads(line)) for line in out.splitlines()}
        self.assertLessEqual(set(self.commands), found)
        self.assertEqual(text.count("\n"), out.count("\n"))

    def check_dot(self):
        nsltest.need("gc")
        text = self.read("-F", "dot", *self.mine())
        counts = subprocess.run(["gc", "-n"], input=text.encode(), check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(counts.stderr, b"")
        self.assertEqual(int(counts.stdout.split()[0]), len(self.mine()))

    def check_prometheus(self):
        nsltest.need("promtool")
        text = self.read("-F", "prometheus", "-tuts")
        checked = subprocess.run(["promtool", "check", "metrics"], input=text.encode(),
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((checked.returncode, checked.stdout), (0, b""))

    def check_trees(self):
        """One line for each process, which begins with its PID."""
        for words in (["-T"], ["--tree=container"]):
            text = self.read(*words, "-tuts")
            for pid, _ in self.commands:
                lines = re.findall(r"^[│├└─ ]*─%d (.*)$" % pid, text, re.M)
                self.assertEqual(len(lines), 1, (words, pid))
                self.check_command(lines[0], pid)

    def test_every_format(self):
        """In one test, since the set-up is the most of the work."""
        csv.field_size_limit(1 << 24)
        for check in (self.check_table, self.check_folded, self.check_containers, self.check_csv,
                      self.check_threads, self.check_raw, self.check_json,
                      self.check_lines, self.check_dot, self.check_prometheus, self.check_trees,
                      self.check_all_formats):
            with self.subTest(check.__name__):
                check()


if __name__ == "__main__":
    nsltest.main()
