# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes whose command line nobody can read without hanging, and machines so busy that the
innocent look like them. Nslist has to end in time, list everyone, name those who did not answer,
accuse nobody else, and leave no reader of its output waiting for what it abandoned."""

import os
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

GRACE = 0.25  # what the design grants to all who block together
EXTRA = 1.5 * nsltest.SLOWER  # generous: seconds that a run may take longer than without them
FORK = 0.02 * nsltest.SLOWER  # of that, for each process that is started in place of another
MESSAGE = "does not answer"


def best_of(runs, *arguments, **more):
    return min(nsltest.run(*arguments, **more).seconds for _ in range(runs))


class StuckCase(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.honest = self.nsmake("new", "uts,ipc", "--count", "20")
        self.issues = self.issues_of(self.document())
        self.seconds = best_of(3)

    def stuck(self, *arguments):
        stuck = self.helper("stuck", *arguments)
        pids = stuck.made.get("pids") or stuck.made["executing"]
        stuck.made["inode_of"] = dict(zip(pids, stuck.made["uts"]))
        return stuck

    def check_rows(self, result, stuck):
        """All are listed, the stuck ones by their names, the others with their command lines."""
        rows = {row.key(): row.command for row in result.rows}
        for pid, inode in stuck.inode_of.items():
            self.assertEqual(rows.get((pid, "uts", inode, False)), "stuck")
        command = nsltest.command_of(self.honest.pids[0])
        for pid in self.honest.pids:
            for kind in ("ipc", "uts"):
                self.assertEqual(rows.get((pid, kind, self.honest.ns[kind], False)), command)

    def check_time(self, result, left_behind=0):
        self.assertLess(result.seconds - self.seconds, EXTRA + left_behind * FORK)

    def left_out(self, document):
        """How many command lines it says it left out, for each reason."""
        found = {}
        for issue in document["issues"]:
            if (issue["source"], issue["code"], issue["message"]) not in self.issues:
                found[issue["code"]] = found.get(issue["code"], 0) + issue["count"]
        return found


class One(StuckCase):
    def test_table(self):
        stuck = self.stuck()
        result = self.run_nslist()
        self.check_rows(result, stuck)
        self.check_time(result)
        notes = [line for line in result.warnings if MESSAGE in line]
        self.assertEqual(len(notes), 1)
        self.assertTrue(notes[0].startswith("nslist: process %d (stuck): " % stuck.pids[0]), notes)

    def test_json(self):
        stuck = self.stuck()
        result = self.run_nslist("--json")
        self.check_time(result)
        document = result.json
        pid, inode = stuck.pids[0], stuck.uts[0]
        process = nsltest.get_process(document, pid)
        self.assertEqual((process["comm"], process["command"], process["responsive"]),
                         ("stuck", None, False))
        self.assertEqual(process["ns"]["uts"], inode)
        self.assertEqual(process["start_ticks"], nsltest.start_of(pid))
        self.assertEqual(nsltest.get_namespace(document, "uts", inode)["pids"], [pid])
        self.assertIs(document["complete"], False)
        self.assertEqual(document["sources"]["processes"], "partial")
        issues = [issue for issue in document["issues"] if pid in issue["pids"]]
        self.assertEqual([(issue["code"], issue["count"], issue["pids"]) for issue in issues],
                         [("ETIMEDOUT", 1, [pid])])
        for other in document["processes"]:
            self.assertIs(other["responsive"], other["pid"] != pid)
        self.assertEqual(self.left_out(document), {"ETIMEDOUT": 1})

    def test_tree(self):
        stuck = self.stuck()
        result = self.run_nslist("--tree")
        self.check_time(result)
        self.assertIn("%d [sandbox:stuck] stuck" % stuck.pids[0],
                      [line.lstrip("│├└─ ") for line in result.lines])

    def test_strict_and_quiet(self):
        stuck = self.stuck()
        self.check_rows(self.run_nslist("--strict", status=3), stuck)
        result = self.run_nslist("--quiet")
        self.assertEqual(result.err, b"")

    def test_selected(self):
        """Asked for just that one, or for its namespace."""
        stuck = self.stuck()
        pid, inode = stuck.pids[0], stuck.uts[0]
        result = self.run_nslist(str(pid))
        self.assertEqual([(row.pid, row.command) for row in result.rows], [(pid, "stuck")] * 8)
        self.check_time(result)
        for word in (str(inode), "/proc/%d/ns/uts" % pid):
            result = self.run_nslist(word)
            self.assertEqual([(row.pid, row.command) for row in result.rows], [(pid, "stuck")])
            self.check_time(result)

    def test_not_asked_for(self):
        """What is not listed is not read, so nobody waits for it."""
        stuck = self.stuck()
        document = self.document("--type", "ipc")
        self.assertEqual(self.left_out(document), {})
        document = self.document(str(self.honest.pids[0]))
        self.assertEqual(self.left_out(document), {})
        self.assertIsNone(nsltest.get_process(document, stuck.pids[0]))

    def test_pipes_end(self):
        """No abandoned worker keeps the pipe, or the shell's substitution, open."""
        stuck = self.stuck()
        for script in ('"$0" | cat', 'echo "$("$0")"', '"$0" 2>&1 | cat',
                       'x=$("$0" 2>&1); echo "$x"'):
            with self.subTest(script):
                started = time.monotonic()
                out = subprocess.run(["sh", "-c", script, nsltest.NSLIST], check=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     timeout=30 * nsltest.SLOWER).stdout
                self.assertLess(time.monotonic() - started, self.seconds + EXTRA)
                self.assertIn(b"uts:[%d]" % stuck.uts[0], out)

    def test_workers_do_not_keep_descriptors(self):
        """Not those either that nslist was started with, and did not ask for."""
        self.stuck()
        pipes = [os.pipe() for _ in range(50)]
        try:
            result = self.run_nslist(pass_fds=[writer for _, writer in pipes])
        finally:
            for _, writer in pipes:
                os.close(writer)
        try:
            self.check_time(result)
            for reader, _ in pipes:
                self.assertTrue(select.select([reader], [], [], 1)[0], "a descriptor is kept open")
                self.assertEqual(os.read(reader, 1), b"")
        finally:
            for reader, _ in pipes:
                os.close(reader)

    def test_no_survivors(self):
        """Whom it abandoned, it killed: they are gone while the stuck one still is not."""
        stuck = self.stuck()
        known = nsltest.own_children()
        for words in ([], ["--json"]):
            self.run_nslist(*words)
            self.reap_strangers(known, 5)
        self.assertIsNotNone(nsltest.start_of(stuck.pids[0]))

    def test_killed_in_the_middle(self):
        """Its workers end with it, even those who wait for the stuck one."""
        self.stuck()
        known = nsltest.own_children()
        for _ in range(5):
            process = subprocess.Popen([nsltest.NSLIST], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            nsltest.wait_until(lambda pid=process.pid: nsltest.children_of(pid), "its workers")
            process.kill()
            process.wait()
            self.reap_strangers(known, 5)

    def test_without_watching(self):
        """In a PID namespace whose /proc is not its own a sleeper cannot be told from others: then
        only a long time counts, but it does."""
        nsltest.need("unshare")
        stuck = self.stuck()
        result = self.run_nslist(prefix=["unshare", "--fork", "--pid"])
        self.assertLess(result.seconds - self.seconds, EXTRA + 4 * GRACE)
        self.assertIn("stuck", [row.command for row in result.rows if row.pid == stuck.pids[0]])

    def test_after_its_end(self):
        """When it has gone all is as before."""
        stuck = self.stuck()
        self.assertEqual(self.left_out(self.document()), {"ETIMEDOUT": 1})
        stuck.end()
        self.assertEqual(self.left_out(self.document()), {})

    def test_few_descriptors(self):
        stuck = self.stuck()
        result = self.run_nslist(preexec_fn=nsltest.limit_files(24))
        self.check_rows(result, stuck)

    def test_as_a_user(self):
        """Anyone who may open /dev/fuse can arrange it, and anyone can be its victim."""
        stuck = self.stuck_of_nobody("1")
        result = self.run_nslist(user=nsltest.NOBODY)
        found = [(row.type, row.command) for row in result.rows if row.pid == stuck.pids[0]]
        self.assertIn(("uts", "stuck"), found)
        self.check_time(result)
        self.assertEqual(len([line for line in result.warnings if MESSAGE in line]), 1)


class Executing(StuckCase):
    """Processes whose links and stat cannot be read either, from outside the kernel."""

    def check(self, *arguments, count=1, status=0):
        """`count`: so many do not answer. What it prints: the honest ones, in any case."""
        result = self.run_nslist(*arguments, status=status)
        self.check_time(result, count)
        return result

    def check_honest(self, result):
        self.check_rows(result, self.honest_alone)

    def setUp(self):
        super().setUp()
        self.honest_alone = type("Nobody", (), {"inode_of": {}})

    def test_procfs(self):
        stuck = self.stuck("--exec")
        result = self.check("--census=procfs")
        self.check_honest(result)
        notes = [line for line in result.warnings if MESSAGE in line]
        self.assertIn("nslist: process %d: the namespaces could not be read: it does not answer"
                      % stuck.executing[0], notes)
        document = self.check("--census=procfs", "--json").json
        self.assertIs(document["complete"], False)
        self.assertIn(stuck.executing[0], [pid for issue in document["issues"]
                                           if issue["code"] == "ETIMEDOUT" for pid in issue["pids"]])
        for words in (["--tree"], ["-c"], ["-d"], ["--all"]):
            with self.subTest(words):
                self.check("--census=procfs", *words)
        self.check(str(stuck.executing[0]), status=2)

    def test_bpf(self):
        """The census knows where they are, and asks nobody."""
        nsltest.need_census("bpf")
        stuck = self.stuck("--exec")
        self.check_rows(self.check("--census=bpf"), stuck)
        for words in (["--tree"], ["-c"], ["-d"]):
            with self.subTest(words):
                self.check("--census=bpf", *words)
        document = self.check("--census=bpf", "--json").json
        process = nsltest.get_process(document, stuck.executing[0])
        self.assertEqual((process["comm"], process["ns"]["uts"]), ("stuck", stuck.uts[0]))
        self.assertIsNotNone(process["start_ticks"])

    def test_bpf_nested(self):
        """So deep in PID namespaces that the census does not know all of it: then the rest alone is
        not known."""
        nsltest.need("unshare")
        nsltest.need_census("bpf")
        stuck = self.helper("stuck", "--exec", prefix=4 * [
            "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
        document = self.check("--census=bpf", "--json").json
        pids = nsltest.get_namespace(document, "uts", stuck.uts[0])["pids"]
        self.assertEqual(len(pids), 1)
        process = nsltest.get_process(document, pids[0])
        self.assertEqual((process["comm"], process["start_ticks"]), ("stuck", None))
        self.assertIn("start_ticks", process["unknown"])

    def test_reference(self):
        stuck = self.stuck("--exec")
        self.check("--reference=%d" % stuck.executing[0], status=2)

    def test_three_hundred(self):
        """More than there may be workers in a round: others are listed all the same."""
        self.stuck("--exec", "300")
        after = self.nsmake("new", "uts", "--count", "20")
        result = self.check("--census=procfs", count=600)
        keys = {row.key() for row in result.rows}
        for pid in after.pids:
            self.assertIn((pid, "uts", after.ns["uts"], False), keys)


class Many(StuckCase):
    """So many that one after the other would take for ever."""

    def check(self, count, lost_allowed):
        """Honest ones stand before, among and after the stuck ones."""
        crowds = [self.nsmake("new", "uts", "--count", "50")]
        stuck = {}
        for _ in range(4):
            some = self.stuck(str(count // 4))
            stuck.update(some.inode_of)
            crowds.append(self.nsmake("new", "uts", "--count", "50"))
        honest = {pid: crowd.ns["uts"] for crowd in crowds for pid in crowd.pids}
        command = nsltest.command_of(crowds[0].pids[0])
        for _ in range(3):
            result = self.run_nslist()
            self.check_time(result, count)
            rows = {row.key(): row.command for row in result.rows}
            for pid, inode in stuck.items():
                self.assertEqual(rows.get((pid, "uts", inode, False)), "stuck")
            keys = [(pid, "uts", inode, False) for pid, inode in honest.items()]
            self.assertLessEqual(set(keys), set(rows))
            lost = [key for key in keys if rows[key] != command]
            self.assertEqual({rows[key] for key in lost}, {"nsmake"} if lost else set())
            print("%d stuck: %.3f s (%.3f s without), %d of %d honest command lines lost" % (
                count, result.seconds, self.seconds, len(lost), len(honest)), file=sys.stderr)
            self.assertLessEqual(len(lost), lost_allowed)
        result = self.run_nslist("--json")
        self.check_time(result, count)
        document = nsltest.parse_json(result.text)  # of all whom its notes count
        notes = self.left_out(document)
        for pid in stuck:
            process = nsltest.get_process(document, pid)
            self.assertIsNotNone(process, (pid, document["issues"]))
            self.assertIsNone(process["command"])
        lost = [process["pid"] for process in document["processes"]
                if process["pid"] not in stuck and process["command"] is None
                and not process["kthread"]]
        # Each of those that have none is counted, and nobody else.
        self.assertEqual(sum(notes.values()), count + len(lost), notes)
        for process in document["processes"]:
            if process["pid"] not in stuck:
                self.assertIs(process["responsive"], True, process)
        self.run_nslist("--strict", status=3)

    def test_forty(self):
        self.check(40, 0)

    def test_hundred(self):
        """Near the number of helpers there may be: a few honest ones may be left out, and noted."""
        self.check(100, 60)

    def test_three_hundred(self):
        """More than helpers may be started for: from some point on no command lines are read."""
        self.check(300, 250)

    def test_no_survivors(self):
        self.stuck("100")
        known = nsltest.own_children()
        self.run_nslist("--json")
        self.reap_strangers(known, 5)

    def test_no_more_processes(self):
        """A user at the limit of processes, with stuck ones about: no worker can take over."""
        import resource  # pylint: disable=import-outside-toplevel
        stuck = self.stuck_of_nobody("3")

        def limit():
            resource.setrlimit(resource.RLIMIT_NPROC, (12, 12))
        result = self.run_nslist(user=nsltest.NOBODY, preexec_fn=limit)
        self.assertLessEqual(set(stuck.pids), {row.pid for row in result.rows})
        self.check_time(result)

    def test_workers_are_no_processes(self):
        """A user may not read the workers of his own listing, either; but they are none of the
        processes that he is told he could not read. For a zombie all are listed once more, when
        those workers are stuck already."""
        self.stuck_of_nobody("3")
        unreadable, counted = nsltest.run_python_as(nsltest.NOBODY, """
child = os.fork()
if child == 0:
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
unreadable = [pid for pid, ns in walk().items() if ns is None]
out = subprocess.run([%r, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
print(json.dumps([len(unreadable), json.loads(out)["scan"]["unreadable"]]))
""" % nsltest.public_program("nslist"))
        self.assertEqual(counted, unreadable)


class Busy(StuckCase):
    """Who is only slow may be noted, since nobody's lock or threads get more time than the budget;
    but everybody is listed, and nobody else is accused."""

    def check(self, slow=()):
        for words in ([], ["--json"]) * 3:
            result = self.run_nslist(*words)
            if not words:
                accused = [line for line in result.warnings if "command line" in line]
                self.assertLessEqual(len(accused), bool(slow), accused)
                continue
            self.assertLessEqual(sum(self.left_out(result.json).values()), len(slow))
            for process in result.json["processes"]:
                self.assertTrue(process["responsive"] or process["pid"] in slow, process)

    def check_rows_of(self, slow):
        rows = {row.key() for row in self.table()}
        for pid, inode in slow.inode_of.items():
            self.assertIn((pid, "uts", inode, False), rows)

    def test_busy_lock(self):
        """Processes that hold the lock most of the time let readers in, late."""
        busy = self.stuck("--busy-lock", "4")
        self.check(busy.pids)
        self.check_rows_of(busy)

    def test_busy_machine(self):
        with nsltest.busy_processes(100):
            self.check()

    def test_busy_machine_and_lock(self):
        busy = self.stuck("--busy-lock", "1")
        with nsltest.busy_processes(10 if nsltest.SANITIZED else 100):
            self.check(busy.pids)
            self.check_rows_of(busy)

    def test_busy_machine_with_a_stuck_one(self):
        """The one who does not answer is found there too, and nobody else."""
        stuck = self.stuck()
        with nsltest.busy_processes(50):
            document = self.document()
        self.assertEqual(self.left_out(document), {"ETIMEDOUT": 1})
        self.assertIs(nsltest.get_process(document, stuck.pids[0])["responsive"], False)


if __name__ == "__main__":
    nsltest.main()
