# SPDX-License-Identifier: GPL-3.0-or-later
"""The system that run and profile list: many processes in many namespaces (sandboxes.c), some of
them in cgroups as Docker names them, names of `ip netns`, and open files of namespaces. All of it
is gone when the benchmark ends, also when it is interrupted.
"""

import collections
import contextlib
import os
import select
import subprocess
import sys

from walk import read

TYPES = 4  # of the namespaces that each of the sandboxes has
PATIENCE = 180  # seconds until all processes are there
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
# What there is: how many, the PID of an LXC container, an uts namespace, a name of `ip netns` or None.
There = collections.namedtuple("There", "processes made sandboxes pid namespace name")


class Skipped(Exception):
    """The machine does not let us measure this."""


def say(text):
    """Progress: a run takes minutes."""
    print(text, file=sys.stderr, flush=True)


def output_of(*argv):
    """What it prints; "" where it fails."""
    try:
        done = subprocess.run(argv, check=False, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def count_processes():
    """All that there are now."""
    return sum(1 for entry in os.listdir("/proc") if entry.isdigit())


def children_of(pid):
    """The PIDs, in the order in which they were made."""
    return [int(word) for word in read(f"/proc/{pid}/task/{pid}/children").split()]


def remove_directory(path):
    """As far as it is there, and empty."""
    with contextlib.suppress(OSError):
        os.rmdir(path)


def make_cgroups(stack, count):
    """Paths of cgroups as Docker names them with systemd, but the first as LXC does; fewer where
    that cannot be. None has a record of an engine: an LXC container's own files tell all of it,
    for a Docker one the daemons are looked for."""
    tops = [f"/sys/fs/cgroup{name}" for name in ("/systemd", "/unified", "")]
    top = next((path for path in tops if os.path.exists(path + "/cgroup.procs")), tops[-1])
    paths = [f"{top}/nslist-bench-{os.getpid()}.slice"]
    paths += [f"{paths[0]}/lxc.payload.nslist-bench-{os.getpid()}"]
    paths += [f"{paths[0]}/docker-{os.getpid():032x}{number:032x}.scope"
              for number in range(1, count)]
    for number, path in enumerate(paths):
        stack.callback(remove_directory, path)
        try:
            os.mkdir(path)
        except OSError as error:
            say(f"cannot make containers' cgroups: {error}")
            return paths[1:number]
    return paths[1:]


def make_names(stack, count):
    """Names of `ip netns`, as many as can be made."""
    names = [f"nslist-bench-{os.getpid()}-{number}" for number in range(count)]
    for number, name in enumerate(names):
        stack.callback(output_of, "ip", "netns", "delete", name)
        output_of("ip", "netns", "add", name)
        if not os.path.exists("/run/netns/" + name):
            say("cannot make names with ip netns")
            return names[:number]
    return names


@contextlib.contextmanager
def system_of(size, most_sandboxes, helper):
    """There are that many processes inside of this, and what was made is gone after it."""
    sandboxes = min(most_sandboxes, max(1, size // 10))
    made = max(sandboxes, size - count_processes())
    with contextlib.ExitStack() as stack:
        cgroups = make_cgroups(stack, min(50, (sandboxes + 9) // 10))
        # Its own session: Ctrl-C is for this script, which then ends it in order.
        keeper = stack.enter_context(subprocess.Popen(
            [helper, str(made), str(sandboxes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True, text=True))
        stack.callback(keeper.wait)  # Popen itself does not when it is interrupted
        stack.callback(keeper.stdin.close)
        readable, _, _ = select.select([keeper.stdout], [], [], PATIENCE)
        if not readable or keeper.stdout.readline() != f"ready {made} {sandboxes}\n":
            raise Skipped(f"cannot make {made} processes in {sandboxes} sandboxes here")
        firsts = children_of(keeper.pid)
        if not firsts:
            raise Skipped("missing: /proc/PID/task/TID/children")
        try:
            for path, first in zip(cgroups, firsts):
                for pid in [first, *children_of(first)]:
                    with open(path + "/cgroup.procs", "w", encoding="ascii") as file:
                        file.write(str(pid))
        except OSError as error:
            say(f"cannot fill containers' cgroups: {error}")
        names = make_names(stack, 5)
        for first in firsts[-5:]:
            stack.callback(os.close, os.open(f"/proc/{first}/ns/uts", os.O_RDONLY))
        yield There(count_processes(), made, sandboxes, firsts[0],
                    os.readlink(f"/proc/{firsts[-1]}/ns/uts"), names[0] if names else None)
