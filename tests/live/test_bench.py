# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/run: what it measures is whole and is judged rightly, and nothing stays after it. Not how
fast anything is: other tests may take the CPUs."""

import glob
import importlib.machinery
import importlib.util
import os
import signal
import subprocess
import sys
import types

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

RUN = os.path.join(nsltest.TESTS, "bench", "run")


def load_bench():
    loader = importlib.machinery.SourceFileLoader("bench", RUN)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
    loader.exec_module(module)
    return module


class Goals(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        self.bench = load_bench()

    def result(self, processes, others=0, **programs):
        """With {name: (ms of the rounds, MiB, lines)}."""
        found = {}
        for name, (walls, rss, lines) in programs.items():
            one = self.bench.Program(name, [])
            one.lines = lines
            one.samples = [self.bench.Sample(wall, 0, 0, 0, rss, 0) for wall in walls]
            found[name] = one
        return self.bench.Result(types.SimpleNamespace(processes=processes), found, [], others)

    def figure(self, goal, size, results, short=False):
        goal = self.bench.Goal(*goal, 1, None, 1)
        return self.bench.figure_of(goal, goal.over, size, results, short)

    def test_figures(self):
        """Ratios are those of the same round; what was measured once is compared with medians."""
        results = {75: self.result(80, a=([9], 2, 20), b=([1], 2, 20)),
                   5000: self.result(5000, a=([2, 40, 6], 3, 120), b=([4, 10, 3], 1, 9),
                                     once=([60], 1, 1)),
                   25000: self.result(25000, a=([33, 33, 33], 9, 120))}
        for row, kind, over, size, expected in (
                ("a", "time", "b", 5000, 2), ("a", "time", "once", 5000, 0.1),
                ("a", "time", None, 5000, 6), ("a", "memory", "b", 5000, 3),
                ("a", "linear", 5000, 25000, 1.1),
                ("a", "membership", 75, 5000, 1024 * 1024 / 100),
                ("a", "linear", 5000, 5000, None), ("a", "linear", 1000, 5000, None),
                ("c", "time", "b", 5000, None), ("a", "time", "c", 5000, None)):
            goal = (row, kind, over)
            figure = self.figure(goal, size, results)
            if expected is None:
                self.assertIsNone(figure, goal)
            else:
                self.assertAlmostEqual(figure, expected, msg=str(goal))
        least = self.figure(("a", "time", "b"), 5000, results, short=True)
        self.assertAlmostEqual(least, 2 / 3)

    def test_exit_status(self):
        """At a goal it is met; --short allows twice as much, and fails only on a quiet machine."""
        self.bench.GOALS = (self.bench.Goal("a", "time", "b", 1, None, 2),)
        for wall, short, others, expected in (
                (20, False, 0, 0), (20.1, False, 0, 1), (20.1, False, 1, 1),
                (20.1, True, 0, 0), (40, True, 0, 0), (40, True, 0.26, 0),
                (40.1, True, 0.25, 1), (40.1, True, 0.26, 77)):
            results = {75: self.result(75, others, a=([wall], 1, 1), b=([10], 1, 1))}
            options = types.SimpleNamespace(short=short)
            self.assertEqual(self.bench.exit_status(options, results), expected,
                             (wall, short, others))
            results[75].wrong.append("`nslist`: 3 lines, expected 4 or more")
            self.assertEqual(self.bench.exit_status(options, results), 1)
        self.assertEqual(self.bench.exit_status(options, {}), 77)


class Run(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.words = [RUN, "--build", nsltest.BUILD, "--processes"]

    def find_left(self, pid):
        return [path for pattern in ("/sys/fs/cgroup/%s*", "/sys/fs/cgroup/*/%s*", "/run/netns/%s*")
                for path in glob.glob(pattern % ("nslist-bench-%d" % pid))]

    def test_whole(self):
        """Each row is there, and has listed what was made."""
        process = subprocess.run([*self.words, "75", "--rounds", "1"], stdout=subprocess.PIPE, check=False,
                                 stderr=subprocess.PIPE, text=True)
        self.assertIn(process.returncode, (0, 1), process.stderr)
        self.assertNotIn("Wrong", process.stdout)
        for row in ("floor", "`nslist`", "`nslist --census=procfs`", "`nslist -c`",
                    "`nslist --json`", "`nslist PID`", "`nslist NAMESPACE`", "walk.py"):
            self.assertIn("\n| %s (once) |" % row, process.stdout)

    @staticmethod
    def heed_sigint():
        """What is started in the background ignores it."""
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def test_interrupted(self):
        """It ends what it runs, and removes what it made: so many that this takes a while."""
        known = nsltest.own_children()
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([*self.words, "1000"], stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.PIPE, preexec_fn=self.heed_sigint) as process:
                for line in process.stderr:
                    if "rounds" in line:
                        break
                children = nsltest.children_of(process.pid)
                process.send_signal(number)
                process.stdout.read()
            self.assertEqual(process.returncode, 128 + number)
            self.assertGreater(len(children), 0)
            self.reap_strangers(known)
            self.assertEqual([pid for pid in children if os.path.exists("/proc/%d" % pid)], [])
            self.assertEqual(self.find_left(process.pid), [])


if __name__ == "__main__":
    nsltest.main()
