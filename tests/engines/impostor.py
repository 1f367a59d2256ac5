# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that is not what it says: `impostor.py NAME PAD` takes the name, reads on its stdin, in
hexadecimal, the bytes that its command line is to be, writes them over its own, which PAD has made
as long, starts a child in namespaces of its own, prints that one's PID, and stays until its stdin
ends. Anybody can do this, for which reason names and command lines are no evidence."""

import ctypes
import os
import signal
import sys

CLONE = {"mnt": 0x20000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "net": 0x40000000}


def main():
    text = bytes.fromhex(sys.stdin.readline())
    # arg_start and arg_end, as proc_pid_stat(5) has them.
    with open("/proc/self/stat", "rb") as file:
        start, end = (int(word) for word in file.read().rpartition(b")")[2].split()[45:47])
    if len(text) != end - start:
        sys.exit("the command line is %d bytes long, not %d" % (end - start, len(text)))
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(text)
    ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
        flags = sum(CLONE.values()) - (CLONE["user"] if os.geteuid() == 0 else 0)
        os.write(writer, b"y" if ctypes.CDLL(None).unshare(flags) == 0 else b"n")
        os.execv("/usr/bin/sleep", ["sleep", "3600"])
    if os.read(reader, 1) != b"y":
        sys.exit("missing: the right to make namespaces")
    print(child, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
