# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page: it is well formed, and says of every option, format and column what --help and
the program say, and no more. Examples in it are calls that the program takes.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

PAGE = os.path.join(nsltest.SOURCE, "data", "nslist.8")


def rendered():
    """The page as a reader sees it, without emphasis, in lines that do not wrap."""
    if shutil.which("man") is None:
        raise unittest.SkipTest("no man(1): install man-db")
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-Tutf8", "-l", PAGE],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, MANWIDTH="500", MAN_KEEP_FORMATTING="", LC_ALL="C.UTF-8"), check=True)
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout.decode())
    return text, done.stderr.decode()


def help_text():
    return subprocess.run([nsltest.NSLIST, "--help"], stdout=subprocess.PIPE, check=True,
                          text=True).stdout


def options_of(text):
    """{("-a", "--all"), (None, "--strict") …} of the lines that begin with an option."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"\s+(?:(-[A-Za-z]),\s+)?(--[a-z-]+)", line)
        if match:
            found.add((match.group(1), match.group(2)))
    return found


def section(text, name):
    """The lines below a heading, up to the next one."""
    match = re.search(r"^%s\n(.*?)(?=^\S|\Z)" % re.escape(name), text, re.M | re.S)
    return match.group(1) if match else ""


class Manual(nsltest.TestCase):
    def test_no_warnings(self):
        for width in ("80", "200"):
            done = subprocess.run(
                ["man", "--warnings", "-E", "UTF-8", "-Tutf8", "-l", PAGE],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=dict(os.environ, MANWIDTH=width, LC_ALL="C.UTF-8"), check=True,
            ) if shutil.which("man") else self.skipTest("no man(1): install man-db")
            self.assertEqual(done.stderr.decode(), "")
            text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout.decode())
            self.assertEqual([line for line in text.splitlines() if len(line) > int(width)], [])
        self.assertEqual([line for line in help_text().splitlines() if len(line) > 80], [])

    def test_options(self):
        text, _ = rendered()
        in_help = options_of(help_text())
        self.assertGreater(len(in_help), 20)
        self.assertEqual(options_of(section(text, "OPTIONS")), in_help)

    def test_formats(self):
        """Those that an unknown one is answered with."""
        text, _ = rendered()
        done = subprocess.run([nsltest.NSLIST, "--format=none"], stderr=subprocess.PIPE, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2)
        names = re.search(r"; there are (.*)", done.stderr).group(1)
        known = set(re.findall(r"[a-z]+", names)) - {"and"}
        entry = re.search(r"-F, --format=NAME\n(.*?)\n\n", text, re.S).group(1)
        self.assertEqual(set(re.findall(r"\b[a-z]+\b", re.sub(r"\(.*?\)", "", entry, flags=re.S)))
                         - {"or"},
                         known)

    def test_examples(self):
        """Each is a command line without an error in it; what it selects need not be there."""
        text, _ = rendered()
        lines = [line.strip() for name in ("TASKS", "EXAMPLES", "COMING FROM IP, PS AND DOCKER")
                 for line in section(text, name).splitlines() if line.strip().startswith("nslist")]
        self.assertGreater(len(lines), 40)
        folder = self.directory()
        program = os.path.abspath(nsltest.NSLIST)
        for name in ("base.json", "web1.json", "web2.json"):
            nsltest.write(os.path.join(folder, name), nsltest.run("-qJ").out)
        reader, unread = os.pipe()  # which ends what goes on
        os.close(reader)
        self.addCleanup(os.close, unread)
        for line in lines:
            words = []
            for word in shlex.split(line.replace("/host/proc", "/proc"))[1:]:
                if word in ("|", ">"):
                    break
                words.append(word)
            done = subprocess.run([program, "--quiet", *words], cwd=folder, text=True,
                                  stdout=unread if "--watch" in line else subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, check=False)
            self.assertIn(done.returncode, (0, 1, 3) if "--strict" in words else (0, 1),
                          (line, done.stderr))

    def test_metrics(self):
        """Each that there is, and what is left out of it as its own help has it."""
        entries = re.search(r"^\.SS Metrics\n(.*?)^\.S", nsltest.read(PAGE), re.M | re.S).group(1)
        path = os.path.join(nsltest.SOURCE, "src", "report", "prometheus.c")
        self.assertEqual(set(re.findall(r"\bnslist_\w+", entries)),
                         set(re.findall(r'"(nslist_\w+)', nsltest.read(path))))
        helps = dict(re.findall(r"^# HELP (\S+) (.*)", nsltest.run("-qF", "prometheus").text, re.M))
        for name, words in (("nslist_processes", "not the root one"),
                            ("nslist_unpopulated_namespaces_by_holder",
                             "kept in several ways counts in each"),
                            ("nslist_containers", "ontainers and sandboxes with a listed process")):
            self.assertIn(words, helps[name])
            entry, = [entry for entry in entries.split(".TP\n") if re.search(name + r"\b", entry)]
            self.assertIn(words, " ".join(entry.split()))

    def test_environment(self):
        """Each variable that the program looks at."""
        text, _ = rendered()
        with open(os.path.join(nsltest.SOURCE, "src", "main.c"), encoding="utf-8") as file:
            names = set(re.findall(r'"([A-Z][A-Z_]+)"', file.read()))
        self.assertGreaterEqual(names, {"COLUMNS", "LC_ALL", "TERM"})
        for name in names:
            self.assertRegex(section(text, "ENVIRONMENT"), r"\b%s\b" % name)

    def test_files(self):
        """Each place that it looks for engines' records at is below one that it names."""
        text, _ = rendered()
        named = re.findall(r"(?<!\S)[/~][^,\s]+", section(text, "FILES"))
        path = os.path.join(nsltest.SOURCE, "src", "attribute", "engines_stores.c")
        table = nsltest.read(path).partition("#define STORAGE_CONF")[2]  # with what it names
        places = re.findall(r'"((?:/|\$HOME/)[a-z.][^"]+)"', table)
        self.assertGreater(len(places), 30)
        for place in places:
            place = place.replace("$HOME", "~").replace("$UID", "UID")
            self.assertTrue([name for name in named if (place + "/").startswith(name + "/")], place)

    def test_lsns(self):
        """Every option of lsns has its line: lsns(8) of util-linux 2.41."""
        text, _ = rendered()
        table = section(text, "COMING FROM LSNS")
        for option in ("--json", "--list", "--noheadings", "--output", "--output-all",
                       "--list-columns", "--persistent", "--task", "--filter", "--raw", "--type",
                       "--tree", "--notruncate", "--nowrap", "-h", "-V"):
            self.assertRegex(table, r"(?m)^[^\n]*%s\b" % re.escape(option))


if __name__ == "__main__":
    nsltest.main()
