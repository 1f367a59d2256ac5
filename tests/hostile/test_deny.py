# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever nslist is refused (capabilities, parts of /proc, descriptors, memory, processes, system
calls, standard descriptors) it ends within seconds, and says so: in a listing that says what is
missing, or in one line and with the exit status for it. Namespaces are set up and a listing is made;
then each thing is refused in turn. Where nothing is said that the first listing did not say, what is
listed of those namespaces has to be the same."""

import concurrent.futures
import contextlib
import errno
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

SOON = 20 * nsltest.SLOWER  # seconds: what has not ended by then hangs
os.environ.update(nsltest.NO_LEAK_CHECK)
NO_SETTINGS = "missing: a build without sanitizers, whose settings are read from /proc/self/environ"
FORMATS = {"json": ("--json", "--strict"), "table": ("--strict",)}
KEYS = ("root", "nsid", "parent", "owner", "owner_uid", "names")
PROCESS_KEYS = ("ppid", "nspid", "uid", "user", "comm", "command", "start", "unit", "ns")


# What libraries say by themselves: json-c, without a newline, before it takes /dev/urandom; GLib 2.84
# before it ends the program for want of memory.
COPIES = re.compile(r" in \d+ (other )?mount namespaces|, \+\d+ more.*")
LIBRARIES = re.compile(r"error from getrandom\(\): [A-Z][a-z]+( [a-z]+)*?(?=nslist: |\n|$)|"
                       r"\S*gprintf\.c:\d+: failed to allocate memory\n")
# glibc's arc4random(), which newer json-c calls, ends any program where there is no getrandom(2).
NO_ENTROPY = b"Fatal glibc error: cannot get entropy for arc4random"


# By these it speaks and ends. brk(2) knows no errors: it answers with where the break is, and the C
# library takes the number of an error for that, and writes there. RLIMIT_AS refuses it as kernels do.
NOT_REFUSED = ("write", "exit_group", "exit", "execve", "brk")


class Refused(Exception):
    """The run cannot be made: what is refused is needed to start any program."""


class Setup:
    """The namespaces that are there all the time, and what nslist says of them unhindered."""

    def __init__(self, case, user=None):
        self.user = user
        made = [case.nsmake("new", "user,uts,net,ipc", "--count", "2", user=user)]
        if user is None:
            made += [case.nsmake("thread", "net"), case.nsmake("children", "pid", "--forked"),
                     case.nsmake("nested", "2", "pid,user")]
            for words in (("fd", "net"), ("mount",), ("socket",), ("owner",), ("thread-fd",)):
                made.append(case.helper("nshold", *words))
        self.pids = sorted({pid for one in made for pid in one.all_pids()})
        self.roots = nsltest.root_namespaces()
        self.own_mnt = nsltest.namespaces_of("self")["mnt"]
        inodes = set()
        for one in made:
            inodes |= {ns["ns"] for ns in one.made.get("namespaces", [])}
        for pid in self.pids:
            inodes |= set((nsltest.namespaces_of(pid) or {}).values())
        self.inodes = inodes - set(self.roots.values())
        self.plain = {}

    def listing(self, words, prefix=()):
        """That of an unhindered run, which is made once."""
        if (words, prefix) not in self.plain:
            result = nsltest.run(*words, user=self.user, timeout=SOON, prefix=prefix)
            if result.status not in (0, 3):
                raise AssertionError("unhindered: %r" % result)
            self.plain[words, prefix] = result
        return self.plain[words, prefix]

    @staticmethod
    def said(result, table):
        """What is said beside the rows: in the document's issues, or on stderr."""
        if table:
            return set(result.warnings)
        return {(issue["source"], issue["code"], issue["message"], issue["count"])
                for issue in result.json["issues"]}

    def rows(self, result, table):
        """All that is listed of the namespaces of the set-up."""
        if table:
            # Mount namespaces that others make have copies of what is mounted.
            return {COPIES.sub("", row.line) for row in result.rows if row.inode in self.inodes}
        document = result.json
        found = set()
        for ns in document["namespaces"]:
            if ns["ns"] not in self.inodes:
                continue
            # A run beside this one enters them for a moment, to ask them for their host name.
            members = set(ns["pids"] or ())
            found |= {(ns["type"], ns["ns"], key, json.dumps(ns[key])) for key in KEYS}
            found |= {(ns["type"], ns["ns"], "pids", pid) for pid in members & set(self.pids)}
            found.add((ns["type"], ns["ns"], "nprocs", ns["nprocs"] is not None and
                       ns["nprocs"] - len(members - set(self.pids))))
            found |= {(ns["type"], ns["ns"], "held_by", json.dumps(holder, sort_keys=True))
                      for holder in ns["held_by"]
                      if holder.get("mnt_ns", self.own_mnt) == self.own_mnt}
        for process in document["processes"]:
            if process["pid"] in self.pids:
                found |= {("process", process["pid"], key, json.dumps(process[key]))
                          for key in PROCESS_KEYS}
        return found

    @staticmethod
    def unknown(result, table):
        """{(type, inode, what)}: what it says it does not know, of each namespace."""
        if table:
            return set()
        found = set()
        for ns in result.json["namespaces"]:
            found |= {(ns["type"], ns["ns"], key) for key in ns["unknown"]}
            if "owner" in ns["unknown"]:  # it could not be opened: that tells the id, too
                found.add((ns["type"], ns["ns"], "nsid"))
        return found

    def roots_listed(self, result, table):
        if table:
            return [row.line for row in result.rows if row.inode in self.roots.values()]
        return [ns["ns"] for ns in result.json["namespaces"] if ns["ns"] in self.roots.values()]


def problem(setup, result, words, plain):
    """What is wrong with a hindered run; None: nothing is."""
    table = "--json" not in words
    lines = LIBRARIES.sub("", result.err.decode(errors="replace")).splitlines()
    if result.status == -signal.SIGABRT and NO_ENTROPY in result.err:
        return None
    if result.status not in (0, 2, 3):
        return "exit status %s: %s" % (result.status, lines[-3:])
    odd = [line for line in lines if not line.startswith("nslist: ")]
    if odd:
        return "on stderr: %s" % odd[:3]
    try:
        setup.rows(result, table)
        whole = True
    except (AssertionError, ValueError, KeyError):
        whole = False
    if not whole:
        if result.status == 2 and len(lines) == 1:
            return None
        return "exit status %d, no whole listing, and %d lines: %s" % (
            result.status, len(lines), lines[:3])
    if setup.roots_listed(result, table):
        return "root namespaces are listed: %s" % setup.roots_listed(result, table)[:3]
    if setup.said(result, table) - setup.said(plain, table):
        if result.status == 0:
            return "says what is missing, with exit status 0"
        return None
    if result.status == 2 and lines:
        return None
    unknown = setup.unknown(result, table)
    if any(key == "owner" for _, _, key in unknown - setup.unknown(plain, table)):
        return None  # who is above it may not even be known to be there
    lost = [row for row in setup.rows(plain, table) - setup.rows(result, table)
            if table or row[:3] not in unknown]
    if lost:
        return "lost, and nothing is said: %s" % sorted(lost, key=repr)[:3]
    return None


class DenyCase(nsltest.TestCase):
    NEEDS = ("root",)

    def try_all(self, setup, runs, plainly=()):
        """`runs`: (what is refused, words, how: arguments of nsltest.run()). `plainly`: the command
        by which an unhindered run is started."""
        problems = []
        started = 0

        def attempt(run):
            what, words, more = run
            try:
                result = nsltest.run(*words, user=setup.user, timeout=SOON, **more)
            except (subprocess.SubprocessError, OSError) as error:
                raise Refused(what) from error
            except AssertionError as error:
                return "%s: %s" % (what, error)
            wrong = problem(setup, result, words, setup.listing(words, plainly))
            return wrong and "%s %s: %s" % (what, " ".join(words), wrong)

        for words in {run[1] for run in runs}:
            setup.listing(words, plainly)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for future in [pool.submit(attempt, run) for run in runs]:
                with contextlib.suppress(Refused):
                    wrong = future.result()
                    started += 1
                    if wrong:
                        problems.append(wrong)
        print("%s: %d runs, %d wrong" % (self.id(), started, len(problems)), file=sys.stderr)
        self.assertGreater(started, 0)
        self.assertEqual(problems, [], "\n".join(problems))


# ------------------------------------------------------------------------------------ system calls


class Calls(DenyCase):
    """Each system call that nslist makes, but for those by which it speaks and ends."""

    def setUp(self):
        super().setUp()
        nsltest.need("strace")
        if nsltest.SANITIZED:
            raise unittest.SkipTest("missing: a build without sanitizers, which make calls of "
                                    "their own")

    def calls(self, words, census):
        """{number: name}: what strace sees, of a run that is not hindered."""
        with tempfile.NamedTemporaryFile() as log:
            result = nsltest.run(*words, census=census, timeout=SOON,
                                 prefix=("strace", "-f", "-n", "-qq", "-o", log.name))
            self.assertIn(result.status, (0, 3), result)
            text = log.read().decode(errors="replace")
        found = dict(re.findall(r"^\d+ +\[ *(\d+)\] (\w+)\(", text, re.M))
        self.assertGreater(len(found), 30, "does strace work?")
        return {int(number): name for number, name in found.items()
                if name not in NOT_REFUSED}

    def walk(self, words, census):
        nsltest.need_census(census)
        setup = Setup(self)
        setup.listing(words)
        runs = []
        for number, name in sorted(self.calls(words, census).items()):
            for code in (errno.EPERM, errno.ENOSYS):
                runs.append(("%s (%s), %s" % (name, census, errno.errorcode[code]), words,
                             {"env": {**nsltest.preload("librefuse.so"),
                                      "NSL_REFUSE": "%d:%d" % (number, code)},
                              "census": census}))
        self.try_all(setup, runs)

    def test_table_procfs(self):
        self.walk(FORMATS["table"], "procfs")

    def test_json_procfs(self):
        self.walk(FORMATS["json"], "procfs")

    def test_table_bpf(self):
        self.walk(FORMATS["table"], "bpf")

    def test_json_bpf(self):
        self.walk(FORMATS["json"], "bpf")


# ------------------------------------------------------------------------------------------ rights


def last_capability():
    return int(nsltest.read("/proc/sys/kernel/cap_last_cap"))


class Rights(DenyCase):
    def without(self, names):
        nsltest.need("setpriv")
        lost = ",".join("-" + name for name in names)
        return ("setpriv", "--bounding-set=" + lost, "--inh-caps=" + lost)

    def names(self):
        nsltest.need("setpriv")
        text = subprocess.run(["setpriv", "--list-caps"], stdout=subprocess.PIPE, check=True,
                              encoding="ascii").stdout.split()
        return text[: last_capability() + 1]

    def test_capabilities(self):
        """Each in turn, and all at once."""
        runs = [("without " + name, words, {"prefix": self.without([name])})
                for name in self.names() for words in FORMATS.values()]
        runs += [("without any", words, {"prefix": self.without(self.names())})
                 for words in FORMATS.values()]
        self.try_all(Setup(self), runs)

    def test_root(self):
        """It is not told to run as root."""
        self.nsmake("new", "user,net")  # that it may see, and not enter
        for prefix in (self.without(self.names()),
                       self.procfs("hidepid=2", self.without(self.names()))):
            result = self.run_nslist("-d", "--strict", prefix=prefix, status=3)
            self.assertIn(b"could not be", result.err)
            self.assertNotIn(b"run as root", result.err)

    def procfs(self, options, then=()):
        return ("unshare", "--mount", "sh", "-c",
                'mount -t proc -o %s proc /proc && exec "$@"' % options, "sh", *then)

    def check_procfs(self, options):
        nsltest.need("setpriv")
        # In place of the program that it is told to run: one that anybody may.
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                  "sh", "-c", 'shift; exec "$0" "$@"', nsltest.public_program("nslist"))
        tried = subprocess.run([*self.procfs(options), "true"], stderr=subprocess.PIPE, check=False)
        if tried.returncode != 0:
            self.skipTest("missing: procfs with %s: %s" % (options, tried.stderr.decode()))
        setup = Setup(self)
        callers = {"root": (), "nobody": nobody}
        # Elsewhere its own mount namespace is taken for the root one, and all others are listed.
        if nsltest.is_in_initial_pid_namespace():
            callers["root without sys_ptrace"] = self.without(["sys_ptrace"])
        runs = []
        for words in FORMATS.values():
            for who, then in callers.items():
                runs.append(("%s, %s" % (options, who), words,
                             {"prefix": self.procfs(options, then)}))
        # In a mount namespace of its own, too: which mounts are elsewhere depends on that.
        self.try_all(setup, runs, plainly=self.procfs("hidepid=0"))

    def test_hidepid(self):
        for mode in (1, 2, 4):
            with self.subTest(mode):
                self.check_procfs("hidepid=%d" % mode)

    def test_subset_pid(self):
        self.check_procfs("subset=pid")
        document = self.run_nslist("--json", "--strict", prefix=self.procfs("subset=pid"),
                                   status=3).json
        self.assertEqual(document["host"]["hostname"], os.uname().nodename)
        self.assertEqual(document["host"]["kernel"], os.uname().release)
        self.assertIsNone(document["host"]["boot_id"])
        self.assertEqual([issue["count"] for issue in document["issues"]
                          if issue["code"] == "missing"], [1])
        self.assertNotIn(None, [process["start"] for process in document["processes"]])

    @unittest.skipIf(nsltest.SANITIZED, NO_SETTINGS)
    def test_no_proc(self):
        prefix = ("unshare", "--mount", "sh", "-c",
                  'mount -t tmpfs none /proc && exec "$@"', "sh")
        runs = [("no /proc", words, {"prefix": prefix}) for words in FORMATS.values()]
        self.try_all(Setup(self), runs)
        for words in FORMATS.values():
            result = self.run_nslist(*words, status=2, prefix=prefix)
            self.assertEqual((len(result.warnings), result.out), (1, b""))

    def test_inner_pid_namespace(self):
        """nslist is in the one that its /proc is of, which is not that of the set-up."""
        prefix = ("unshare", "--mount", "--pid", "--fork", "sh", "-c",
                  'mount -t proc proc /proc && "$@"', "sh")
        runs = [("an inner PID namespace", words, {"prefix": prefix})
                for words in FORMATS.values()]
        self.try_all(Setup(self), runs)
        self.assert_noted(prefix)

    def assert_noted(self, prefix, **more):
        """That there is an outside, where nothing is known of who is there."""
        result = self.run_nslist("--json", "--strict", prefix=prefix, status=3, **more)
        self.assertIs(result.json["complete"], False)
        self.assertEqual(result.json["sources"]["processes"], "partial")
        self.assertIn(("processes", "pid-namespace",
                       "processes outside this PID namespace cannot be seen"),
                      self.issues_of(result.json))
        self.assertEqual(result.err.count(b"outside this PID namespace"), 1)

    @unittest.skipIf(nsltest.SANITIZED, NO_SETTINGS)
    def test_proc_of_another(self):
        """The same /proc, but nslist is outside."""
        script = """d=$(mktemp -d) && mkfifo "$d/in" "$d/out"
                 unshare --pid --fork sh -c 'mount -t proc proc /proc && echo && exec cat' \
                     <"$d/in" >"$d/out" &
                 exec 4>"$d/in"; read -r _ <"$d/out"; rm -r "$d"
                 "$@" 4>&-; s=$?; exec 4>&-; wait; exit $s"""
        prefix = ("unshare", "--mount", "sh", "-c", script, "sh")
        runs = [("another PID namespace's /proc", words, {"prefix": prefix})
                for words in FORMATS.values()]
        self.try_all(Setup(self), runs)
        self.assert_noted(prefix)


# ------------------------------------------------------------------------------------------ limits


class Limits(DenyCase):
    def limit(self, kind, value):
        def apply():
            resource.setrlimit(kind, (value, value))
        return {"preexec_fn": apply}

    def starts(self, more, user=None):
        """Whether the loader and the C library can do with it."""
        try:
            return nsltest.run("--version", user=user, timeout=SOON, **more).status == 0
        except (subprocess.SubprocessError, OSError):
            return False

    def walk(self, name, values, user=None):
        kind = getattr(resource, "RLIMIT_" + name)
        setup = Setup(self, user)
        runs = []
        for value in values:
            more = self.limit(kind, value)
            if self.starts(more, user):
                runs += [("%s=%d" % (name, value), words, more) for words in FORMATS.values()]
        self.try_all(setup, runs)

    def test_nofile(self):
        self.walk("NOFILE", range(1, 17))

    @unittest.skipIf(nsltest.SANITIZED, "missing: a build without sanitizers, which map terabytes")
    def test_as(self):
        self.walk("AS", range(4 << 20, 7 << 20, 100 << 10))
        self.walk("AS", range(7 << 20, 12 << 20, 200 << 10))

    @unittest.skipIf(nsltest.SANITIZED, "missing: a build without sanitizers, whose malloc it is")
    def test_memory(self):
        """From the Nth piece on there is none, in nslist and in each of its workers. Without the
        first few GLib has a line of its own."""
        setup = Setup(self)
        runs = [("%d pieces of memory" % most, words,
                 {"env": {**nsltest.preload("librefuse.so"), "NSL_STARVE": str(most)}})
                for most in (*range(18, 100), *range(100, 300, 3), *range(300, 6000, 97))
                for words in FORMATS.values()]
        self.try_all(setup, runs)

    def test_nproc(self):
        self.walk("NPROC", range(0, 8), user=nsltest.NOBODY)

    def test_stack(self):
        """Below 64 KiB the kernel itself gives out."""
        least = 64 * nsltest.SLOWER
        self.walk("STACK", range(least << 10, (least + 200) << 10, 16 << 10))

    def test_fsize(self):
        """Nothing can be written into a file: an error, not a signal."""
        for size in (0, 1, 100):
            for words in (("--all",), ("--json",), ("--help",)):
                with self.subTest(size=size, words=words), tempfile.TemporaryFile() as out:
                    result = nsltest.run(*words, stdout=out, stderr=subprocess.DEVNULL,
                                         **self.limit(resource.RLIMIT_FSIZE, size))
                    self.assertEqual(result.status, 2)
                    self.assertLessEqual(os.fstat(out.fileno()).st_size, size)


# ------------------------------------------------------------------------- what a parent leaves behind


class Inherited(DenyCase):
    def test_signals(self):
        """Ignored and blocked by whoever starts it: nothing changes."""
        numbers = [number for number in signal.valid_signals()
                   if number not in (signal.SIGKILL, signal.SIGSTOP)]

        def ignore_child():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        def ignore_all():
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)

        def block_all():
            signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        setup = Setup(self)
        runs = [(before.__name__, words, {"preexec_fn": before})
                for before in (ignore_child, ignore_all, block_all)
                for words in FORMATS.values()]
        self.try_all(setup, runs)

    def test_state(self):
        """What the process has of it while it writes."""
        def ignore_all():
            for number in signal.valid_signals():
                if number not in (signal.SIGKILL, signal.SIGSTOP):
                    signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        os.set_blocking(writer, True)
        process = subprocess.Popen([nsltest.NSLIST, "--help"], stdout=writer,
                                   restore_signals=False, preexec_fn=ignore_all)
        os.close(writer)
        try:
            nsltest.wait_until(lambda: nsltest.stat_of(process.pid)[0] == "S",
                               "a write into the full pipe")
            text = nsltest.read("/proc/%d/status" % process.pid)
            masks = {name: int(value, 16) for name, value in
                     re.findall(r"^Sig(Blk|Ign):\t(\w+)$", text, re.M)}
        finally:
            process.kill()
            process.wait()
        kept = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP,
                signal.SIGTTIN, signal.SIGTTOU, signal.SIGPIPE, signal.SIGXFSZ}
        ignored = {number for number in range(1, 32) if masks["Ign"] >> (number - 1) & 1}
        self.assertEqual(masks["Blk"], 0)
        self.assertEqual(ignored, {int(number) for number in kept})


class Descriptors(DenyCase):
    """The standard ones: closed, full, or with nobody at the other end."""

    def run_with(self, closed, words, limit=None, **more):
        def close():
            for fd in closed:
                os.close(fd)
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        return nsltest.run(*words, preexec_fn=close, timeout=SOON, **more)

    def test_closed(self):
        setup = Setup(self)
        for mask in range(1, 8):
            closed = [fd for fd in range(3) if mask >> fd & 1]
            for words in ((), ("--json",), ("--help",)):
                with self.subTest(closed=closed, words=words):
                    result = self.run_with(closed, words)
                    if 1 in closed:
                        self.assertEqual((result.status, result.out), (2, b""))
                        self.assertEqual(len(result.warnings), int(2 not in closed))
                    else:
                        self.assertEqual((result.status, result.warnings if 2 in closed else []),
                                         (0, []))
                        if not words:
                            self.assertEqual(setup.rows(result, True),
                                             setup.rows(setup.listing(()), True))

    @unittest.skipIf(nsltest.SANITIZED, "missing: a build without sanitizers, which want files")
    def test_closed_and_few(self):
        """There may not even be one to stand in for what is closed."""
        for limit in (0, 1, 2, 3):
            for closed in ((1,), (0, 1), (1, 2), (0, 1, 2)):
                with self.subTest(limit=limit, closed=closed):
                    try:
                        result = self.run_with(closed, (), limit)
                    except (subprocess.SubprocessError, OSError):
                        continue  # no program starts with that
                    self.assertNotEqual(result.status, 0)
                    self.assertEqual(result.out, b"")

    def test_full(self):
        with open("/dev/full", "wb") as full:
            for words in ((), ("--json",), ("--help",), ("--version",), ("--list-columns",)):
                with self.subTest(words=words):
                    result = nsltest.run(*words, stdout=full)
                    self.assertEqual(result.status, 2)
                    self.assertEqual(result.warnings,
                                     ["nslist: cannot write the output: No space left on device"])
                    self.assertEqual(nsltest.run(*words, stdout=full, stderr=full).status, 2)
                    self.assertEqual(nsltest.run(*words, stderr=full).status, 0)
            self.assertEqual(nsltest.run("4194304", stderr=full).status, 1)
            self.assertEqual(nsltest.run("--nonsense", stderr=full).status, 2)

    def test_closed_pipe(self):
        for words in ((), ("--json",), ("--help",)):
            for ignored in (signal.SIG_DFL, signal.SIG_IGN):
                with self.subTest(words=words, ignored=ignored):
                    reader, writer = os.pipe()
                    os.close(reader)
                    result = nsltest.run(
                        *words, stdout=writer, restore_signals=False,
                        preexec_fn=lambda way=ignored: signal.signal(signal.SIGPIPE, way))
                    os.close(writer)
                    self.assertEqual(result.status, 0)
                    self.assertNotIn(b"write", result.err)


if __name__ == "__main__":
    nsltest.main()
