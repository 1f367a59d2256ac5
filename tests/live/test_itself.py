# SPDX-License-Identifier: GPL-3.0-or-later
"""Nslist as a process: what it leaves behind, which is nothing, and how it fares with few or too
many descriptors, no further processes and no working directory, as whatever starts it may arrange.
What it is refused by that is in ../hostile/test_deny.py."""

import os
import resource
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


class Itself(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        self.made = self.nsmake("new", "user,uts", "--count", "2")

    def check_listed(self, result):
        rows = [row.key() for row in result.rows if row.pid in self.made.pids]
        wanted = [(pid, kind, self.made.ns[kind], False) for pid in sorted(self.made.pids)
                  for kind in ("user", "uts")]
        self.assertEqual(rows, wanted)

    def check_listed_or_said(self, result):
        """What could not be read is no silent loss."""
        if result.status == 0:
            found = nsltest.get_namespace(result.json, "uts", self.made.ns["uts"])
            self.assertTrue(found or not result.json["complete"], result)
        else:
            self.assertTrue(result.warnings)


class Traces(Itself):
    def test_no_children_left(self):
        known = nsltest.own_children()
        for words in ([], ["--json"], ["--tree"], ["--all"], ["/proc/self/ns/net"]):
            self.run_nslist(*words)
            # All that are left would have become children of this process by now.
            self.assertEqual(nsltest.own_children() - known, set())

    def test_nothing_written(self):
        """A directory that it is run in stays empty."""
        place = self.directory()
        for words in ([], ["--json"]):
            self.run_nslist(*words, cwd=place)
        self.assertEqual(os.listdir(place), [])

    def test_stdin_is_not_read(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.write(writer, b"untouched")
        os.close(writer)
        self.check_listed(self.run_nslist(stdin=reader))
        self.assertEqual(os.read(reader, 100), b"untouched")

    def test_workers_do_not_keep_descriptors(self):
        """When it has ended, so has everybody who could have had its descriptors."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        try:
            self.run_nslist(pass_fds=[writer])
        finally:
            os.close(writer)
        self.assertTrue(select.select([reader], [], [], 10)[0])
        self.assertEqual(os.read(reader, 1), b"")

    def test_terminated_it_leaves_none(self):
        """Its workers end with it, however it ends."""
        known = nsltest.own_children()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for _ in range(10):
                process = subprocess.Popen([nsltest.NSLIST, "--json"], stdout=subprocess.PIPE,
                                           stderr=subprocess.DEVNULL)
                process.send_signal(number)
                process.stdout.close()
                process.wait()
        self.reap_strangers(known)


class Descriptors(Itself):
    def test_few_descriptors(self):
        for count in (64, 32, 16):
            with self.subTest(count):
                self.check_listed(self.run_nslist(preexec_fn=nsltest.limit_files(count)))

    def test_hundred_inherited_descriptors(self):
        pipes = [os.pipe() for _ in range(50)]
        try:
            fds = [fd for pair in pipes for fd in pair]
            self.check_listed(self.run_nslist(pass_fds=fds))
        finally:
            for fd in fds:
                os.close(fd)

    def test_inherited_descriptors_beyond_the_limit(self):
        """A limit below what is open already: nothing more can be opened with a high number."""
        fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(100)]
        try:
            result = nsltest.run("--json", pass_fds=fds, preexec_fn=nsltest.limit_files(16))
            self.assertIn(result.status, (0, 2, 127), result)
            self.check_listed_or_said(result)
        finally:
            for fd in fds:
                os.close(fd)


class Output(Itself):
    def test_head(self):
        script = '"$0" --all | head -1; exit ${PIPESTATUS[0]}'
        nsltest.need("bash")
        found = subprocess.run(["bash", "-c", script, nsltest.NSLIST], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(found.returncode, 0, found)
        self.assertEqual(found.stdout.decode(), nsltest.HEADING + "\n")
        self.assertNotIn(b"ipe", found.stderr)

    def test_slow_reader(self):
        """A pipe that takes no more than it holds: all comes through when it is read."""
        if os.geteuid() == 0:
            self.nsmake("new", "uts,ipc,net", "--count", "500")
        process = subprocess.Popen([nsltest.NSLIST, "--json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        # It sleeps in write(2), or it is done.
        nsltest.wait_until(lambda: _is_readable(process.stdout) and
                           nsltest.stat_of(process.pid)[0] in "SZ",
                           "nslist, to have something to write")
        out = process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(), 0)
        self.assertTrue(nsltest.parse_json(out)["namespaces"])

    def test_unwritable_stdout(self):
        with open("/dev/null", "rb") as null:
            self.run_nslist(stdout=null, status=2)

    def test_nonblocking_stdout(self):
        """As a parent may have left it: nothing is lost."""
        if os.geteuid() == 0:
            self.nsmake("new", "uts,ipc,net", "--count", "500")
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        process = subprocess.Popen([nsltest.NSLIST, "--json"], stdout=writer,
                                   stderr=subprocess.PIPE)
        os.close(writer)
        with open(reader, "rb") as file:
            select.select([file], [], [], 60)
            out = file.read()
        err = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(), 0, err)
        self.assertTrue(nsltest.parse_json(out)["namespaces"])


def _is_readable(file):
    return bool(select.select([file], [], [], 0)[0])


class Surroundings(Itself):
    def test_deleted_working_directory(self):
        script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"'
        place = os.path.join(self.directory(), "gone")
        self.check_listed(self.run_nslist(prefix=["sh", "-c", script, place]))
        result = self.run_nslist("./x", prefix=["sh", "-c", script, place], status=1)
        self.assertIn("nslist: ./x: No such file or directory", result.warnings)

    def test_empty_environment(self):
        self.check_listed(self.run_nslist(prefix=["/usr/bin/env", "-i"]))

    def test_odd_environment(self):
        for env in ({"COLUMNS": "x"}, {"COLUMNS": "3"}, {"LC_ALL": "xx_XX.nothing"},
                    {"LC_ALL": "C"}, {"TERM": ""}, {"G_MESSAGES_DEBUG": "all"},
                    {"POSIXLY_CORRECT": "1"}, {"G_DEBUG": "fatal-warnings"}):
            with self.subTest(env):
                self.check_listed(self.run_nslist(env=env))

    def test_with_a_child_that_is_not_its_own_doing(self):
        """Whoever execs it may have children already, dead or alive."""
        place = os.path.join(self.directory(), "pid")
        script = 'true & sleep 1000 >&- 2>&- & echo $! > "$0"; exec "$@"'
        result = nsltest.run(prefix=["bash", "-c", script, place])
        os.kill(int(nsltest.read(place)), signal.SIGKILL)
        self.assertEqual(result.status, 0, result)
        self.check_listed(result)

    def test_stopped_and_continued(self):
        """Time that it was stopped is no worker's fault."""
        before = self.issues_of(self.document())
        for _ in range(20):
            process = subprocess.Popen([nsltest.NSLIST, "--json"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
            process.send_signal(signal.SIGSTOP)
            select.select([], [], [], 0.02)  # it is to be late: that is what is tested
            process.send_signal(signal.SIGCONT)
            out = process.stdout.read()
            process.stdout.close()
            self.assertEqual(process.wait(), 0)
            self.assertEqual(self.issues_of(nsltest.parse_json(out)), before)


class NoProcesses(nsltest.TestCase):
    """A user who may start no further process: all is read in the one there is, but for what may
    block, which is noted."""

    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.made = self.nsmake("new", "user,uts", "--count", "2", user=nsltest.NOBODY)

    @staticmethod
    def limit():
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))

    def limited(self, *arguments, **more):
        return self.run_nslist(*arguments, user=nsltest.NOBODY, preexec_fn=self.limit,
                               env=nsltest.NO_LEAK_CHECK, **more)

    def test_still_lists(self):
        result = self.limited()
        rows = [row.key() for row in result.rows if row.pid in self.made.pids]
        self.assertEqual(rows, [(pid, kind, self.made.ns[kind], False)
                                for pid in sorted(self.made.pids) for kind in ("user", "uts")])
        # Not the command line, but its name, and that this is so.
        self.assertEqual({row.command for row in result.rows if row.pid in self.made.pids},
                         {"nsmake"})
        self.assertTrue([line for line in result.warnings if "command line" in line], result)
        self.limited("--strict", status=3)
        rows = self.limited(str(self.made.pids[0])).rows
        self.assertEqual({row.pid for row in rows}, {self.made.pids[0]})
        self.assertEqual(len(rows), 8)

    def test_notes_it(self):
        document = self.limited("--json").json
        self.assertIs(document["complete"], False)
        notes = [issue for issue in document["issues"]
                 if set(self.made.pids) <= set(issue["pids"])]
        self.assertEqual({issue["source"] for issue in notes}, {"processes", "fds"})
        for pid in self.made.pids:
            process = nsltest.get_process(document, pid)
            self.assertEqual((process["comm"], process["command"]), ("nsmake", None))
            self.assertEqual(process["ns"], self.made.ns)

    def test_reason_is_true(self):
        """Nobody was asked, so nobody failed to answer."""
        word = "/proc/%d/ns/uts" % self.made.pids[0]
        for result in (self.limited(), self.limited("--json"),
                       nsltest.run(word, user=nsltest.NOBODY, preexec_fn=self.limit,
                                   env=nsltest.NO_LEAK_CHECK)):
            self.assertNotIn(b"not answer", result.err)
            self.assertNotIn(b"timed out", result.err)


if __name__ == "__main__":
    nsltest.main()
