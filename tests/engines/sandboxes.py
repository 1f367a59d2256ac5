# SPDX-License-Identifier: GPL-3.0-or-later
"""System containers, and the sandboxes of single programs, with what they say of themselves; as
oci.py has it for the engines of OCI containers."""

import contextlib
import os
import pwd
import shutil

import nsltest
from oci import make_user
from rig import Container, Refused, children_of, descendants_of, need

SLEEP = "/usr/bin/sleep"

# Of the booted system: the unit, and what is in it beside what it starts.
UNITS = {"private.service": "PrivateNetwork=yes\nPrivateUsers=yes\nPrivateTmp=yes\n",
         "plain.service": ""}


class Lxc:
    """LXC, in a directory of its own, as which its monitor's title has it."""

    def __init__(self, rig):
        need("lxc-create", "lxc-start", "lxc-info", "lxc-stop", "busybox")
        self.rig = rig

    def run_all(self):
        rig, name = self.rig, self.rig.name("lxc")
        path = rig.make("lxc")
        rig.tidy("/run/lxc/lock" + path, "/run/lxc/var", "/var/lib/lxc", "/var/cache/lxc")
        rig.remove("/run/lxc/lock" + path)
        for cgroup in ("payload." + name, "monitor." + name, "pivot"):
            rig.cgroup("/lxc." + cgroup)
        rig.run("lxc-create", "--name", name, "--template", "busybox", "--lxcpath", path, "--",
                "--busybox-path=" + shutil.which("busybox"))
        self._configure(os.path.join(path, name, "config"))
        rig.stop_by("lxc-stop", "--lxcpath", path, "--name", name, "--kill")
        rig.run("lxc-start", "--lxcpath", path, "--name", name, "--daemon")
        words = ["lxc-info", "--lxcpath", path, "--name", name, "--no-humanize"]
        pid = int(rig.run(*words, "--pid"))
        monitor = int(nsltest.read_bytes("/proc/%d/stat" % pid).rpartition(b")")[2].split()[1])
        return [Container("lxc", pid, name, outside=(monitor,))]

    @staticmethod
    def _configure(path):
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith(("lxc.net.", "lxc.apparmor."))]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines([*lines, "lxc.net.0.type = empty\n"])


def _tidy_after_nspawn(rig, name, directory):
    """One that is killed leaves its lock and a mount."""
    run = "/run/systemd/nspawn"
    rig.tidy(run + "/locks", run + "/propagate", run + "/unix-export", run + "-uid",
             "/run/systemd/machines")
    status = os.stat(directory)
    rig.remove("%s/locks/inode-%d:%d" % (run, status.st_dev, status.st_ino))
    rig.remove("%s/propagate/%s" % (run, name))
    rig.unmount("%s/propagate/%s" % (run, name))


class Nspawn:
    """systemd-nspawn around one program, without a systemd to register with."""

    def __init__(self, rig):
        need("systemd-nspawn")
        self.rig = rig

    def run_all(self):
        rig, name = self.rig, self.rig.name("box")
        _tidy_after_nspawn(rig, name, rig.rootfs())
        rig.cgroup("/payload")
        rig.cgroup("/supervisor")
        process = rig.start("systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                            "--private-network", "-U", "--as-pid2", "--machine=" + name,
                            "--directory=" + rig.rootfs(), "/bin/sleep", "3600")
        stub = _first_child(rig, process, "/bin/sleep")
        rig.remove("/run/systemd/nspawn-uid/" + nsltest.read("/proc/%d/uid_map" % stub).split()[1])
        return [Container("nspawn", stub, name, outside=(process.pid,), claimed=None,
                          evidence=("state", "cgroup", "argv"))]


class BootedNspawn:
    """systemd-nspawn that boots the host's systemd, by way of its /usr, with units of its own; in
    the cgroup that it has where systemd started it."""

    def __init__(self, rig):
        need("systemd-nspawn")
        if not os.path.exists("/usr/lib/systemd/systemd"):
            raise Refused("missing: the package systemd")
        self.rig = rig

    def _make_root(self, wanted):
        """The directory of its units, which are none but those that are to be started."""
        rig = self.rig
        for name in ("usr", "etc/systemd/system", "proc", "sys", "dev", "run", "tmp", "var/tmp",
                     "root"):
            rig.make("booted", name)
        for name in ("bin", "sbin", "lib", "lib64"):
            if os.path.islink("/" + name):
                os.symlink("usr/" + name, rig.path("booted", name))
        rig.write("booted/etc/os-release", "ID=nslt\n")
        rig.write("booted/etc/machine-id", "")
        system = "booted/etc/systemd/system/"
        rig.write(system + "default.target", "[Unit]\nDescription=what is started here\nWants=%s\n"
                  % " ".join(wanted))
        return system

    def _boot(self, reached, what, *options):
        """Returns its name and nspawn, when what is waited for is there: reached(nspawn)."""
        rig, name = self.rig, self.rig.name("host")
        root = rig.path("booted")
        _tidy_after_nspawn(rig, name, root)
        enter = rig.enter_cgroup("/machine.slice/systemd-nspawn@%s.service" % name,
                                 ("name=systemd", ""))
        process = rig.start(*enter, "systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                            "--private-network", "--machine=" + name, "--bind-ro=/usr",
                            "--directory=" + root, "--boot", *options,
                            env={"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        rig.wait(lambda: reached(process), what, process)
        return name, process

    def run_all(self):
        system = self._make_root(UNITS)
        for unit, more in UNITS.items():
            self.rig.write(system + unit, "[Unit]\nDefaultDependencies=no\n[Service]\n%s"
                           "ExecStart=%s 3600\n" % (more, SLEEP))
        sleeping = []

        def booted(process):
            sleeping[:] = [pid for pid in descendants_of(process.pid) if _runs(pid, SLEEP)]
            return len(sleeping) == len(UNITS)
        name, process = self._boot(booted, "the units of the booted system")
        init = children_of(process.pid)[0]
        # By their own namespaces: what systemd was told.
        private = nsltest.namespaces_of(init)["net"]
        units = {pid: "plain.service" if nsltest.namespaces_of(pid)["net"] == private
                 else "private.service" for pid in sleeping}
        return [Container("nspawn", init, name, outside=(process.pid,), claimed=None, units=units,
                          evidence=("state", "cgroup", "argv"))]

    def run_timer(self):
        """nslist's own timer, enabled as README.md says, but that it does not wait for a minute.
        Returns the path of what its service leaves, when that is there."""
        rig, units = self.rig, os.path.join(nsltest.SOURCE, "data", "systemd")
        system = self._make_root(["timers.target"])
        for kind in ("service", "timer"):
            shutil.copy(os.path.join(units, "nslist-metrics." + kind), rig.path(system))
        rig.write(system + "nslist-metrics.timer.d/now.conf", "[Timer]\nOnBootSec=\nOnBootSec=1s\n"
                  "AccuracySec=1s\nRandomizedDelaySec=0\n")
        rig.write(system + "nslist-metrics.service.d/path.conf",
                  "[Service]\nEnvironment=PATH=/opt:/usr/bin\n")
        rig.make("booted/opt")
        shutil.copy(nsltest.program("nslist"), rig.path("booted/opt"))
        rig.run("systemctl", "--root", rig.path("booted"), "enable", "nslist-metrics.timer")
        left = os.path.join(rig.make("booted/var/lib/prometheus/node-exporter"), "nslist.prom")
        self._boot(lambda _: os.path.exists(left), "the metrics of nslist-metrics.service",
                   "--system-call-filter=pidfd_getfd")  # for sockets; a host has no filter
        return left


class Bubblewrap:
    """bwrap around one program; it has no record but its arguments."""

    def __init__(self, rig):
        need("bwrap")
        self.rig = rig

    def run_all(self):
        name = self.rig.name("bx")
        process = self.rig.start("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
                                 "--unshare-all", "--hostname", name, SLEEP, "3600")
        first = _first_child(self.rig, process, SLEEP)
        return [Container("bwrap", first, name, claimed=None, evidence=("argv",))]


class Firejail:
    """firejail around one program, with a name that it keeps in a file of its own."""

    def __init__(self, rig):
        need("firejail")
        self.rig = rig

    PLACES = ("name", "sandbox", "network", "bandwidth", "profile", "x11", "dbus")

    def run_all(self):
        rig, name = self.rig, self.rig.name("fj")
        self._leave_nothing()
        process = rig.start("firejail", "--quiet", "--noprofile", "--name=" + name, "--net=none",
                            "--", SLEEP, "3600")
        for place in self.PLACES:
            rig.remove("/run/firejail/%s/%d" % (place, process.pid))
        first = _first_child(rig, process, SLEEP)
        rig.wait(lambda: os.path.exists("/run/firejail/name/%d" % process.pid), "firejail's record",
                 process)
        return [Container("firejail", first, name, evidence=("state", "argv"))]

    def _leave_nothing(self):
        """Its directory is full of files and mounts, which stay; nobody's, if there was none."""
        if not os.path.exists("/run/firejail"):
            self.rig.remove("/run/firejail")
            for name in (*self.PLACES, "firejail.ro.dir", "firejail.ro.file", "lib", "mnt",
                         "appimage"):
                self.rig.unmount("/run/firejail/" + name)


class Chromium:
    """Chromium, as a user that is made for it: its zygotes are in namespaces of their own, and
    each renderer in another."""

    def __init__(self, rig):
        need("chromium", "setpriv")
        self.rig = rig

    def run_all(self):
        rig = self.rig
        home = rig.make("chromium")
        user = pwd.getpwnam(make_user(rig, home))
        os.chown(home, user.pw_uid, user.pw_gid)
        process = rig.start(
            "setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups",
            "chromium", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
            "--user-data-dir=" + os.path.join(home, "profile"), "--remote-debugging-port=0",
            "about:blank", env={"HOME": home, "TMPDIR": home, "XDG_RUNTIME_DIR": home}, cwd=home)
        own = nsltest.namespaces_of("self")
        found = {}

        def rendering():
            """Its outermost processes in a user namespace, and a renderer below."""
            found.clear()
            for pid in descendants_of(process.pid):
                with contextlib.suppress(OSError, KeyError, TypeError):  # it has ended
                    if nsltest.namespaces_of(pid)["user"] != own["user"]:
                        found[pid] = nsltest.read_bytes("/proc/%d/cmdline" % pid)
            return any(b"--type=renderer" in command for command in found.values())
        rig.wait(rendering, "a page", process)
        zygotes = [pid for pid in found
                   if not any(pid in children_of(other) for other in found)]
        return [Container("chromium", pid, None, claimed=None, evidence=("argv", "namespaces"))
                for pid in zygotes]


class Unshare:
    """None of these: two processes that share namespaces."""

    def __init__(self, rig):
        need("unshare")
        self.rig = rig

    def run_all(self):
        process = self.rig.start("unshare", "-UrmnuiC", "/bin/sh", "-c", SLEEP + " 3600 & wait")
        _first_child(self.rig, process, SLEEP)
        return [Container("sandbox", process.pid, None, evidence=("namespaces",))]


def _runs(pid, program):
    """Whether it is the program, as it calls itself."""
    with contextlib.suppress(OSError):
        return nsltest.read_bytes("/proc/%d/cmdline" % pid).split(b"\0")[0] == os.fsencode(program)
    return False


def _first_child(rig, process, program):
    """The only child of a sandbox's program outside, when the program inside has been started."""
    rig.wait(lambda: any(_runs(pid, program) for pid in descendants_of(process.pid)[1:]),
             "the start of " + program, process)
    return children_of(process.pid)[0]
