# SPDX-License-Identifier: GPL-3.0-or-later
"""Nslist run by an ordinary user: it lists what that user may see, says once how much it may not,
and never takes what it cannot read for something it has read. How much that is, a walk of /proc
by the same user tells."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

NOBODY = nsltest.NOBODY
COUNT = """
before = {pid for pid, ns in walk().items() if ns is None}
words = [public_program_path] + arguments
out = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
after = {pid for pid, ns in walk().items() if ns is None}
print(json.dumps({"before": sorted(before), "after": sorted(after), "status": out.returncode,
                  "out": out.stdout.decode(), "err": out.stderr.decode()}))
"""


class Unprivileged(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.path = nsltest.public_program("nslist")

    def run_counted(self, *arguments):
        """A run as nobody, and how many processes nobody could not read just before and after;
        repeated until these are the same ones."""
        for _ in range(50):
            found = nsltest.run_python_as(NOBODY, "public_program_path = %r\narguments = %r\n%s" % (
                self.path, list(arguments), COUNT))
            if found["before"] == found["after"]:
                result = nsltest.Result(found["status"], found["out"].encode(),
                                        found["err"].encode())
                return result, found["before"]
        self.skipTest("missing: a system on which processes do not start and end all the time")

    def warning(self, count):
        self.assertGreater(count, 1)
        return "nslist: %d processes could not be read; run as root to see all of them" % count

    def test_own_namespaces(self):
        made = self.nsmake("new", "user,uts,net,pid", "--count", "2", user=NOBODY)
        rows = [row.key() for row in self.table(user=NOBODY)]
        wanted = [(pid, kind, made.ns[kind], False) for pid in sorted(made.pids)
                  for kind in ("net", "pid", "user", "uts")]
        self.assertEqual([row for row in rows if row[0] in made.pids], wanted)
        # Nothing that is root's, and no root namespaces either.
        roots = nsltest.root_namespaces()
        self.assertEqual({row[2] for row in rows} & set(roots.values()), set())

    def test_summary(self):
        """The lowest process that is seen, whichever is selected."""
        made = self.nsmake("new", "user,uts", "--count", "2", user=NOBODY)
        for words in (), (str(made.pids[0]),), (str(made.pids[1]),):
            lines = self.run_nslist("-snr", "-tuts", "-oNS,PID", *words, user=NOBODY).lines
            self.assertIn("%d %d" % (made.ns["uts"], min(made.pids)), lines, words)

    def test_one_warning_with_the_count(self):
        for words, status, said in (((), 0, True), (("--strict",), 3, True),
                                    (("--quiet",), 0, False), (("-q", "--strict"), 3, False)):
            result, unreadable = self.run_counted(*words)
            self.assertEqual((result.status, result.warnings),
                             (status, [self.warning(len(unreadable))] if said else []), words)
            self.assertEqual(result.lines[0], nsltest.HEADING)

    def test_json(self):
        result, unreadable = self.run_counted("--json")
        document = result.json
        self.assertEqual(result.status, 0)
        self.assertIs(document["complete"], False)
        self.assertEqual(document["sources"]["processes"], "partial")
        issues = [issue for issue in document["issues"] if issue["source"] == "processes"]
        self.assertEqual([(issue["code"], issue["count"]) for issue in issues],
                         [("EACCES", len(unreadable))])
        self.assertEqual(issues[0]["pids"], unreadable[:20])

    def test_json_and_the_root_namespaces(self):
        """They are known without PID 1's links being readable."""
        roots = nsltest.root_namespaces()
        document = self.document(user=NOBODY)
        self.assertIn(document["reference"]["source"], ("pid1", "initial", "kthreadd", "guess"))
        # Before Linux 6.17 its own, where it can see no others.
        self.assertIn(document["reference"]["namespaces"],
                      (roots, {**roots, **nsltest.surroundings()}))

    def test_all(self):
        """Even of the root namespaces only its own processes are listed."""
        with nsltest.Process("cat", user=NOBODY) as process:
            rows = self.table("--all", "-tuts", user=NOBODY)
            self.assertIn(process.pid, [row.pid for row in rows])
            self.assertNotIn(os.getpid(), [row.pid for row in rows])

    def hidden(self, pid):
        return "nslist: process %d is not visible; run as root to see it" % pid

    def test_select_what_it_may_not_read(self):
        """That is an error, which is said even to whom wants no warnings."""
        for words in (), ("--quiet",):
            result = self.run_nslist(*words, str(os.getpid()), user=NOBODY, status=2)
            self.assertEqual((result.rows, result.warnings), ([], [self.hidden(os.getpid())]))

    def test_select_both(self):
        """What could be read is there, and what could not is named."""
        made = self.nsmake("new", "user,uts", user=NOBODY)
        self.process("cat")  # which it may not read either
        result = self.run_nslist(str(os.getpid()), str(made.pids[0]), user=NOBODY, status=1)
        self.assertEqual({row.pid for row in result.rows}, set(made.pids))
        hidden, count = result.warnings
        self.assertEqual(hidden, self.hidden(os.getpid()))
        # Who else is in there, and whose it is, these could tell.
        self.assertRegex(count, r"\d+ processes could not be read; run as root")

    def test_task_that_it_may_not_read(self):
        made = self.nsmake("new", "user,uts", user=NOBODY)
        result = nsltest.run("--task", str(os.getpid()), user=NOBODY)
        self.assertNotIn(made.pids[0], [row.pid for row in result.rows])
        self.assertIn("nslist: process %d is not visible (--task); run as root to see it" %
                      os.getpid(), result.warnings)

    def test_namespace_that_it_may_not_see(self):
        """It is not listed, and neither its path nor its inode leads to it."""
        made = self.nsmake("new", "uts")
        inode, path = made.ns["uts"], "/proc/%d/ns/uts" % made.pids[0]
        self.assertNotIn(inode, [row.inode for row in self.table(user=NOBODY)])
        for word, why in ((path, path + ": Permission denied"),
                          (str(inode), "no visible namespace %d" % inode)):
            result = self.run_nslist(word, user=NOBODY, status=1)
            self.assertIn("nslist: " + why, result.warnings)

    def test_other_users_processes_stay_unread(self):
        """A process that made itself undumpable is unreadable for its own user, and counted."""
        code = ("import ctypes,sys; ctypes.CDLL(None).prctl(4,0,0,0,0);"
                "print('{}',flush=True); sys.stdin.read()")
        process = subprocess.Popen([nsltest.PYTHON, "-c", code], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, user=NOBODY, group=NOBODY,
                                   extra_groups=[], cwd="/")
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        process.stdout.readline()
        result, unreadable = self.run_counted()
        self.assertIn(process.pid, unreadable)
        self.assertEqual(result.warnings, [self.warning(len(unreadable))])

    def test_within_its_own_user_namespace(self):
        """Nothing outside may be read there. It lists itself at most, and says what it went by."""
        nsltest.need("unshare")
        for words in (["unshare", "--user", "--map-root-user"],
                      ["unshare", "--user", "--map-root-user", "--uts"]):
            result = nsltest.run("--json", user=NOBODY, prefix=words)
            self.assertEqual(result.status, 0, result)
            document = result.json
            self.assertIs(document["complete"], False)
            self.assertNotEqual(document["reference"]["source"], "pid1")
            listed = {pid for ns in document["namespaces"] for pid in ns["pids"]}
            self.assertLessEqual(listed, {result.pid})
            result = nsltest.run(user=NOBODY, prefix=words)
            self.assertEqual(result.status, 0, result)
            self.assertLessEqual({row.pid for row in result.rows}, {result.pid})
            self.assertTrue(result.warnings)

    def run_with_hidepid(self, mode, *arguments, status=0):
        """A run as nobody on a procfs of its own that is mounted so."""
        nsltest.need("unshare", "mount", "setpriv")
        script = ("mount -t proc -o hidepid=%s proc /proc || { echo cannot mount >&2; exit 77; }\n"
                  "exec setpriv --reuid %d --regid %d --clear-groups \"$0\" \"$@\"" % (
                      mode, NOBODY, NOBODY))
        words = [self.path, *arguments]
        found = subprocess.run(["unshare", "--mount", "sh", "-c", script, *words], timeout=60,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if found.returncode == 77:
            self.skipTest("missing: proc with hidepid=%s: %s" % (mode, found.stderr.decode()))
        self.assertEqual(found.returncode, status, found)
        return nsltest.Result(found.returncode, found.stdout, found.stderr)

    def check_hidepid(self, mode):
        made = self.nsmake("new", "user,uts", "--count", "2", user=NOBODY)
        result = self.run_with_hidepid(mode, "--json")
        document = result.json
        self.assertIs(document["complete"], False)
        self.assertEqual(document["sources"]["processes"], "partial")
        # What is root is not known from PID 1, but neither is it nothing.
        roots = nsltest.root_namespaces()
        for kind in ("uts", "user", "net", "pid"):
            self.assertEqual(document["reference"]["namespaces"][kind], roots[kind])
        self.assertNotEqual(document["reference"]["source"], "pid1")
        found = nsltest.get_namespace(document, "uts", made.ns["uts"])
        self.assertEqual(found["pids"], sorted(made.pids))
        self.assertIsNone(found["nprocs"])
        self.assertLessEqual({"nprocs", "pids"}, set(found["unknown"]))
        self.run_with_hidepid(mode, "--strict", status=3)
        # A PID that is there, and one that is not.
        result = self.run_with_hidepid(mode, "-q", str(os.getpid()), status=2)
        self.assertEqual(result.warnings, [self.hidden(os.getpid())])
        result = self.run_with_hidepid(mode, "-q", str(nsltest.PID_MAX - 1), status=1)
        self.assertEqual(result.warnings, ["nslist: no process %d" % (nsltest.PID_MAX - 1)])
        result = self.run_with_hidepid(mode, "-tuts")
        self.assertEqual(len(result.warnings), 1, result)
        self.assertEqual({row.pid for row in result.rows}, set(made.pids))
        return result.warnings[0]

    def test_hidepid_without_access(self):
        self.assertIn("processes could not be read; run as root", self.check_hidepid("1"))

    def test_hidepid_invisible(self):
        """A procfs that does not even show other users' processes: they are missed all the same."""
        self.assertRegex(self.check_hidepid("2"), "hidepid.*; run as root to see all of them$")

    def test_hidepid_not_ptraceable(self):
        self.assertIn("hidepid", self.check_hidepid("ptraceable"))


if __name__ == "__main__":
    nsltest.main()
