# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on the source itself: which folder may include which, that nothing is left out of the
build, of the maps and of the tests, and that no file tells where it was written."""

import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import nsltest  # noqa: E402

TOP = nsltest.SOURCE
SRC = os.path.join(TOP, "src")

# What each folder may include beside itself; "" is the top: main.c and options.
MAY_INCLUDE = {
    "base": set(),
    "model": {"base"},
    "collect": {"base", "model"},
    "attribute": {"base", "model"},
    "store": {"base", "model"},
    "report": {"base", "model"},
}
OPTIONS_MAY_INCLUDE = {"base", "model", "report", ""}


def read(*path):
    return nsltest.read(os.path.join(TOP, *path))


def files_below(folder, *suffixes):
    """Paths relative to `folder`, sorted."""
    found = []
    for path, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(path, name), folder) for name in names]
    return sorted(name for name in found if not suffixes or name.endswith(suffixes))


def includes_of(path):
    """The files that a file of src/ includes from src/ ("base/sys.h")."""
    names = re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', read("src", path), re.M)
    return [name for name in names if os.path.exists(os.path.join(SRC, name))]


class Layers(unittest.TestCase):
    def test_includes_are_from_the_top(self):
        """"base/sys.h", never "sys.h" or "../base/sys.h": so that the test below sees them all."""
        for path in files_below(SRC, ".c", ".h"):
            for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', read("src", path), re.M):
                self.assertTrue(os.path.exists(os.path.join(SRC, name)), (path, name))
                self.assertNotIn("..", name, path)

    def test_folders(self):
        seen = 0
        for path in files_below(SRC, ".c", ".h"):
            folder = os.path.dirname(path)
            if folder == "":
                continue
            self.assertIn(folder, MAY_INCLUDE, "a folder without a rule: %s" % path)
            for name in includes_of(path):
                seen += 1
                self.assertIn(os.path.dirname(name), MAY_INCLUDE[folder] | {folder},
                              "%s includes %s" % (path, name))
        self.assertGreater(seen, 20)

    def test_options(self):
        for path in ("options.c", "options.h"):
            for name in includes_of(path):
                self.assertIn(os.path.dirname(name), OPTIONS_MAY_INCLUDE, (path, name))

    def test_who_knows_all(self):
        """Of the files at the top none but these includes what collects, names or keeps."""
        wires = {"main", "take", "compare", "watch"}
        top = [path for path in files_below(SRC, ".c", ".h") if os.path.dirname(path) == ""]
        self.assertIn("main.c", top)
        for path in top:
            if path.split(".")[0] not in wires:
                folders = {os.path.dirname(name) for name in includes_of(path)}
                self.assertFalse(folders & {"collect", "attribute", "store"}, path)

    def test_only_procfs_reads_proc(self):
        """No other file has a path of /proc to open, but for the magic links of descriptors."""
        for path in files_below(SRC, ".c"):
            if path.startswith("base/procfs") or path == "report/column.c":  # prints paths
                continue
            for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', read("src", path)):
                if text.startswith("/proc/"):
                    self.assertTrue(text.startswith("/proc/self/fd/"), (path, text))

    def test_hashes(self):
        """What others have chosen is hashed with a key: GLib's is for the kernel's types alone."""
        for path in files_below(SRC, ".c"):
            if path != "base/btf.c":
                self.assertNotRegex(read("src", path),
                                    r"g_str_hash|ref_string_new_intern|chunk_insert_const", path)


class Files(unittest.TestCase):
    def test_every_source_is_compiled(self):
        listed = re.findall(r"^\s*([a-z_/]+\.c)\b", read("src", "CMakeLists.txt"), re.M)
        listed += re.findall(r"add_executable\(nslist ([a-z_./ ]+)\)",
                             read("src", "CMakeLists.txt"))[0].split()
        self.assertEqual(sorted(listed), files_below(SRC, ".c"))
        self.assertEqual(len(set(listed)), len(listed))

    def test_every_helper_is_compiled(self):
        text = read("tests", "CMakeLists.txt")
        for path in files_below(os.path.join(TOP, "tests"), ".c"):
            if not path.startswith(("unit/", "fuzz/fuzz_")):  # a pattern has them
                self.assertIn(path, text)

    def test_every_module_has_a_header(self):
        """One that says what it is for; passes and formats share theirs, and a part of a
        module has the module's."""
        shared = {"collect": "collect.h", "attribute": "attribute.h", "report": "format.h"}
        for path in files_below(SRC, ".c"):
            folder = os.path.dirname(path)
            own = os.path.splitext(path)[0] + ".h"
            if path == "main.c" or os.path.exists(os.path.join(SRC, own)):
                continue
            name = os.path.splitext(os.path.basename(path))[0]
            whole = os.path.join(folder, name.rsplit("_", 1)[0] + ".h")
            if os.path.exists(os.path.join(SRC, whole)):
                continue
            self.assertIn(folder, shared, path)
            header = read("src", folder, shared[folder])
            self.assertTrue(re.search(r"\bnsl_(?:collect_)?%s\w*[(;]" % name, header), path)

    def test_every_module_has_a_test(self):
        units = {name[len("test_"):-len(".c")] for name in
                 files_below(os.path.join(TOP, "tests", "unit"), ".c")}
        # What is tested with another: see those.
        with_another = {"main": "golden", "format": "table",
                        "filter_parse": "filter", "lookup": "containers",
                        "lookup_ancestors": "containers",
                        "entered": "containers",
                        "options_check": "options", "process_record": "processes",
                        "census_programs": "census", "json_value": "json",
                        "reader": "snapfile", "reader_detail": "snapfile",
                        "snapfile_settle": "snapfile",
                        "changes": "diff"}
        # What there is nothing to see of without real namespaces.
        live = {"details_net", "mount_places", "mounted", "open_ns", "take", "threads"}
        for path in files_below(SRC, ".c"):
            name = os.path.splitext(os.path.basename(path))[0]
            self.assertTrue(name in units | live or name in with_another, path)

    def test_licence(self):
        """The first line of each says it, but for a script's, which is its second."""
        checked = 0
        for folder in ("src", "tests", ".ci"):
            for path in files_below(os.path.join(TOP, folder)):
                whole = os.path.join(TOP, folder, path)
                if "/proc/" in whole or "/expected/" in whole or "__pycache__" in whole:
                    continue
                if not path.endswith((".c", ".h", ".py", ".txt")) and not os.access(whole, os.X_OK):
                    continue
                lines = read(folder, path).split("\n")[:2]
                line = lines[1] if lines[0].startswith("#!") else lines[0]
                self.assertIn("SPDX-License-Identifier: GPL-3.0-or-later", line, path)
                checked += 1
        self.assertGreater(checked, 60)
        self.assertIn("GNU GENERAL PUBLIC LICENSE", read("COPYING")[:200])

    def test_first_paragraph(self):
        """Each file of C begins with what it is for."""
        for folder in ("src", "tests"):
            for path in files_below(os.path.join(TOP, folder), ".c", ".h"):
                self.assertRegex(read(folder, path), r"\A[^\n]*\n(#pragma once\n)?\n?/\*\n \* \w", path)

    def test_top_level(self):
        """Nothing else is at the top."""
        allowed = {"src", "tests", "data", "CMakeLists.txt", "README.md", "COPYING"}
        for name in tracked():
            top = name.split("/")[0]
            self.assertTrue(top in allowed or top.startswith("."), name)


class Version(unittest.TestCase):
    def test_one_place(self):
        """CMakeLists.txt has it, and the changelog tells what is new in it."""
        version = re.search(r"^project\(nslist VERSION (\S+) ", read("CMakeLists.txt"), re.M).group(1)
        found = [name for name in tracked() if name.startswith(("src/", "data/")) and
                 version in read(name)]
        self.assertEqual(found, ["data/packages/changelog"])
        self.assertTrue(read(found[0]).startswith("nslist (%s) " % version))


class Map(unittest.TestCase):
    """src/README.md says where everything is."""

    def test_folders(self):
        text = read("src", "README.md")
        for folder in sorted(os.listdir(SRC)):
            if os.path.isdir(os.path.join(SRC, folder)):
                self.assertIn("`%s/`" % folder, text)

    def test_files(self):
        text = read("src", "README.md")
        for path in files_below(SRC, ".c"):
            self.assertRegex(text, "`(%s|%s)`" % (path, os.path.basename(path)))

    def test_nothing_that_is_not_there(self):
        """Every file that it names exists."""
        for name in re.findall(r"`([a-z_/]+\.[ch])`", read("src", "README.md")):
            found = [path for path in files_below(SRC) if path == name or
                     path.endswith("/" + name)]
            self.assertNotEqual(found, [], name)

    def test_rules(self):
        """The folders' rules there are those that are tested here."""
        rows = re.findall(r"^\| `(\w+)/` \| ([^|]*) \|", read("src", "README.md"), re.M)
        self.assertGreater(len(rows), 3)
        for folder, may in rows:
            self.assertEqual(set(re.findall(r"`(\w+)`", may)), MAY_INCLUDE[folder], folder)


def tracked():
    """The files of the repository: what git knows, and what it would add."""
    try:
        # Root may test what a user has checked out.
        result = subprocess.run(["git", "-c", "safe.directory=*", "-C", TOP, "ls-files", "-z",
                                 "--cached", "--others", "--exclude-standard"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise unittest.SkipTest("missing: git, or this is no working tree of it") from None
    names = sorted(set(os.fsdecode(name) for name in result.stdout.split(b"\0") if name))
    return [name for name in names if os.path.lexists(os.path.join(TOP, name))]


class Repository(unittest.TestCase):
    def test_no_traces(self):
        """Nothing of the machine that it was written on. (The words are put together here, so that
        this file does not contain them.)"""
        words = ["/" + "work/", "snapshot" + ".debian", "deb" + ".debian"]
        seen = 0
        for name in tracked():
            path = os.path.join(TOP, name)
            if os.path.islink(path):
                data = os.fsencode(os.readlink(path))
            else:
                data = nsltest.read_bytes(path)
            seen += 1
            for word in words:
                self.assertNotIn(word.encode(), data, "%s in %s" % (word, name))
                self.assertNotIn(word, name)
        self.assertGreater(seen, 50)

    def test_text(self):
        """Lines end, and without blanks; files are not empty."""
        for name in tracked():
            path = os.path.join(TOP, name)
            if name.startswith(("tests/golden/proc/", "tests/golden/expected/",
                                "tests/fuzz/seeds/")) or \
                    os.path.islink(path) or name == "COPYING":
                continue
            data = nsltest.read_bytes(path)
            self.assertTrue(data.endswith(b"\n"), name)
            self.assertIsNone(re.search(rb"[ \t]\n", data), "blanks before the end of a line: %s"
                              % name)
            self.assertNotIn(b"\r", data, name)


class Readme(unittest.TestCase):
    def commands(self, kind):
        return re.findall(r"^<!-- %s -->\n```sh\n(.*?)^```$" % kind, read("README.md"),
                          re.M | re.S)

    def test_commands(self):
        """One to run and one to test, a line each, that anybody can paste."""
        for kind in ("run", "test"):
            found = self.commands(kind)
            self.assertEqual(len(found), 1, kind)
            self.assertEqual(found[0].count("\n"), 1, kind)
            self.assertEqual(subprocess.run(["bash", "-n", "-c", found[0]]).returncode, 0, kind)

    def test_ci_runs_them(self):
        """What .ci/run takes out of the README, its way, is those commands."""
        script = read(".ci", "run")
        for kind in ("run", "test"):
            takes = re.search(r"^%s_command=(\$\(.*\))$" % kind, script, re.M)
            self.assertIsNotNone(takes, kind)
            self.assertTrue(re.search(r'^bash -c "\$%s_command"' % kind, script, re.M), kind)
            result = subprocess.run(["bash", "-c", 'printf "%%s\\n" "%s"' % takes.group(1)],
                                    cwd=TOP, stdout=subprocess.PIPE, check=True)
            self.assertEqual(result.stdout.decode(), self.commands(kind)[0], kind)

    def test_no_placeholders(self):
        for name in ("README.md", "src/README.md"):
            self.assertIsNone(re.search(r"@[A-Z_]+@|TODO|FIXME|XXX", read(name)), name)

    def test_files_it_names(self):
        """What it refers to is there."""
        for name in re.findall(r"`((?:src|tests|data)/[\w./-]+)`", read("README.md")):
            self.assertTrue(os.path.exists(os.path.join(TOP, name)), name)

    def test_options_it_names(self):
        """Every option in it is in --help."""
        usage = subprocess.run([nsltest.NSLIST, "--help"], stdout=subprocess.PIPE,
                               check=True).stdout.decode()
        text = read("README.md")
        calls = re.findall(r"nslist((?: [^`|\n]*)?)[`|]", text)
        options = {option for call in calls for option in re.findall(r"--[a-z-]+", call)}
        options.update(re.findall(r"`(--[a-z-]+)", text))
        options.discard("--")  # as a row may begin
        self.assertGreater(len(options), 6)
        for option in options:
            self.assertRegex(usage, re.escape(option) + r"(?![a-z-])")


if __name__ == "__main__":
    nsltest.main()
