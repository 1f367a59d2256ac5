# SPDX-License-Identifier: GPL-3.0-or-later
"""What container engines are started in, here: one directory below which everything is, and a
journal of how to undo what is elsewhere. Both outlive the test: a watchdog, which is no child of
it, undoes all that is left when the test was killed. Which engines there are is in oci.py and
sandboxes.py; what nslist ought to say of them in case.py.
"""

import contextlib
import ctypes
import errno
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

PATIENCE = 45 * nsltest.SLOWER  # seconds, for an engine to start something or to end it
MARK = "NSL_ENGINES_RIG"  # in the environment of all that is started here
CGROUPS = "/sys/fs/cgroup"
# Beside the rig's own directory.
USED = ("/etc/cni", "/etc/docker", "/opt/containerd", "/run/containerd", "/run/containers",
        "/run/crun", "/run/docker", "/run/firejail", "/run/libpod", "/run/lxc", "/run/netns",
        "/run/runc", "/run/systemd/nspawn", "/run/systemd/nspawn-uid", "/var/cache/lxc",
        "/var/lib/cni", "/var/lib/containers", "/var/lib/docker", "/var/lib/lxc",
        "/var/lib/machines")
MNT_DETACH = 2
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37


class Refused(Exception):
    """An engine that is not there, or does not work on this machine: why."""


def need(*programs):
    for name in programs:
        if not shutil.which(name):
            raise Refused("missing: the program %s" % name)


# ------------------------------------------------------------------------ what is left, and its end


def _read(path):
    return nsltest.read_bytes(path)


def _read_mounts(pid="self"):
    """The fields of each line of its mountinfo."""
    return [line.split(b" ") for line in _read("/proc/%s/mountinfo" % pid).split(b"\n")[:-1]]


def _belongs(pid, directory):
    """Whether a process was started in the directory, is told of it, or has its root there."""
    here = os.fsencode(directory)
    with contextlib.suppress(OSError):
        if os.readlink("/proc/%d/ns/mnt" % pid) != os.readlink("/proc/self/ns/mnt"):
            for line in _read_mounts(pid):
                if line[4] == b"/" and any(here in field for field in line):
                    return True
        if b"%s=%s" % (MARK.encode(), here) in _read("/proc/%d/environ" % pid).split(b"\0"):
            return True
        return here + b"/" in _read("/proc/%d/cmdline" % pid)
    return False


def find_processes(directory, since):
    """{PID: start time}; `since`: a start time, before which there was none of it: the memory of
    older processes is not looked at."""
    starts = {pid: nsltest.start_of(pid) for pid in nsltest.list_pids()}
    return {pid: start for pid, start in starts.items()
            if start is not None and start >= since and _belongs(pid, directory)}


def _kill_all(directory, since):
    """Again and again: what ends may have had children meanwhile. A process that is about to end
    cannot be told any more from what is none of ours, so those that were killed are remembered."""
    killed = {}

    def none_left():
        found = find_processes(directory, since)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed.update(found)
        return not found and all(nsltest.start_of(pid) != born for pid, born in killed.items())
    nsltest.wait_until(none_left, "the end of all that was started in " + directory, PATIENCE)


def _unmount_all(directory):
    points = [re.sub(rb"\\(\d{3})", lambda found: bytes([int(found.group(1), 8)]), line[4])
              for line in _read_mounts()]
    for point in reversed(points):
        if point.startswith(os.fsencode(directory) + b"/"):
            ctypes.CDLL(None).umount2(point, MNT_DETACH)


def _is_dead_socket(path):
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        return False
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except ConnectionRefusedError:
            return True
        except OSError:
            pass
    return False


def _tidy(path):
    """Removes what has no use any more: empty directories, and sockets that nobody listens at."""
    for place, _, files in os.walk(path, topdown=False):
        with contextlib.suppress(OSError):
            if place.startswith(CGROUPS + "/"):
                _tidy_cgroup(place)
                continue
            for name in files:
                if _is_dead_socket(os.path.join(place, name)):
                    os.unlink(os.path.join(place, name))
            os.rmdir(place)


def _tidy_cgroup(path):
    """Who is dead may be in it for a moment yet."""
    def removed():
        try:
            os.rmdir(path)
        except OSError as error:
            pids = map(int, _read(os.path.join(path, "cgroup.procs")).split())
            return (error.errno != errno.EBUSY or any(map(nsltest.start_of, pids)) or
                    any(entry.is_dir() for entry in os.scandir(path)))
        return True
    nsltest.wait_until(removed, "an empty cgroup " + path)


def _undo(directory, since):
    """Does what the journal says, the last entry first: what is to be done while the engines run,
    then what is to be done when nothing runs any more."""
    entries = []
    with contextlib.suppress(FileNotFoundError):
        entries = [json.loads(line) for line in _read(os.path.join(directory, "undo")).splitlines()]
    entries.reverse()
    more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "check": False, "cwd": "/",
            "stderr": subprocess.DEVNULL, "env": dict(os.environ, **{MARK: directory})}
    for kind, *words in entries:
        if kind == "stop":
            with contextlib.suppress(subprocess.TimeoutExpired, FileNotFoundError):
                subprocess.run(words, timeout=PATIENCE, **more)
    _kill_all(directory, since)
    _unmount_all(directory)
    for kind, *words in entries:
        if kind == "undo":
            # Others may have the lock of /etc/passwd for a moment.
            nsltest.wait_until(lambda command=words: subprocess.run(
                command, timeout=PATIENCE, **more).returncode == 0, words)
        elif kind == "unmount":
            ctypes.CDLL(None).umount2(os.fsencode(words[0]), MNT_DETACH)
        elif kind == "remove":
            if os.path.isdir(words[0]):
                shutil.rmtree(words[0])
            elif os.path.lexists(words[0]):
                os.unlink(words[0])
        elif kind == "tidy":
            _tidy(words[0])
    shutil.rmtree(directory)


# ------------------------------------------------------------------------------------------ the rig


class Rig:
    """One for each test. Everything that it has made is gone after clean()."""

    _count = 0

    def __init__(self):
        Rig._count += 1
        self.directory = tempfile.mkdtemp(prefix="nslt-", dir="/tmp")
        os.chmod(self.directory, 0o711)  # rootless engines live below it, too
        self._since = nsltest.start_of(os.getpid())
        self._log = os.path.join(self.directory, "log")
        self._processes = []
        self._rootfs = None
        self._watch()

    def _watch(self):
        """Forks the watchdog, which waits for the test's end. It is init's, not the test's: ctest
        kills a test with all its descendants."""
        reader, self._alive = os.pipe()
        subreaper = ctypes.c_int()
        ctypes.CDLL(None).prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(subreaper), 0, 0, 0)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        pid = os.fork()
        if pid == 0:
            if os.fork() == 0:
                with contextlib.suppress(BaseException):
                    os.setsid()
                    self._guard(reader)
            os._exit(0)
        os.close(reader)
        os.waitpid(pid, 0)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, subreaper.value, 0, 0, 0)

    def _guard(self, reader):
        null = os.open("/dev/null", os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        os.close(self._alive)
        os.read(reader, 1)
        if os.path.exists(self.directory):
            _undo(self.directory, self._since)

    def clean(self):
        _undo(self.directory, self._since)
        for process in self._processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
        os.close(self._alive)

    # Names and places.

    def name(self, what):
        """A name that nobody else has; short, as ids are that are shown whole."""
        return "%s%d" % (what, os.getpid() * 10 + Rig._count % 10)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def make(self, *parts, mode=0o755):
        path = self.path(*parts)
        os.makedirs(path, mode, exist_ok=True)
        return path

    def write(self, path, text, mode=0o644):
        path = self.path(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        nsltest.write(path, text)
        os.chmod(path, mode)
        return path

    def rootfs(self):
        """A root file system of one binary."""
        if self._rootfs is None:
            need("busybox")
            root = self.path("rootfs")
            for name in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var"):
                os.makedirs(os.path.join(root, name))
            shutil.copy(shutil.which("busybox"), os.path.join(root, "bin", "busybox"))
            for name in ("sh", "sleep"):
                os.symlink("busybox", os.path.join(root, "bin", name))
            self.write("rootfs/etc/os-release", "ID=nslt\n")
            self._rootfs = root
        return self._rootfs

    # Undoing. Each is to be called before what it undoes is done.

    def _note(self, *entry):
        with open(self.path("undo"), "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def stop_by(self, *words):
        """A command to be run while the engine still runs."""
        self._note("stop", *words)

    def undo_by(self, command):
        """A command of the shell to be run when nothing runs any more, until it succeeds: also
        where there is nothing to be undone."""
        self._note("undo", "sh", "-c", command)

    def remove(self, path):
        """A file or directory that is nobody else's."""
        self._note("remove", path)

    def unmount(self, path):
        """A mount that is nobody else's."""
        self._note("unmount", path)

    def tidy(self, *paths):
        """Directories that others may use, too: of them, and those around them, what is not there
        yet, where it is empty then."""
        for path in paths:
            missing = []
            while not os.path.exists(path):
                missing.append(path)
                path = os.path.dirname(path)
            for place in reversed(missing):
                self._note("tidy", place)

    def cgroup(self, path):
        """A cgroup, in every hierarchy, and those around it that are not there yet."""
        self.tidy(*[hierarchy + path for hierarchy in hierarchies()])

    def tidy_cgroup(self, path):
        """One that is there already, and is no one else's."""
        for hierarchy in hierarchies():
            self._note("tidy", hierarchy + path)

    def enter_cgroup(self, path, names=None):
        """Makes a cgroup in every hierarchy, or those of these names (of version 2: ""), and
        returns the words before a command that has it in there."""
        places = [place + path for place, called in hierarchies().items()
                  if names is None or called & set(names)]
        self.tidy(*places)
        for place in places:
            os.makedirs(place, exist_ok=True)
            _allow_cpus(place)
        into = " ".join("echo 0 >'%s/cgroup.procs';" % place for place in places)
        return ["sh", "-c", 'set -e; %s exec "$@"' % into, "sh"]

    # Running.

    def run(self, *words, env=None, **more):
        """Runs a command to its end, and gives what it printed. What it leaves running may keep
        its outputs open."""
        need(words[0])
        environment = dict(os.environ, **{MARK: self.directory}, **(env or {}))
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=environment, **more)
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                status = "timeout"
            out.seek(0)
            err.seek(0)
            text = out.read().decode(errors="replace")
            if status != 0:
                raise Refused("%s: %s: %s" % (" ".join(words), status,
                                              (err.read().decode(errors="replace") or text)[-800:]))
        return text

    def start(self, *words, env=None, **more):
        """Starts a command that runs until clean()."""
        need(words[0])
        environment = dict(os.environ, **{MARK: self.directory}, **(env or {}))
        more.setdefault("stdin", subprocess.DEVNULL)
        with open(self._log, "ab") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, env=environment,
                                       start_new_session=True, **more)
        self._processes.append(process)
        return process

    def start_with_pipes(self, *words):
        """The same, with its stdin and stdout."""
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=dict(os.environ, **{MARK: self.directory}),
                                   start_new_session=True)
        self._processes.append(process)
        return process

    def wait(self, condition, what, process=None):
        """For a state, and not for longer than the process is there that is to reach it."""
        def reached():
            if process is not None and process.poll() is not None:
                raise Refused("%s: ended before %s: %s" % (
                    process.args[0], what, _read(self._log).decode(errors="replace")[-800:]))
            return condition()
        try:
            nsltest.wait_until(reached, what, PATIENCE)
        except AssertionError as error:
            raise Refused("%s: %s" % (error, _read(self._log).decode(errors="replace")[-800:])) \
                from None

    def wait_for_socket(self, path, process):
        def answers():
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(path)
                except OSError:
                    return False
            return True
        self.wait(answers, "an answer at " + path, process)


# ------------------------------------------------------------------------------ what there is now


def hierarchies():
    """{where: names}: what cgroup hierarchies there are, and what /proc/PID/cgroup calls them:
    with version 2 ""."""
    found = {}
    for line in _read_mounts():
        fields = [os.fsdecode(field) for field in line]
        kind, _, options = fields[fields.index("-") + 1:]
        if fields[3] == "/" and kind in ("cgroup", "cgroup2"):
            found[fields[4]] = set(options.split(",")) if kind == "cgroup" else {""}
    return found


def children_of(pid):
    """Its children's PIDs, in the order of their start."""
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir("/proc/%d/task" % pid):
            found += _read("/proc/%d/task/%s/children" % (pid, task)).split()
    return sorted(map(int, found), key=lambda child: (nsltest.start_of(child) or 0, child))


def descendants_of(pid):
    """Itself, and all below it; ascending."""
    found, queue = [], [pid]
    while queue:
        found.append(queue.pop())
        queue += children_of(found[-1])
    return sorted(found)


def list_traces():
    """What engines may leave where they cannot be told to be elsewhere: files, mounts, links,
    users, and cgroups that nobody is in."""
    found = {"user " + line.split(b":")[0].decode() for line in _read("/etc/passwd").splitlines()}
    found |= {"link " + name for name in os.listdir("/sys/class/net")}
    for hierarchy in hierarchies():
        for path, _, _ in os.walk(hierarchy):
            with contextlib.suppress(OSError):
                if not _read(os.path.join(path, "cgroup.procs")):
                    found.add("cgroup " + path)
    for place in USED:
        for path, folders, files in os.walk(place):
            found |= {os.path.join(path, name) for name in folders + files}
    for line in _read_mounts():
        point = os.fsdecode(line[4])
        if point.startswith(tuple(place + "/" for place in USED)):
            found.add("mount " + point)
    return found


def _allow_cpus(cgroup):
    """In a cpuset of version 1 nobody can be before it says which CPUs and memory it has."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        here = os.path.join(cgroup, name)
        if os.path.exists(here) and not _read(here).strip():
            above = os.path.dirname(cgroup)
            if not _read(os.path.join(above, name)).strip():
                _allow_cpus(above)
            nsltest.write(here, _read(os.path.join(above, name)))


class Container:
    """What an engine says of a container or sandbox of its own, and what the kernel says of that
    one's first process. Members are what nslist is to say; None: the engine has none."""

    def __init__(self, runtime, pid, name=None, **more):
        self.runtime, self.pid, self.name = runtime, pid, name
        if nsltest.start_of(pid) is None:
            raise Refused("%s: process %d has ended" % (runtime, pid))
        self.namespaces = {kind: inode for kind, inode in nsltest.namespaces_of(pid).items()
                           if kind in nsltest.TYPES}
        self.id = more.pop("id", None)
        self.pod = more.pop("pod", None)
        self.pod_uid = more.pop("pod_uid", None)
        self.pod_namespace = more.pop("pod_namespace", None)
        self.evidence = more.pop("evidence", ("state", "cgroup"))
        self.claimed = more.pop("claimed", False)  # None: it may be
        self.outside = more.pop("outside", ())  # PIDs that watch over it
        self.units = more.pop("units", {})  # PID: systemd unit
        if more:
            raise TypeError(more)

    def pids(self):
        return descendants_of(self.pid)

    def label(self):
        """What the table calls it, as a regular expression."""
        runtime = re.escape(self.runtime)
        if not self.name and not self.id:
            return r"%s(:[^] ]+)?\??" % runtime
        shown = [self.name] if self.name else sorted({self.id, self.id[:12]})
        claim = {True: r"\?", False: "", None: r"\??"}[self.claimed]
        return r"%s:(%s)%s" % (runtime, "|".join(map(re.escape, shown)), claim)

    def __repr__(self):
        return "%s %s (process %d)" % (self.runtime, self.name or self.id, self.pid)
