#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk that listns.v3.py does, for the benchmark to compare with.

It makes the same reads in the same order of magnitude: every link of every process's ns directory,
and for each row of the table the command lines of the process and of its parent. It is what a
user of that script waits for, not a reference for what nslist should print: no containers, no
namespaces without a process.
"""

import os

NETNS_DIR = "/run/netns"


def read(path):
    """The text of a file, or "" where it is gone or denied."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def links_of(pid):
    """{type: inode} of one process, as far as it may be read."""
    links = {}
    try:
        for name in os.listdir(f"/proc/{pid}/ns"):
            try:
                links[name] = os.readlink(f"/proc/{pid}/ns/{name}")
            except OSError:
                continue
    except OSError:
        pass
    return links


def status_field(pid, field):
    """One line of /proc/PID/status, or ""."""
    for line in read(f"/proc/{pid}/status").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return value.strip()
    return ""


def command_of(pid):
    """The command line, or the name where that is empty."""
    words = read(f"/proc/{pid}/cmdline").replace("\0", " ").strip()
    return words or status_field(pid, "Name")


def described(pid):
    """The command, marked when the parent looks like a container's shim."""
    parent = status_field(pid, "PPid")
    by = read(f"/proc/{parent}/cmdline").partition("\0")[0] if parent not in ("", "0") else ""
    return ("[docker] " if "docker" in by or "containerd" in by else "") + command_of(pid)


def netns_names():
    """{inode: name} of what ip netns made."""
    names = {}
    try:
        for name in os.listdir(NETNS_DIR):
            try:
                names[os.stat(f"{NETNS_DIR}/{name}").st_ino] = name
            except OSError:
                continue
    except OSError:
        pass
    return names


def main():
    """Prints the table."""
    pids = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    roots = links_of("1") or links_of("self")
    members = {}
    for pid in pids:
        for name, target in links_of(pid).items():
            if roots.get(name) != target:
                members.setdefault(name, {}).setdefault(target, []).append(int(pid))

    names = netns_names()
    print("{:>10}  {:20}  {}".format("PID", "Namespace", "Thread/Command"))
    for inode, name in names.items():
        print("{:>10}  {:20}  {}".format("--", f"net:[{inode}]", f"created by ip netns add {name}"))
    rows = []
    for inodes in members.values():
        for target, holders in inodes.items():
            inode = int(target.partition("[")[2].rstrip("]"))
            for pid in holders:
                rows.append((pid, target + ("**" if inode in names else "")))
    for pid, target in sorted(rows):
        print("{:>10}  {:20}  {}".format(pid, target, described(pid)))


if __name__ == "__main__":
    main()
