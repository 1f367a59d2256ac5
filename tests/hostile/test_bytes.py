# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and arguments made to harm whoever looks at them: escape sequences, line ends, bytes that
are no UTF-8, text that changes direction or takes no room. None of it reaches a terminal, a line
stays a line, and the JSON tells what it was."""

import os
import re
import resource
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

UTF8 = {"LC_ALL": "C.UTF-8"}

# What is in them, and how it is to be shown.
CASES = {
    "escape": (b"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
    "title": (b"\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
    "newline": (b"one\n      4242  net:[1]", "one\\n      4242  net:[1]"),
    "tab": (b"a\tb", "a\\tb"),
    "return": (b"hidden\rshown", "hidden\\rshown"),
    "backspace": (b"ab\x08\x08cd", "ab\\x08\\x08cd"),
    "delete": (b"a\x7fb", "a\\x7fb"),
    "c1": (b"a\xc2\x9b31mb", "a\\xc2\\x9b31mb"),
    "raw c1": (b"a\x9b31mb", "a\\x9b31mb"),
    "latin1": (b"caf\xe9", "caf\\xe9"),
    "cut short": (b"a\xe2\x82", "a\\xe2\\x82"),
    "overlong": (b"a\xc0\xafb", "a\\xc0\\xafb"),
    "surrogate": (b"a\xed\xa0\x80b", "a\\xed\\xa0\\x80b"),
    "too high": (b"a\xf4\x90\x80\x80b", "a\\xf4\\x90\\x80\\x80b"),
    "right to left": (b"a\xe2\x80\xaeexe.b", "a\\xe2\\x80\\xaeexe.b"),
    "isolate": (b"a\xe2\x81\xa6b\xe2\x81\xa9", "a\\xe2\\x81\\xa6b\\xe2\\x81\\xa9"),
    "mark": (b"a\xe2\x80\x8fb", "a\\xe2\\x80\\x8fb"),
    "line separator": (b"a\xe2\x80\xa8b", "a\\xe2\\x80\\xa8b"),
    "paragraph": (b"a\xe2\x80\xa9b", "a\\xe2\\x80\\xa9b"),
    "no break": (b"a\xef\xbb\xbfb", "a\\xef\\xbb\\xbfb"),
    "private": (b"a\xee\x80\x80b", None),
    "tag": (b"a\xf3\xa0\x81\x81b", "a\\xf3\\xa0\\x81\\x81b"),
    "unassigned": (b"a\xcd\xb8b", "a\\xcd\\xb8b"),
    "hebrew": ("שלום".encode(), "שלום"),
    "wide": ("日本語".encode(), "日本語"),
    "combining": ("e\u0301te\u0301".encode(), "e\u0301te\u0301"),
    "umlaut": ("grün".encode(), "grün"),
    "emoji": ("🦊".encode(), "🦊"),
    "backslash": (b"a\\x1bb", "a\\x1bb"),
    "quote": (b"a\"b'c", "a\"b'c"),
    "spaces": (b"  a  b  ", "  a  b  "),
}

# Never to be written raw: controls but for the line end, and all that moves text about.
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e"
                       "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")


def json_text(raw):
    """Bytes as the JSON is to have them: text where they are UTF-8, \\xHH where they are not."""
    return raw.decode("utf-8", errors="backslashreplace")


def width(text):
    """How many columns a terminal takes for it."""
    columns = 0
    for char in text:
        if unicodedata.combining(char) == 0:
            columns += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return columns


class BytesCase(nsltest.TestCase):
    def check_clean(self, raw):
        """Valid UTF-8 with nothing in it that a terminal would obey."""
        text = raw.decode()
        found = FORBIDDEN.search(text)
        self.assertIsNone(found, found and text[max(0, found.start() - 60):found.end() + 60])
        return text

    def make(self, name, *arguments):
        return self.nsmake("name", name.hex(), *(argument.hex() for argument in arguments))

    def row(self, result, made):
        self.check_clean(result.out)
        rows = [row for row in result.rows if row.pid == made.pid and row.type == "uts"]
        self.assertEqual([row.inode for row in rows], [made.ns["uts"]])
        return rows[0]


class Shown(BytesCase):
    def test_arguments(self):
        for name, (raw, shown) in CASES.items():
            with self.subTest(name):
                made = self.make(b"name", b"program", raw, b"end")
                result = self.run_nslist(env=UTF8)
                command = self.row(result, made).command
                if shown is not None:
                    self.assertEqual(command, "program %s end" % shown)
                made.end()

    def test_names(self):
        """Of processes without a command line: the 15 bytes that the kernel keeps."""
        for name, (raw, shown) in CASES.items():
            if shown is None or len(raw) > 15:
                continue
            with self.subTest(name):
                made = self.make(raw)
                self.assertEqual(self.row(self.run_nslist(env=UTF8), made).command, shown)
                made.end()

    def test_json(self):
        """The text itself; nothing that a terminal would obey stands in the document either."""
        helpers = {}
        for name, (raw, _) in CASES.items():
            helpers[name] = self.make(raw[:15], b"program", raw)
        result = self.run_nslist("--json", env=UTF8)
        self.check_clean(result.out)
        document = result.json
        for name, (raw, _) in CASES.items():
            with self.subTest(name):
                process = nsltest.get_process(document, helpers[name].pid)
                self.assertEqual(process["command"], json_text(b"program " + raw))
                self.assertEqual(process["comm"], json_text(raw[:15]))

    def test_json_in_any_locale(self):
        """A document is UTF-8 wherever it is made."""
        made = self.make(b"name", *(raw for raw, _ in CASES.values()))
        wanted = json_text(b" ".join(raw for raw, _ in CASES.values()))
        for locale in ("C", "C.UTF-8", "POSIX", "xx_XX.ISO-8859-1"):
            result = self.run_nslist("--json", env={"LC_ALL": locale})
            self.check_clean(result.out)
            self.assertEqual(nsltest.get_process(result.json, made.pid)["command"], wanted)

    def test_tree(self):
        helpers = [self.make(b"\x1b[7m\n", b"x\n  \x1b[0m", raw) for raw, _ in CASES.values()]
        result = self.run_nslist("--tree", "--type=uts", env=UTF8)
        text = self.check_clean(result.out)
        for made in helpers:
            self.assertEqual(len(re.findall(r"^[^a-z]*─%d " % made.pid, text, re.M)), 1)

    def test_line_is_a_line(self):
        """As many lines as there are rows, and one for the header."""
        helpers = [self.make(raw[:15], raw, raw + b"\n") for raw, _ in CASES.values()]
        result = self.run_nslist(env=UTF8)
        text = self.check_clean(result.out)
        rows = [nsltest.Row(line) for line in result.lines[1:]]
        self.assertEqual(text.count("\n"), len(rows) + 1)
        for made in helpers:
            self.assertEqual(len([row for row in result.rows if row.pid == made.pid]),
                             1 if os.geteuid() == 0 else 2)

    def test_empty_arguments(self):
        """And none but empty ones."""
        made = self.nsmake("name", b"name".hex(), b"program".hex(), "", "", b"end".hex())
        self.assertEqual(self.row(self.run_nslist(), made).command, "program   end")
        made = self.nsmake("name", b"name".hex(), "")
        self.assertNotEqual(self.row(self.run_nslist(), made).command.strip(), "")

    def test_holder_command(self):
        """A command line that stands in another row, as why a namespace exists."""
        nsltest.need_root()
        for raw, shown in (CASES["escape"], CASES["newline"], CASES["right to left"]):
            made = self.nsmake("children", "time", argv0=raw)
            result = self.run_nslist(env=UTF8)
            self.check_clean(result.out)
            rows = [row.command for row in result.rows if row.inode == made.for_children]
            self.assertEqual(rows, ["for children of %d %s children time" % (made.pid, shown),
                                    shown + " children time"])
            self.check_clean(self.run_nslist("--tree", env=UTF8).out)
            made.end()


class Messages(BytesCase):
    def test_selectors(self):
        """A word of the command line, in what is said about it: one line, nothing raw."""
        for name, (raw, shown) in CASES.items():
            for word in (raw, b"/nonexistent/" + raw):
                with self.subTest(name):
                    result = self.run_nslist("--quiet", word, status=1, env=UTF8)
                    text = self.check_clean(result.err)
                    self.assertEqual(text.count("\n"), 1)
                    if shown is not None:
                        self.assertIn(shown, text)

    def test_options(self):
        for raw, _ in CASES.values():
            for words in ([b"--type=" + raw], [b"--task", raw], [b"--" + raw], [b"--proc", raw],
                          [b"--tree=" + raw], [b"--reference=" + raw], [b"-" + raw[:1] + b"z"]):
                result = nsltest.run(*words, env=UTF8)
                self.check_clean(result.out)
                text = self.check_clean(result.err)
                if result.status == 2:
                    self.assertEqual(text.count("\n"), 1, words)
                    self.assertTrue(text.startswith("nslist: "))

    def test_name_of_who_is_complained_of(self):
        """The name of a process that a warning names is its own choice too. Here of one whose
        command line is left out, since nslist may start no process to read it."""
        nsltest.need_root()

        def limit():
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        for name, (raw, shown) in CASES.items():
            if len(raw) > 15 or shown is None:
                continue
            with self.subTest(name):
                made = self.nsmake("name", raw.hex(), b"program".hex(), user=nsltest.NOBODY)
                result = self.run_nslist(str(made.pid), user=nsltest.NOBODY, preexec_fn=limit,
                                         env=dict(UTF8, **nsltest.NO_LEAK_CHECK))
                lines = [line for line in self.check_clean(result.err).splitlines()
                         if "command line" in line]
                self.assertEqual(len(lines), 1, result)
                self.assertIn("process %d (%s): " % (made.pid, shown), lines[0])
                self.check_clean(result.out)
                made.end()


class Terminal(BytesCase):
    def lines(self, *arguments, columns=80, env=None):
        result = nsltest.run_on_terminal(*arguments, columns=columns, env=env or UTF8)
        self.assertEqual(result.status, 0, result)
        self.check_clean(result.out)
        return result.lines

    def test_columns_are_aligned(self):
        """Wherever it is cut, a row is no wider than the terminal, and starts as it should."""
        helpers = [self.make(raw[:15], raw * 12, b"tail") for raw, _ in CASES.values()]
        for columns in (40, 79, 80, 81, 120):
            lines = self.lines(columns=columns)
            rows = {}
            for line in lines[1:]:
                self.assertLessEqual(width(line), columns, line)
                row = nsltest.Row(line)
                rows[row.pid, row.inode] = row
            for made, (raw, _) in zip(helpers, CASES.values()):
                row = rows[made.pid, made.ns["uts"]]
                # Nothing is thrown away that there was room for: a character is 2 wide, or an
                # escape is cut.
                if not row.line.endswith(" tail"):
                    self.assertGreaterEqual(width(row.line), columns - 3, raw)

    def test_header_is_cut(self):
        """Like any other line."""
        for columns in (20, 40, 80):
            self.assertEqual(self.lines(columns=columns)[0], nsltest.HEADING[:columns])

    def test_tree_is_cut(self):
        for raw, _ in CASES.values():
            self.make(raw[:15], raw * 12, b"tail")
        for columns in (20, 60, 80):
            for line in self.lines("--tree", columns=columns):
                self.assertLessEqual(width(line), columns, line)

    def test_not_cut(self):
        made = self.make(b"name", b"x" * 500, b"end")
        for words in (["--notruncate"], ["-u"]):
            line = [line for line in self.lines(*words) if str(made.pid) in line][0]
            self.assertTrue(line.endswith("x" * 500 + " end"))
        line = [line for line in self.lines() if str(made.pid) in line][0]
        self.assertEqual(len(line), 80)

    def test_ascii_terminal(self):
        """Where the locale is not UTF-8 all that is not ASCII is escaped."""
        made = self.make(b"name", "grün".encode(), "日本".encode())
        result = nsltest.run_on_terminal(columns=200, env={"LC_ALL": "C"})
        result.out.decode("ascii")
        line = [line for line in result.lines if str(made.pid) in line and "uts" in line][0]
        self.assertTrue(line.endswith("gr\\xc3\\xbcn \\xe6\\x97\\xa5\\xe6\\x9c\\xac"), line)
        result = nsltest.run_on_terminal("--tree", columns=200, env={"LC_ALL": "C"})
        result.out.decode("ascii")

    def test_messages(self):
        """The terminal that stderr is on gets nothing raw either, whatever the locale."""
        for locale in ("C", "C.UTF-8"):
            result = subprocess.run([os.fsencode(nsltest.NSLIST), b"\x1b[31m\xff\xe2\x80\xae"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                    env=dict(os.environ, LC_ALL=locale), check=False)
            self.check_clean(result.stderr)


if __name__ == "__main__":
    nsltest.main()
