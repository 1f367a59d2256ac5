# SPDX-License-Identifier: GPL-3.0-or-later
"""What the live and hostile tests share: it starts the helper programs and ends them, runs nslist
as who and where a test wants it, takes its table and JSON apart, and asks the system itself what
is true (a walk of /proc that owes nothing to nslist). What a listing ought to say is in the tests,
not here.
"""

import atexit
import contextlib
import ctypes
import fcntl
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(TESTS)
BUILD = os.environ.get("NSL_BUILD") or os.path.join(SOURCE, "build")
NSLIST = os.path.join(BUILD, "nslist")
# One that any user may run.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable

TYPES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
CHILDREN = {"pid": "pid_for_children", "time": "time_for_children"}
NOBODY = 65534
PID_MAX = 4194304
NETNS = "/run/netns"

STARTED = 60  # seconds: a helper that has not said anything by then never will
HANGING = 60  # seconds: an nslist that has not ended by then hangs


def _is_sanitized():
    if os.environ.get("NSL_SANITIZED"):
        return True
    try:
        with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
            return re.search(r"^NSL_SANITIZE:\w+=.+$", cache.read(), re.M) is not None
    except OSError:
        return False


SANITIZED = _is_sanitized()
SLOWER = 4 if SANITIZED else 1  # how much longer things may take
# Where a sanitizer's own means are taken away: it wants /proc, and a process to look for leaks.
NO_LEAK_CHECK = {"ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}


def program(name):
    """The path of nslist or of a helper program."""
    return NSLIST if name == "nslist" else os.path.join(BUILD, "tests", name)


_public = None


def public_program(name):
    """A copy of a program where any user can get at it."""
    global _public
    if _public is None:
        _public = tempfile.mkdtemp(prefix="nslt-bin-")
        atexit.register(shutil.rmtree, _public, ignore_errors=True)
        os.chmod(_public, 0o755)
    copy = os.path.join(_public, name)
    if not os.path.exists(copy):
        shutil.copy(program(name), copy)
        os.chmod(copy, 0o755)
    return copy


def need(*programs):
    """Skips the test where a program of the system is not installed."""
    for name in programs:
        if not shutil.which(name):
            raise unittest.SkipTest("missing: the program %s" % name)


def need_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest("missing: root")


def _as_user(user):
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


# ------------------------------------------------------------------------------------------- files


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


# ------------------------------------------------------------------------------- the system's truth


def read_link(path):
    """The inode that a namespace link names; None where there is no link, OSError if unreadable."""
    try:
        text = os.readlink(path)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(re.fullmatch(r"\w+:\[(\d+)\]", text).group(1))


def namespaces_of(pid, proc="/proc"):
    """{type: inode} of a process (or "self", or a thread), for_children too; None: unreadable."""
    found = {}
    try:
        for name in TYPES + tuple(CHILDREN.values()):
            inode = read_link("%s/%s/ns/%s" % (proc, pid, name))
            if inode is not None:
                found[name] = inode
    except PermissionError:
        return None
    return found


def list_pids(proc="/proc"):
    return sorted(int(name) for name in os.listdir(proc) if name.isdigit())


def walk(proc="/proc"):
    """{pid: namespaces_of(pid)} of all processes; those that went away meanwhile are not in it."""
    found = {}
    for pid in list_pids(proc):
        namespaces = namespaces_of(pid, proc)
        if namespaces is None or namespaces:
            found[pid] = namespaces
    return {pid: ns for pid, ns in found.items() if os.path.exists("%s/%d" % (proc, pid))}


def _is_kthreadd(pid, proc="/proc"):
    try:
        text = read("%s/%d/status" % (proc, pid))
    except OSError:
        return False
    return "\nPPid:\t0\n" in text and text.startswith("Name:\tkthreadd\n")


def root_namespaces():
    """{type: inode} of the root namespaces: PID 1's; where one may not look, kthreadd's; where
    there is none, this process's."""
    for pid in (1, 2, "self"):
        if pid == 2 and not _is_kthreadd(2):
            continue
        namespaces = namespaces_of(pid)
        if namespaces:
            return {name: namespaces[name] for name in TYPES if name in namespaces}
    raise AssertionError("no root namespaces")


def preload(library):
    """The environment in which a program is started with this one of the helpers, too."""
    libraries = [program(library), os.environ.get("LD_PRELOAD")]
    return {"LD_PRELOAD": ":".join(filter(None, libraries))}


def readable_init():
    """The environment in which nslist looks at all processes: where PID 1 may not be looked at,
    another that holds nothing stands for it."""
    try:
        os.readlink("/proc/1/ns/net")
        os.listdir("/proc/1/fd")
    except PermissionError:
        if not _is_kthreadd(2):
            raise unittest.SkipTest("missing: the right to look at process 1") from None
        return preload("libreadable_init.so")
    return {}


_surroundings = None


def surroundings():
    """{type: inode} of what the tests themselves are in and that is not the root namespace: a
    container's, or what `unshare` made for a chroot. All that they start is in those too, and is
    listed for that; so they are left out wherever root namespaces are, as a system of its own has
    none."""
    global _surroundings
    if _surroundings is None:
        roots, own = root_namespaces(), namespaces_of("self")
        _surroundings = {name: own[name] for name in TYPES
                         if name in roots and own.get(name, roots[name]) != roots[name]}
    return _surroundings


def need_root_mounts():
    """Skips where the tests are in a mount namespace of their own: its processes would be listed
    beside those of the test, and files of root in it are not root's to nslist."""
    if "mnt" in surroundings():
        raise unittest.SkipTest("missing: the root mount namespace")


INITIAL_PID_NAMESPACE = 0xEFFFFFFC  # include/linux/proc_ns.h
CLONE_NEWUTS = 0x04000000
NS_GET_ID = 0x8008B70D  # Linux 6.18


def is_in_initial_pid_namespace():
    return namespaces_of("self").get("pid") == INITIAL_PID_NAMESPACE


def need_initial_pid_namespace():
    if not is_in_initial_pid_namespace():
        raise unittest.SkipTest("missing: the initial PID namespace")


def need_census(name):
    """Skips where tasks cannot be counted so (--census), by what the kernel says of itself."""
    if name != "bpf":
        return
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        raise unittest.SkipTest("missing: the kernel's BTF")
    capabilities = int(re.search(r"^CapEff:\s*(\w+)", read("/proc/self/status"), re.M).group(1), 16)
    if not capabilities & 1 << 21:
        raise unittest.SkipTest("missing: CAP_SYS_ADMIN")
    with contextlib.suppress(OSError):
        with open("/sys/kernel/security/lockdown", encoding="ascii") as file:
            if "[confidentiality]" in file.read():
                raise unittest.SkipTest("missing: BPF that reads the kernel (lockdown)")
    need_initial_pid_namespace()


def _leave_out(document):
    """A document without what surrounds the tests, and who is listed for nothing else."""
    around = set(surroundings().values())
    namespaces = document.get("namespaces", [])
    if not around or any(ns.get("root") for ns in namespaces):
        return document
    left = [ns for ns in namespaces if ns["ns"] not in around]
    inodes = {ns["ns"] for ns in left}
    named = {holder.get("pid") for ns in left for holder in ns.get("held_by") or []}
    if "processes" in document:
        document["processes"] = [
            process for process in document["processes"]
            if process["pid"] in named or inodes & set((process.get("ns") or {}).values())]
    document["namespaces"] = left
    return document


def _leave_other_runs_out(document, pid):
    """A document of the run with this PID, without other runs of nslist at the same time: their
    workers enter namespaces for a moment. Its own workers stay in; they have ended by now."""
    def is_other(process):
        return process.get("comm") == "nslist" and pid not in (process["pid"], process.get("ppid"))

    def is_running(holder):
        return holder.get("comm") == "nslist" and start_of(holder["pid"]) is not None
    others = {process["pid"] for process in document.get("processes", []) if is_other(process)}
    if others:
        document["processes"] = [process for process in document["processes"]
                                 if process["pid"] not in others]
    for ns in document.get("namespaces", []):
        ns["held_by"] = [holder for holder in ns["held_by"]
                         if holder.get("pid") not in others and not is_running(holder)]
        left = [member for member in ns["pids"] if member not in others]
        if ns["nprocs"] is not None:
            ns["nprocs"] -= len(ns["pids"]) - len(left)
        ns["pids"] = left


def rows_of(walked, roots):
    """{(pid, type, inode, for_children)}: the rows that a walk of /proc makes one expect."""
    around = set(surroundings().values()) if roots is not None else set()
    rows = set()
    for pid, namespaces in walked.items():
        for name, inode in (namespaces or {}).items():
            kind = name[: -len("_for_children")] if name.endswith("_for_children") else name
            children = kind != name
            if inode in around or (children and inode == namespaces.get(kind)):
                continue
            if roots is None or roots.get(kind) != inode:
                rows.add((pid, kind, inode, children))
    return rows


def command_of(pid):
    """The command line as it is to be shown, of a process with printable arguments."""
    text = read_bytes("/proc/%d/cmdline" % pid)
    if not text:
        return read_bytes("/proc/%d/comm" % pid).rstrip(b"\n").decode()
    return text.rstrip(b"\0").replace(b"\0", b" ").decode()


def stat_of(pid):
    """The fields of /proc/PID/stat from the state on, which is the third."""
    return read_bytes("/proc/%d/stat" % pid).rpartition(b")")[2].decode().split()


def start_of(pid):
    """A process's start time, which tells it from a later one with its PID; None: it is gone."""
    try:
        fields = stat_of(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def children_of(pid):
    """The PIDs of the children of its first thread."""
    return [int(word) for word in read("/proc/%d/task/%d/children" % (pid, pid)).split()]


def own_children():
    """The PIDs of this process's children, dead ones too."""
    children = set()
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError):
            children.update(map(int, read("/proc/self/task/%s/children" % task).split()))
    return children


def become_subreaper():
    """From now on descendants whose parent ends become children of this process."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def wait_until(condition, what, seconds=30):
    """Looks again and again, for what only a state tells of."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain: %s" % what)
        select.select([], [], [], 0.002)


def wait_for_network():
    """Until nobody has the kernel's lock of network devices for long, as it is where many net
    namespaces end: who asks for interfaces waits for it, and is left behind until he has it."""
    def is_free():
        started = time.monotonic()
        subprocess.run(["unshare", "--net", "true"], check=False, stderr=subprocess.DEVNULL)
        return time.monotonic() - started < 0.1

    def has_killed():
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/status" % pid, encoding="utf-8", errors="replace") as file:
                    pending = re.search(r"SigPnd:\s*([0-9a-f]+)", file.read())
                    if pending and int(pending.group(1), 16) >> signal.SIGKILL - 1 & 1:
                        return True
            except OSError:
                pass
        return False

    wait_until(is_free, "the kernel's lock of network devices")
    wait_until(lambda: not has_killed(), "processes that are killed to end")


# ---------------------------------------------------------------------------------- helper programs


class Helper:
    """A program that makes namespaces, says on one line of JSON which (`made`; members are
    attributes too), and keeps them until its stdin ends."""

    def __init__(self, name, *arguments, user=None, prefix=(), argv0=None, path=None):
        path = path or (program(name) if user is None else public_program(name))
        self._errors = tempfile.TemporaryFile()
        words = [os.fsencode(word) for word in (*prefix, path, *arguments)]
        executable = None
        if argv0 is not None:
            executable, words[0] = path, argv0
        self.process = subprocess.Popen(words, executable=executable, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self._errors,
                                        **_as_user(user))
        try:
            self.made = self._read_line()
        except BaseException:
            self.end()
            raise
        self._born = {pid: start_of(pid) for pid in self.all_pids()}

    def __getattr__(self, name):
        made = self.__dict__.get("made", {})
        if name in made:
            return made[name]
        raise AttributeError(name)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()

    def all_pids(self):
        """All PIDs of it that it told of."""
        found = [self.process.pid]
        found += self.made.get("pids", [])
        found += [level["pid"] for level in self.made.get("levels", [])]
        found += [self.made[key] for key in ("pid", "child", "parent") if self.made.get(key)]
        return found

    def errors(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def _read_line(self):
        line = b""
        end = time.monotonic() + STARTED * SLOWER
        while not line.endswith(b"\n"):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError("%s says nothing" % self.process.args)
            got = os.read(self.process.stdout.fileno(), 1 << 20)
            if not got:
                status = self.process.wait()
                if status == 77:
                    raise unittest.SkipTest(self.errors().strip())
                raise AssertionError("%s: exit status %d: %s" % (self.process.args, status,
                                                                 self.errors()))
            line += got
        return json.loads(line)

    def end(self):
        process = self.process
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(30 * SLOWER)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("%s did not end" % process.args) from None
        finally:
            process.stdout.close()
            self._errors.close()
        for pid, born in getattr(self, "_born", {}).items():
            if born is not None:
                wait_until(lambda p=pid, b=born: start_of(p) != b, "the end of process %d" % pid)


BUSY = """
import ctypes, os, signal, sys
pids = []
parent = os.getpid()
for _ in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
        while os.getppid() == parent:
            pass
        os._exit(0)
    pids.append(pid)
print('{"pids":%s}' % pids, flush=True)
sys.stdin.read()
for pid in pids:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""


class Process:
    """An ordinary program that is ready as soon as it echoes: cat, or a shell command that becomes
    it."""

    def __init__(self, *words, user=None, **more):
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        **_as_user(user), **more)
        self.pid = self.process.pid
        try:
            self.process.stdin.write(b"ready\n")
            self.process.stdin.flush()
            if self.process.stdout.readline() != b"ready\n":
                raise AssertionError("%s: exit status %d" % (words, self.process.wait()))
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()


@contextlib.contextmanager
def busy_processes(count):
    """That many processes which do nothing but compute."""
    words = [PYTHON, "-c", BUSY, str(count)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield json.loads(process.stdout.readline())["pids"]
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


# ----------------------------------------------------------------------------------- running nslist


def split_container(text):
    """("docker:web", "nginx") of "[docker:web] nginx", ("in docker:web", …) of who has entered that;
    (None, text) where there is none."""
    match = re.match(r"\[((?:in )?[a-z][a-z-]*(?::[^\]]*)?)\] (.*)", text, re.S)
    return match.groups() if match else (None, text)


def split_marks(text):
    """(for children?, of which process it is a thread, a zombie?, "nginx") of what follows a
    label: "(for children) nginx"."""
    match = re.match(r"(\(for children\) )?(?:\(thread of (\d+)\) )?(<defunct> )?(.*)", text, re.S)
    children, process, zombie, command = match.groups()
    return children is not None, int(process) if process else None, zombie is not None, command


class Row:
    """A row of the table. Columns are where they are promised to be, or it is no row."""

    PATTERN = re.compile(
        r"(?P<pid> *(?:\d+|--))  (?P<label>(?P<type>[a-z]+):\[(?P<inode>\d+)\](?P<named>\*\*)?)"
        r" *  (?P<command>.*)", re.S)

    def __init__(self, line):
        match = Row.PATTERN.fullmatch(line)
        if not match:
            raise AssertionError("not a row: %r" % line)
        pid = match.group("pid").strip()
        self.line = line
        self.pid = None if pid == "--" else int(pid)
        self.type = match.group("type")
        self.label = match.group("label")
        self.inode = int(match.group("inode"))
        self.named = match.group("named") is not None
        start = "%10s  %-20s  " % (pid, match.group("label"))
        if not line.startswith(start):
            raise AssertionError("columns are out of place: %r" % line)
        self.container, self.command = split_container(line[len(start):])
        self.for_children, self.thread_of, self.zombie, self.command = split_marks(self.command)

    def key(self):
        return (self.pid, self.type, self.inode, self.for_children)

    def __repr__(self):
        return repr(self.line)


def parse_rows(lines):
    """The rows of these lines, without what surrounds the tests."""
    rows = [Row(line) for line in lines]
    around = set(surroundings().values())
    if not around or {row.inode for row in rows} & set(root_namespaces().values()):
        return rows
    return [row for row in rows if row.inode not in around]


HEADING = "%10s  %-20s  %s" % ("PID", "Namespace", "Thread/Command")


def _unique(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise AssertionError("a key twice: %s" % keys)
    return dict(pairs)


def parse_json(text):
    return json.loads(text, object_pairs_hook=_unique)


class Result:
    """What a run of nslist left: status, out and err (bytes), seconds, pid. `prefixed`: another
    command ran it, perhaps under another PID."""

    def __init__(self, status, out, err, seconds=0.0, pid=0, prefixed=False):
        self.status, self.out, self.err = status, out, err
        self.seconds, self.pid, self.prefixed = seconds, pid, prefixed

    @property
    def text(self):
        return self.out.decode()

    @property
    def warnings(self):
        return self.err.decode().splitlines()

    @property
    def lines(self):
        text = self.text
        if text and not text.endswith("\n"):
            raise AssertionError("the last line has no end: %r" % text[-200:])
        return text.split("\n")[:-1]

    @property
    def rows(self):
        """The table's rows, after its header, without what surrounds the tests."""
        lines = self.lines
        if not lines or lines[0] != HEADING:
            raise AssertionError("no header: %r; stderr: %r" % (lines[:1], self.err))
        return parse_rows(lines[1:])

    @property
    def json(self):
        document = parse_json(self.text)
        if not isinstance(document, dict):
            return document
        if not self.prefixed:
            _leave_other_runs_out(document, self.pid)
        return _leave_out(document)

    def __repr__(self):
        return "exit status %s, stdout %r, stderr %r" % (self.status, self.out[:4000],
                                                         self.err[:4000])


def run(*arguments, user=None, prefix=(), timeout=None, env=None, census=None, **more):
    """Runs nslist to its end. `prefix`: a command to run it by (words); `user`: a UID; `census`: how
    it counts tasks (--census), by default as NSL_TEST_CENSUS says; `more`: of subprocess.Popen."""
    census = census or os.environ.get("NSL_TEST_CENSUS")
    if census:
        arguments = ("--census=" + census, *arguments)
    path = program("nslist") if user is None else public_program("nslist")
    environment = dict(os.environ, **(env or {}))
    words = [*prefix, path, *arguments]
    more.setdefault("stdin", subprocess.DEVNULL)
    started = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", errors)
        process = subprocess.Popen(words, env=environment, **_as_user(user), **more)
        out = _gather(process, timeout or HANGING * SLOWER)
        seconds = time.monotonic() - started
        errors.seek(0)
        err = errors.read()
    return Result(process.returncode, out, err, seconds, process.pid, bool(prefix))


def _gather(process, timeout):
    """Its output; kills it where it does not end."""
    chunks = []
    end = time.monotonic() + timeout
    try:
        while process.stdout:
            left = end - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise AssertionError("%s hangs, or somebody keeps its stdout open" % process.args)
            chunk = os.read(process.stdout.fileno(), 1 << 20)
            if not chunk:
                break
            chunks.append(chunk)
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError("%s does not end" % process.args) from None
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout:
            process.stdout.close()
    return b"".join(chunks)


MEMORY = """
import os, sys
null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
print(os.wait4(pid, 0)[2].ru_maxrss)
"""


def memory_of(*arguments):
    """How many KiB a run of nslist takes, or any of its workers. It is started by a small process,
    since the size of who starts it counts as its own."""
    words = [PYTHON, "-S", "-E", "-c", MEMORY, NSLIST, *arguments]
    return int(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def run_on_terminal(*arguments, columns=80, rows=0, both=False, **more):
    """Runs nslist with its stdout on a terminal, and with `both` its stderr; what that got is in
    .out, line ends as written. Without colours or folding, unless `env` says otherwise."""
    master, slave = pty.openpty()
    try:
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        with tempfile.TemporaryFile() as errors:
            environment = dict(os.environ, **{"NO_COLOR": "1", "TERM": "dumb",
                                              **more.pop("env", {})})
            process = subprocess.Popen([program("nslist"), *arguments], stdin=subprocess.DEVNULL,
                                       stdout=slave, stderr=slave if both else errors,
                                       env=environment, **more)
            os.close(slave)
            slave = -1
            chunks = []
            while select.select([master], [], [], HANGING * SLOWER)[0]:
                try:
                    chunk = os.read(master, 65536)
                except OSError:  # EIO: nobody has it open any more
                    break
                if not chunk:
                    break
                chunks.append(chunk)
            status = process.wait(HANGING)
            errors.seek(0)
            return Result(status, b"".join(chunks), errors.read())
    finally:
        os.close(master)
        if slave >= 0:
            os.close(slave)


def run_python_as(user, code, prefix=()):
    """Runs Python code, with all of this module's names, as another user, or by a command; what it
    prints as JSON."""
    directory = os.path.dirname(public_program("nslist"))
    shutil.copy(os.path.abspath(__file__), directory)
    code = "import sys; sys.path.insert(0, %r)\nfrom nsltest import *\n%s" % (directory, code)
    result = subprocess.run([*prefix, PYTHON, "-c", code], stdout=subprocess.PIPE, check=True,
                            cwd="/", **_as_user(user),
                            env=dict(os.environ, NSL_BUILD=BUILD, PYTHONDONTWRITEBYTECODE="1"))
    return json.loads(result.stdout)


# --------------------------------------------------------------------------------------- test cases


def remove_if_empty(directory):
    """What another has put something into meanwhile stays."""
    with contextlib.suppress(OSError):
        os.rmdir(directory)


class TestCase(unittest.TestCase):
    """With a check, after all clean-up, that the test leaves nothing behind."""

    NEEDS = ()  # "root", and programs of the system: the tests are skipped without them
    maxDiff = None
    _count = 0

    def setUp(self):
        if "root" in self.NEEDS:
            need_root()
        need(*(name for name in self.NEEDS if name != "root"))
        become_subreaper()
        children = own_children()
        mounts = set(read_bytes("/proc/self/mountinfo").splitlines())
        self._names = []
        self.addCleanup(self._check_nothing_left, children, mounts)

    def _check_nothing_left(self, children, mounts):
        self.reap_strangers(children)
        left = set(read_bytes("/proc/self/mountinfo").splitlines()) - mounts
        mine = re.compile(b"nslt-?%d-" % os.getpid())  # not of a test that runs beside this one
        left = [line for line in left if mine.search(line)]
        self.assertEqual(left, [], "mounts are left")
        left = [name for name in self._names if os.path.lexists(name)]
        self.assertEqual(left, [], "names are left")

    def reap_strangers(self, known, seconds=10):
        """Waits for the end of children that nobody started here: nslist's workers, when nslist has
        ended. They have to end by themselves."""
        def gone():
            for pid in own_children() - set(known):
                os.waitpid(pid, os.WNOHANG)
            return not own_children() - set(known)
        wait_until(gone, "the end of processes that were left behind", seconds * SLOWER)

    def helper(self, name, *arguments, **more):
        helper = Helper(name, *arguments, **more)
        self.addCleanup(helper.end)
        return helper

    def nsmake(self, *arguments, **more):
        return self.helper("nsmake", *arguments, **more)

    def stuck_of_nobody(self, *arguments):
        """stuck, of another user, who is given a /dev/fuse, as most systems have it."""
        need("unshare", "mount", "mknod", "setpriv")
        script = ('{ mknod -m 666 "$0/fuse" c 10 229 && mount --bind "$0/fuse" /dev/fuse; } || '
                  'exit 77; exec setpriv --reuid %d --regid %d --clear-groups "$@"' % (NOBODY, NOBODY))
        return self.helper("stuck", *arguments, path=public_program("stuck"), prefix=[
            "unshare", "--mount", "sh", "-c", script, self.directory()])

    def process(self, *words, **more):
        process = Process(*words, **more)
        self.addCleanup(process.end)
        return process

    def directory(self):
        path = tempfile.mkdtemp(prefix="nslt-%d-" % os.getpid())
        self.addCleanup(shutil.rmtree, path)
        return path

    def make_directories(self, path):
        """Those that are missing; afterwards they go where they are empty."""
        missing = []
        while not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        for directory in reversed(missing):
            os.mkdir(directory)
            self.addCleanup(remove_if_empty, directory)

    def write_below(self, path, text):
        """A new file, with the directories above it that are missing."""
        self.make_directories(os.path.dirname(path))
        with open(path, "x", encoding="utf-8") as file:
            self.addCleanup(os.unlink, path)
            file.write(text)

    def make_veth(self, pid):
        """A veth of this net namespace, whose other end, eth0, is in a process's: its name."""
        need("ip")
        TestCase._count += 1
        name = "nslt%dv%d" % (os.getpid(), TestCase._count)
        done = subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0",
                               "netns", str(pid)], stderr=subprocess.PIPE, check=False)
        if b"Unknown device type" in done.stderr or b"not supported" in done.stderr:
            self.skipTest("missing: veth interfaces")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(subprocess.run, ["ip", "link", "delete", name], check=False,
                        stderr=subprocess.DEVNULL)
        return name

    def name(self, suffix=""):
        """A name for /run/netns that nobody else has."""
        TestCase._count += 1
        name = "nslt%d-%d%s" % (os.getpid(), TestCase._count, suffix)
        self._names.append(os.path.join(os.fsencode(NETNS), os.fsencode(name)))
        return name

    def add_netns(self, suffix=""):
        """A new net namespace with a name of `ip netns`: that, and its inode."""
        need("ip")
        name = self.name(suffix)
        subprocess.run(["ip", "netns", "add", name], check=True)
        # A test may have deleted it.
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=False,
                        stderr=subprocess.DEVNULL)
        return name, os.stat("%s/%s" % (NETNS, name)).st_ino

    def run_nslist(self, *arguments, status=0, **more):
        result = run(*arguments, **more)
        self.assertEqual(result.status, status, result)
        return result

    def table(self, *arguments, **more):
        return self.run_nslist(*arguments, **more).rows

    def document(self, *arguments, **more):
        return self.run_nslist("--json", *arguments, **more).json

    def tree(self, *arguments, **more):
        """{(type, inode): [(depth, pid, text)]}, from the lines of --tree."""
        found = {}
        kind = key = None
        for line in self.run_nslist("--tree", *arguments, **more).lines:
            label = line.lstrip("│├└─ |`-")
            depth = (len(line) - len(label)) // 2
            if depth == 0:
                self.assertIn(line, TYPES)
                kind = line
            elif depth == 1:
                match = re.match(r"(\w+):\[(\d+)\]", label)
                self.assertEqual(match.group(1), kind)
                key = (kind, int(match.group(2)))
                self.assertNotIn(key, found)
                found[key] = []
            else:
                pid, _, text = label.partition(" ")
                found[key].append((depth, int(pid), split_container(text)[1]))
        if not {inode for _, inode in found} & set(root_namespaces().values()):
            for around in surroundings().items():
                found.pop(around, None)
        return found

    def check_references(self, document):
        """What it refers to is in it."""
        processes = {process["pid"] for process in document["processes"]}
        containers = {entry["key"] for entry in document["containers"]}
        for ns in document["namespaces"]:
            self.assertLessEqual(set(ns["pids"]), processes, ns)
            if ns["nprocs"] is not None:
                self.assertGreaterEqual(ns["nprocs"], len(ns["pids"]))
        for entry in document["containers"]:
            self.assertLessEqual(set(entry["pids"]), processes, entry)
        for entry in (*document["processes"], *document["containers"]):
            for key in ("container", "entered") if "ns" in entry else ("parent",):
                self.assertIn(entry[key], containers | {None}, entry)

    def issues_of(self, document):
        """What it says it could not read, but for how many and when."""
        return {(issue["source"], issue["code"], issue["message"]) for issue in document["issues"]}


def get_namespace(document, kind, inode):
    """The one object of `namespaces`, or None."""
    found = [ns for ns in document["namespaces"] if ns["ns"] == inode and ns["type"] == kind]
    if len(found) > 1:
        raise AssertionError("listed twice: %s" % found)
    return found[0] if found else None


def get_process(document, pid):
    found = [process for process in document["processes"] if process["pid"] == pid]
    if len(found) > 1:
        raise AssertionError("listed twice: %s" % found)
    return found[0] if found else None


def limit_files(count):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def ns_id(path):
    """The kernel's 64-bit id of a namespace; OSError where there is none."""
    with open(path, "rb") as file:
        return struct.unpack("Q", fcntl.ioctl(file.fileno(), NS_GET_ID, bytes(8)))[0]


def _go_to_the_cpu_of_the_oldest_ids():
    """A mount namespace may be mounted only in one with a lower id, and from Linux 6.18 on each CPU
    gives out ids of its own. One that is made here has a lower one than those that the tests make,
    on whichever CPU."""
    cpus = {}
    with contextlib.suppress(OSError):
        for cpu in os.sched_getaffinity(0):
            os.sched_setaffinity(0, {cpu})
            ctypes.CDLL(None).unshare(CLONE_NEWUTS)
            cpus[ns_id("/proc/self/ns/uts")] = cpu
    if cpus:
        os.sched_setaffinity(0, {cpus[min(cpus)]})


def _be_a_system_of_its_own():
    """In a container: starts all again in PID, mount and cgroup namespaces that are the root ones
    there, so that no other process is in sight and no label has the container's cgroup; and nslist
    takes no note of processes outside (support/own_system.c)."""
    if is_in_initial_pid_namespace() or os.geteuid() != 0:
        return
    words = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--cgroup"]
    if "NSL_OWN_SYSTEM" in os.environ:
        os.sched_setaffinity(0, range(os.cpu_count()))
        os.environ["NSL_OWN_SYSTEM"] = str(namespaces_of("self")["pid"])
        os.environ["LD_PRELOAD"] = public_program("libown_system.so")
        os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (
            os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))  # that comes before it
    elif subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.environ["NSL_OWN_SYSTEM"] = ""
        _go_to_the_cpu_of_the_oldest_ids()
        # PIDs as of a system that has been up for a while; process 1 is not the test.
        os.execvp("unshare", [*words, "sh", "-c", 'echo 10000 >/proc/sys/kernel/ns_last_pid; "$@";'
                              " exit $?", "sh", sys.executable, *sys.argv])


def main():
    """Exit status 77, with the reasons, where all that ran was skipped."""
    _be_a_system_of_its_own()
    result = unittest.main(exit=False, verbosity=2).result
    skipped = {id(test) for test, _ in result.skipped}
    if result.wasSuccessful() and result.testsRun > 0 and len(skipped) == result.testsRun:
        for test, reason in result.skipped:
            print("skipped: %s: %s" % (test.id(), reason), file=sys.stderr)
        sys.exit(77)
    sys.exit(not result.wasSuccessful() or result.testsRun == 0)

