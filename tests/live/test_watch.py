# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes is told while it happens. Only what a test has made is compared with what is told;
others come and go meanwhile. A test goes on when it has read the line that it waits for."""

import contextlib
import csv
import datetime
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import test_questions  # noqa: E402
from changes import HEADING, SOON, Watching, is_change  # noqa: E402

KEYS = ["time", "change", "what", "type", "ns", "nsid", "pid", "command", "container", "name",
        "field", "came", "went", "implied", "detail"]
OWN_ROWS = "HELD-BY =~ ' holder$'"  # nshold's
LONG = "86400"  # seconds: no second round within a test


class Case(test_questions.QuestionCase):
    def watch(self, *words, **more):
        watching = Watching(*words, **more)
        self.addCleanup(watching.close)
        return watching

    def watch_lines(self, *words, **more):
        """As JSON lines; when it is on its way."""
        watching = self.watch("-L", *words, **more)
        watching.wait_for_first(self.nsmake)
        return watching

    @contextlib.contextmanager
    def row_of_its_own(self):
        """A new namespace that a row tells of, and not that of its container: what the row is. Where
        it has the inode of one that ended during the last scan, it may be taken for that one."""
        holder = self.helper("nshold", "fd", "uts")
        yield re.compile(r"\S+  [+~] namespace  uts:\[%d\] " %
                         holder.namespaces[0]["ns"]).match
        holder.end()

    def recorded(self):
        """A copy of a recorded procfs, in a directory of its own."""
        path = os.path.join(self.directory(), "proc")
        shutil.copytree(os.path.join(nsltest.TESTS, "golden", "proc", "basic"), path, symlinks=True)
        return path


class Events(Case):
    def test_came_and_went(self):
        """Each namespace and process, at its time; and nothing else of them."""
        watching = self.watch_lines()
        began = time.time()
        made = self.nsmake("new", "uts,net", "--count", "2")
        pids, inodes = set(made.pids), {made.ns["uts"], made.ns["net"]}
        watching.wait_for_all("came", pids, inodes)
        made.end()
        watching.wait_for_all("went", pids, inodes)  # the kernel takes its time with a net namespace
        ended = time.time()
        self.assertEqual(watching.end(), 0)
        told = []
        for line in watching.lines:
            found = nsltest.parse_json(line)
            self.assertEqual(list(found), KEYS)
            if found["ns"] in inodes or found["pid"] in pids:
                stamp = datetime.datetime.strptime(found["time"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
                self.assertTrue(int(began) <= stamp <= ended, (began, stamp, ended))
                told.append((found["change"], found["what"], found["ns"] or found["pid"]))
        wanted = [(sign, "namespace", inode) for sign in ("came", "went") for inode in inodes]
        wanted += [(sign, "process", pid) for sign in ("came", "went") for pid in pids]
        self.assertEqual(set(told), set(wanted))
        # An inode may be another's by now, who comes and goes too.
        self.assertEqual(sorted(one for one in told if one[1] == "process"),
                         sorted(one for one in wanted if one[1] == "process"))

    def test_held(self):
        """A file that holds a namespace is opened and closed; somebody joins, and leaves."""
        made = self.nsmake("new", "uts")
        watching = self.watch_lines()
        opener = self.process("sh", "-c", "exec 7</proc/%d/ns/uts; exec cat" % made.pids[0])
        found = watching.wait(is_change(ns=made.ns["uts"], field="held_by"), "the holder")
        self.assertEqual(found["came"], ["held by fd 7 of %d cat" % opener.pid])
        opener.end()
        found = watching.wait(is_change(ns=made.ns["uts"], field="held_by"), "its end")
        self.assertEqual(found["went"], ["held by fd 7 of %d cat" % opener.pid])
        inside = self.process("nsenter", "-t", str(made.pids[0]), "-u", "cat")
        found = watching.wait(is_change(pid=inside.pid, change="came"), "the member")
        self.assertRegex(found["detail"], r"\bin (mnt,)?uts$")
        inside.end()
        watching.wait(is_change(pid=inside.pid, change="went"), "its end")
        self.assertEqual(watching.end(), 0)

    def test_moved(self):
        """A process changes what it is in."""
        process = self.process("sh", "-c", "exec unshare -u sh -c '"
                               "echo ready; read -r _; read -r _; exec unshare -u cat'")
        before = nsltest.namespaces_of(process.pid)["uts"]
        watching = self.watch_lines()
        process.process.stdin.write(b"\n")
        process.process.stdin.flush()
        nsltest.wait_until(lambda: nsltest.command_of(process.pid) == "cat", "another namespace")
        after = nsltest.namespaces_of(process.pid)["uts"]
        watching.wait(is_change(ns=after, change="came"), "the new namespace")
        found = watching.wait(is_change(pid=process.pid, field="namespaces"), "the move")
        self.assertEqual((found["went"], found["came"]),
                         (["uts:[%d]" % before], ["uts:[%d]" % after]))

    def test_netns(self):
        watching = self.watch()
        watching.wait_for_heading()
        name, inode = self.add_netns()
        label = "net:[%d]" % inode
        # In between it is there, and has no name.
        watching.wait(re.compile(r"\S+  ([+~]) namespace  %s .*\b%s$" % (re.escape(label + "**"),
                                                                        name)).match, "the name")
        subprocess.run(["ip", "netns", "delete", name], check=True)
        watching.wait(re.compile(r"\S+  - namespace  %s" % re.escape(label)).match, "its end")
        self.assertEqual(watching.end(), 0)

    def test_local_time(self):
        """Rows have the clock of who reads them; unknown zones are UTC."""
        for zone, ahead, suffix in (("XXX-3:30", 12600, "+03:30"), ("XXX11", -39600, "-11:00"),
                                    ("UTC", 0, "Z")):
            watching = self.watch("-tuts", "-Q", OWN_ROWS, env={"TZ": zone})
            watching.wait_for_heading()
            began = int(time.time())
            with self.row_of_its_own() as is_it:
                line = watching.wait(is_it, zone)
            text, _, rest = line.group().partition("  ")
            self.assertEqual(rest[1:13], " namespace  ")
            self.assertTrue(text.endswith(suffix), text)
            clock = datetime.datetime.strptime(text[:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z")
            self.assertTrue(began <= clock.timestamp() - ahead <= time.time(), text)
            self.assertEqual(watching.end(), 0)

    def test_csv(self):
        watching = self.watch("-Fcsv", "-tuts")
        watching.wait(lambda line: line == ",".join(KEYS) + "\r", "the header")
        with self.nsmake("new", "uts") as made:
            watching.wait(lambda line: ",came,namespace,uts,%d," % made.ns["uts"] in line, "a row")
        self.assertEqual(watching.end(), 0)
        read = list(csv.DictReader(watching.lines))
        self.assertEqual([one for one in read if one["time"] == "time"], [])
        self.assertEqual({tuple(one) for one in read}, {tuple(KEYS)})

    def test_no_heading(self):
        watching = self.watch("-n")

        def is_told():
            with self.nsmake("new", "uts"):
                return watching.seek(lambda line: True, 0.2 * nsltest.SLOWER)
        nsltest.wait_until(is_told, "a change", SOON)
        self.assertEqual(watching.end(), 0)
        self.assertEqual([line for line in watching.lines if HEADING.match(line)], [])


class Selected(Case):
    def test_type_and_filter(self):
        watching = self.watch("-L", "-tuts,ipc", "-Q", "TYPE == 'ipc'")
        made = []
        end = time.monotonic() + SOON
        while not watching.seek(is_change(what="namespace"), 0.2) and time.monotonic() < end:
            made.append(self.nsmake("new", "uts,ipc,net"))
        for one in made:
            one.end()
        watching.wait(is_change(what="namespace", change="went", ns=made[-1].ns["ipc"]), "its end")
        self.assertEqual(watching.end(), 0)
        told = [nsltest.parse_json(line) for line in watching.lines]
        self.assertEqual({one["type"] for one in told if one["what"] == "namespace"}, {"ipc"})

    def test_name_to_come(self):
        """What a selector stands for is found out each time: here a name that comes, goes, and comes
        with another namespace; and a path."""
        nsltest.need("ip")
        name = self.name()
        path = os.path.join(nsltest.NETNS, name)
        other = self.nsmake("new", "net,uts")
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=False,
                        stderr=subprocess.DEVNULL)
        for word in (name, path):  # one by one: workers of another would hold it for a moment
            # Between rounds: one that ends while it is looked for leaves what is selected first.
            watching = self.watch(word, interval="0.5")
            watching.wait_for_heading()
            for _ in range(2):
                test_questions.output("ip", "netns", "add", name)
                label = re.escape("net:[%d]" % os.stat(path).st_ino)
                # In between it may have been seen without its name.
                watching.wait(re.compile(r"\S+  [+~] namespace  %s" % label).match, name)
                test_questions.output("ip", "netns", "delete", name)
                watching.wait(re.compile(r"\S+  (- namespace  %s|~ .* - %s)" % (label, name)).match,
                              "its end")
            self.assertEqual(watching.end(), 0)
            self.assertFalse([line for line in watching.lines if re.search(
                r"\[(%d|%d)\]" % (other.ns["net"], other.ns["uts"]), line)])
            if word == name:
                self.assertIn("nslist: nothing is called \"%s\"" % name, watching.warnings())

    def test_pid(self):
        """Of a process that ends; and of the interval in its place."""
        made = self.nsmake("new", "uts")
        watching = self.watch(str(made.pids[0]))
        watching.wait_for_heading()
        made.end()
        watching.wait(re.compile(r"\S+  - (process|container) .*\b%d\b" % made.pids[0]).match,
                      "its end")
        self.assertEqual(watching.end(), 0)
        roots = nsltest.root_namespaces().values()
        self.assertEqual([line for line in watching.lines for inode in roots
                          if "- namespace" in line and "[%d]" % inode in line], [])
        nobody = nsltest.PID_MAX - 1
        if os.path.exists("/proc/%d" % nobody):
            self.skipTest("missing: a PID that nobody has")
        watching = self.watch(str(nobody), interval=LONG)
        nsltest.wait_until(lambda: "nslist: no process %d" % nobody in watching.warnings(), "a hint")
        self.assertEqual(watching.end(), 0)


class Ends(Case):
    def check_lines(self, watching):
        self.assertEqual(watching.rest, b"")

    def test_asleep(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            watching = self.watch(interval=LONG)
            watching.wait_for_heading()
            self.assertEqual(watching.end(number), 0)
            self.check_lines(watching)

    def test_awake(self):
        """At any time, with scans all the time; lines are whole."""
        for i in range(20):
            watching = self.watch("-tuts", "-Q", OWN_ROWS, interval="0.001")
            watching.wait_for_heading()
            with self.row_of_its_own() as is_it:
                watching.wait(is_it, "a change")
            select.select([], [], [], i * 0.002)
            self.assertEqual(watching.end((signal.SIGINT, signal.SIGTERM)[i % 2]), 0)
            self.check_lines(watching)

    def test_alarm(self):
        """Another signal ends it as it ends other programs."""
        watching = self.watch(interval=LONG)
        watching.wait_for_heading()
        self.assertEqual(watching.end(signal.SIGALRM), -signal.SIGALRM)

    def test_first_scan(self):
        """Before anything is printed."""
        for _ in range(10):
            watching = self.watch(interval=LONG)
            nsltest.wait_until(lambda w=watching: self.catches(w.pid), "its handlers")
            self.assertEqual(watching.end(), 0)
            self.check_lines(watching)

    @staticmethod
    def catches(pid):
        caught = re.search(r"SigCgt:\s*(\w+)", nsltest.read("/proc/%d/status" % pid)).group(1)
        return int(caught, 16) >> signal.SIGTERM - 1 & 1

    def test_ignored(self):
        """Who is started with SIGINT ignored, as by "&" in a script, does not end by it."""
        watching = self.watch(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        watching.wait_for_heading()
        watching.process.send_signal(signal.SIGINT)
        with self.row_of_its_own() as is_it:
            watching.wait(is_it, "a change")
        self.assertEqual(watching.end(), 0)

    def test_group(self):
        """Ctrl-C goes to its workers, too."""
        watching = self.watch(interval="0.001", start_new_session=True)
        watching.wait_for_heading()
        os.killpg(watching.pid, signal.SIGINT)
        self.assertEqual(watching.finish(), 0)
        self.check_lines(watching)
        self.assertEqual([line for line in watching.warnings() if "died" in line], [])

    def test_nobody_reads(self):
        """A pipe that is full: it can be ended all the same, and its lines are whole."""
        watching = self.watch("-L")
        fcntl.fcntl(watching.out, 1031, 4096)  # F_SETPIPE_SZ

        def is_full():
            with self.nsmake("new", "uts,ipc,net"):
                pass
            count = fcntl.ioctl(watching.out, termios.FIONREAD, b"\0\0\0\0")
            return struct.unpack("i", count)[0] > 0
        nsltest.wait_until(is_full, "something in the pipe", SOON)
        for _ in range(3):  # for which there is no room, whenever it comes to them
            is_full()
        self.assertEqual(watching.end(), 0)
        self.check_lines(watching)
        for line in watching.lines:
            self.assertEqual(list(nsltest.parse_json(line)), KEYS)

    def test_closed_pipe(self):
        """While nothing changes, and no second round has begun."""
        watching = self.watch(interval=LONG)
        watching.wait_for_heading()
        watching.process.stdout.close()
        watching.out = None
        self.assertEqual(watching.finish(), 0)
        self.assertEqual([line for line in watching.warnings() if "write" in line], [])

    def test_closed_before(self):
        reader, writer = os.pipe()
        os.close(reader)
        for words in ([], ["-L"], ["-Fcsv"], ["-n"]):
            watching = self.watch(*words, interval=LONG, out=writer)
            self.assertEqual(watching.finish(), 0)
        os.close(writer)

    def test_closed_socket(self):
        reader, writer = socket.socketpair()
        watching = self.watch(interval=LONG, out=writer)
        writer.close()
        watching.out = reader.fileno()
        watching.wait_for_heading()
        watching.out = None
        reader.close()
        self.assertEqual(watching.finish(), 0)

    def test_full(self):
        """The header is the first that cannot be written; without one, the first change."""
        with open("/dev/full", "wb") as full:
            watching = self.watch(out=full)
            self.assertEqual(watching.finish(), 2)
            self.assertIn("nslist: cannot write the output: No space left on device",
                          watching.warnings())
            watching = self.watch("-L", out=full)

            def has_ended():
                with self.nsmake("new", "uts"):
                    try:
                        return watching.process.wait(0.2 * nsltest.SLOWER) is not None
                    except subprocess.TimeoutExpired:
                        return False
            nsltest.wait_until(has_ended, "the first change")
            self.assertEqual(watching.finish(), 2)

    def test_no_stdout(self):
        watching = self.watch("-L", interval=LONG, prefix=("sh", "-c", 'exec "$@" >&-', "sh"))
        self.assertEqual(watching.finish(), 2)
        self.assertIn("nslist: cannot write the output: Bad file descriptor", watching.warnings())


class Terminal(Case):
    def test_heading_again(self):
        """After a screenful, and not before; with another size, after that."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 8, 60, 0, 0))
        watching = self.watch("-tuts", "-Q", OWN_ROWS, out=slave,
                              env={"NO_COLOR": "1"})
        os.close(slave)
        watching.out = master
        watching.wait_for_heading()

        def gaps(n):
            """Lines from one header to the next, for the last `n` of them."""
            at = []
            while len(at) <= n:
                with self.row_of_its_own() as is_it:
                    watching.wait(is_it, "a change")
                at = [i for i, line in enumerate(watching.lines) if HEADING.match(line)]
            return [later - earlier for earlier, later in zip(at[-n - 1:], at[-n:])], len(at)

        found, known = gaps(3)
        # The last round may have gone over the end: by what it had to tell, which others add to.
        self.assertGreaterEqual(min(found), 7)
        self.assertLessEqual(min(found), 7 + 5)
        self.assertLessEqual(max(len(line) for line in watching.lines), 60)
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
        found, _ = gaps(known + 1)
        self.assertGreaterEqual(min(found[-2:]), 19)
        self.assertEqual(watching.end(), 0)

    def test_stopped(self):
        """A terminal that takes no more, as after Ctrl-S, while it says that it has room."""
        for number in (signal.SIGINT, signal.SIGTERM):
            master, slave = pty.openpty()
            self.addCleanup(os.close, master)
            watching = self.watch("-L", out=slave)
            os.close(slave)

            def is_writing(watching=watching):
                with self.nsmake("new", "uts", "--count", "100"):
                    return nsltest.read("/proc/%d/wchan" % watching.pid) in ("n_tty_write",
                                                                             "wait_woken")
            nsltest.wait_until(is_writing, "the terminal to be full", SOON)
            watching.process.send_signal(number)
            self.assertEqual(watching.process.wait(SOON), 0)

    def test_hang_up(self):
        """A terminal that is gone is one that nobody reads; who is not ended by it ends so."""
        master, slave = pty.openpty()
        watching = self.watch(interval=LONG, out=slave, start_new_session=True)
        os.close(slave)
        watching.out = master
        watching.wait(re.compile(r"(\x1b\[1m)?TIME +CHANGE").match, "the header")
        watching.out = None
        os.close(master)
        self.assertEqual(watching.finish(), 0)


class Rounds(Case):
    def trace(self, calls, *words, interval):
        nsltest.need("strace")
        log = os.path.join(self.directory(), "log")
        watching = self.watch(*words, interval=interval, prefix=(
            "strace", "-ttt", "-qq", "-o", log, "-e", "trace=" + calls, "-e", "signal=none"))

        def lines():
            return nsltest.read(log).split("\n")[:-1]
        self.addCleanup(self.end_below, watching)
        return watching, lines

    @staticmethod
    def end_below(watching):
        """The traced program goes with its tracer."""
        with contextlib.suppress(OSError):
            for pid in nsltest.children_of(watching.pid):
                os.kill(pid, signal.SIGTERM)
            watching.process.wait(SOON)

    def starts(self, interval):
        """When rounds were to begin, by what it waited for: seconds of the clock."""
        watching, lines = self.trace("ppoll", interval=str(interval))

        def waits():
            found = []
            for line in lines():
                match = re.match(r"([\d.]+) ppoll\(\[\{fd=1, events=0\}\], 1, "
                                 r"\{tv_sec=(\d+), tv_nsec=(\d+)\}", line)
                if match:
                    found.append((float(match.group(1)),
                                  int(match.group(2)) + int(match.group(3)) / 1e9))
            return found
        watching.wait_for_heading()
        nsltest.wait_until(lambda: len(waits()) >= 5, "rounds", SOON)
        return waits()

    def test_from_start_to_start(self):
        """However long a round takes, the next one begins at a multiple of the interval."""
        interval = 1
        waits = self.starts(interval)
        ends = [at + left for at, left in waits]
        for earlier, later in zip(ends, ends[1:]):
            steps = (later - earlier) / interval
            self.assertGreater(steps, 0.5)
            self.assertLess(abs(steps - round(steps)), 0.2, waits)
        self.assertLessEqual(max(left for _, left in waits), interval)

    def test_longer_than_the_interval(self):
        """None are made up for: each is waited for, if only for a part of the interval."""
        waits = self.starts(0.001)
        self.assertLessEqual(max(left for _, left in waits), 0.001)

    def test_bpf_is_loaded_once(self):
        probe = nsltest.run("--json", census="bpf")
        if probe.status == 2:
            raise unittest.SkipTest("missing: BPF iterators (%s)" % probe.err.decode().strip())
        watching, lines = self.trace("bpf,ppoll", "--census=bpf", interval="0.01")
        watching.wait_for_heading()

        def rounds():
            return [i for i, line in enumerate(lines()) if "ppoll(" in line and "fd=1, events=0" in line]
        nsltest.wait_until(lambda: len(rounds()) >= 6, "rounds", SOON)
        second = rounds()[1]
        loads = [i for i, line in enumerate(lines()) if "BPF_PROG_LOAD" in line]
        runs = [i for i, line in enumerate(lines()) if "BPF_ITER_CREATE" in line]
        self.assertTrue(loads)
        self.assertGreater(len([i for i in runs if i > second]), 4)
        # Mounts are asked for where there are many; rings grow.
        self.assertLessEqual(len([i for i in loads if i > second]), 1, lines())

    def test_warnings_once(self):
        """Of somebody who may not see all; other numbers in them are nothing new."""
        watching = self.watch("-L", user=nsltest.NOBODY)
        begin = watching.process.pid

        def rounds():
            return int(nsltest.stat_of(begin)[8])  # faults of its workers
        first = rounds()
        nsltest.wait_until(lambda: rounds() > first + 2000, "rounds", SOON)
        self.assertEqual(watching.end(), 0)
        kinds = [re.sub(r"\d+", "", line) for line in watching.warnings()]
        self.assertTrue([kind for kind in kinds if "run as root" in kind], kinds)
        self.assertEqual(len(kinds), len(set(kinds)), kinds)
        quiet = self.watch("-q", user=nsltest.NOBODY, interval=LONG)
        quiet.wait_for_heading()
        self.assertEqual(quiet.end(), 0)
        self.assertEqual(quiet.warnings(), [])

    def test_undecided(self):
        """What a filter cannot decide is told of, as by a listing."""
        path = self.recorded()
        nsltest.write(os.path.join(path, "35", "cmdline"), b"a" * (100 << 10))
        watching = self.watch("-Q", "COMMAND =~ 'b$'", "--proc", path, interval=LONG)
        watching.wait_for_heading()
        warning = 'nslist: --filter: "b$" is too costly for process 35; that counts as false'
        nsltest.wait_until(lambda: warning in watching.warnings(), "the warning")
        self.assertEqual(watching.end(), 0)


class Failing(Case):
    def test_first(self):
        path = self.recorded()
        result = self.run_nslist("--watch", "--proc", path + "x", status=2)
        self.assertEqual(result.out, b"")
        self.assertEqual(result.warnings, ["nslist: %sx: No such file or directory" % path])

    def test_later(self):
        """It is told once, and no change is lost meanwhile."""
        path = self.recorded()
        watching = self.watch("--proc", path)
        watching.wait_for_heading()
        os.rename(path, path + "-away")
        nsltest.wait_until(watching.warnings, "a line about it")
        shutil.rmtree(path + "-away/3429")
        os.rename(path + "-away", path)
        watching.wait(re.compile(r"\S+  - .*\b3429\b").match, "the change")
        self.assertEqual(watching.end(), 0)
        self.assertEqual(watching.warnings(), [
            "nslist: %s: No such file or directory; will try again" % path])


class Long(Case):
    """Nothing is left behind by rounds. Memory is compared when all that is used once has been."""

    def memory(self, pid):
        return int(re.search(r"VmRSS:\s*(\d+)", nsltest.read("/proc/%d/status" % pid)).group(1))

    def check(self, watching, step, count):
        """`step`: makes changes, and waits until they are told."""
        for _ in range(count):
            step()
        early = self.memory(watching.pid), len(os.listdir("/proc/%d/fd" % watching.pid))
        for _ in range(2 * count):
            step()
            watching.lines.clear()
        late = self.memory(watching.pid), len(os.listdir("/proc/%d/fd" % watching.pid))
        if not nsltest.SANITIZED:  # which keeps what has been freed
            self.assertLess(late[0], early[0] + 256)
        self.assertLessEqual(late[1], early[1] + 8)  # those of a scan, if it is in one
        self.assertLess(len(nsltest.children_of(watching.pid)), 10)
        self.assertEqual(watching.end(), 0)

    def test_this_system(self):
        watching = self.watch_lines("-q", interval="0.001")

        def step():
            with self.nsmake("new", "uts,net") as made:
                watching.wait(is_change(ns=made.ns["uts"], change="came"), "it")
            watching.wait(is_change(ns=made.ns["uts"], change="went"), "its end")
        self.check(watching, step, 50 // nsltest.SLOWER)

    def test_recorded(self):
        path = self.recorded()
        watching = self.watch("-L", "-q", "--proc", path, interval="0.001")
        there, away = (os.path.join(path, "3429"), path + "-3429")

        def step():
            os.rename(there, away)
            watching.wait(is_change(pid=3429, change="went"), "it")
            os.rename(away, there)
            watching.wait(is_change(pid=3429, change="came"), "its end")
        os.rename(there, away)
        watching.seek(is_change(pid=3429, change="went"), 5)  # unless it was so at first
        os.rename(away, there)
        watching.wait(is_change(pid=3429, change="came"), "it")
        self.check(watching, step, 100 // nsltest.SLOWER)


if __name__ == "__main__":
    nsltest.main()
